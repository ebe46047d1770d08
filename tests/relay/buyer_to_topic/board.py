"""The topic of one chat with the lane that posts into it, wired as the relay is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bot.files.spool import DiskSpool
from bot.relay.buyer_to_topic.post import posts_of
from bot.relay.changes import SaveChat, SaveTopic
from bot.relay.model import (
    Attachment,
    Effect,
    Nature,
    Queue,
    Sender,
    ThreadId,
    Topic,
    TopicState,
)
from bot.relay.parking import Parking
from bot.relay.pulse import Pulse
from bot.works import Parts, works_of
from tests.relay.bench import Bench
from tests.relay.buyer_to_topic.hold import URL, Gallery, Shelf, Wall, any_of
from tests.relay.samples import CHAT, ENGLISH, incoming, known, sifted

THREAD = ThreadId(77)
SETTLE_MS = 60_000


class Board:
    def __init__(self, bench: Bench, spool: DiskSpool) -> None:
        self.bench, self.spool = bench, spool
        self.shelf, self.gallery, self.wall = Shelf(), Gallery(), Wall()
        self.messages = 10

    async def set_up(self) -> None:
        """With a topic that has its header already."""
        topic = Topic(CHAT, "Иван", THREAD, TopicState.OPEN, is_headed=True)
        await self.bench.ledger.commit(SaveChat(known()), SaveTopic(topic))
        update = {"message_id": self.wall.next_id - 1, "chat": {"id": -1_001_234_567_890}}
        await self.bench.ledger.store_updates([{"update_id": 1, "message": update}], 0)

    async def send(
        self,
        text: str = "",
        sender: Sender = Sender.CUSTOMER,
        nature: Nature = Nature.NEW,
        **files: bytes | Exception,
    ) -> int:
        """A message of the buyer with these files: what they hold, or why they can't be read.
        A name's `_` stands for the dot."""
        self.messages += 1
        attachments = []
        for at, (name, content) in enumerate(files.items()):
            url = f"{URL}{self.messages}/{at}"
            if isinstance(content, Exception):
                self.shelf.refused[url] = content
            else:
                self.shelf.files[url] = content
            size = len(content) if isinstance(content, bytes) else 5
            attachments.append(Attachment(name.replace("_", "."), url, size))
        message = replace(
            incoming(self.messages, text, sender, self.bench.now_ms), attachments=tuple(attachments)
        )
        self.shelf.today[self.messages] = message
        changes = posts_of(CHAT, [sifted(message, nature)], is_first=False)
        await self.bench.ledger.commit(*changes)
        return self.messages

    def url(self, message: int, index: int = 0) -> str:
        return f"{URL}{message}/{index}"

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """One life of the relay's posting."""
        pace = self.bench.pace()
        parking = Parking(self.bench.bell)
        parts = Parts(
            market=any_of(self.shelf),
            forum=any_of(self.wall),
            ledger=self.bench.ledger,
            spool=self.spool,
            pictures=self.gallery,
            words=ENGLISH,
            clock=self.bench.clock,
            pulse=Pulse(self.bench.clock),
            pace=pace,
            watch=any_of(None),
            answered=any_of(None),
            settle_ms=SETTLE_MS,
        )
        works = works_of(Queue.GROUP, parts, parking)
        assert works.fetcher
        works.fetcher._patience_s = 0  # its time is no clock on the bench
        lanes = self.bench.lanes(works.of, pace=pace, parking=parking)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(run()) for run in (lanes.run, works.fetcher.run)]
            try:
                yield
            finally:
                for task in running:
                    task.cancel()

    async def row(self, kind: str, message: int, index: int = 0) -> Effect:
        return await self.bench.row(f"{kind}/{CHAT}/{message}/{index}")

    async def settle(self, but: str = "") -> None:
        """Let time pass in steps until nothing is open (but rows of a kind)."""
        deadline = time.monotonic() + 10
        while True:
            heads = await self.bench.ledger.heads(Queue.GROUP)
            heads = [head for head in heads if head.kind != but]
            if not heads:
                return
            assert time.monotonic() < deadline, heads
            due = min(head.due_ms for head in heads)
            if due > self.bench.now_ms:
                self.bench.later(due - self.bench.now_ms)
            await asyncio.sleep(0.002)

    async def post_all(self) -> list[str]:
        """What stands in the group once everything is posted."""
        async with self.at_work():
            await self.settle()
        return self.wall.seen()

    def lies(self) -> list[str]:
        """What is left on the disk."""
        return sorted(path.name for path in self.spool.beside("", "x").parent.iterdir())


def fails(wall: Wall, method: str, *errors: Any) -> None:
    wall.fails.setdefault(method, []).extend(errors)
