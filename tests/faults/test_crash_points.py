"""Killed at a named moment of a named call, then started again: nothing lost, nothing twice (R50).

The simulator itself pulls the trigger while it holds the call, so the moment is exact.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.simulator.faults import Fault
from tests.faults.process import RelayProcess
from tests.world import OPERATOR, World, environment_of

POINTS = [
    *(("telegram", method) for method in ("getUpdates", "createForumTopic", "sendMessage")),
    *(("telegram", method) for method in ("setMessageReaction", "reopenForumTopic")),
    *(("market", method) for method in ("getChats", "getChatHistory", "sendMessageToChat")),
]


class Trigger:
    """Kills the relay as the next call of a method comes in: undone, or done but not answered."""

    def __init__(self, world: World, relay: RelayProcess) -> None:
        self._relay = relay
        self._pick: Callable[[str, str], Fault | None] = world.sim.faults.pick
        self._point: tuple[str, str] | None = None
        self._is_done = False

    def set(self, point: tuple[str, str], *, is_done: bool) -> None:
        self._point, self._is_done = point, is_done

    @property
    def has_gone_off(self) -> bool:
        return self._point is None

    def pick(self, shore: str, method: str) -> Fault | None:
        if (shore, method) != self._point:
            return self._pick(shore, method)
        self._point = None
        os.kill(self._relay.pid, signal.SIGKILL)
        return Fault(shore, "dropped_after" if self._is_done else "dropped_before", method)


@contextmanager
def trigger(world: World, relay: RelayProcess) -> Iterator[Trigger]:
    faults, own = world.sim.faults, Trigger(world, relay)
    before = faults.pick
    faults.pick = own.pick  # type: ignore[method-assign]
    try:
        yield own
    finally:
        faults.pick = before  # type: ignore[method-assign]


@pytest.mark.slow
@pytest.mark.parametrize("is_done", [False, True], ids=["before the work", "after the work"])
async def test_a_kill_at_any_call_is_survived(
    any_world: World, tmp_path: Path, is_done: bool
) -> None:
    world = any_world
    relay = RelayProcess(tmp_path, environment_of(world.sim, world.database_url, settle_seconds=1))
    await relay.start()
    try:
        with trigger(world, relay) as deadly:
            old = world.buyer("Давний")
            world.sim.market.say(old.id, "начало")
            await world.until(lambda: world.posts(old))
            for number, point in enumerate(POINTS):
                world.sim.staff.close_topic(world.thread_of(old) or 0, OPERATOR)
                deadly.set(point, is_done=is_done)
                world.sim.market.say(old.id, f"старому {number}")
                world.sim.staff.say(OPERATOR, f"ответ {number}", world.thread_of(old))
                new = world.buyer(f"Новый {number}")
                world.sim.market.say(new.id, f"новому {number}")
                await world.until(lambda: deadly.has_gone_off)
                await relay.ended()
                world.sim.market.say(new.id, f"пока лежит {number}")
                await relay.start()
                await world.quiet(20)
                await world.until(lambda n=number: open_topics(world) == n + 2)
        assert await relay.stop() == 0
    except AssertionError as error:
        raise AssertionError(f"{error}\n{relay.said[-4000:]}") from None
    finally:
        if relay.is_running:
            await relay.kill()
    assert world.sent_to(old) == [f"ответ {number}" for number in range(len(POINTS))]
    assert world.sim.judge.report().buyer_to_topic.repeats == 0
    assert world.is_clean()


def open_topics(world: World) -> int:
    topics = world.sim.group.topics.values()
    return sum(not topic.is_deleted and not topic.is_closed for topic in topics)
