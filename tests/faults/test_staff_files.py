"""Files of staff under every fault of every call on their way, and under kills at each of them."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bot.simulator.faults import KINDS
from tests.faults.process import RelayProcess
from tests.faults.staff_traffic import StaffTraffic
from tests.faults.test_crash_points import trigger
from tests.staffing import as_sent, got, is_liked, noise, papers, put, with_topic
from tests.world import OPERATOR, World, environment_of

WAY = (("telegram", "getFile"), ("telegram", "file"), ("market", "sendFileToChat"))
SINGLE = [kind for kind in KINDS if kind != "outage"]
MESSAGES, KILLS, SETTLE_S = 40, 6, 1.0
FAULTS = (
    *("refused", "dropped_before", "dropped_after", "slow"),
    *("throttled", "error_html", "truncated"),
)


@pytest.mark.parametrize("kind", SINGLE)
async def test_every_call_on_the_way_of_a_file_survives_the_fault(world: World, kind: str) -> None:
    files = [*papers(world, 2), put(world, "большой.bin", noise(2_000_000))]
    async with world.relay(settle_seconds=0.6, request_timeout=2):
        chat, thread = await with_topic(world)
        for shore, method in WAY:
            world.sim.faults.add(shore, kind, method, times=1, seconds=0.5)
        say = world.sim.staff.say
        written = [say(OPERATOR, f"лист {n}", thread, files=[file]) for n, file in enumerate(files)]
        album = say(OPERATOR, "ещё раз", thread, files=files[:2])
        every = world.sim.group.messages.values()
        written += [one for one in every if one.album == album.album]
        await world.until(lambda: all(map(is_liked, written)), 40)
        await world.looked()
    parts = [part for n, file in enumerate(files) for part in (f"лист {n}", as_sent(file))]
    assert got(world, chat) == [*parts, "ещё раз", *map(as_sent, files[:2])]
    assert [post for post in world.posts(chat) if post.file] == []
    assert {method for _, method, _ in world.sim.faults.fired} == {method for _, method in WAY}
    assert world.is_clean()


@pytest.mark.slow
@pytest.mark.parametrize("is_done", [False, True], ids=["before the work", "after the work"])
async def test_a_kill_at_any_call_on_the_way_of_a_file_is_survived(
    any_world: World, tmp_path: Path, is_done: bool
) -> None:
    world = any_world
    files = papers(world, 3 * len(WAY), 50_000)
    relay = RelayProcess(tmp_path, environment_of(world.sim, world.database_url, settle_seconds=1))
    await relay.start()
    try:
        with trigger(world, relay) as deadly:
            chat, thread = await with_topic(world)
            for number, point in enumerate(WAY):
                deadly.set(point, is_done=is_done)
                mine = files[3 * number : 3 * number + 3]
                message = world.sim.staff.say(OPERATOR, f"альбом {number}", thread, files=mine)
                await world.until(lambda: deadly.has_gone_off)
                await relay.ended()
                await relay.start()
                every = world.sim.group.messages.values()
                written = [one for one in every if one.album == message.album]
                await world.until(lambda written=written: all(map(is_liked, written)), 30)
        await world.looked()
        assert await relay.stop() == 0
    except AssertionError as error:
        raise AssertionError(f"{error}\n{relay.said[-4000:]}") from None
    finally:
        if relay.is_running:
            await relay.kill()
    expected: list[object] = []
    for number in range(len(WAY)):
        mine = files[3 * number : 3 * number + 3]
        expected += [f"альбом {number}", *map(as_sent, mine)]
    assert got(world, chat) == expected
    assert [post for post in world.posts(chat) if post.file] == []
    assert world.is_clean()


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_kills_lose_double_and_leak_no_file_of_staff(world: World, tmp_path: Path) -> None:
    await suffer_kills(world, tmp_path, seed=11)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_kills_on_top_of_faulty_calls_lose_double_and_leak_no_file_of_staff(
    any_world: World, tmp_path: Path
) -> None:
    world = any_world
    for shore in ("telegram", "market"):
        for kind in FAULTS:
            share = 1 - 0.8 ** (1 / len(FAULTS))  # together 20 %
            world.sim.faults.add(shore, kind, probability=share, seconds=1)
    await suffer_kills(world, tmp_path, seed=12)


async def suffer_kills(world: World, folder: Path, seed: int) -> None:
    traffic = StaffTraffic(world, seed)
    environment = environment_of(world.sim, world.database_url, settle_seconds=SETTLE_S)
    relay = RelayProcess(folder, environment)
    await relay.start()
    try:
        traffic.open_chats(4)
        await world.until(lambda: traffic.have_topics, 60)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(write(traffic, random.Random(seed)))
            tasks.create_task(kill(world, relay, random.Random(seed + 1)))
        world.sim.faults.clear()
        await world.until(lambda: traffic.is_settled, 60)
        await world.quiet(30)
        await world.looked()
        assert await relay.stop() == 0
    except (AssertionError, TimeoutError) as error:
        raise AssertionError(f"{error}\n{relay.said[-6000:]}") from None
    finally:
        if relay.is_running:
            await relay.kill()
    found = traffic.faults_found()
    assert not found, "\n".join(found)
    assert len(traffic.asked) <= MESSAGES // 10  # a question to a person is the exception
    assert world.is_clean()
    assert "Traceback" not in relay.said


async def write(traffic: StaffTraffic, chance: random.Random) -> None:
    for _ in range(MESSAGES):
        await asyncio.sleep(chance.uniform(0, 0.3))  # people write when they like
        traffic.staff_send()


async def kill(world: World, relay: RelayProcess, chance: random.Random) -> None:
    """At work each time, or the loop would kill what has done nothing yet."""
    for number in range(KILLS):
        await world.until(lambda n=number: relay.said.count("Relaying cabinet") > n, 30)
        await asyncio.sleep(chance.uniform(0, 1.2))  # the moment is the test
        assert relay.is_running, relay.said[-6000:]
        await relay.kill()
        await relay.start()
