"""The two trials of the soak: killed on top of faulty calls, and kept at work for long."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from bot.simulator.server import Simulator
from tests.benchmarks.measuring import MB, memory_mb
from tests.databases import connect
from tests.faults.kill_loop import KillLoop, Load, Plan, make_faulty, write
from tests.faults.process import RelayProcess
from tests.faults.traffic import Traffic
from tests.soak.figures import Endurance, Kills, spread, way
from tests.world import ADMIN, OPERATOR, World, environment_of

BARE = "tests.soak.naive"
PLENTY = 10_000_000  # requests an hour: a soak has weeks of traffic in minutes
CHATS, FILES_SHARE, SEED = 40, 0.1, 49
SETTINGS = {"settle_seconds": 2, "poll_interval": 0.1, "telegram_group_rate": "200/10"}
STEADY_FAULTS, UNDER_WAY_AT_MOST, BURST, WARM = 0.02, 60, 10, 0.2


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


@asynccontextmanager
async def trial(
    database_url: str, module: str = "bot", *, is_forked: bool = True
) -> AsyncIterator[tuple[World, RelayProcess]]:
    """The simulator in this process and a relay in another, not started yet."""
    with tempfile.TemporaryDirectory(prefix="market-relay-soak-") as folder:
        async with Simulator(seed=SEED) as sim:
            sim.group.add_person(ADMIN, "Anna", "admin")
            sim.group.add_person(OPERATOR, "Oleg", "operator")
            sim.market_http.quota.hourly = dict.fromkeys(sim.market_http.quota.hourly, PLENTY)
            world = World(sim, database_url or f"sqlite://{folder}/relay.db")
            environment = environment_of(sim, world.database_url, **SETTINGS)
            relay = RelayProcess(Path(folder), environment, module, is_forked=is_forked)
            try:
                yield world, relay
            except AssertionError as error:
                raise AssertionError(f"{error}\n{relay.said_last[-4000:]}") from None
            finally:
                if relay.is_running:
                    await relay.kill()


async def kills(
    name: str, database: str, database_url: str, plan: Plan, load: Load, share: float
) -> Kills:
    began = time.monotonic()
    is_ours = name != "naive"
    async with trial(database_url, "bot" if is_ours else BARE) as (world, relay):
        make_faulty(world, share)
        traffic = Traffic(world, SEED, CHATS, FILES_SHARE)
        loop = KillLoop(world, relay, plan, SEED)
        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(_tell(f"{name}, {database}", world, traffic, loop, plan))
            await loop.run(write(traffic, load, loop, random.Random(SEED)))
            telling.cancel()
        faulty = sum(world.sim.faults.fired.values())
        world.sim.faults.clear()
        await _end(world, plan.patience_s)
        await relay.stop()
        report = world.sim.judge.report()
        for offence in (*report.buyer_to_topic.offences, *report.staff_to_buyer.offences):
            say(f"{name}, {database}: {offence}")
        for seen in loop.times.stuck if is_ours else ():
            say(f"{database}, stuck: {seen}")
        differences = traffic.faults_found()
        for one in differences if is_ours else ():
            say(f"{database}, second opinion: {one[:2000]}")
        return Kills(
            relay=name,
            database=database,
            kills=loop.killed,
            stops=len(loop.times.stop),
            faulty_calls=faulty,
            buyer_to_topic=way(report.buyer_to_topic),
            staff_to_buyer=way(report.staff_to_buyer, len(traffic.asked)),
            differences=len(differences),
            stuck=len(loop.times.stuck),
            first_call=spread(loop.times.first_call),
            resumed=spread(loop.times.resumed),
            stop=spread(loop.times.stop),
            minutes=round((time.monotonic() - began) / 60, 1),
        )


async def _tell(name: str, world: World, traffic: Traffic, loop: KillLoop, plan: Plan) -> None:
    while True:
        await asyncio.sleep(15)
        report = world.sim.judge.report()
        say(
            f"{name}: {loop.killed}/{plan.kills} kills, "
            f"{report.buyer_to_topic.delivered}/{traffic.buyers} of buyers, "
            f"{report.staff_to_buyer.delivered}/{report.staff_to_buyer.sent} of staff"
        )


async def _end(world: World, patience_s: float) -> None:
    """Until nothing is under way, or nothing has happened for a while."""
    seen, since = (-1, -1), time.monotonic()
    while not world.sim.judge.report().is_done and time.monotonic() - since < patience_s:
        now = len(world.sim.group.messages), len(world.sim.market.touched)
        if now != seen:
            seen, since = now, time.monotonic()
        await asyncio.sleep(0.2)
    await world.looked()


async def endurance(database: str, database_url: str, messages: int) -> Endurance:
    began = time.monotonic()
    async with trial(database_url, is_forked=False) as (world, relay):
        make_faulty(world, STEADY_FAULTS)
        traffic = Traffic(world, SEED, CHATS, FILES_SHARE)
        await relay.start()
        await world.until(lambda: "Relaying cabinet" in relay.said_last, 60)
        wal: list[float] = []
        await _converse(world, traffic, int(WARM * messages), wal, database)
        warm = await _measured(world, relay)
        await _converse(world, traffic, messages, wal, database)
        end = await _measured(world, relay)
        is_clean = world.sim.judge.report().is_clean and not traffic.faults_found()
        return Endurance(
            database=database,
            messages=traffic.buyers + traffic.replies,
            faulty_calls=sum(world.sim.faults.fired.values()),
            is_clean=is_clean,
            warm_mb=warm[0],
            end_mb=end[0],
            warm_descriptors=warm[1],
            end_descriptors=end[1],
            warm_threads=warm[2],
            end_threads=end[2],
            open_rows=await _open_rows(world.database_url),
            wal_mb=round(max(wal), 1) if wal else None,
            database_mb=round(await _size_mb(world.database_url), 1),
            minutes=round((time.monotonic() - began) / 60, 1),
        )


async def _converse(
    world: World, traffic: Traffic, messages: int, wal: list[float], database: str
) -> None:
    """As many messages as that, each way as many, no more at once than are brought."""
    file = Path(world.database_url.removeprefix("sqlite://") + "-wal")
    while traffic.buyers + traffic.replies < messages:
        for _ in range(BURST):
            traffic.buyer_writes()
            traffic.staff_answers()
        await world.until(lambda: _under_way(world) < UNDER_WAY_AT_MOST, 120)
        wal += _sizes_mb(file)
        if (traffic.buyers + traffic.replies) % 500 < 2 * BURST:
            say(f"{database}: {traffic.buyers + traffic.replies} messages")
    await world.quiet(120)


def _sizes_mb(file: Path) -> list[float]:
    """Of a file, if it is there."""
    return [file.stat().st_size / MB] if file.exists() else []


def _under_way(world: World) -> int:
    report = world.sim.judge.report()
    return report.buyer_to_topic.waiting + report.staff_to_buyer.waiting


async def _measured(world: World, relay: RelayProcess) -> tuple[float, int, int]:
    """Memory, descriptors and threads, once nothing is under way."""
    await world.looked()
    await asyncio.sleep(3)
    of_process = Path(f"/proc/{relay.pid}")
    descriptors, threads = (len(list((of_process / one).iterdir())) for one in ("fd", "task"))
    return round(memory_mb(relay.pid), 1), descriptors, threads


_OPEN = "SELECT count(*) FROM outbox WHERE is_open"


async def _open_rows(database_url: str) -> int:
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite://"))) as database:
            return int(database.execute(_OPEN).fetchone()[0])
    database = await connect(database_url)
    try:
        return int(await database.fetchval(_OPEN))
    finally:
        await database.close()


async def _size_mb(database_url: str) -> float:
    if database_url.startswith("sqlite"):
        return sum(_sizes_mb(Path(database_url.removeprefix("sqlite://"))))
    database = await connect(database_url)
    try:
        return int(await database.fetchval("SELECT pg_database_size(current_database())")) / MB
    finally:
        await database.close()
