"""Killed again and again while people write: judged from the simulator's records alone (R49)."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.process import RelayProcess
from tests.faults.traffic import Traffic
from tests.world import World, environment_of

BUYER_MESSAGES, REPLIES, KILLS = 200, 100, 12
SETTLE_S = 2.0
FAULTS = (
    *("refused", "dropped_before", "dropped_after", "slow"),
    *("throttled", "error_html", "truncated"),
)


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_kills_lose_double_and_misroute_nothing(any_world: World, tmp_path: Path) -> None:
    await suffer_kills(any_world, tmp_path, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_kills_on_top_of_faulty_calls_lose_double_and_misroute_nothing(
    any_world: World, tmp_path: Path
) -> None:
    world = any_world
    for shore in ("telegram", "market"):
        for kind in FAULTS:
            share = 1 - 0.8 ** (1 / len(FAULTS))  # together 20 %
            world.sim.faults.add(shore, kind, probability=share, seconds=1)
    await suffer_kills(world, tmp_path, seed=2)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("share", [0.0, 0.2], ids=["kills alone", "on top of faulty calls"])
async def test_kills_lose_double_and_misroute_no_file(
    world: World, tmp_path: Path, share: float
) -> None:
    for kind in FAULTS if share else ():
        each = 1 - (1 - share) ** (1 / len(FAULTS))
        world.sim.faults.add("telegram", kind, probability=each, seconds=1)
        world.sim.faults.add("market", kind, probability=each, seconds=1)
    await suffer_kills(world, tmp_path, seed=3, files_share=0.4)


async def suffer_kills(world: World, folder: Path, seed: int, files_share: float = 0.0) -> None:
    traffic = Traffic(world, seed, files_share=files_share)
    environment = environment_of(world.sim, world.database_url, settle_seconds=SETTLE_S)
    relay = RelayProcess(folder, environment)
    await relay.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(write(traffic, random.Random(seed)))
            tasks.create_task(kill(world, relay, random.Random(seed + 1)))
        world.sim.faults.clear()
        await world.quiet(60)
        await world.until(lambda: relay.said.count("Relaying cabinet") > KILLS, 30)
        assert await relay.stop() == 0
    except (AssertionError, TimeoutError) as error:
        raise AssertionError(f"{error}\n{relay.said[-6000:]}") from None
    finally:
        if relay.is_running:
            await relay.kill()
    found = traffic.faults_found()
    assert not found, "\n".join(found)
    assert (
        len(traffic.asked) <= (REPLIES + traffic.handed) // 10
    )  # a question to a person is the exception
    assert world.is_clean()
    assert "Traceback" not in relay.said


async def write(traffic: Traffic, chance: random.Random) -> None:
    """For as long as the kills last, and the last words a moment after them."""
    while traffic.buyers < BUYER_MESSAGES or traffic.replies < REPLIES:
        await asyncio.sleep(chance.uniform(0, 0.16))  # people write when they like
        if traffic.buyers < BUYER_MESSAGES:
            traffic.buyer_writes()
        if traffic.replies < REPLIES and traffic.replies * 2 <= traffic.buyers:
            traffic.staff_answers()


async def kill(world: World, relay: RelayProcess, chance: random.Random) -> None:
    """At work each time, or the loop would kill what has done nothing yet."""
    for number in range(KILLS):
        await world.until(lambda n=number: relay.said.count("Relaying cabinet") > n, 30)
        await asyncio.sleep(chance.uniform(0, 1.2))  # the moment is the test
        assert relay.is_running, relay.said[-6000:]
        await relay.kill()
        await relay.start()
