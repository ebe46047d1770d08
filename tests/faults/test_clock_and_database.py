"""A clock that jumps and a database server that goes away under a working relay."""

from __future__ import annotations

import asyncio

import pytest

from bot.simulator.server import Simulator
from tests.databases import CannotStart, PostgresServer, running_postgres
from tests.faults import clocks
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
