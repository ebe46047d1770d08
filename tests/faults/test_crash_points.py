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
from tests.end_to_end.parcels import content, picture, put, whole
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


FILE_POINTS = [
    *(("telegram", method) for method in ("sendPhoto", "sendDocument", "sendMediaGroup")),
    ("market", "attachment"),
]


@pytest.mark.slow
@pytest.mark.parametrize("is_done", [False, True], ids=["before the work", "after the work"])
async def test_a_kill_at_any_call_with_a_file_is_survived(
    any_world: World, tmp_path: Path, is_done: bool
) -> None:
    world = any_world
    relay = RelayProcess(tmp_path, environment_of(world.sim, world.database_url, settle_seconds=1))
    await relay.start()
    sent: list[bytes] = []
    try:
        with trigger(world, relay) as deadly:
            chat = world.buyer("Давний")
            for number, point in enumerate(FILE_POINTS):
                deadly.set(point, is_done=is_done)
                named = {
                    "фото.jpg": picture(60, 40, seed=number),
                    "чек.pdf": content(9000, number),
                    "раз.pdf": content(1, 10 + number),
                    "альбом.jpg": picture(90, 40, seed=number),
                    "и ещё.jpg": picture(80, 40, seed=number),
                    "конец.bin": content(300_000, number),
                }
                files = [put(world, name, bytes_) for name, bytes_ in named.items()]
                sent += named.values()
                world.sim.market.say(chat.id, f"файлы {number}", files=files)
                await world.until(lambda: deadly.has_gone_off)
                await relay.ended()
                world.sim.market.say(chat.id, f"пока лежит {number}")
                await relay.start()
                await world.quiet(20)
                assert whole(world.posts(chat)) == sent
        assert await relay.stop() == 0
    except AssertionError as error:
        raise AssertionError(f"{error}\n{relay.said[-4000:]}") from None
    finally:
        if relay.is_running:
            await relay.kill()
    assert world.sim.judge.report().buyer_to_topic.repeats == 0
    assert world.is_clean()


STAFF_POINTS = [("telegram", "getFile"), ("telegram", "file"), ("market", "sendFileToChat")]


@pytest.mark.slow
@pytest.mark.parametrize("is_done", [False, True], ids=["before the work", "after the work"])
async def test_a_kill_at_any_call_with_a_file_of_staff_is_survived(
    any_world: World, tmp_path: Path, is_done: bool
) -> None:
    world = any_world
    relay = RelayProcess(tmp_path, environment_of(world.sim, world.database_url, settle_seconds=1))
    await relay.start()
    expected: list[bytes] = []
    try:
        with trigger(world, relay) as deadly:
            chat = world.buyer("Давний")
            world.sim.market.say(chat.id, "начало")
            await world.until(lambda: world.posts(chat))
            for number, point in enumerate(STAFF_POINTS):
                deadly.set(point, is_done=is_done)
                files = [put(world, f"{n}.bin", content(9000 + n, number)) for n in range(3)]
                expected += [file.content for file in files]
                thread = world.thread_of(chat)
                world.sim.staff.say(OPERATOR, f"вот {number}", thread, files=files, kind="document")
                last = world.sim.staff.say(OPERATOR, f"ответ {number}", thread)
                await world.until(lambda: deadly.has_gone_off)
                await relay.ended()
                await relay.start()
                await world.until(lambda one=last: one.reactions, 30)
        assert await relay.stop() == 0
    except AssertionError as error:
        raise AssertionError(f"{error}\n{relay.said[-4000:]}") from None
    finally:
        if relay.is_running:
            await relay.kill()
    sent = [
        one for m in world.sim.market.chat(chat.id).messages if m.through_api for one in m.files
    ]
    assert [file.content for file in sent] == expected
    assert world.sent_to(chat).count("") == len(expected)
    assert world.is_clean()


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 2, 4])
async def test_a_kill_while_an_album_is_refused_half_way_is_survived(
    world: World, tmp_path: Path, after: int
) -> None:
    relay = RelayProcess(tmp_path, environment_of(world.sim, world.database_url, settle_seconds=1))
    await relay.start()
    try:
        with trigger(world, relay) as deadly:
            chat = world.buyer()
            world.sim.telegram.albums.refuse(after)
            deadly.set(("telegram", "sendMediaGroup"), is_done=True)
            files = [put(world, f"{n}.jpg", picture(60, 40, seed=n)) for n in range(5)]
            world.sim.market.say(chat.id, files=files)
            world.sim.market.say(chat.id, "конец")
            await world.until(lambda: deadly.has_gone_off)
            await relay.ended()
            await relay.start()
            await world.until(lambda: "конец" in world.reads(chat), 20)
        assert await relay.stop() == 0
    finally:
        if relay.is_running:
            await relay.kill()
    assert whole(world.posts(chat)) == [one.content for one in files]
    assert world.sim.judge.report().buyer_to_topic.repeats == 0
    assert world.is_clean()


def open_topics(world: World) -> int:
    topics = world.sim.group.topics.values()
    return sum(not topic.is_deleted and not topic.is_closed for topic in topics)
