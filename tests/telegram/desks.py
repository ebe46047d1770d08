"""A relay of which only the reading of stored updates is at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiogram import Bot

from bot.relay.meter import Unmetered
from bot.relay.model import ChatId, Queue
from bot.relay.notices import from_json
from bot.relay.pulse import Pulse
from bot.relay.staff_to_market.quote import Quotes
from bot.relay.tally import Tally
from bot.simulator.group_world import GroupMessage
from bot.simulator.server import Simulator
from bot.telegram.dispatch import Dispatch
from bot.telegram.forum import TelegramForum
from bot.telegram.handlers import Desk
from tests.relay.bench import Bench
from tests.telegram.samples import ENGLISH
from tests.world import OPERATOR

CHAT = ChatId(5_000_000_000)


class Desks:
    """A relay of which only the reading of stored updates is at work."""

    def __init__(self, simulator: Simulator, bot: Bot, forum: TelegramForum, bench: Bench) -> None:
        self.sim, self.bot, self.forum, self.bench = simulator, bot, forum, bench
        self.thread = simulator.group.create_topic("Иван · #5000000000", simulator.group.bot).thread

    async def write_down(self, ledger: Any = None) -> None:
        """Store what Telegram has for us, as the intake does."""
        updates = await self.sim.updates.read(0, 100, 0)
        self.sim.updates.drop_all()
        wires = [update.wire() for update in updates]
        await self.bench.ledger.store_updates(wires, self.bench.now_ms)
        self.bench.bell.set()

    @asynccontextmanager
    async def at_work(self, ledger: Any = None) -> AsyncIterator[None]:
        desk = Desk(
            ledger or self.bench.ledger,
            self.forum,
            None,  # type: ignore[arg-type]
            Pulse(self.bench.clock),
            Tally(Unmetered(), self.bench.clock),
            ENGLISH,
            self.bench.clock,
            Quotes(self.bench.ledger, is_on=False),
        )
        dispatch = Dispatch(self.bot, desk, group_id=self.sim.group_id, bell=self.bench.bell)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(dispatch.run())
            try:
                yield
            finally:
                task.cancel()

    async def finish(self) -> None:
        """Wait until nothing waits."""
        for _ in range(4000):
            if not await self.bench.ledger.waiting_updates():
                return
            await asyncio.sleep(0.002)
        raise AssertionError("an update is still waiting")

    async def work_off(self, ledger: Any = None) -> None:
        await self.write_down()
        async with self.at_work(ledger):
            await self.finish()

    def say(self, text: str, thread: int | None = None, person: int = OPERATOR) -> GroupMessage:
        return self.sim.staff.say(person, text, self.thread if thread is None else thread)

    async def for_the_buyer(self, *messages: GroupMessage) -> list[str]:
        """The words on their way to the buyer, in the order of their rows."""
        rows = await self.bench.ledger.waiting_in_lane(f"chat/{CHAT}", 100)
        texts = []
        for row in rows:
            reply = await self.bench.ledger.reply(row.key)
            assert reply
            texts.append(reply.text)
        return texts

    async def notices(self) -> list[str]:
        heads = await self.bench.ledger.heads(Queue.GROUP)
        return [from_json(head.payload).text for head in heads if head.kind == "notice"]
