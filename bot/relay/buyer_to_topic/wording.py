"""How an incoming message reads in its topic: header, label, text. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.relay.filenames import shown_name
from bot.relay.model import Chat, Nature, Sender, Sifted
from bot.relay.ports import Words
from bot.relay.posts import Span, Style
from bot.relay.sizes import size
from bot.relay.text import clean, is_blank, split, units
from bot.relay.titles import name_of, subject

PIECE_UNITS = 3_300  # of a text and names of files in one post: leaves room for header and label
HEADER_UNITS = 600  # at most
_STALE_MS = 600_000  # a message older than this says when it was written
_FILE_UNITS = 140  # at most, of a line that names a file
_BETWEEN = "\n\n"  # two messages of a joined post
_WHO_AT_MOST = 100  # characters of a buyer's name in the header


@dataclass(frozen=True, slots=True)
class Piece:
    """One row's worth of an incoming message; texts over the limit make several."""

    sender: Sender
    nature: Nature
    at_ms: int
    text: str
    files: tuple[tuple[str, int], ...]  # name, bytes
    part: int
    parts: int

    def to_json(self) -> dict[str, Any]:
        return {
            "sender": self.sender.value,
            "nature": self.nature.value,
            "at": self.at_ms,
            "text": self.text,
            "files": [list(file) for file in self.files],
            "part": self.part,
            "parts": self.parts,
        }

    @classmethod
    def from_json(cls, raw: Any) -> Piece:
        files = tuple((str(name), int(size)) for name, size in raw["files"])
        sender, nature = Sender(raw["sender"]), Nature(raw["nature"])
        return cls(sender, nature, raw["at"], raw["text"], files, raw["part"], raw["parts"])


def pieces(sifted: Sifted) -> list[Piece]:
    """The text first, then the names of the files, in as many pieces as it takes."""
    message = sifted.message
    said: list[tuple[str, list[tuple[str, int]]]] = [
        (text, []) for text in split(clean(message.text), PIECE_UNITS) if not is_blank(text)
    ] or [("", [])]
    for file in message.attachments:
        text, files = said[-1]
        if units(text) + (len(files) + 1) * _FILE_UNITS > PIECE_UNITS:
            said.append(("", files := []))
        files.append((file.name, file.size))
    return [
        Piece(
            message.sender,
            sifted.nature,
            message.at_ms,
            text,
            tuple(files),
            part,
            len(said),
        )
        for part, (text, files) in enumerate(said)
    ]


def header(chat: Chat, words: Words) -> list[Span]:
    """What stands first in a new topic: who, about what, and how to answer."""
    who = name_of(chat)[:_WHO_AT_MOST] or words.say("Buyer")
    number = words.say("chat {number}", number=str(chat.id))
    about = f"{subject(chat, words)} · {number}"
    how = words.say("Write here and the buyer gets it. Begin with // for a note among colleagues.")
    return [
        Span(who, Style.FOREIGN_LABEL),
        Span(f"\n{about}\n"),
        Span(f"{how}\n\n", Style.HINT),
    ]


def body(parts: Sequence[Piece], now_ms: int, words: Words) -> list[Span]:
    """One message, or several that waited, each then with its author and time."""
    is_joined = len(parts) > 1
    spans: list[Span] = []
    for index, piece in enumerate(parts):
        if index:
            spans.append(Span(_BETWEEN))
        spans += _one(piece, is_joined or now_ms - piece.at_ms > _STALE_MS, is_joined, words)
    return spans


def joined_units(piece: Piece, words: Words) -> int:
    """What it takes in a post together with others."""
    spans = _one(piece, True, True, words)
    return units(_BETWEEN) + sum(units(span.text) for span in spans)


def _one(piece: Piece, is_dated: bool, is_joined: bool, words: Words) -> list[Span]:
    label = " · ".join(_label(piece, is_dated, is_joined, words))
    spans = [Span(f"{label}\n", Style.LABEL)] if label else []
    if not is_blank(piece.text):
        spans.append(Span(piece.text, Style.FOREIGN))
    elif not piece.files:
        spans.append(Span(words.say("(an empty message)")))
    return spans + [span for file in piece.files for span in _file(*file, words)]


def labels(parts: Sequence[Piece], now_ms: int, words: Words) -> list[Span]:
    """What stands under something that is no text: who sent it, and when if that was long ago. Of
    several messages in one post: who and when, a line each."""
    is_joined = len(parts) > 1
    lines = [
        " · ".join(_label(piece, is_joined or now_ms - piece.at_ms > _STALE_MS, is_joined, words))
        for piece in parts
    ]
    said = "\n".join(dict.fromkeys(lines))
    return [Span(said, Style.LABEL)] if said else []


def _label(piece: Piece, is_dated: bool, is_joined: bool, words: Words) -> list[str]:
    label = []
    author = _author(piece, words)
    if author or is_joined or is_dated:
        label.append(author or words.say("Buyer"))
    if piece.parts > 1:
        part, parts = str(piece.part + 1), str(piece.parts)
        label.append(words.say("part {part} of {parts}", part=part, parts=parts))
    if is_dated:
        label.append(words.date(piece.at_ms))
    return label


def _author(piece: Piece, words: Words) -> str:
    match piece.sender:
        case Sender.CUSTOMER:
            return ""
        case Sender.MARKET:
            return words.say("🤖 Market, automatic message")
        case Sender.SUPPORT:
            return words.say("🛟 Market support")
        case Sender.PARTNER if piece.nature is Nature.COLLEAGUE:
            return words.say("🏪 Colleague in the seller's cabinet")
        case Sender.PARTNER:
            return words.say("🏪 Shop")
        case _:
            return words.say("Somebody the relay doesn't know")


def _file(name: str, bytes_: int, words: Words) -> list[Span]:
    shown = Span(file_name(name, words), Style.FOREIGN)
    return [Span("\n📎 "), shown, Span(f" ({size(bytes_, words)})")]


def file_name(name: str, words: Words) -> str:
    """As it stands in a line."""
    return shown_name(name) or words.say("file without a name")
