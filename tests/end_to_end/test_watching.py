"""Which lists of chats are looked at, and what is seen by it."""

from __future__ import annotations

from bot.simulator.market_world import MarketChat, now_ms
from tests.staffing import with_topic
from tests.world import OPERATOR, World

AN_HOUR_MS = 3_600_000


def finished_chats(world: World) -> list[MarketChat]:
    """More than two pages of them; some were written in long after later ones."""
    chats = []
    for number in range(45):
        made = now_ms() - (100 - number) * AN_HOUR_MS
        chat = world.buyer(f"Покупатель {number}", status="FINISHED", at_ms=made)
        world.sim.market.say(chat.id, "спасибо", is_due=False, at_ms=made + number % 7 * 1000)
        chats.append(chat)
    world.sim.market.say(chats[3].id, "ещё раз", is_due=False, at_ms=now_ms() - 9 * AN_HOUR_MS)
    for chat in chats:
        world.sim.market.finish(chat.id)
    return chats


def filters(world: World) -> list[bool]:
    """Of each request for a list: did it ask for all chats?"""
    calls = [call for call in world.sim.market_http.calls if call.method == "getChats"]
    return [call.is_of_all for call in calls]


async def proven(world: World) -> None:
    """Wait until the list has been found to come newest first: the top of it is looked at."""
    await world.until(lambda: len(filters(world)) > 10 and all(filters(world)[-3:]))


async def test_where_the_list_comes_newest_first_its_top_shows_also_what_waits_for_nobody(
    world: World,
) -> None:
    chats = finished_chats(world)
    async with world.relay():
        await proven(world)
        world.sim.market.say(chats[7].id, "пишу из кабинета", "PARTNER")
        await world.until(lambda: "пишу из кабинета" in world.reads(chats[7]), 5)
    assert world.is_clean()


async def test_a_list_that_no_longer_comes_newest_first_hides_nothing_for_long(
    world: World,
) -> None:
    chats = finished_chats(world)
    async with world.relay():
        await proven(world)
        world.sim.market_http.chat_order = "oldest"
        for number in (40, 41):
            world.sim.market.say(chats[number].id, "вы ещё там?")
            await world.until(lambda n=number: "вы ещё там?" in world.reads(chats[n]), 5)
        seen = len(filters(world))
        await world.until(lambda: len(filters(world)) > seen + 15)
        assert not any(filters(world)[-12:])
    assert world.is_clean()


async def test_what_a_buyer_wrote_right_before_our_answer_is_seen_in_any_order_of_the_list(
    world: World,
) -> None:
    """Answered, the chat is no more on the list of those that wait."""
    finished_chats(world)
    world.sim.market_http.chat_order = "oldest"
    async with world.relay(poll_interval=2):
        chat, thread = await with_topic(world)
        await world.looked()
        world.sim.market.say(chat.id, "и ещё вопрос")
        world.sim.staff.say(OPERATOR, "ответ", thread)
        await world.until(lambda: "ответ" in world.sent_to(chat), 1.5)
        await world.until(lambda: "и ещё вопрос" in world.reads(chat), 8)
    assert world.is_clean()


async def test_what_a_colleague_writes_in_the_cabinet_is_seen_in_any_order_of_the_list(
    world: World,
) -> None:
    finished_chats(world)
    world.sim.market_http.chat_order = "oldest"
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.staff.say(OPERATOR, "ответ", thread)
        await world.until(lambda: "ответ" in world.sent_to(chat))
        await world.until(lambda: len(filters(world)) > 10)
        world.sim.market.say(chat.id, "пишу из кабинета", "PARTNER")
        await world.until(lambda: "пишу из кабинета" in world.reads(chat), 4)
    assert world.is_clean()
