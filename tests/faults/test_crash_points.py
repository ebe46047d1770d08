"""Killed at a named moment of a named call, then started again: nothing lost, nothing twice (R50).

The simulator itself pulls the trigger while it holds the call, so the moment is exact.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
from aiohttp import web

from bot.simulator import shores
from bot.simulator.faults import Fault, Handler, suffer
from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.end_to_end.parcels import content, picture, put, whole
from tests.faults.process import RelayProcess
from tests.faults.test_matrix import TALK
from tests.staffing import Got, as_sent, got, press, told
from tests.world import ADMIN, OPERATOR, World, environment_of

SETTLE_S = 0.6


class Trigger:
    """Kills the relay at the next call of a method: as it comes in, or when all is done for it, an
    upload taken to its last byte, and nothing is answered."""

    def __init__(self, world: World, relay: RelayProcess) -> None:
        self._relay = relay
        self._pick: Callable[[str, str], Fault | None] = world.sim.faults.pick
        self._point: tuple[str, str] | None = None
        self._is_done = False
        self._call: Fault | None = None
        self.has_gone_off = False

    def set(self, point: tuple[str, str], *, is_done: bool) -> None:
        self._point, self._is_done = point, is_done
        self._call, self.has_gone_off = None, False

    @property
    def is_touched(self) -> bool:
        """The call is there."""
        return self._call is not None

    def pick(self, shore: str, method: str) -> Fault | None:
        if (shore, method) != self._point or self.is_touched:
            return self._pick(shore, method)
        self._call = Fault(shore, "dropped_before", method)
        return self._call

    async def suffer(
        self, fault: Fault, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        if fault is not self._call:
            return await suffer(fault, request, handler)
        if self._is_done:
            await handler(request)
        os.kill(self._relay.pid, signal.SIGKILL)
        self.has_gone_off = True
        return web.Response()  # to nobody


@contextmanager
def trigger(world: World, relay: RelayProcess) -> Iterator[Trigger]:
    deadly = Trigger(world, relay)
    with (
        patch.object(world.sim.faults, "pick", deadly.pick),
        patch.object(shores, "suffer", deadly.suffer),
    ):
        yield deadly


@dataclass
class Stage:
    """An old chat in which everything happens; what its buyer and its topic must hold."""

    world: World
    chat: MarketChat
    deadly: Trigger
    is_done: bool
    point: tuple[str, str] = ("", "")
    expected: list[Got] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    rounds: int = 0

    @property
    def thread(self) -> int:
        return self.world.thread_of(self.chat) or 0

    def arm(self) -> None:
        self.deadly.set(self.point, is_done=self.is_done)

    def buyer_says(self, text: str, files: Sequence[StoredFile] = ()) -> None:
        self.world.sim.market.say(self.chat.id, text, files=files)
        self.files += [file.content for file in files]

    def staff_say(self, text: str, files: Sequence[StoredFile] = ()) -> GroupMessage:
        self.expected += [text, *map(as_sent, files)]
        said = {"files": files, "kind": "document"} if files else {}
        return self.world.sim.staff.say(OPERATOR, text, self.thread, **said)


async def updates(stage: Stage) -> None:
    """Asked for while there are none, so that there is something to answer."""
    stage.arm()
    stage.staff_say(f"раз {stage.rounds}")
    await stage.world.until(lambda: stage.deadly.is_touched)
    stage.staff_say(f"два {stage.rounds}")


async def words(stage: Stage) -> None:
    """To and fro in a topic that staff closed, and somebody new."""
    world, number = stage.world, stage.rounds
    world.sim.staff.close_topic(stage.thread, OPERATOR)
    stage.arm()
    stage.buyer_says(f"старому {number}")
    stage.staff_say(f"ответ {number}")
    world.sim.market.say(world.buyer(f"Новый {number}").id, f"новому {number}")


async def files_of_the_buyer(stage: Stage) -> None:
    stage.arm()
    number = stage.rounds
    named = {
        "фото.jpg": picture(60, 40, seed=number),
        "чек.pdf": content(9000, number),
        "раз.pdf": content(1, 10 + number),
        "альбом.jpg": picture(90, 40, seed=number),
        "и ещё.jpg": picture(80, 40, seed=number),
        "конец.bin": content(300_000, number),
    }
    files = [put(stage.world, name, bytes_) for name, bytes_ in named.items()]
    stage.buyer_says(f"файлы {number}", files)


async def files_of_staff(stage: Stage) -> None:
    stage.arm()
    number = stage.rounds
    files = [put(stage.world, f"{n}.bin", content(9000 + n, number)) for n in range(3)]
    stage.staff_say(f"вот {number}", files)
    stage.staff_say(f"и слова {number}")


async def a_chat_is_started(stage: Stage) -> None:
    stage.arm()
    order = stage.world.sim.market.add_order(f"Пётр {stage.rounds}")
    stage.world.sim.staff.say(ADMIN, f"/chat {order} Здравствуйте, Пётр {stage.rounds}")


async def a_topic_is_closed(stage: Stage) -> None:
    stage.arm()
    stage.world.sim.staff.say(OPERATOR, "/close", stage.thread)


async def a_button_is_pressed(stage: Stage) -> None:
    world = stage.world
    world.sim.market_http.refusals[stage.chat.id] = ("CHAT_IS_CLOSED", "Чат закрыт")
    notice = await told(world, stage.staff_say(f"успею {stage.rounds}?"), "Not delivered")
    world.sim.market_http.refusals.clear()
    stage.arm()
    press(world, notice, "Send again")


POINTS: dict[tuple[str, str], Callable[[Stage], Awaitable[None]]] = {
    ("telegram", "getUpdates"): updates,
    **{("telegram", method): words for method in ("sendMessage", "setMessageReaction")},
    **{("telegram", method): words for method in ("createForumTopic", "reopenForumTopic")},
    **{("market", method): words for method in ("getChats", "getChatHistory", "sendMessageToChat")},
    **{("telegram", method): files_of_the_buyer for method in ("sendPhoto", "sendDocument")},
    ("telegram", "sendMediaGroup"): files_of_the_buyer,
    ("market", "attachment"): files_of_the_buyer,
    **{("telegram", method): files_of_staff for method in ("getFile", "file")},
    ("market", "sendFileToChat"): files_of_staff,
    **{("market", method): a_chat_is_started for method in ("createChat", "getChat")},
    ("telegram", "closeForumTopic"): a_topic_is_closed,
    ("telegram", "editMessageReplyMarkup"): a_button_is_pressed,
}
# A lost one changes nothing that must hold, or it needs another fault first.
HARMLESS = {
    *(("telegram", method) for method in ("setMyCommands", "getChatMember", "deleteWebhook")),
    *(("telegram", method) for method in ("answerCallbackQuery", "deleteMessage")),
    ("market", "getChatMessage"),
}


def test_no_method_is_forgotten() -> None:
    known = {(shore, method) for shore, methods in TALK.items() for method in methods}
    assert known == POINTS.keys() | HARMLESS


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("is_done", [False, True], ids=["before the work", "after the work"])
async def test_a_kill_at_any_call_is_survived(world: World, tmp_path: Path, is_done: bool) -> None:
    async with deadly_relay(world, tmp_path) as (relay, deadly):
        stage = Stage(world, world.buyer("Давний"), deadly, is_done)
        stage.buyer_says("начало")
        await world.until(lambda: world.posts(stage.chat))
        for stage.point, scene in POINTS.items():
            await scene(stage)
            await world.until(lambda: deadly.has_gone_off)
            await relay.ended()
            stage.buyer_says(f"пока лежит {stage.rounds}")
            await relay.start()
            await world.until(lambda: got(world, stage.chat) == stage.expected, 20)
            await world.quiet(20)
            await world.until(lambda: all_are_open(world))
            stage.rounds += 1
        assert await relay.stop() == 0
    assert whole(world.posts(stage.chat)) == stage.files
    started = [chat for chat in world.sim.market.chats.values() if "Пётр" in chat.customer]
    for chat in started:
        assert world.sent_to(chat) == [f"Здравствуйте, {chat.customer}"]
    assert len(started) == 2
    assert world.sim.judge.report().buyer_to_topic.repeats == 0
    assert world.is_clean()


@pytest.mark.slow
async def test_a_kill_while_an_album_is_refused_half_way_is_survived(
    any_world: World, tmp_path: Path
) -> None:
    world, sent = any_world, list[bytes]()
    async with deadly_relay(world, tmp_path) as (relay, deadly):
        chat = world.buyer()
        for taken in (0, 2, 4):
            world.sim.telegram.albums.refuse(taken)
            deadly.set(("telegram", "sendMediaGroup"), is_done=True)
            files = [put(world, f"{n}.jpg", picture(60 + taken, 40, seed=n)) for n in range(5)]
            sent += [file.content for file in files]
            world.sim.market.say(chat.id, files=files)
            world.sim.market.say(chat.id, f"конец {taken}")
            await world.until(lambda: deadly.has_gone_off)
            await relay.ended()
            await relay.start()
            await world.until(lambda n=taken: f"конец {n}" in world.reads(chat), 20)
        assert await relay.stop() == 0
    assert whole(world.posts(chat)) == sent
    assert world.sim.judge.report().buyer_to_topic.repeats == 0
    assert world.is_clean()


@asynccontextmanager
async def deadly_relay(world: World, folder: Path) -> AsyncIterator[tuple[RelayProcess, Trigger]]:
    environment = environment_of(world.sim, world.database_url, settle_seconds=SETTLE_S)
    relay = RelayProcess(folder, environment)
    await relay.start()
    try:
        with trigger(world, relay) as deadly:
            yield relay, deadly
    except AssertionError as error:
        raise AssertionError(f"{error}\n{relay.said[-4000:]}") from None
    finally:
        if relay.is_running:
            await relay.kill()


def all_are_open(world: World) -> bool:
    """The topics of all chats; none was made twice."""
    topics = world.sim.group.topics.values()
    open_ones = [one for one in topics if not one.is_deleted and not one.is_closed]
    return len(open_ones) == len(world.sim.market.chats)
