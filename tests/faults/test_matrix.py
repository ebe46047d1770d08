"""Every outward method with every kind of fault, twice each, during a small conversation."""

from __future__ import annotations

import pytest

from bot.simulator.faults import KINDS
from tests.end_to_end.parcels import content, on_disk, picture, put, whole
from tests.world import ADMIN, OPERATOR, World

TELEGRAM = (
    *("getUpdates", "sendMessage", "createForumTopic", "reopenForumTopic", "closeForumTopic"),
    *("setMessageReaction", "editMessageReplyMarkup", "getChatMember", "answerCallbackQuery"),
    "setMyCommands",
)
MARKET = ("getChats", "getChat", "getChatHistory", "createChat", "sendMessageToChat")
SINGLE = [kind for kind in KINDS if kind != "outage"]


@pytest.mark.parametrize("kind", SINGLE)
async def test_every_method_survives_the_fault(world: World, kind: str) -> None:
    for shore, methods in (("telegram", TELEGRAM), ("market", MARKET)):
        for method in methods:
            world.sim.faults.add(shore, kind, method, times=2, seconds=0.5)
    async with world.relay(settle_seconds=0.6, request_timeout=2):
        await converse(world)
        await world.quiet(40)
    assert world.is_clean()
    assert world.sim.judge.report().buyer_to_topic.repeats == 0
    suffered = {method for _, method, _ in world.sim.faults.fired}
    unavoidable = {"getUpdates", "sendMessage", "createForumTopic", "setMessageReaction"}
    assert suffered >= {*unavoidable, *MARKET, "reopenForumTopic", "closeForumTopic"}


WITH_FILES = ("sendPhoto", "sendDocument", "sendMediaGroup")


@pytest.mark.parametrize("kind", SINGLE)
async def test_every_call_with_a_file_survives_the_fault(world: World, kind: str) -> None:
    for method in WITH_FILES:
        world.sim.faults.add("telegram", kind, method, times=2, seconds=0.5)
    world.sim.faults.add("market", kind, "attachment", times=3, seconds=0.5)
    sent: list[bytes] = []
    async with world.relay(settle_seconds=0.6, request_timeout=2):
        chat = world.buyer()
        for number in range(3):
            named = {
                "одно.jpg": picture(60, 40, seed=number),
                "чек.pdf": content(9000, number),
                "альбом.jpg": picture(90, 40, seed=number),
                "и ещё.jpg": picture(80, 40, seed=number),
            }
            sent += named.values()
            files = [put(world, name, bytes_) for name, bytes_ in named.items()]
            world.sim.market.say(chat.id, f"файлы {number}", files=files)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: sorted(whole(world.posts(chat))) == sorted(sent), 40)
        await world.quiet()
        await world.until(lambda: not on_disk(world))
    assert world.is_clean()
    assert world.sim.judge.report().buyer_to_topic.repeats == 0
    suffered = {method for _, method, _ in world.sim.faults.fired}
    assert suffered == {*WITH_FILES, "attachment"}


STAFF_FILES = (("telegram", "getFile"), ("telegram", "file"), ("market", "sendFileToChat"))


@pytest.mark.parametrize("kind", SINGLE)
async def test_every_call_with_a_file_of_staff_survives_the_fault(world: World, kind: str) -> None:
    for shore, method in STAFF_FILES:
        world.sim.faults.add(shore, kind, method, times=2, seconds=0.5)
    expected: list[bytes] = []
    async with world.relay(settle_seconds=0.6, request_timeout=2):
        chat = world.buyer()
        world.sim.market.say(chat.id, "начало")
        await world.until(lambda: world.posts(chat))
        for number in range(3):
            files = [put(world, f"{n}.bin", content(9000 + n, number)) for n in range(2)]
            expected += [file.content for file in files]
            thread = world.thread_of(chat)
            world.sim.staff.say(OPERATOR, f"вот {number}", thread, files=files, kind="document")
        last = world.sim.staff.say(OPERATOR, "конец", thread)
        await world.until(lambda: last.reactions, 40)
        await world.until(lambda: not on_disk(world))
    sent = [
        one for m in world.sim.market.chat(chat.id).messages if m.through_api for one in m.files
    ]
    assert [file.content for file in sent] == expected
    assert world.is_clean()
    suffered = {method for _, method, _ in world.sim.faults.fired}
    assert suffered == {method for _, method in STAFF_FILES}


@pytest.mark.parametrize("shore", ["telegram", "market"])
async def test_an_outage_of_a_shore_loses_nothing(any_world: World, shore: str) -> None:
    world = any_world
    async with world.relay(settle_seconds=0.6):
        chat = world.buyer()
        world.sim.market.say(chat.id, "до")
        await world.until(lambda: world.posts(chat))
        outage = world.sim.faults.add(shore, "outage")
        for number in range(5):
            world.sim.market.say(chat.id, f"во время {number}")
            world.sim.staff.say(OPERATOR, f"ответ {number}", world.thread_of(chat))
        await world.until(lambda: outage.fired > 4)
        world.sim.faults.remove(outage)
        await world.quiet(30)
    assert world.sent_to(chat) == [f"ответ {number}" for number in range(5)]
    assert world.is_clean()


async def converse(world: World) -> None:
    """Buyers write, staff answer, an admin opens a chat, a topic is closed and comes back."""
    first, second = world.buyer("Иван"), world.buyer("Анна")
    order = world.sim.market.add_order("Пётр")
    general = world.sim.staff.say(ADMIN, f"/chat {order} Здравствуйте, Пётр")
    for chat in (first, second):
        world.sim.market.say(chat.id, f"первое {chat.id}")
    await world.until(lambda: world.posts(first) and world.posts(second), 60)
    for number in range(4):
        world.sim.staff.say(OPERATOR, f"ответ {number}", world.thread_of(first))
        world.sim.market.say(second.id, f"вопрос {number}")
    closing = world.sim.staff.say(OPERATOR, "/close", world.thread_of(second))
    thread = world.thread_of(second) or 0
    await world.until(lambda: world.sim.group.topics[thread].is_closed, 60)
    world.sim.market.say(second.id, "и ещё")
    await world.until(lambda: "и ещё" in world.reads(second), 60)
    await world.until(lambda: world.answers_to(general), 60)
    [started] = [chat for chat in world.sim.market.chats.values() if chat.order_id == order]
    await world.until(lambda: world.sent_to(started) == ["Здравствуйте, Пётр"], 60)
    assert closing.id
