"""Buyers' files at the Market, a group that takes posts, and what stands in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.relay.errors import OutcomeUnknown, Refused
from bot.relay.files import Fitted, Picture
from bot.relay.model import Attachment, ChatId, Incoming, MessageId, PostId, ThreadId
from bot.relay.posts import Button, FilePost, Found, Post, Posted
from tests.relay.samples import incoming

URL = "https://files.example/"


class Shelf:
    """The Market's files by address. `refused`: by address, what reading it raises, for ever;
    `fails`: what the next readings raise."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.refused: dict[str, Exception] = {}
        self.fails: list[Exception] = []
        self.today: dict[int, Incoming | Exception] = {}  # messages as they are now
        self.gates: dict[str, asyncio.Event] = {}
        self.asked: list[str] = []

    async def download(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        self.asked.append(attachment.url)
        if gate := self.gates.get(attachment.url):
            await gate.wait()
        if error := self.fails.pop(0) if self.fails else self.refused.get(attachment.url):
            raise error
        if attachment.url not in self.files:
            raise Refused("file_gone")
        yield self.files[attachment.url]

    async def message(self, chat_id: ChatId, message_id: MessageId) -> Incoming:
        found = self.today.get(message_id, incoming(message_id))
        if isinstance(found, Exception):
            raise found
        return found


class Gallery:
    """What pictures show, by their content: `JPEG 800x600`, with `moving` behind it for several
    frames; everything else is no picture."""

    def __init__(self) -> None:
        self.can_preview = True
        self.looked = 0
        self.fitted: Fitted | None = Fitted(5, 800, 600)

    async def look(self, path: Path) -> Picture | None:
        seen = await asyncio.to_thread(self._look, path)
        self.looked += 1
        return seen

    def _look(self, path: Path) -> Picture | None:
        word, _, rest = path.read_bytes().partition(b"\n")[0].decode("latin-1").partition(" ")
        if word not in ("JPEG", "PNG", "WEBP"):
            return None
        sides, _, moving = rest.partition(" ")
        width, height = sides.split("x")
        return Picture(word, int(width), int(height), moving != "moving")

    async def preview(self, path: Path, into: Path) -> bool:
        if self.can_preview:
            await asyncio.to_thread(into.write_bytes, b"preview")
        return self.can_preview

    async def fit(self, path: Path, into: Path, at_most: int) -> Fitted | None:
        if self.fitted:
            await asyncio.to_thread(into.write_bytes, b"small")
        return self.fitted


@dataclass
class Stood:
    """A post as the group shows it."""

    id: int
    text: str
    thread: int | None
    name: str = ""  # of a file
    content: bytes = b""
    is_picture: bool = False
    album: int = 0
    buttons: tuple[Button, ...] = ()
    reply_to: int | None = None


@dataclass
class Wall:
    """The group. `fails`: by method name, what the next calls raise. `half`: how many files of an
    album stand although it was refused; all of those that are lost do if `takes`."""

    stands: list[Stood] = field(default_factory=list)
    fails: dict[str, list[Exception | None]] = field(default_factory=dict)
    takes: bool = True
    is_unclear: bool = False  # whose post stands under an id can't be told
    half: int = 0
    next_id: int = 600
    albums: int = 0
    calls: list[tuple[str, int]] = field(default_factory=list)

    async def post(self, post: Post) -> Posted:
        text = post.text
        stood = Stood(0, text, post.thread_id, buttons=post.buttons, reply_to=post.reply_to)
        return (await self._put("post", [stood]))[0]

    async def post_file(self, post: FilePost) -> Posted:
        return (await self._put("post_file", [await self._of(post)]))[0]

    async def post_album(self, posts: Sequence[FilePost]) -> Sequence[Posted]:
        self.albums += 1
        stood = [replace(await self._of(post), album=self.albums) for post in posts]
        return await self._put("post_album", stood)

    async def _of(self, post: FilePost) -> Stood:
        content = await asyncio.to_thread(post.path.read_bytes)
        text = "".join(span.text for span in post.caption)
        where = post.thread_id
        return Stood(0, text, where, post.name, content, post.is_picture, reply_to=post.reply_to)

    async def _put(self, method: str, posts: list[Stood]) -> list[Posted]:
        self.calls.append((method, len(posts)))
        waiting = self.fails.get(method, [])
        error = waiting.pop(0) if waiting else None
        if error:
            is_lost = isinstance(error, OutcomeUnknown)
            standing = posts if is_lost and self.takes else posts[: self.half]
        else:
            standing = posts
        for post in standing:
            post.id, self.next_id = self.next_id, self.next_id + 1
            self.stands.append(post)
        if error:
            raise error
        return [Posted(PostId(post.id), self._thread(post)) for post in posts]

    def _thread(self, post: Stood) -> ThreadId | None:
        return ThreadId(post.thread) if post.thread else None

    async def probe(self, post_id: PostId, buttons: tuple[Button, ...]) -> Found:
        if self.is_unclear:
            return Found.UNCLEAR
        ours = {post.id for post in self.stands}
        return Found.OURS if post_id in ours else Found.NOTHING

    async def set_buttons(self, post_id: PostId, buttons: tuple[Button, ...]) -> None:
        for post in self.stands:
            if post.id == post_id:
                post.buttons = buttons

    async def is_forum(self) -> bool:
        return True

    async def reopen_topic(self, thread_id: ThreadId) -> None:
        return None

    def seen(self) -> list[str]:
        """Every post in a word: `photo a.jpg`, `document a.pdf`, or its text."""
        return [
            f"{'photo' if post.is_picture else 'document'} {post.name}" if post.name else post.text
            for post in self.stands
        ]


def any_of(double: object) -> Any:
    """A double where a port is asked for."""
    return double
