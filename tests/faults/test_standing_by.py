"""Several relays of one cabinet on PostgreSQL: one works, the others stand by and take over."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.simulator.server import Simulator
from tests.databases import connect
from tests.faults.process import RelayProcess
from tests.faults.traffic import Traffic
from tests.world import World, environment_of

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
MESSAGES = 60


@pytest.fixture
def shared(simulator: Simulator, postgres_url: str, tmp_path: Path) -> World:
    return World(simulator, postgres_url, tmp_path / "files")


@asynccontextmanager
async def relays(world: World, folder: Path, count: int) -> AsyncIterator[list[RelayProcess]]:
    """Started one after the other; each has a folder of its own, as on machines of their own."""
    async with AsyncExitStack() as ends:
        started = []
        for number in range(count):
            own = folder / f"relay {number}"
            own.mkdir()
            environment = environment_of(world.sim, world.database_url, settle_seconds=1.5)
            relay = RelayProcess(own, environment)
            await relay.start()
            ends.push_async_callback(relay.kill)
            said = "Relaying cabinet" if not number else "standing by"
            try:
                await world.until(lambda r=relay, s=said: s in r.said, 30)
            except AssertionError:
                raise AssertionError(relay.said) from None
            started.append(relay)
        yield started


def workers(started: list[RelayProcess]) -> list[RelayProcess]:
    """Those that work now."""
    return [
        relay
        for relay in started
        if relay.is_running
        and relay.said.count("Relaying cabinet") > relay.said.count("works for this cabinet now")
    ]


async def talk(traffic: Traffic) -> None:
    chance = random.Random(traffic.seed)
    while traffic.buyers < MESSAGES:
        traffic.buyer_writes()
        if traffic.replies * 2 <= traffic.buyers:
            traffic.staff_answers()
        await asyncio.sleep(chance.uniform(0, 0.1))  # people write when they like


async def test_the_next_takes_over_when_the_one_at_work_is_killed(
    shared: World, tmp_path: Path
) -> None:
    traffic = Traffic(shared, seed=5)
    async with relays(shared, tmp_path, 3) as started, asyncio.TaskGroup() as tasks:
        tasks.create_task(talk(traffic))
        for kills in (1, 2):
            sent = traffic.buyers
            await shared.until(lambda n=sent: traffic.buyers > n + 10)
            [worker] = workers(started)
            await worker.kill()
            await shared.until(lambda: len(workers(started)) == 1, 30)
            assert sum(not relay.is_running for relay in started) == kills
        await shared.quiet(60)
        [last] = workers(started)
        assert await last.stop() == 0
    found = traffic.faults_found()
    assert not found, "\n".join(found)
    assert shared.is_clean()


async def test_one_that_slept_through_its_lease_does_no_harm_when_it_wakes(
    shared: World, tmp_path: Path
) -> None:
    traffic = Traffic(shared, seed=6)
    async with relays(shared, tmp_path, 2) as started, asyncio.TaskGroup() as tasks:
        first, second = started
        tasks.create_task(talk(traffic))
        await shared.until(lambda: traffic.buyers > 10)
        os.kill(first.pid, signal.SIGSTOP)
        await expire(shared.database_url)
        await shared.until(lambda: "Relaying cabinet" in second.said, 30)
        os.kill(first.pid, signal.SIGCONT)
        await shared.until(lambda: "works for this cabinet now" in first.said, 30)
        await shared.until(lambda: first.said.count("standing by") == 1, 30)
        await shared.quiet(60)
        assert workers(started) == [second]
    found = traffic.faults_found()
    assert not found, "\n".join(found)
    assert shared.is_clean()


async def expire(url: str) -> None:
    """As if the minute and a half were over."""
    session = await connect(url)
    await session.execute("UPDATE lease SET renewed_ms = renewed_ms - 91000")
    await session.close()


async def test_a_stop_while_standing_by_is_obeyed_at_once(shared: World, tmp_path: Path) -> None:
    async with relays(shared, tmp_path, 2) as started:
        async with asyncio.timeout(3):
            assert await started[1].stop() == 0
        assert workers(started) == [started[0]]
