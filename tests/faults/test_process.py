"""The process as an operator meets it: stopped under load, started twice, at rest."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.simulator.server import Simulator
from tests.databases import connect
from tests.faults.process import RelayProcess
from tests.world import OPERATOR, World, environment_of

_TICKS = os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def relay_process(
    world: World, folder: Path, **changed: object
) -> AsyncIterator[RelayProcess]:
    process = RelayProcess(folder, environment_of(world.sim, world.database_url, **changed))
    await process.start()
    try:
        yield process
    finally:
        if process.is_running:
            await process.kill()


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@pytest.mark.parametrize("kind", ["none", "late", "outage"])
async def test_a_stop_under_load_ends_within_ten_seconds_with_exit_code_0(
    any_world: World, tmp_path: Path, kind: str
) -> None:
    world = any_world
    async with relay_process(world, tmp_path, telegram_group_rate="18/60") as relay:
        chats = [world.buyer(f"Покупатель {number}") for number in range(10)]
        for chat in chats:
            world.sim.market.say(chat.id, f"вопрос {chat.id}")
        await world.until(lambda: len(world.sim.group.posts()) >= 2)
        if kind != "none":
            for shore in ("telegram", "market"):
                world.sim.faults.add(shore, kind, seconds=30)
        for number in range(100):
            world.sim.market.say(chats[number % 10].id, f"сообщение {number}")
            if thread := world.thread_of(chats[number % 10]):
                world.sim.staff.say(OPERATOR, f"ответ {number}", thread)
        began = time.monotonic()
        assert await relay.stop() == 0, relay.said[-3000:]
        assert time.monotonic() - began < 10
    assert "Traceback" not in relay.said


async def test_a_stop_in_the_moment_of_the_start_is_obeyed(world: World, tmp_path: Path) -> None:
    async with relay_process(world, tmp_path) as relay:
        await world.until(lambda: "starts" in relay.said)
        assert await relay.stop() == 0, relay.said[-3000:]


async def test_a_second_process_with_the_same_file_is_refused_with_2(
    world: World, tmp_path: Path
) -> None:
    second_folder = tmp_path / "second"
    second_folder.mkdir()
    async with relay_process(world, tmp_path) as relay:
        chat = world.buyer()
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: world.posts(chat))
        async with relay_process(world, second_folder) as second:
            async with asyncio.timeout(10):
                assert await second.ended() == 2
            [line] = [one for one in second.said.splitlines() if "bot." not in one]
            assert "Traceback" not in second.said
        assert relay.is_running
        world.sim.market.say(chat.id, "второе")
        await world.quiet()
    assert line
    assert world.is_clean()


async def test_a_database_newer_than_the_program_is_refused_with_2(
    any_world: World, tmp_path: Path
) -> None:
    world = any_world
    async with relay_process(world, tmp_path) as relay:
        await world.until(lambda: "Relaying" in relay.said)
        await relay.stop()
    statement = (
        "INSERT INTO tortoise_migrations (app, name, applied_at) "
        "SELECT app, '9999_future', applied_at FROM tortoise_migrations LIMIT 1"
    )
    if world.database_url.startswith("sqlite"):
        with sqlite3.connect(world.database_url.removeprefix("sqlite://")) as file:
            file.execute(statement)
        file.close()
    else:
        connection = await connect(world.database_url)
        await connection.execute(statement)
        await connection.close()
    later = tmp_path / "later"
    later.mkdir()
    async with relay_process(world, later) as relay:
        async with asyncio.timeout(10):
            assert await relay.ended() == 2, relay.said
    assert "Traceback" not in relay.said


async def test_services_down_at_start_are_waited_for_and_said_once(
    any_world: World, tmp_path: Path
) -> None:
    world = any_world
    chat = world.buyer()
    world.sim.market.say(chat.id, "пока всё лежит")
    await world.sim.stop()
    async with relay_process(world, tmp_path) as relay:
        await world.until(lambda: relay.said.count("fails") >= 2)
        await world.until(lambda: relay.said)
        await world.sim.start()
        await world.quiet(20)
        world.sim.staff.say(OPERATOR, "уже работаем", world.thread_of(chat))
        await world.quiet(20)
        assert await relay.stop() == 0
    assert relay.said.count("reading Telegram fails") == 1, relay.said
    assert "Traceback" not in relay.said
    assert world.is_clean()


@pytest.mark.parametrize("shore", ["market", "telegram"])
async def test_one_service_down_at_start_comes_back(
    world: World, tmp_path: Path, shore: str
) -> None:
    chat = world.buyer()
    world.sim.market.say(chat.id, "пока одна лежит")
    outage = world.sim.faults.add(shore, "outage")
    async with relay_process(world, tmp_path) as relay:
        await world.until(lambda: outage.fired > 3, 20)
        world.sim.faults.remove(outage)
        await world.quiet(20)
        assert await relay.stop() == 0
    assert world.is_clean()


@pytest.mark.slow
@pytest.mark.parametrize("with_doubt", [False, True], ids=["settled", "with open questions"])
async def test_an_idle_relay_asks_little_and_burns_nothing(
    any_world: World, tmp_path: Path, with_doubt: bool
) -> None:
    world = any_world
    changed = {"poll_interval": 1, "settle_seconds": 60 if with_doubt else 1}
    async with relay_process(world, tmp_path, **changed) as relay:
        chats = [world.buyer(f"Покупатель {number}") for number in range(5)]
        for chat in chats:
            world.sim.market.say(chat.id, f"вопрос {chat.id}")
        await world.until(lambda: all(world.posts(chat) for chat in chats))
        if with_doubt:
            world.sim.faults.add("market", "dropped_before", "sendMessageToChat", times=2)
            world.sim.faults.add("telegram", "dropped_before", "sendMessage", times=1)
            for chat in chats[:2]:
                world.sim.staff.say(OPERATOR, "ответ", world.thread_of(chat))
            world.sim.market.say(chats[3].id, "ещё")
            lost = ("telegram", "sendMessage", "dropped_before")
            await world.until(lambda: lost in world.sim.faults.fired)
        began = await settled(world)
        burnt, calls = cpu_seconds(relay.pid), len(world.sim.telegram.calls)
        market_calls = len(world.sim.market_http.calls)
        await world.until(lambda: time.monotonic() > began + 5)
        burnt = cpu_seconds(relay.pid) - burnt
        telegram = Counter(c.method for c in list(world.sim.telegram.calls)[calls:])
        market = Counter(c.method for c in list(world.sim.market_http.calls)[market_calls:])
    assert burnt < 0.5, (burnt, telegram, market)  # a tenth of one core, the lists included
    assert telegram.total() <= (5 if with_doubt else 2), telegram
    assert market.total() <= 17, market  # two lists a second, and some


async def settled(world: World) -> float:
    """A moment after the start-up, when only the routine is left."""
    began = time.monotonic()
    await world.until(lambda: time.monotonic() > began + 3)
    return time.monotonic()


async def test_words_of_all_outages_hold_no_secret(tmp_path: Path) -> None:
    async with Simulator() as sim:
        sim.group.add_person(OPERATOR, "Oleg", "operator")
        world = World(sim, f"sqlite://{tmp_path}/data/relay.db")
        for shore in ("telegram", "market"):
            for kind in ("refused", "dropped_after", "error_html", "truncated"):
                sim.faults.add(shore, kind, times=1)
        async with relay_process(world, tmp_path, log_level="DEBUG") as relay:
            chat = world.buyer()
            sim.market.say(chat.id, "секретов нет")
            await world.until(lambda: world.posts(chat), 40)
            assert await relay.stop() == 0
    assert sim.token not in relay.said
    assert sim.token.partition(":")[2] not in relay.said
    assert sim.api_key not in relay.said
