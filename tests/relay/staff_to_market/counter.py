"""Files of staff in Telegram, the chat of the Market, and one life of what hands them over."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bot.files.spool import DiskSpool
from bot.relay.buyer_to_topic.hints import Trust
from bot.relay.buyer_to_topic.watch import Watch
from bot.relay.changes import AddReply, Enqueue
from bot.relay.errors import OutcomeUnknown
from bot.relay.fetching import Fetcher
from bot.relay.model import Attachment, ChatId, NewEffect, Queue, Sender, State
from bot.relay.notices import from_json
from bot.relay.parking import Parking
from bot.relay.posts import Post
from bot.relay.pulse import Pulse
from bot.relay.reply import StaffFile
from bot.relay.staff_to_market.hand import HandWork
from bot.relay.staff_to_market.parcels import Parcel, Parcels
from bot.relay.staff_to_market.send import SayWork
from tests.relay.bench import Bench, running
from tests.relay.buyer_to_topic.hold import Gallery, any_of
from tests.relay.samples import CHAT, ENGLISH, incoming, reply
from tests.relay.staff_to_market.test_send import SETTLE_MS, Buyers

_PIECE = 1 << 20


class Telegram:
    """Files by handle; `fails`: what the next readings raise."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.fails: list[Exception] = []
        self.read = 0

    async def download(self, file_id: str) -> AsyncGenerator[bytes, None]:
        self.read += 1
        if self.fails:
            raise self.fails.pop(0)
        left = self.sizes.get(file_id, 10)
        while left > 0:
            yield b"x" * min(left, _PIECE)
            left -= _PIECE


class Files(Buyers):
    """The Market's chat with files in it."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, bytes]] = []

    async def send_file(self, chat_id: ChatId, name: str, content: bytes) -> None:
        error = self.fails.pop(0) if self.fails else None
        if error is None or (self.takes and isinstance(error, OutcomeUnknown)):
            self.files.append((name, content))
            self.sent.append(name)
            file = Attachment(name, "https://files.example/1", len(content))
            said = incoming(len(self.history_) + 1, "", Sender.PARTNER)
            self.history_.append(replace(said, attachments=(file,)))
        if error:
            raise error


class Counter:
    """One life of the relay's sending, with what it writes down and leaves behind."""

    def __init__(self, bench: Bench, spool: DiskSpool) -> None:
        self.bench, self.spool = bench, spool
        self.market, self.telegram, self.gallery = Files(), Telegram(), Gallery()
        self.answered: list[ChatId] = []

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        parking = Parking(self.bench.bell)
        fetcher: Fetcher[Parcel] = Fetcher(self.spool, parking, math.inf)
        parcels = Parcels(
            forum=any_of(self.telegram),
            spool=self.spool,
            pictures=self.gallery,
            fetcher=fetcher,
        )
        pulse, market = Pulse(self.bench.clock), any_of(self.market)
        watch = Watch(
            market=market,
            ledger=self.bench.ledger,
            words=ENGLISH,
            clock=self.bench.clock,
            pulse=pulse,
            trust=Trust(),
        )
        say: dict[str, Any] = {
            "market": market,
            "ledger": self.bench.ledger,
            "look": watch.look,
            "answered": self.answered.append,
            "words": ENGLISH,
            "clock": self.bench.clock,
            "settle_ms": SETTLE_MS,
        }
        works = {"say": SayWork(**say), "hand": HandWork(**say, parcels=parcels)}
        lanes = self.bench.lanes(works, queue=Queue.MARKET, parking=parking, parallel=2)
        async with running(lanes), asyncio.TaskGroup() as tasks:
            bringing = tasks.create_task(fetcher.run())
            try:
                yield
            finally:
                bringing.cancel()

    async def write(
        self, post: int, *contents: str | StaffFile, album: str = "", chat: int = CHAT
    ) -> None:
        for part, content in enumerate(contents):
            key = f"say/{post}/{part}"
            is_file = isinstance(content, StaffFile)
            kind = "hand" if is_file else "say"
            row = NewEffect(key, Queue.MARKET, f"chat/{chat}", kind, {}, 0, ChatId(chat))
            said = reply(
                "" if isinstance(content, StaffFile) else content,
                key,
                post_id=post,
                part=part,
                file=content if is_file else None,
                album=album if is_file else "",
            )
            await self.bench.ledger.commit(Enqueue(row), AddReply(said))

    async def settle(self, key: str, state: State) -> None:
        for _ in range(1500):
            row = await self.bench.row(key)
            if row.state is state:
                return
            heads = await self.bench.ledger.heads(Queue.MARKET)
            due = min((head.due_ms for head in heads), default=0)
            if due > self.bench.now_ms:
                self.bench.later(due - self.bench.now_ms)
            await asyncio.sleep(0.002)
        raise AssertionError(f"{await self.bench.row(key)}")

    async def sent(self, key: str) -> None:
        async with self.at_work():
            await self.settle(key, State.SENT)

    async def failed(self, key: str) -> None:
        async with self.at_work():
            await self.settle(key, State.FAILED)

    async def marks(self) -> list[int]:
        heads = await self.bench.ledger.heads(Queue.MARKS)
        return [head.payload["post"] for head in heads]

    async def notices(self) -> list[Post]:
        heads = await self.bench.ledger.heads(Queue.GROUP)
        return [from_json(head.payload) for head in heads if head.kind == "notice"]

    async def file(self, key: str) -> StaffFile:
        found = await self.bench.ledger.reply(key)
        assert found
        assert found.file
        return found.file

    def lies(self) -> list[str]:
        """What is left on the disk."""
        return sorted(path.name for path in self.spool.beside("", "x").parent.iterdir())
