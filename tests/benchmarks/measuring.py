"""What the benchmarks share: a relay in a process of its own, its memory and CPU, tables."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.simulator.market_world import MarketChat
from bot.simulator.server import Simulator
from tests.faults.process import RelayProcess
from tests.world import OPERATOR, World, environment_of

MB = 1024 * 1024
NO_LIMIT = {"telegram_group_rate": "100000/1", "telegram_total_rate": "100000/1"}
AS_SHIPPED = {"poll_interval": None}  # a setting that is None is left to its default
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Bench:
    world: World
    relay: RelayProcess
    folder: Path

    async def ready(self) -> None:
        """Wait until a relay that was started relays."""
        before = self.relay.said.count("Relaying")
        await self.relay.start()
        await self.world.until(lambda: self.relay.said.count("Relaying") > before, 60)


@asynccontextmanager
async def stage(
    *, database_url: str = "", rate: tuple[int, float] | None = None, **changed: Any
) -> AsyncIterator[Bench]:
    """The simulator in this process, the relay in another, so that its memory is its own; it is
    not started yet. `rate`: the simulator's limit of posts, as (calls, seconds)."""
    with tempfile.TemporaryDirectory(prefix="market-relay-bench-") as folder:
        async with Simulator(rate=rate) as sim:
            sim.group.add_person(OPERATOR, "Oleg", "operator")
            url = database_url or f"sqlite://{folder}/relay.db"
            world = World(sim, url, Path(folder) / "files")
            environment = environment_of(sim, world.database_url, request_timeout=60)
            for name, value in changed.items():
                environment.pop(name.upper(), None)
                if value is not None:
                    environment[name.upper()] = str(value)
            relay = RelayProcess(Path(folder), environment)
            try:
                yield Bench(world, relay, Path(folder))
            finally:
                if relay.is_running:
                    await relay.stop()


@asynccontextmanager
async def bench(**settings: Any) -> AsyncIterator[Bench]:
    """As `stage`, with the relay at work."""
    async with stage(**settings) as it:
        await it.ready()
        yield it


async def with_topics(it: Bench, count: int) -> list[MarketChat]:
    """Chats whose topics are there, and nothing on its way."""
    chats = [it.world.buyer(f"Покупатель {number}") for number in range(count)]
    for chat in chats:
        it.world.sim.market.say(chat.id, f"здравствуйте из {chat.id}")
    await it.world.quiet(120)
    return chats


async def arrived(it: Bench, buyers: int = 0, staff: int = 0, seconds: float = 300) -> None:
    """Wait until the judge has seen so many delivered, and everything else too. It is asked
    seldom: what it costs is taken from the relay's processor."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        report = it.world.sim.judge.report()
        to_topics, to_buyers = report.buyer_to_topic.delivered, report.staff_to_buyer.delivered
        if report.is_done and to_topics >= buyers and to_buyers >= staff:
            return
        assert asyncio.get_running_loop().time() < deadline, it.world.described()
        await asyncio.sleep(0.1)


# Of a process


def cpu_s(pid: int) -> float:
    """Seconds of processor that it took so far, in all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS  # proc(5): utime, stime


def memory_mb(pid: int) -> float:
    """What the process holds now (VmRSS)."""
    return _status(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """The most that it held since `forget_peak` (VmHWM)."""
    return _status(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5): resets VmHWM


def _status(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(name)]
    return int(line.split()[1]) / 1024


# Figures


def p50(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def show(title: str, rows: Sequence[tuple[str, str]]) -> None:
    print(f"\n{title}")
    for name, value in rows:
        print(f"  {name:<58} {value:>14}")


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"\n{title}")
    for first, *others in (head, *rows):
        print(f"  {first:<38}" + "".join(f"{cell:>14}" for cell in others))
