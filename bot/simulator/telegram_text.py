"""What Telegram does to a text: cleaning, measuring in UTF-16 units, finding what acts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Entity = dict[str, Any]

# in these nothing is detected; a text link only keeps other links out of itself
_SHIELDS = {"code", "pre", "text_link", "text_mention", "custom_emoji"}
_ACTING = (
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{3,31}\b")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b")),
    ("url", re.compile(r"(?:https?://|www\.)[^\s<>\"]*[\w/#=&-]", re.IGNORECASE)),
    ("url", re.compile(r"(?<![\w@./-])(?:[\w-]+\.)+(?:ru|com|net|org|рф|me|io)\b(?:/[^\s<>\"]*)?")),
    ("hashtag", re.compile(r"(?<![\w#&])#\w*[^\W\d]\w*")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d[\d ()-]{8,16}\d\b")),
)
_DROPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANKED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def units(text: str) -> int:
    """Length in UTF-16 code units, which is how Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """What the server lets stand: control characters become spaces, CR and direction marks go."""
    return _BLANKED.sub(" ", _DROPPED.sub("", text))


def detected(text: str, given: Sequence[Entity]) -> list[Entity]:
    """The given entities and those that the server finds outside code and links, by offset."""
    taken = [(one["offset"], one["offset"] + one["length"]) for one in given if _shields(one)]
    entities = list(given)
    # most texts have none of the characters that could begin one
    if any(mark in text for mark in "@/#.+"):
        for kind, pattern in _ACTING:
            for match in pattern.finditer(text):
                start, length = units(text[: match.start()]), units(match.group())
                if not any(start < end and first < start + length for first, end in taken):
                    taken.append((start, start + length))
                    entities.append({"type": kind, "offset": start, "length": length})
    return sorted(entities, key=lambda one: (one["offset"], -one["length"]))


def _shields(entity: Entity) -> bool:
    return entity["type"] in _SHIELDS


def fault_of_entities(text: str, entities: Sequence[Entity]) -> str | None:
    """Why the entities don't fit the text, in the server's words; None where they do."""
    total = units(text)
    edges = _edges(text) if any(ord(char) > 0xFFFF for char in text) else None
    for entity in entities:
        start, end = entity.get("offset"), None
        if not isinstance(start, int) or not isinstance(entity.get("length"), int):
            return 'can\'t parse entities: field "offset" must be of type Number'
        end = start + entity["length"]
        if start < 0 or start > total:
            return f"entity begins after the end of the text at UTF-16 offset {start}"
        if end > total:
            return f"entity ends after the end of the text at UTF-16 offset {end}"
        if edges is not None and not {start, end} <= edges:
            return f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {start}"
    return None


def _edges(text: str) -> set[int]:
    at, edges = 0, {0}
    for char in text:
        at += 2 if ord(char) > 0xFFFF else 1
        edges.add(at)
    return edges


def trimmed(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """Without outer white space, as the server keeps it; entities move and shrink with it."""
    first = min((one["offset"] for one in entities), default=len(text))
    lead = 0
    while lead < min(first, len(text)) and text[lead].isspace():
        lead += 1
    cut = text[lead:].rstrip()
    total = units(cut)
    moved = []
    for one in entities:
        start = one["offset"] - lead
        length = min(one["length"], total - start)
        if length > 0:
            moved.append(one | {"offset": start, "length": length})
    return cut, moved
