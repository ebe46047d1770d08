"""A bot connected to the simulator, and the group as the relay sees it through that bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiogram import Bot

from bot.relay.changes import SaveTopic
from bot.relay.model import ThreadId, Topic, TopicState
from bot.simulator.server import Simulator
from bot.telegram.connection import connect
from bot.telegram.files import Files
from bot.telegram.forum import TelegramForum
from tests.relay.bench import Bench, opened
from tests.telegram.desks import CHAT, Desks
from tests.telegram.samples import NOW_MS
from tests.world import OPERATOR


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[Bot]:
    async with connect(simulator.token, simulator.telegram_url, 5) as bot:
        yield bot


@pytest.fixture
async def bench(simulator: Simulator, made_sqlite_url: str) -> AsyncIterator[Bench]:
    """With a ledger of the simulator's group and bot."""
    bot_id = simulator.group.bot.id
    async with opened(made_sqlite_url, simulator.group_id, bot_id) as bench:
        yield bench


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Whoever wants to rest for long is written down here and does not."""
    asked: list[float] = []
    sleep = asyncio.sleep

    async def hardly(seconds: float) -> None:
        if seconds >= 0.1:
            asked.append(seconds)
        await sleep(min(seconds, 0.005))

    monkeypatch.setattr(asyncio, "sleep", hardly)
    return asked


@pytest.fixture
def forum(bot: Bot, simulator: Simulator) -> TelegramForum:
    return forum_of(bot, simulator)


@pytest.fixture
async def desks(simulator: Simulator, bot: Bot, forum: TelegramForum, bench: Bench) -> Desks:
    """With the topic of one chat."""
    desks = Desks(simulator, bot, forum, bench)
    topic = Topic(CHAT, "Иван", ThreadId(desks.thread), TopicState.OPEN, True)
    await bench.ledger.commit(SaveTopic(topic))
    return desks


def forum_of(
    bot: Bot,
    simulator: Simulator,
    operators: frozenset[int] = frozenset({OPERATOR}),
    admins: frozenset[int] = frozenset(),
    clock: Callable[[], int] = lambda: NOW_MS,
) -> TelegramForum:
    return TelegramForum(
        bot,
        simulator.group_id,
        admins=admins,
        operators=operators,
        clock=clock,
        files=Files(bot, simulator.group_id, 5),
    )
