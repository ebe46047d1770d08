"""Killed behind a picture that stands in the topic, while the Market's files go away: nothing is
said to be missing, and nothing is brought again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.parcels import answer, picture, put, whole
from tests.faults.process import RelayProcess
from tests.faults.test_crash_points import SETTLE_S, trigger
from tests.world import World, environment_of


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("method", "count"), [("sendPhoto", 1), ("sendMediaGroup", 6)])
async def test_what_stands_in_the_topic_is_not_brought_again(
    any_world: World, tmp_path: Path, method: str, count: int
) -> None:
    world = any_world
    settings = {"settle_seconds": SETTLE_S, "telegram_group_rate": "6/1"}
    relay = RelayProcess(tmp_path, environment_of(world.sim, world.database_url, **settings))
    chat = world.buyer()
    files = [put(world, f"{n}.jpg", picture(60, 40, seed=997 * n)) for n in range(count)]
    try:
        with trigger(world, relay) as deadly:
            deadly.set(("telegram", method), is_done=True)
            for file in files:
                world.sim.market.say(chat.id, files=[file])
            world.sim.market.say(chat.id, "конец")
            await relay.start()
            await world.until(lambda: deadly.has_gone_off, 30)
            await relay.ended()
            standing = len(world.posts(chat))
            for file, _ in zip(files, range(standing), strict=False):
                answer(world, file, status=404)
            await relay.start()
            await world.until(lambda: "конец" in world.reads(chat), 60)
            await world.quiet(30)
            assert await relay.stop() == 0
    finally:
        if relay.is_running:
            await relay.kill()
    assert whole(world.posts(chat)) == [file.content for file in files]
    assert "Not brought here" not in world.reads(chat)
    assert world.is_clean()
