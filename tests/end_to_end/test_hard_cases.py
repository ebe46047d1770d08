"""What a shop meets once a year: each told to staff, and none to the wrong person."""

from __future__ import annotations

import pytest

from bot.app import open_app
from bot.relay.changes import Remember
from bot.simulator.server import Simulator
from tests.world import OPERATOR, World, settings_of


async def test_another_group_gets_its_own_topics_and_nobody_elses_words(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "в старую группу")
        await world.until(lambda: world.posts(chat))
        old = world.thread_of(chat)
        message = world.sim.staff.say(OPERATOR, "ответ из старой", old)
        await world.until(lambda: message.reactions)
    async with Simulator(group_id=-1002_000_000_002) as sim:
        sim.group.add_person(OPERATOR, "Oleg", "operator")
        sim.market.chats = world.sim.market.chats
        sim.market._last_message = world.sim.market._last_message
        sim.group.last_id = 90
        sim.updates.next_id = world.sim.updates.next_id + 1
        moved = World(sim, world.database_url, world.files_dir)
        async with moved.relay():
            foreign = sim.staff.create_topic(OPERATOR, "Курилка").thread
            sim.staff.say(OPERATOR, "не покупателю", foreign)
            sim.market.say(chat.id, "в новую группу")
            await moved.until(lambda: "в новую группу" in moved.reads(chat))
            while sim.group.last_id < message.id - 1:  # the numbers of the old group come again
                sim.staff.say(OPERATOR, "// заметка")
            answer = sim.staff.say(OPERATOR, "ответ из новой", moved.thread_of(chat))
            assert answer.id == message.id
            await moved.until(lambda: answer.reactions)
    assert world.sent_to(chat) == ["ответ из старой", "ответ из новой"]
    assert "в старую группу" not in moved.reads(chat)


async def test_a_reply_that_shows_up_late_is_marked_as_delivered_after_all(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "где?")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat)
        world.sim.faults.add("market", "dropped_before", "sendMessageToChat", times=1)
        message = world.sim.staff.say(OPERATOR, "выслали сегодня", thread)
        await world.until(
            lambda: ("market", "sendMessageToChat", "dropped_before") in world.sim.faults.fired
        )
        world.sim.market.say(chat.id, "совсем другое от коллеги", "PARTNER")
        await world.until(lambda: world.answers_to(message))
        world.sim.market.say(chat.id, "выслали сегодня", "PARTNER")
        await world.until(lambda: message.reactions == ["👍"])
        notice = next(m for m in world.bot_says(thread) if m.reply_to == message.id)
        [[again, _]] = notice.buttons
        world.sim.staff.press(notice.id, OPERATOR, again["callback_data"])
        await world.until(lambda: world.sim.group.popups)
    assert world.sim.group.popups == ["It has been delivered."]
    assert world.sent_to(chat) == []


async def test_each_failure_is_told_also_the_second_of_one_message(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "где?")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat)
        world.sim.market_http.refusals[chat.id] = ("CLOSED", "Чат закрыт")
        message = world.sim.staff.say(OPERATOR, "первый ответ", thread)
        for count in (1, 2):
            await world.until(lambda n=count: len(world.answers_to(message)) == n)
            last = [m for m in world.bot_says(thread) if m.reply_to == message.id][-1]
            [[again]] = last.buttons
            if count == 2:
                world.sim.market_http.refusals.clear()
                world.sim.staff.edit(message.id, "исправленный ответ")
            world.sim.staff.press(last.id, OPERATOR, again["callback_data"])
        await world.until(lambda: message.reactions == ["👍"])
    assert world.sent_to(chat) == ["исправленный ответ"]


@pytest.mark.parametrize("edit", ["/chat 123456 фу", "// передумали"])
async def test_an_edit_into_what_is_not_for_the_buyer_withdraws_it(world: World, edit: str) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "где?")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat)
        fault = world.sim.faults.add("market", "throttled", "sendMessageToChat", seconds=0.5)
        first = world.sim.staff.say(OPERATOR, "сначала это", thread)
        message = world.sim.staff.say(OPERATOR, "привет", thread)
        world.sim.staff.edit(message.id, edit)
        await world.until(lambda: any("Withdrawn" in said for said in world.answers_to(message)))
        world.sim.faults.remove(fault)
        await world.until(lambda: first.reactions, 20)
    assert world.sent_to(chat) == ["сначала это"]


async def test_with_topics_switched_off_no_buyers_word_stands_in_the_open(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "тайна покупателя")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat)
        asked = world.sim.staff.say(OPERATOR, "/history", thread)
        world.sim.group.is_forum = False
        world.sim.market.say(chat.id, "ещё одна тайна")
        await world.until(lambda: any("has no topics" in m.text for m in world.bot_says()))
    in_the_open = [m.text for m in world.bot_says() if not m.is_deleted]
    assert not any("тайна" in text for text in in_the_open), in_the_open
    assert asked.id


async def test_what_stands_in_the_open_goes_also_where_telegram_fails_at_first(
    world: World,
) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        world.sim.faults.add("telegram", "error_html", "deleteMessage", times=2)
        world.sim.group.is_forum = False
        world.sim.market.say(chat.id, "тайна покупателя")
        await world.until(lambda: any("тайна" in post.text for post in world.bot_says()))
        await world.until(
            lambda: all(post.is_deleted for post in world.bot_says() if "тайна" in post.text)
        )


async def test_after_more_than_a_day_of_silence_staff_are_told(world: World) -> None:
    async with world.relay():
        await world.looked()
    async with open_app(settings_of(world.sim, world.database_url)) as app:
        two_days_ago = world.sim.market.clock() - 2 * 86_400_000
        await app.ledger.commit(Remember("telegram read", str(two_days_ago)))
    async with world.relay():
        await world.until(lambda: world.bot_says())
        await world.looked()
    [said] = world.bot_says()
    assert "longer than Telegram keeps messages" in said.text


async def test_a_chat_that_cannot_be_read_is_told_and_read_when_it_changes(world: World) -> None:
    async with world.relay():
        chat = world.buyer("Иван", order_id=77)
        world.sim.market_http.unreadable.add(chat.id)
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: world.bot_says())
        [said] = world.bot_says()
        assert f"Иван · Order 77 · #{chat.id} can't be read" in said.text
        assert "BAD_REQUEST" in said.text
        world.sim.market_http.unreadable.clear()
        world.sim.market.chat(chat.id).updated_ms += 5_000
        world.sim.market.say(chat.id, "второе")
        await world.quiet()
    assert "первое" in world.reads(chat)
    assert world.is_clean()


async def test_what_telegram_refuses_in_company_goes_alone_and_is_told(world: World) -> None:
    chat = world.buyer()
    for number in range(3):
        world.sim.market.say(chat.id, f"вопрос {number}")
    world.sim.telegram.poison = "вопрос 1"
    async with world.relay():
        await world.until(lambda: "could not be shown here" in world.reads(chat))
        await world.until(lambda: "вопрос 2" in world.reads(chat))
    assert "вопрос 0" in world.reads(chat)
    assert "вопрос 1" not in world.reads(chat)


async def test_a_flood_does_not_part_what_was_joined(world: World) -> None:
    chat = world.buyer()
    for number in range(30):
        world.sim.market.say(chat.id, f"вопрос {number}")
    world.sim.faults.add("telegram", "throttled", "sendMessage", times=1, seconds=1)
    async with world.relay():
        await world.quiet()
    assert len(world.posts(chat)) <= 3
    assert world.is_clean()


async def test_a_topic_closed_unheard_while_a_message_comes_is_opened_again(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat) or 0
        deaf = world.sim.faults.add("telegram", "error_html", "getUpdates")
        world.sim.staff.say(OPERATOR, "// будит ожидающий запрос")
        await world.until(lambda: deaf.fired)
        world.sim.staff.close_topic(thread, OPERATOR)
        world.sim.market.say(chat.id, "второе")
        await world.until(lambda: "второе" in world.reads(chat))
        assert world.sim.group.topics[thread].is_closed
        world.sim.faults.remove(deaf)
        await world.until(lambda: not world.sim.group.topics[thread].is_closed, 30)
    assert world.is_clean()


async def test_a_topic_closed_while_a_message_is_on_its_way_opens_again(any_world: World) -> None:
    world = any_world
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat) or 0
        world.sim.faults.add("telegram", "late", "sendMessage", times=1, seconds=1)
        world.sim.market.say(chat.id, "второе")
        await world.until(lambda: ("telegram", "sendMessage", "late") in world.sim.faults.fired)
        world.sim.staff.close_topic(thread, OPERATOR)
        await world.until(lambda: "второе" in world.reads(chat))
        await world.until(lambda: not world.sim.group.topics[thread].is_closed, 5)
    assert world.is_clean()
