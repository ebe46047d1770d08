"""A bot connected to the simulator, and the group as the relay sees it through that bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from aiogram import Bot

from bot.simulator.server import Simulator
from bot.telegram.connection import connect
from bot.telegram.forum import TelegramForum
from tests.telegram.samples import NOW_MS
from tests.world import OPERATOR


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[Bot]:
    bot = connect(simulator.token, simulator.telegram_url, 5)
    async with bot.context(auto_close=True):
        yield bot


@pytest.fixture
def forum(bot: Bot, simulator: Simulator) -> TelegramForum:
    return forum_of(bot, simulator)


def forum_of(
    bot: Bot,
    simulator: Simulator,
    operators: frozenset[int] = frozenset({OPERATOR}),
    admins: frozenset[int] = frozenset(),
    clock: Callable[[], int] = lambda: NOW_MS,
) -> TelegramForum:
    return TelegramForum(
        bot, simulator.group_id, admins=admins, operators=operators, clock=clock
    )
