"""Messages a second and processor a message, with no limit but the relay's own, beside the floor.

`make bench`. The floor makes the same calls and runs the same statements in the same transactions,
by the libraries alone (aiogram, aiohttp, tortoise) in a loop, in a process of its own: written down
from a relay under the same load (`script.py`), done again by `bare.py` on a copy of the database.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

import pytest

from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.benchmarks.measuring import NO_LIMIT, Bench, cpu_s, show, stage, with_topics
from tests.benchmarks.script import Bare, Recorder, Script, played
from tests.databases import CannotStart, running_postgres
from tests.world import OPERATOR

CHATS, MESSAGES = 20, 400
TURNS = 3  # of relay and floor; the median counts, for the machine has other things to do
AT_MOST = 2.0  # times the floor
SETTINGS = {"poll_interval": 0.5, **NO_LIMIT}

Copy = Callable[[], Awaitable[str]]


@dataclass
class Load:
    """So many messages at once, for all chats in turn; `firsts`: chat → its first one."""

    it: Bench
    chats: list[MarketChat]
    direction: str
    firsts: dict[int, int]

    def begin(self) -> None:
        self.firsts.clear()
        self._before = len(self.it.world.sim.group.posts())
        self._written = [self._say(number) for number in range(MESSAGES)]

    def _say(self, number: int) -> GroupMessage | None:
        chat, text = self.chats[number % CHATS], f"сообщение {time.monotonic_ns()}"
        world = self.it.world
        if self.direction == "buyer to topic":
            said = world.sim.market.say(chat.id, text)
            self.firsts.setdefault(chat.id, said.id)
            return None
        return world.sim.staff.say(OPERATOR, text, world.thread_of(chat))

    def is_done(self) -> bool:
        if self.direction == "buyer to topic":
            return len(self.it.world.sim.group.posts()) >= self._before + MESSAGES
        return all(one.reactions for one in self._written if one)

    async def end(self) -> None:
        await self.it.world.until(self.is_done, 120)


@dataclass(frozen=True)
class Turn:
    """One load, by the relay and then by the floor; seconds."""

    wall: float
    cpu: float
    script: Script
    floor: Bare


@pytest.mark.parametrize("direction", ["buyer to topic", "staff to buyer"])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_messages_a_second_beside_bare_calls_and_statements(
    kind: str, direction: str, tmp_path: Path
) -> None:
    turns = []
    for number in range(TURNS):
        folder = tmp_path / str(number)
        folder.mkdir()
        turns.append(await turn(kind, direction, folder))
    told(f"{direction}, {kind}", turns)
    assert median(one.cpu / one.floor.cpu for one in turns) <= AT_MOST
    assert median(one.wall / one.floor.wall for one in turns) <= AT_MOST


async def turn(kind: str, direction: str, folder: Path) -> Turn:
    async with database(kind, folder) as (url, copy), stage(database_url=url, **SETTINGS) as it:
        hourly = it.world.sim.market_http.quota.hourly
        hourly.update(dict.fromkeys(hourly, 1_000_000))
        await it.ready()
        load = Load(it, await with_topics(it, CHATS), direction, {})
        wall, cpu = await seconds_of(load)
        await it.relay.stop()
        copies = [await copy(), await copy()]
        script = await written_down(load)
        if direction == "staff to buyer":
            load.begin()  # for the floor to read
        return Turn(wall, cpu, script, await played(script, it.world.sim, copies, it.folder))


async def seconds_of(load: Load) -> tuple[float, float]:
    """Of the wall's clock, and of the relay's processor."""
    pid = load.it.relay.pid
    cpu, wall = cpu_s(pid), time.monotonic()
    load.begin()
    await load.end()
    wall = time.monotonic() - wall
    await load.it.world.quiet(60)
    assert load.it.world.is_clean()
    return wall, cpu_s(pid) - cpu


async def written_down(load: Load) -> Script:
    recorder = Recorder(load.it.world.sim)
    with recorder.listening():
        async with load.it.world.relay(**SETTINGS):
            await load.it.world.looked()
            recorder.load_begins()
            load.begin()
            await load.end()
            await load.it.world.quiet(60)
            recorder.load_ends(load.firsts)
    return recorder.script


def told(title: str, turns: Sequence[Turn]) -> None:
    def of_each(count: Callable[[Turn], float]) -> str:
        return f"{median(map(count, turns)) / MESSAGES:.2f}"

    def ms(seconds: Callable[[Turn], float]) -> str:
        return f"{1000 * median(map(seconds, turns)) / MESSAGES:.2f} ms"

    def rate(wall: Callable[[Turn], float]) -> str:
        return f"{MESSAGES / median(map(wall, turns)):.0f}"

    def ratio(one: Callable[[Turn], float]) -> str:
        return f"{median(map(one, turns)):.2f}"

    def each(one: Callable[[Turn], float]) -> str:
        return " ".join(f"{ratio:.2f}" for ratio in sorted(map(one, turns)))

    show(
        f"Throughput, {title}: {MESSAGES} messages of {CHATS} chats at once, without flood limits; "
        f"medians of {TURNS}",
        [
            ("calls a message", of_each(lambda one: len(one.script.calls))),
            ("transactions a message", of_each(lambda one: one.script.transactions)),
            ("statements a message", of_each(lambda one: one.script.queries)),
            ("bare calls: processor a message", ms(lambda one: one.floor.calls.cpu)),
            ("bare statements: processor a message", ms(lambda one: one.floor.database.cpu)),
            ("  by the driver alone, without tortoise", ms(lambda one: one.floor.driven.cpu)),
            ("bare, together: processor a message", ms(lambda one: one.floor.cpu)),
            ("ours: processor a message", ms(lambda one: one.cpu)),
            (
                f"ours / bare, processor (at most {AT_MOST:g})",
                ratio(lambda one: one.cpu / one.floor.cpu),
            ),
            ("  each time", each(lambda one: one.cpu / one.floor.cpu)),
            ("  without tortoise", ratio(lambda one: one.cpu / one.floor.cpu_driven)),
            ("bare: messages a second", rate(lambda one: one.floor.wall)),
            ("ours: messages a second", rate(lambda one: one.wall)),
            (
                f"ours / bare, time (at most {AT_MOST:g})",
                ratio(lambda one: one.wall / one.floor.wall),
            ),
            ("  each time", each(lambda one: one.wall / one.floor.wall)),
        ],
    )


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[tuple[str, Copy]]:
    """An empty database that minds a power cut, and what copies it while nobody has it open."""
    numbers = count()
    if kind == "sqlite":

        async def copied() -> str:
            path = folder / f"copy-{next(numbers)}.db"
            shutil.copy(folder / "relay.db", path)
            return f"sqlite://{path}"

        yield f"sqlite://{folder}/relay.db", copied
        return
    try:
        running = running_postgres(settings=())
        server = running.__enter__()
    except CannotStart as error:
        pytest.skip(str(error))
    try:
        await server.execute("CREATE DATABASE relay TEMPLATE template0")

        async def copied() -> str:
            name = f"copy{next(numbers)}"
            await server.execute(f"CREATE DATABASE {name} TEMPLATE relay")
            return server.url(name)

        yield server.url("relay"), copied
    finally:
        running.__exit__(None, None, None)
