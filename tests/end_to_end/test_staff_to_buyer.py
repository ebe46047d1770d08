"""What staff write reaches its buyer: once, in order, from the right people and nobody else."""

from __future__ import annotations

import time

from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.world import ADMIN, OPERATOR, OUTSIDER, World


async def with_topic(world: World, text: str = "Здравствуйте") -> tuple[MarketChat, int]:
    """A chat whose topic is there."""
    chat = world.buyer()
    world.sim.market.say(chat.id, text)
    await world.until(lambda: world.posts(chat))
    thread = world.thread_of(chat)
    assert thread
    return chat, thread


def is_liked(message: GroupMessage) -> bool:
    return message.reactions == ["👍"]


async def test_replies_go_once_in_order_and_are_marked_as_delivered(any_world: World) -> None:
    world = any_world
    async with world.relay():
        chat, thread = await with_topic(world)
        written = [world.sim.staff.say(OPERATOR, f"ответ {n}", thread) for n in range(20)]
        await world.until(lambda: all(is_liked(message) for message in written))
    assert world.sent_to(chat) == [f"ответ {n}" for n in range(20)]
    assert world.is_clean()


async def test_while_telegram_asked_for_silence_answers_go_out_and_their_marks_wait(
    world: World,
) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        fault = world.sim.faults.add("telegram", "throttled", "sendMessage", times=1, seconds=2)
        asked_ms = time.time() * 1000
        world.sim.market.say(chat.id, "ещё")
        await world.until(lambda: fault.fired)
        written = world.sim.staff.say(OPERATOR, "ответ", thread)
        await world.until(lambda: world.sent_to(chat))
        await world.until(lambda: "ещё" in world.reads(chat) and is_liked(written))
    [marked] = [call for call in world.sim.telegram.calls if call.method == "setMessageReaction"]
    assert marked.at_ms >= asked_ms + 2_000


async def test_each_reply_goes_to_its_own_buyer(world: World) -> None:
    async with world.relay():
        first, second = await with_topic(world), await with_topic(world)
        for number in range(5):
            for chat, thread in (first, second):
                world.sim.staff.say(ADMIN, f"{number} для {chat.id}", thread)
        await world.quiet()
    for chat, _ in (first, second):
        assert world.sent_to(chat) == [f"{number} для {chat.id}" for number in range(5)]


async def test_what_is_not_for_the_buyer_stays_inside(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        other = world.sim.staff.create_topic(ADMIN, "Курилка").thread
        general = world.sim.staff.say(OPERATOR, "в общем чате")
        world.sim.staff.say(OPERATOR, "ответ в общем чате", reply_to=general.id)
        world.sim.staff.say(OPERATOR, "в чужой теме", other)
        world.sim.staff.say(OPERATOR, "// заметка", thread)
        world.sim.staff.say(OPERATOR, "  //заметка без пробела", thread)
        world.sim.staff.say(OPERATOR, "/help", thread)
        world.sim.staff.say(OPERATOR, "/help@another_bot", thread)
        typo = world.sim.staff.say(OPERATOR, "/история", thread)
        anybody = world.sim.staff.say(OUTSIDER, "я мимо проходил", thread)
        last = world.sim.staff.say(OPERATOR, "а это покупателю", thread)
        await world.until(lambda: is_liked(last))
        await world.until(lambda: world.answers_to(typo) and world.answers_to(anybody))
    assert world.sent_to(chat) == ["а это покупателю"]
    assert "must not begin with a slash" in world.answers_to(typo)[0]
    assert "no right to answer" in world.answers_to(anybody)[0]


async def test_without_a_list_of_operators_every_member_may_answer(world: World) -> None:
    async with world.relay(telegram_operator_ids=""):
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OUTSIDER, "я тоже тут работаю", thread)
        await world.until(lambda: is_liked(message))
    assert world.sent_to(chat) == ["я тоже тут работаю"]


async def test_a_refused_reply_says_why_and_goes_again_by_button(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.market_http.refusals[chat.id] = ("CHAT_IS_CLOSED", "Чат закрыт")
        message = world.sim.staff.say(OPERATOR, "успею?", thread)
        await world.until(lambda: world.answers_to(message))
        [notice] = [m for m in world.bot_says(thread) if m.reply_to == message.id]
        assert "Not delivered to the buyer" in notice.text
        assert "CHAT_IS_CLOSED" in notice.text
        [[button]] = notice.buttons
        assert button["text"] == "Send again"

        world.sim.staff.press(notice.id, OUTSIDER, button["callback_data"])
        await world.until(lambda: world.sim.group.popups)
        assert world.sim.group.popups == ["You have no right to answer buyers."]

        world.sim.market_http.refusals.clear()
        world.sim.staff.press(notice.id, OPERATOR, button["callback_data"])
        await world.until(lambda: is_liked(message))
        await world.until(lambda: notice.buttons == [])
    assert world.sent_to(chat) == ["успею?"]


async def test_an_edit_after_the_send_is_told_once_and_not_sent(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "завтра", thread)
        await world.until(lambda: is_liked(message))
        world.sim.staff.edit(message.id, "послезавтра")
        await world.until(lambda: world.answers_to(message))
        world.sim.staff.edit(message.id, "через неделю")
        after = world.sim.staff.say(OPERATOR, "точно", thread)
        await world.until(lambda: is_liked(after))
    assert world.sent_to(chat) == ["завтра", "точно"]
    assert len(world.answers_to(message)) == 1
    assert "does not reach the buyer" in world.answers_to(message)[0]


async def test_an_edit_before_the_send_takes_effect(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.faults.add("market", "refused", "sendMessageToChat")
        first = world.sim.staff.say(OPERATOR, "первое", thread)
        second = world.sim.staff.say(OPERATOR, "завтро", thread)
        world.sim.staff.edit(second.id, "завтра")
        after = world.sim.staff.say(OPERATOR, "/help", thread)
        await world.until(lambda: world.answers_to(after))
        world.sim.faults.clear()
        await world.until(lambda: is_liked(first) and is_liked(second))
    assert world.sent_to(chat) == ["первое", "завтра"]
    assert world.answers_to(second) == []


async def test_links_behind_words_are_written_out_for_the_buyer(world: World) -> None:
    link = {"type": "text_link", "offset": 3, "length": 5, "url": "https://example.ru/a"}
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.staff.say(OPERATOR, "😀 сюда!", thread, entities=[link])
        await world.quiet()
    assert world.sent_to(chat) == ["😀 сюда! (https://example.ru/a)"]


async def test_a_send_whose_answer_is_lost_is_settled_by_the_history(world: World) -> None:
    kinds = ("dropped_after", "truncated", "error_html")
    async with world.relay():
        chat, thread = await with_topic(world)
        for kind in kinds:
            world.sim.faults.add("market", kind, "sendMessageToChat", times=2)
            written = [world.sim.staff.say(OPERATOR, f"{kind} {n}", thread) for n in range(3)]
            await world.until(lambda some=written: all(is_liked(one) for one in some), 30)
    assert world.sent_to(chat) == [f"{kind} {n}" for kind in kinds for n in range(3)]
    assert world.is_clean()


async def test_what_nobody_but_a_person_can_tell_is_asked(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.faults.add("market", "dropped_before", "sendMessageToChat", times=1)
        message = world.sim.staff.say(OPERATOR, "выслали сегодня", thread)
        await world.until(
            lambda: ("market", "sendMessageToChat", "dropped_before") in world.sim.faults.fired
        )
        world.sim.market.say(chat.id, "совсем другое от коллеги", "PARTNER")
        await world.until(lambda: world.answers_to(message))
        [notice] = [m for m in world.bot_says(thread) if m.reply_to == message.id]
        assert "Perhaps not delivered" in notice.text
        [[again, there]] = notice.buttons
        world.sim.staff.press(notice.id, OPERATOR, again["callback_data"])
        await world.until(lambda: is_liked(message))
    assert there["text"] == "It is there"
    assert world.sent_to(chat) == ["выслали сегодня"]
