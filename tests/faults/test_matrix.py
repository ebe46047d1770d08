"""Every outward method with every kind of fault, in a conversation that calls them all (R50)."""

from __future__ import annotations

import asyncio
import pkgutil
import time
from importlib import import_module
from types import SimpleNamespace

import pytest
from aiogram.methods import TelegramMethod

import bot.telegram
from bot.app import now_ms
from bot.market import operations
from bot.shores import connected_bot, connected_market, look_over
from bot.simulator.faults import KINDS
from bot.simulator.market_world import MarketChat
from bot.texts.catalog import Catalog
from tests.end_to_end.parcels import answer, content, on_disk, picture, put, whole
from tests.staffing import as_sent, got, is_liked, noise, papers, press, told, with_topic
from tests.world import ADMIN, OPERATOR, World

TALK = {
    "telegram": (
        *("getUpdates", "deleteWebhook", "setMyCommands", "getChatMember", "answerCallbackQuery"),
        *("createForumTopic", "reopenForumTopic", "closeForumTopic", "setMessageReaction"),
        *("sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup", "editMessageReplyMarkup"),
        *("deleteMessage", "getFile", "file"),
    ),
    "market": (
        *("getChats", "getChat", "getChatHistory", "getChatMessage", "createChat"),
        *("sendMessageToChat", "sendFileToChat", "attachment"),
    ),
}
LOOK = {
    "telegram": ("getMe", "getWebhookInfo", "getChat", "getChatMember"),
    "market": ("getAuthTokenInfo",),
}
PUSHED = {"telegram": ("getWebhookInfo", "setWebhook")}
SINGLE = [kind for kind in KINDS if kind != "outage"]
QUICK = {"settle_seconds": 0.6, "request_timeout": 2}
BIG = 2_000_000  # bytes: many pieces on the wire


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dice that spread the retries always fall on the shortest pause."""
    dice = SimpleNamespace(uniform=lambda shortest, _: shortest)
    monkeypatch.setattr("bot.relay.retry.random", dice)


def listed(shore: str) -> set[str]:
    return {method for part in (TALK, LOOK, PUSHED) for method in part.get(shore, ())}


def test_no_method_of_telegram_is_forgotten() -> None:
    """What the modules of the shore define or take from aiogram; `file` is no method."""
    paths = pkgutil.iter_modules(bot.telegram.__path__, "bot.telegram.")
    found = [one for path in paths for one in vars(import_module(path.name)).values()]
    methods = [one for one in found if isinstance(one, type) and issubclass(one, TelegramMethod)]
    names = {one.__api_method__ for one in methods if isinstance(one.__api_method__, str)}
    assert names - {""} == listed("telegram") - {"file"}


def test_no_operation_of_the_market_is_forgotten() -> None:
    """`attachment` is on another host."""
    found = vars(operations).values()
    names = {one.name for one in found if isinstance(one, operations.Operation)}
    assert names == listed("market") - {"attachment"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SINGLE)
async def test_every_method_survives_the_fault(world: World, kind: str) -> None:
    world.sim.updates.webhook = "https://another.example/left"
    times = 1 if kind == "throttled" else 2  # each pause silences the group for two seconds
    for shore, methods in TALK.items():
        for method in methods:
            world.sim.faults.add(shore, kind, method, times=times, seconds=0.3)
    async with world.relay(**QUICK):
        async with asyncio.TaskGroup() as talks:
            talks.create_task(buyers_and_staff_write(world))
            talks.create_task(an_admin_opens_a_chat(world))
            talks.create_task(buyers_send_files(world))
            talks.create_task(staff_send_files(world))
            talks.create_task(a_file_has_no_address_at_first(world))
            talks.create_task(the_market_refuses_for_a_while(world))
        await world.quiet(40)
        await world.until(lambda: not on_disk(world))
        await topics_are_switched_off(world)
    assert world.is_clean()
    assert world.sim.judge.report().buyer_to_topic.repeats == 0
    suffered = {(shore, method) for shore, method, _ in world.sim.faults.fired}
    assert suffered == {(shore, one) for shore, methods in TALK.items() for one in methods}
    called = {call.method for call in world.sim.telegram.calls}
    assert called <= listed("telegram")


async def buyers_and_staff_write(world: World) -> None:
    """To and fro, and a topic that is closed and comes back."""
    first, second = world.buyer("Иван"), world.buyer("Анна")
    for chat in (first, second):
        world.sim.market.say(chat.id, f"первое {chat.id}")
    await world.until(lambda: world.posts(first) and world.posts(second), 60)
    for number in range(4):
        world.sim.staff.say(OPERATOR, f"ответ {number}", world.thread_of(first))
        world.sim.market.say(second.id, f"вопрос {number}")
    world.sim.staff.say(OPERATOR, "/close", world.thread_of(second))
    thread = world.thread_of(second) or 0
    await world.until(lambda: world.sim.group.topics[thread].is_closed, 60)
    world.sim.market.say(second.id, "и ещё")
    await world.until(lambda: "и ещё" in world.reads(second), 60)
    await world.until(lambda: len(world.sent_to(first)) == 4, 60)
    assert world.sent_to(first) == [f"ответ {number}" for number in range(4)]


async def an_admin_opens_a_chat(world: World) -> None:
    order = world.sim.market.add_order("Пётр")
    general = world.sim.staff.say(ADMIN, f"/chat {order} Здравствуйте, Пётр")
    await world.until(lambda: world.answers_to(general), 60)
    [chat] = [one for one in world.sim.market.chats.values() if one.order_id == order]
    await world.until(lambda: world.sent_to(chat) == ["Здравствуйте, Пётр"], 60)


async def buyers_send_files(world: World) -> None:
    chat, sent = world.buyer("С файлами"), list[bytes]()
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
    await world.until(lambda: sorted(whole(world.posts(chat))) == sorted(sent), 60)


async def staff_send_files(world: World) -> None:
    """One, a big one, an album; none of them comes back."""
    chat, thread = await topic_of(world, "Получатель")
    files = [*papers(world, 2), put(world, "большой.bin", noise(BIG))]
    say = world.sim.staff.say
    written = [say(OPERATOR, f"лист {n}", thread, files=[file]) for n, file in enumerate(files)]
    album = say(OPERATOR, "ещё раз", thread, files=files[:2])
    every = world.sim.group.messages.values()
    written += [one for one in every if one.album == album.album]
    await world.until(lambda: all(map(is_liked, written)), 60)
    parts = [part for n, file in enumerate(files) for part in (f"лист {n}", as_sent(file))]
    assert got(world, chat) == [*parts, "ещё раз", *map(as_sent, files[:2])]
    await world.looked()
    assert whole(world.posts(chat)) == []


async def a_file_has_no_address_at_first(world: World) -> None:
    chat = world.buyer("Без адреса")
    file = put(world, "позже.pdf", content(900, 77), address="")
    world.sim.market.say(chat.id, "вот", files=[file])
    await world.until(lambda: "Not brought here" in world.reads(chat), 60)
    answer(world, file)
    [line] = [post for post in world.posts(chat) if "Not brought here" in post.text]
    while line.buttons:  # a press while it is being tried hurries nothing
        world.sim.staff.press(line.id, OPERATOR, line.buttons[0][0]["callback_data"])
        patience = time.monotonic() + 1
        await world.until(lambda p=patience: not line.buttons or time.monotonic() > p)
    assert whole(world.posts(chat)) == [file.content]


async def the_market_refuses_for_a_while(world: World) -> None:
    chat, thread = await topic_of(world, "Закрытый")
    world.sim.market_http.refusals[chat.id] = ("CHAT_IS_CLOSED", "Чат закрыт")
    message = world.sim.staff.say(OPERATOR, "успею?", thread)
    await world.until(lambda: world.answers_to(message), 60)
    notice = await told(world, message, "Not delivered")
    world.sim.market_http.refusals.clear()
    press(world, notice, "Send again")
    await world.until(lambda: is_liked(message) and not notice.buttons, 60)
    assert world.sent_to(chat) == ["успею?"]


async def topics_are_switched_off(world: World) -> None:
    """The last of all: it takes a minute until somebody looks again whether they are on."""
    chat, _ = await topic_of(world, "Последний")
    world.sim.group.is_forum = False
    world.sim.market.say(chat.id, "в пустоту")
    fired = world.sim.faults.fired
    await world.until(lambda: "deleteMessage" in {method for _, method, _ in fired}, 30)


async def topic_of(world: World, name: str) -> tuple[MarketChat, int]:
    chat = world.buyer(name)
    world.sim.market.say(chat.id, f"пишет {name}")
    await world.until(lambda: world.posts(chat), 60)
    return chat, world.thread_of(chat) or 0


@pytest.mark.parametrize("kind", SINGLE)
async def test_the_look_over_the_settings_survives_the_fault(world: World, kind: str) -> None:
    """One look a fault, since what depends on a failed question is not asked."""
    for shore, methods in LOOK.items():
        for method in methods:
            world.sim.faults.add(shore, kind, method, times=1, seconds=0.1)
    settings = world.settings(**QUICK)
    async with (
        connected_bot(settings) as connection,
        connected_market(settings, now_ms) as market,
    ):
        look = look_over(settings, connection, world.sim.group_id, market, Catalog("en"))
        for _ in range(1 + len(LOOK["telegram"])):
            found = [finding async for finding in look.findings()]
    assert [finding.text for finding in found if not (finding.is_ok or finding.is_passing)] == []
    suffered = {(shore, method) for shore, method, _ in world.sim.faults.fired}
    assert suffered == {(shore, one) for shore, methods in LOOK.items() for one in methods}


@pytest.mark.parametrize("kind", SINGLE)
async def test_setting_the_webhook_survives_the_fault(world: World, kind: str) -> None:
    for method in PUSHED["telegram"]:
        world.sim.faults.add("telegram", kind, method, times=1, seconds=0.1)
    url = "https://relay.example/telegram/webhook"
    async with world.relay(telegram_webhook_url=url, http_listen="127.0.0.1:0", **QUICK):
        await world.until(lambda: world.sim.updates.webhook == url)
        await world.until(lambda: len(world.sim.faults.fired) == 2)


@pytest.mark.parametrize("shore", ["telegram", "market"])
async def test_an_outage_of_a_shore_loses_nothing(any_world: World, shore: str) -> None:
    world = any_world
    async with world.relay(settle_seconds=0.6):
        chat, thread = await with_topic(world)
        outage = world.sim.faults.add(shore, "outage")
        for number in range(5):
            world.sim.market.say(chat.id, f"во время {number}")
            world.sim.staff.say(OPERATOR, f"ответ {number}", thread)
        await world.until(lambda: outage.fired > 4)
        world.sim.faults.remove(outage)
        await world.quiet(30)
    assert world.sent_to(chat) == [f"ответ {number}" for number in range(5)]
    assert world.is_clean()
