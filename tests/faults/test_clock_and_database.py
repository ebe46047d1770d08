"""A clock that jumps and a database server that goes away under a working relay."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.simulator.server import Simulator
from tests.databases import CannotStart, PostgresServer, running_postgres
from tests.faults import clocks
from tests.staffing import with_topic
from tests.world import ADMIN, OPERATOR, World

HOUR_MS = 3_600_000


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_set_by_an_hour_holds_nothing_up(world: World, hours: int) -> None:
    async with clocks.adjustable() as clock, world.relay():
        chat, other = world.buyer(), world.buyer("Другой")
        for one in (chat, other):
            world.sim.market.say(one.id, "начало")
        await world.until(lambda: world.posts(chat) and world.posts(other))
        for shore, method in (("telegram", "sendMessage"), ("market", "sendMessageToChat")):
            world.sim.faults.add(shore, "refused", method, times=3)
            world.sim.faults.add(shore, "throttled", method, times=1, seconds=1)
        for number in range(3):
            world.sim.market.say(chat.id, f"вопрос {number}")
            world.sim.staff.say(OPERATOR, f"ответ {number}", world.thread_of(other))
        await world.until(lambda: sum(world.sim.faults.fired.values()) > 2)
        clock.move(hours * HOUR_MS)
        world.sim.market.say(chat.id, "после перевода часов")
        await world.quiet(25)
    assert world.is_clean()


@pytest.mark.parametrize("hours", [1, -1])
async def test_at_the_first_start_the_clock_of_the_market_tells_what_came_before_it(
    world: World, hours: int
) -> None:
    market = world.sim.market
    before = world.buyer("Прежний")
    at_ms = market.clock() - HOUR_MS // 3
    market.say(before.id, "спасибо", at_ms=at_ms, is_due=False)
    market.finish(before.id)
    with clocks.set_to(time.time_ns() // 1_000_000 + hours * HOUR_MS):
        async with world.relay():
            await world.looked()
            await asyncio.sleep(1.1)  # the Market dates by the second
            since = world.buyer("Новый")
            market.say(since.id, "вопрос")
            market.finish(since.id)
            await world.until(lambda: "вопрос" in world.reads(since))
            assert world.thread_of(before) is None


async def test_staff_and_buyers_are_heard_after_a_clock_that_was_ahead(world: World) -> None:
    async with clocks.adjustable() as clock, world.relay():
        chat, thread = await with_topic(world)
        clock.move(HOUR_MS)
        world.sim.faults.add("telegram", "throttled", "sendMessage", times=1, seconds=1)
        world.sim.market.say(chat.id, "пока часы спешат")
        world.sim.staff.say(OPERATOR, "пока часы спешат", thread)
        await world.until(lambda: world.sim.faults.fired and world.sent_to(chat))
        clock.move(-HOUR_MS)
        world.sim.staff.say(OPERATOR, "часы исправлены", thread)
        await world.until(lambda: len(world.sent_to(chat)) == 2)
        await world.until(lambda: "спешат" in world.reads(chat), 20)
        assert await polls(world) < 10


async def test_staff_are_heard_after_a_restart_under_a_clock_set_back(world: World) -> None:
    with clocks.set_to(time.time_ns() // 1_000_000 + HOUR_MS):
        async with world.relay():
            chat, thread = await with_topic(world)
            world.sim.staff.say(OPERATOR, "до", thread)
            await world.until(lambda: world.sent_to(chat) == ["до"])
            await world.until(lambda: world.sim.updates.pending == 0)
    async with world.relay():
        for number in range(110):  # more than one poll brings
            world.sim.staff.say(OPERATOR, f"// {number}", thread)
        world.sim.staff.say(OPERATOR, "после", thread)
        await world.until(lambda: world.sent_to(chat) == ["до", "после"], 20)
        assert await polls(world) < 10


async def test_lost_calls_are_looked_for_after_a_restart_under_a_clock_set_back(
    world: World,
) -> None:
    with clocks.set_to(time.time_ns() // 1_000_000 + HOUR_MS):
        async with world.relay(settle_seconds=30):
            chat, thread = await with_topic(world)
            for shore, method in (("telegram", "sendMessage"), ("market", "sendMessageToChat")):
                world.sim.faults.add(shore, "dropped_before", method, times=1)
            world.sim.staff.say(OPERATOR, "ответ", thread)
            world.sim.market.say(chat.id, "потерянное")
            await world.until(lambda: sum(world.sim.faults.fired.values()) == 2)
            await asyncio.sleep(1)  # looked for in vain, and too early to say
    async with world.relay(settle_seconds=1.5):
        other = world.buyer("Другой")
        world.sim.market.say(other.id, "а я?")
        await world.until(lambda: "потерянное" in world.reads(chat) and world.posts(other), 30)
        await world.until(lambda: world.sent_to(chat) == ["ответ"], 30)


async def polls(world: World) -> int:
    """How often the bot asks for updates in two quiet seconds."""
    before = sum(call.method == "getUpdates" for call in world.sim.telegram.calls)
    await asyncio.sleep(2)
    return sum(call.method == "getUpdates" for call in world.sim.telegram.calls) - before


@pytest.mark.postgres
@pytest.mark.slow
async def test_a_database_server_that_restarts_loses_nothing() -> None:
    try:
        running = running_postgres()
        server = running.__enter__()
    except CannotStart as error:
        pytest.skip(str(error))
    try:
        async with Simulator() as sim:
            sim.group.add_person(ADMIN, "Anna", "admin")
            sim.group.add_person(OPERATOR, "Oleg", "operator")
            await server.execute("CREATE DATABASE relay TEMPLATE template0")
            world = World(sim, server.url("relay"))
            async with world.relay():
                chat = world.buyer()
                sim.market.say(chat.id, "начало")
                await world.until(lambda: world.posts(chat))
                for number in range(20):
                    sim.market.say(chat.id, f"вопрос {number}")
                    sim.staff.say(OPERATOR, f"ответ {number}", world.thread_of(chat))
                    if number == 8:
                        await world.until(lambda: len(world.sent_to(chat)) > 2)
                        await restart(server)
                await world.quiet(60)
            assert world.sent_to(chat) == [f"ответ {number}" for number in range(20)]
            assert world.is_clean()
    finally:
        running.__exit__(None, None, None)


async def restart(server: PostgresServer) -> None:
    """Down and up again on the same port, with the data as it was."""
    options = f"-c listen_addresses=127.0.0.1 -c port={server.port} -c unix_socket_directories="
    await asyncio.to_thread(server.stop)
    log = str(server._folder / "log")
    await asyncio.to_thread(
        server._run, "pg_ctl", "start", "--wait", "--timeout=30", f"--log={log}", "-o", options
    )
