"""A running simulator and the two clients that the tests speak to it with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.simulator.server import Simulator
from tests.simulator.callers import BotCaller, CabinetCaller

ADMIN, OPERATOR, OUTSIDER = 501, 502, 503


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        simulator.group.add_person(ADMIN, "Анна", "admin")
        simulator.group.add_person(OPERATOR, "Олег")
        simulator.group.add_person(OUTSIDER, "Гость", "outsider")
        yield simulator


@pytest.fixture
async def bot(sim: Simulator) -> AsyncIterator[BotCaller]:
    async with BotCaller(sim) as caller:
        yield caller


@pytest.fixture
async def cabinet(sim: Simulator) -> AsyncIterator[CabinetCaller]:
    async with CabinetCaller(sim) as caller:
        yield caller
