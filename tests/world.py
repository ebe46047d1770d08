"""A relay at work against the simulator of both services, over HTTP, for the tests to play with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import open_app
from bot.settings import Settings
from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from bot.simulator.server import Simulator

ADMIN, OPERATOR, OUTSIDER = 501, 502, 503
FAST = "1000/1"  # more than any test posts, so that no test waits for the allowance


def settings_of(sim: Simulator, database_url: str, **changed: Any) -> Settings:
    """As an operator would set them, but quick."""
    return Settings(_env_file=None, **{**_quick(sim, database_url), **changed})


def environment_of(sim: Simulator, database_url: str, **changed: Any) -> dict[str, str]:
    """The same for a relay in a process of its own."""
    values = _quick(sim, database_url) | changed
    return {name.upper(): str(value) for name, value in values.items()}


def _quick(sim: Simulator, database_url: str) -> dict[str, Any]:
    return {
        "telegram_bot_token": sim.token,
        "telegram_group_id": sim.group_id,
        "telegram_api_url": sim.telegram_url,
        "telegram_operator_ids": str(OPERATOR),
        "telegram_group_rate": FAST,
        "telegram_total_rate": FAST,
        "market_api_key": sim.api_key,
        "market_business_id": sim.business_id,
        "market_api_url": sim.market_url,
        "poll_interval": 0.05,
        "request_timeout": 5,
        "settle_seconds": 1.5,
        "database_url": database_url,
        "backups_kept": 0,
        "locale": "en",
    }


@dataclass
class World:
    """Both sides of the relay, as people see them."""

    sim: Simulator
    database_url: str
    files_dir: Path = Path("data/files")  # one relay's own

    @asynccontextmanager
    async def relay(self, **changed: Any) -> AsyncIterator[None]:
        """A relay that works for as long as the context lasts, then stops as it was asked to."""
        async with (
            open_app(self.settings(**changed)) as app,
            asyncio.TaskGroup() as tasks,
        ):
            running = tasks.create_task(app.run())
            try:
                yield
            finally:
                running.cancel()

    def settings(self, **changed: Any) -> Settings:
        return settings_of(self.sim, self.database_url, files_dir=self.files_dir, **changed)

    # What people see

    def buyer(self, name: str = "Иван Петров", **details: Any) -> MarketChat:
        return self.sim.market.open_chat(name, **details)

    def thread_of(self, chat: MarketChat) -> int | None:
        """The topic of a chat that staff see now."""
        found = [
            thread
            for thread, topic in self.sim.group.topics.items()
            if topic.name.endswith(f"#{chat.id}") and not topic.is_deleted
        ]
        assert len(found) < 2, f"chat {chat.id} has the topics {found}"
        return found[0] if found else None

    def posts(self, chat: MarketChat) -> list[GroupMessage]:
        """What the bot posted into a chat's topic."""
        thread = self.thread_of(chat)
        return [] if thread is None else list(self.sim.group.posts(thread))

    def reads(self, chat: MarketChat) -> str:
        """All that the topic says, from top to bottom."""
        return "\n".join(post.text for post in self.posts(chat))

    def bot_says(self, thread: int | None = None) -> list[GroupMessage]:
        """What the bot posted in a topic or, without one, in General."""
        bot = self.sim.group.bot
        return [
            message
            for message in self.sim.group.messages.values()
            if message.author is bot and message.thread == thread and not message.service
        ]

    def answers_to(self, message: GroupMessage) -> list[str]:
        """What the bot replied to a message, wherever."""
        bot = self.sim.group.bot
        found = self.sim.group.messages.values()
        return [m.text for m in found if m.author is bot and m.reply_to == message.id]

    def sent_to(self, chat: MarketChat) -> list[str]:
        """What the buyer got from the bot."""
        return [m.original for m in self.sim.market.chat(chat.id).messages if m.through_api]

    # Waiting

    async def until(self, is_so: Callable[[], Any], seconds: float = 15) -> None:
        """Wait for something to be seen; fails with what is seen instead."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s:\n{self.described()}")
            await asyncio.sleep(0.02)

    async def quiet(self, seconds: float = 15) -> None:
        """Wait until the simulator's records say that nothing is on its way."""
        await self.until(lambda: self.sim.judge.report().is_done, seconds)

    async def looked(self) -> None:
        """Wait until the relay has looked at the lists of chats as they are now."""
        calls = self.sim.market_http.calls
        now = len([call for call in calls if call.method == "getChats"])
        await self.until(
            lambda: len([call for call in calls if call.method == "getChats"]) > now + 2
        )

    def described(self) -> str:
        report = self.sim.judge.report()
        seen = [f"{m.id} in {m.thread}: {m.text[:80]!r} {m.reactions}" for m in self.last(25)]
        return "\n".join([str(report.buyer_to_topic), str(report.staff_to_buyer), *seen])

    def last(self, count: int) -> list[GroupMessage]:
        return list(self.sim.group.messages.values())[-count:]

    def is_clean(self) -> bool:
        """Nothing lost, nothing twice, nothing to the wrong person, nothing out of order."""
        report = self.sim.judge.report()
        assert report.is_clean, self.described()
        return True
