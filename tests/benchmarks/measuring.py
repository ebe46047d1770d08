"""What the benchmarks share: a relay in a process of its own, its memory, tables of figures."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.simulator.server import Simulator
from tests.faults.process import RelayProcess
from tests.world import OPERATOR, World, environment_of

MB = 1024 * 1024


@dataclass(frozen=True)
class Bench:
    world: World
    relay: RelayProcess


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """The simulator in this process, the relay in another, so that its memory is its own."""
    with tempfile.TemporaryDirectory(prefix="market-relay-bench-") as folder:
        async with Simulator() as sim:
            sim.group.add_person(OPERATOR, "Oleg", "operator")
            world = World(sim, f"sqlite://{folder}/relay.db")
            environment = environment_of(sim, world.database_url, request_timeout=60)
            relay = RelayProcess(Path(folder), environment)
            await relay.start()
            try:
                await world.until(lambda: "Relaying" in relay.said, 30)
                yield Bench(world, relay)
            finally:
                await relay.stop()


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


def show(title: str, rows: list[tuple[str, str]]) -> None:
    print(f"\n{title}")
    for name, value in rows:
        print(f"  {name:<58} {value:>14}")
