"""A message of staff as the relay understands it, and its parts that go to the buyer. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.relay.changes import AddReply, Change, Enqueue
from bot.relay.model import ChatId, NewEffect, PostId, Queue, ThreadId, UserId
from bot.relay.reply import Content, Reply, StaffFile
from bot.relay.text import REPLY_CHARACTERS, clean, from_seen, is_blank, numbered

SAY, HAND = "say", "hand"  # kinds of rows: a text, a file
NOTE = "//"
_KEY = re.compile(r"say/(\d{1,18})/\d{1,4}")


@dataclass(frozen=True, slots=True)
class StaffMessage:
    """What a person wrote in a topic. `content` is Telegram's word for what it is (`text`,
    `photo`, …); `text` is the plain text, or the caption, or what stands for a contact or a place.

    `file`: what is attached, None where the content can't be sent as one. `album`: Telegram's id of
    the album it belongs to. `reply_to`: the post that it answers; `quote`: the words of it that the
    author picked.
    """

    post_id: PostId
    thread_id: ThreadId
    author: UserId
    text: str
    at_ms: int
    content: str = "text"
    is_anonymous: bool = False  # written in the name of the group or of a channel
    file: StaffFile | None = None
    album: str = ""
    reply_to: PostId | None = None
    quote: str = ""

    @property
    def words(self) -> str:
        """What of it can be read; nothing unseen at its beginning hides a note from us."""
        text = clean(self.text).strip()
        seen = from_seen(text)
        return seen if seen.startswith("/") else text

    @property
    def is_note(self) -> bool:
        return self.words.startswith(NOTE)

    @property
    def is_inside(self) -> bool:
        """A note or a command, known or not: never for the buyer."""
        return self.words.startswith("/")


def lane_of(chat_id: ChatId) -> str:
    """What goes to a buyer goes one after the other."""
    return f"chat/{chat_id}"


def key_of(post_id: PostId, part: int = 0) -> str:
    return f"say/{post_id}/{part}"


def post_of(key: str) -> PostId | None:
    """The staff message that an effect key is about; None where it is about none."""
    found = _KEY.fullmatch(key)
    return PostId(int(found[1])) if found else None


def contents(text: str, file: StaffFile | None = None) -> list[Content]:
    """The text first, over the Market's limit in several parts, then the file."""
    said: list[Content] = [] if is_blank(text) else [*numbered(text, REPLY_CHARACTERS)]
    return [*said, file] if file else said


def parts_of(
    message: StaffMessage,
    chat_id: ChatId,
    said: Sequence[Content],
    *,
    first: int = 0,
    edition: int = 0,
    given_up: str = "",
) -> list[tuple[NewEffect, Reply]]:
    """A row and a reply a part, counted from `first`. `given_up`: why none of them goes out."""
    return [
        _part(message, chat_id, content, part, edition, given_up)
        for part, content in enumerate(said, first)
    ]


def _part(
    message: StaffMessage,
    chat_id: ChatId,
    content: Content,
    part: int,
    edition: int,
    given_up: str,
) -> tuple[NewEffect, Reply]:
    is_file = isinstance(content, StaffFile)
    effect = NewEffect(
        key_of(message.post_id, part),
        Queue.MARKET,
        lane_of(chat_id),
        HAND if is_file else SAY,
        {},
        0,
        chat_id,
        given_up,
    )
    reply = Reply(
        effect_key=effect.key,
        chat_id=chat_id,
        post_id=message.post_id,
        author=message.author,
        at_ms=message.at_ms,
        text="" if isinstance(content, StaffFile) else content,
        thread_id=message.thread_id,
        part=part,
        file=content if isinstance(content, StaffFile) else None,
        album=message.album,
        edition=edition,
    )
    return effect, reply


def written(parts: Sequence[tuple[NewEffect, Reply]]) -> list[Change]:
    """What puts the parts into the ledger."""
    return [change for effect, reply in parts for change in (Enqueue(effect), AddReply(reply))]
