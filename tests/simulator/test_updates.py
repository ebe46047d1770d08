"""How the simulated Telegram hands out updates: acknowledged, expired, one reader at a time."""

from __future__ import annotations

import asyncio
import json

from bot.simulator.server import Simulator
from tests.simulator.callers import Answer, BotCaller
from tests.simulator.conftest import OPERATOR


async def test_updates_stay_until_a_higher_offset_drops_them_for_good(
    sim: Simulator, bot: BotCaller
) -> None:
    for text in ("раз", "два", "три"):
        sim.staff.say(OPERATOR, text)
    first = await bot.updates()
    assert await bot.updates() == first
    ids = [one["update_id"] for one in first]
    assert ids == list(range(ids[0], ids[0] + 3))
    rest = await bot.updates(ids[1])
    assert [one["message"]["text"] for one in rest] == ["два", "три"]
    assert await bot.updates(ids[0]) == rest
    assert await bot.updates(limit=1) == rest[:1]
    assert await bot.updates(-1) == rest[1:]
    assert await bot.updates() == rest[1:]


async def test_a_long_poll_ends_with_the_first_news(sim: Simulator, bot: BotCaller) -> None:
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        poll = tasks.create_task(bot.updates(timeout=30))
        await called(bot, poll)
        sim.staff.say(OPERATOR, "да")
    (update,) = poll.result()
    assert update["message"]["text"] == "да"


async def called(bot: BotCaller, poll: asyncio.Task[object]) -> None:
    """Until the server waits on behalf of the poll: an answered call came after it."""
    while bot.sim.updates.readers == 0:
        assert not poll.done()
        await bot.call("getMe")


async def test_an_empty_poll_ends_with_its_time(bot: BotCaller) -> None:
    async with asyncio.timeout(5):
        assert await bot.updates(timeout=1) == []


async def test_a_second_reader_ends_the_first_with_409(sim: Simulator, bot: BotCaller) -> None:
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        first: asyncio.Task[Answer] = tasks.create_task(
            bot.call("getUpdates", chat_id=None, timeout=30)
        )
        await called(bot, first)
        assert await bot.updates() == []
    answer = first.result()
    assert answer.status == 409
    assert answer.refusal.startswith("Conflict: terminated by other getUpdates request")


async def test_a_webhook_keeps_readers_away(sim: Simulator, bot: BotCaller) -> None:
    sim.staff.say(OPERATOR, "да")
    await bot.call("setWebhook", chat_id=None, url="https://example.com/hook")
    told = (await bot.call("getWebhookInfo", chat_id=None)).result
    assert (told["url"], told["pending_update_count"]) == ("https://example.com/hook", 1)
    answer = await bot.call("getUpdates", chat_id=None)
    assert (answer.status, "webhook is active" in answer.refusal) == (409, True)
    await bot.call("deleteWebhook", chat_id=None)
    assert len(await bot.updates()) == 1


async def test_only_wanted_kinds_are_queued_and_the_wish_is_remembered(
    sim: Simulator, bot: BotCaller
) -> None:
    await bot.updates(allowed_updates=["edited_message"])
    message = sim.staff.say(OPERATOR, "да").id
    sim.staff.edit(message, "нет")
    (update,) = await bot.updates()
    assert update["edited_message"]["text"] == "нет"
    await bot.updates(update["update_id"] + 1, allowed_updates=["message"])
    sim.staff.edit(message, "да")
    assert await bot.updates() == []


async def test_updates_expire_after_a_day() -> None:
    now = [1_000_000_000_000]
    async with Simulator(clock=lambda: now[0]) as sim, BotCaller(sim) as bot:
        sim.group.add_person(OPERATOR, "Олег")
        sim.staff.say(OPERATOR, "старое")
        now[0] += 43_200_000
        sim.staff.say(OPERATOR, "новое")
        now[0] += 43_200_001
        (update,) = await bot.updates()
        assert update["message"]["text"] == "новое"
        assert sim.updates.expired == 1


async def test_the_bot_hears_people_and_services_but_not_itself(
    sim: Simulator, bot: BotCaller
) -> None:
    thread = await bot.topic("Ирина #1")
    post = await bot.post("да", thread)
    await bot.call("editMessageText", message_id=post, text="нет")
    staff = sim.staff.say(OPERATOR, "Добрый день", thread).id
    sim.staff.delete(staff)
    updates = await bot.updates()
    assert [one["message"]["message_id"] for one in updates] == [thread, staff]


async def test_privacy_hides_plain_words_from_a_bot_that_is_no_admin(
    sim: Simulator, bot: BotCaller
) -> None:
    post = await bot.post("да")
    sim.group.bot.status = "member"
    for text in ("просто слова", "/help"):
        sim.staff.say(OPERATOR, text)
    sim.staff.say(OPERATOR, "ответ", reply_to=post)
    heard = [one["message"]["text"] for one in await bot.updates()]
    assert heard == ["/help", "ответ"]


async def test_a_reply_in_general_has_a_thread_id_but_is_no_topic_message(
    sim: Simulator, bot: BotCaller
) -> None:
    first = sim.staff.say(OPERATOR, "вопрос").id
    second = sim.staff.say(OPERATOR, "ответ", reply_to=first).id
    sim.staff.say(OPERATOR, "ещё", reply_to=second)
    plain, answer, deeper = (one["message"] for one in await bot.updates())
    assert "message_thread_id" not in plain
    assert answer["message_thread_id"] == deeper["message_thread_id"] == first
    assert "is_topic_message" not in answer
    assert "is_topic_message" not in deeper


async def test_an_album_comes_as_separate_updates(sim: Simulator, bot: BotCaller) -> None:
    files = [sim.shelf.put(f"{n}.jpg", b"jpeg", kind="photo") for n in range(3)]
    sim.staff.say(OPERATOR, "три фото", files=files)
    messages = [one["message"] for one in await bot.updates()]
    assert [one.get("caption") for one in messages] == ["три фото", None, None]
    assert len({one["media_group_id"] for one in messages}) == 1
    assert all(one["photo"][-1]["file_size"] == 4 for one in messages)


async def test_a_wrong_token_and_a_wrong_method_are_told_apart(
    sim: Simulator, bot: BotCaller
) -> None:
    wrong = await bot.request("GET", f"{sim.telegram_url}/bot1:wrong/getMe")
    assert (wrong.status, wrong.refusal) == (401, "Unauthorized")
    assert (await bot.call("getNothing")).refusal == "Not Found: method not found"
    elsewhere = await bot.call("sendMessage", text="да", chat_id=-1)
    assert elsewhere.refusal == "Bad Request: chat not found"


async def test_commands_are_kept_by_scope(bot: BotCaller) -> None:
    commands = [{"command": "help", "description": "Помощь"}]
    scope = json.dumps({"type": "all_chat_administrators"})
    await bot.call("setMyCommands", chat_id=None, commands=commands, scope=scope)
    told = await bot.call("getMyCommands", chat_id=None, scope=scope)
    assert told.result == commands
    assert (await bot.call("getMyCommands", chat_id=None)).result == []
    await bot.call("deleteMyCommands", chat_id=None, scope=scope)
    assert (await bot.call("getMyCommands", chat_id=None, scope=scope)).result == []


async def test_a_stop_ends_the_polls_and_a_start_goes_on_at_the_same_port() -> None:
    sim = Simulator()
    await sim.start()
    port = sim.port
    async with BotCaller(sim) as bot, asyncio.timeout(5):
        async with asyncio.TaskGroup() as tasks:
            poll = tasks.create_task(bot.updates(timeout=30))
            await called(bot, poll)
            await sim.stop()
        assert poll.result() == []
        await sim.start()
        assert sim.port == port
        assert (await bot.call("getMe")).status == 200
    await sim.stop()
