"""How the judge finds messages in posts: by whole lines, or over several posts where one is too
long for a single one. Knows neither chats nor topics beyond their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.simulator.telegram_text import units

LONG = 3000  # from here on a text may be cut into several posts
_SHORT = 8  # a shorter text of another chat counts only where it fills its line
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
_LINE_END = re.compile("\r\n?")
_SPACE = re.compile(r"\s+")
_REPEAT = re.compile("повтор|repeat", re.IGNORECASE)
_PROBE = 32


def key_of(text: str) -> str:
    """The text as it is compared: without what Telegram or a careful client takes away."""
    visible = _INVISIBLE.sub("", _LINE_END.sub("\n", text)).strip()
    return "\n".join(line.rstrip() for line in visible.split("\n"))


def is_marked(head: str) -> bool:
    """Whether the bot's own words before a message say that it may be a repeat."""
    return _REPEAT.search(head.partition("\n")[0]) is not None


class Find(NamedTuple):
    """A message's text in a post, `start` characters from the beginning of the compared text."""

    key: str
    start: int
    is_marked: bool


class TextIndex:
    """Every text that may turn up in a post, and the chats it belongs to."""

    def __init__(self) -> None:
        self.chats: dict[str, set[int]] = {}
        self._by_first_line: dict[str, list[str]] = {}

    def add(self, key: str, chat_id: int) -> None:
        known = self.chats.get(key)
        if known is not None:
            known.add(chat_id)
            return
        self.chats[key] = {chat_id}
        alike = self._by_first_line.setdefault(key.partition("\n")[0], [])
        alike.append(key)
        alike.sort(key=len, reverse=True)

    def find(self, text: str, chat_id: int) -> list[Find]:
        """The messages in a post of the topic of `chat_id`, none inside of another one."""
        finds: list[Find] = []
        at, is_repeat = 0, False
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            for start in _starts(text, at, end):
                key = self._match(text, start, end, chat_id, start == at)
                if key is not None:
                    if not finds:
                        is_repeat = is_marked(text[:start])
                    finds.append(Find(key, start, is_repeat))
                    end = start + len(key)
                    break
            at = end + 1
        return finds

    def _match(
        self, text: str, start: int, end: int, chat_id: int, is_whole_line: bool
    ) -> str | None:
        another: str | None = None
        for key in self._by_first_line.get(text[start:end], ()):
            after = start + len(key)
            if not text.startswith(key, start) or text[after : after + 1] not in ("", "\n"):
                continue
            if chat_id in self.chats[key]:
                return key
            if another is None and (is_whole_line or len(key) >= _SHORT):
                another = key
        return another


def _starts(text: str, at: int, end: int) -> Iterator[int]:
    """Where in a line a message may begin: at its start, or behind a label."""
    yield at
    for gap in _SPACE.finditer(text, at, end):
        if gap.end() < end:
            yield gap.end()


def is_long(key: str) -> bool:
    return len(key) > LONG // 2 and units(key) > LONG


@dataclass(slots=True)
class LongText:
    """A text that may have been cut: it is sought in post after post, white space aside."""

    key: str
    squeezed: str = ""
    found: int = 0
    doubled: int = 0
    first_post: int = 0
    _next: int = 0
    _parts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.squeezed = _SPACE.sub("", self.key)

    def read(self, post_id: int, text: str) -> None:
        post = _SPACE.sub("", text)
        at = post.find(self.squeezed[self._next : self._next + _PROBE])
        if at >= 0:
            self._take(post_id, post, at)
        elif not is_marked(text) and any(self._probe(part) in post for part in self._parts):
            self.doubled += 1

    def _probe(self, part: int) -> str:
        return self.squeezed[part : part + _PROBE]

    def _take(self, post_id: int, post: str, at: int) -> None:
        rest = self.squeezed[self._next :]
        same = 0
        for ours, theirs in zip(rest, post[at:], strict=False):
            if ours != theirs:
                break
            same += 1
        if self._next == 0 and self.found == 0:
            self.first_post = post_id
        self._parts.append(self._next)
        self._next += same
        if self._next >= len(self.squeezed):
            self.found += 1
            self._next = 0
