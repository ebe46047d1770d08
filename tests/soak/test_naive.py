"""The yardstick is honest: where nothing fails, the naive order loses and doubles nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.simulator.server import Simulator
from tests.faults.kill_loop import KillLoop, Load, Plan, write
from tests.faults.process import RelayProcess
from tests.faults.traffic import Traffic
from tests.soak.trials import BARE
from tests.world import World, environment_of


@pytest.mark.slow
async def test_on_a_good_day_the_naive_order_brings_everything_once(
    simulator: Simulator, sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    world = World(simulator, sqlite_url)  # without our tables
    relay = RelayProcess(tmp_path, environment_of(world.sim, world.database_url), BARE)
    traffic = Traffic(world, seed=5, files_share=0.2)
    loop = KillLoop(world, relay, Plan(kills=0), seed=5)
    try:
        await loop.run(write(traffic, Load(60, 60), loop, random.Random(5)))
        await world.quiet(30)
    finally:
        await relay.kill()
    assert not traffic.faults_found()
    assert world.is_clean()
