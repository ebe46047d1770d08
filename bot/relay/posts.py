"""What stands in the staff group, as values: spans of words, buttons, posts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.relay.model import PostId, ThreadId


class Style(StrEnum):
    OURS = "ours"  # the relay's own words
    LABEL = "label"  # the same, set off
    HINT = "hint"  # the same, in the background
    FOREIGN = "foreign"  # somebody else's words: shown as they are, must not act in the group
    FOREIGN_LABEL = "foreign label"  # the same, set off


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    style: Style = Style.OURS


@dataclass(frozen=True, slots=True)
class Button:
    """`action` comes back when it is pressed; at most 64 bytes."""

    label: str
    action: str


@dataclass(frozen=True, slots=True)
class Post:
    """What is to stand in the group, at most 4,096 UTF-16 units over all spans."""

    spans: tuple[Span, ...]
    thread_id: ThreadId | None = None  # None: General
    reply_to: PostId | None = None
    buttons: tuple[Button, ...] = ()
    is_silent: bool = False

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class FilePost:
    """A file that is to stand in the group. `name` is safe; `is_picture`: shown as a photo, else
    as a document whose bytes stay as they are. `caption`: at most 1,024 UTF-16 units."""

    path: Path
    name: str
    is_picture: bool
    thread_id: ThreadId | None
    caption: tuple[Span, ...] = ()
    reply_to: PostId | None = None
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a post landed, as Telegram says; compare `thread_id` with what was asked."""

    id: PostId
    thread_id: ThreadId | None


class Found(StrEnum):
    """What stands under an id of the group."""

    OURS = "ours"
    ANOTHERS = "another's"
    NOTHING = "nothing"
    UNCLEAR = "unclear"
