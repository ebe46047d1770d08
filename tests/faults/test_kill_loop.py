"""Killed again and again while people write: judged from the simulator's records alone (R49)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.kill_loop import KillLoop, Load, Plan, make_faulty, write
from tests.faults.process import RelayProcess
from tests.faults.staff_traffic import StaffTraffic
from tests.faults.traffic import Traffic
from tests.world import World, environment_of

LOAD = Load(buyer_messages=160, replies=90)
MIXED = 40  # more messages of staff: albums, notes, edits in the last moment
CHATS_OF_MIXED = 4
KILLS = 12
FAULTY = 0.2  # of all calls


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_kills_on_top_of_faulty_calls_lose_double_misroute_and_leak_nothing(
    any_world: World, tmp_path: Path
) -> None:
    world = any_world
    make_faulty(world, FAULTY)
    traffic, mixed = Traffic(world, seed=1, files_share=0.2), StaffTraffic(world, seed=11)
    relay = RelayProcess(tmp_path, environment_of(world.sim, world.database_url, settle_seconds=2))
    loop = KillLoop(world, relay, Plan(KILLS), seed=2)
    try:
        mixed.open_chats(CHATS_OF_MIXED)
        await loop.run(
            write(traffic, LOAD, loop, random.Random(1)), send(mixed, loop, random.Random(11))
        )
        world.sim.faults.clear()
        await world.until(lambda: mixed.is_settled, 60)
        await world.quiet(60)
        await world.looked()
        assert await relay.stop() == 0
    except (AssertionError, TimeoutError) as error:
        raise AssertionError(f"{error}\n{relay.said[-6000:]}") from None
    finally:
        if relay.is_running:
            await relay.kill()
    found = traffic.faults_found() + mixed.faults_found()
    assert not found, "\n".join(found)
    sent = LOAD.replies + traffic.handed + MIXED
    assert len(traffic.asked) + len(mixed.asked) <= sent // 10  # to ask a person is the exception
    assert world.is_clean()
    assert "Traceback" not in relay.said


async def send(mixed: StaffTraffic, loop: KillLoop, chance: random.Random) -> None:
    await mixed.world.until(lambda: mixed.have_topics, 120)  # one by one, between kills
    for left in range(MIXED, 0, -1):
        await loop.pause(chance, left)
        mixed.staff_send()
