"""Hostile moments on the way to a topic: several lost answers at once, topics that vanish."""

from __future__ import annotations

import pytest

from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.world import OPERATOR, World


async def with_topics(world: World, count: int) -> list[MarketChat]:
    """Chats whose topics are there."""
    chats = [world.buyer(f"Покупатель {number}") for number in range(count)]
    for chat in chats:
        world.sim.market.say(chat.id, f"начало {chat.id}")
    await world.until(lambda: all(world.posts(chat) for chat in chats))
    return chats


def fired(world: World, method: str, kind: str) -> int:
    return world.sim.faults.fired.get(("telegram", method, kind), 0)


async def test_a_post_never_done_is_not_taken_for_another_lost_one(any_world: World) -> None:
    world = any_world
    async with world.relay():
        first, second = await with_topics(world, 2)
        world.sim.faults.add("telegram", "dropped_before", "sendMessage", times=1)
        world.sim.market.say(first.id, "не дошло до Telegram")
        await world.until(lambda: fired(world, "sendMessage", "dropped_before"))
        world.sim.faults.add("telegram", "dropped_after", "sendMessage", times=1)
        world.sim.market.say(second.id, "дошло, но без ответа")
        await world.until(lambda: fired(world, "sendMessage", "dropped_after"))
        await world.until(lambda: "не дошло" in world.reads(first))
        world.sim.market.say(second.id, "последнее")
        await world.quiet()
    assert world.reads(second).count("дошло, но без ответа") == 1
    assert world.is_clean()


async def test_many_lost_answers_in_many_topics_lose_and_double_nothing(world: World) -> None:
    async with world.relay():
        chats = await with_topics(world, 6)
        for kind in ("dropped_before", "dropped_after", "error_html", "truncated"):
            world.sim.faults.add("telegram", kind, "sendMessage", probability=0.2, times=4)
        for number in range(4):
            for chat in chats:
                world.sim.market.say(chat.id, f"сообщение {number} чата {chat.id}")
        await world.quiet(60)
    assert world.is_clean()
    assert world.sim.judge.report().buyer_to_topic.repeats == 0


async def test_a_topic_deleted_before_its_first_post_is_made_again(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.faults.add("telegram", "dropped_before", "sendMessage", times=1)
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: fired(world, "sendMessage", "dropped_before"))
        world.sim.staff.delete_topic(world.thread_of(chat) or 0)
        await world.until(lambda: "первое" in world.reads(chat), 30)
    assert world.is_clean()


async def test_a_topic_deleted_while_posts_are_in_flight_comes_back_with_all_that_waits(
    world: World,
) -> None:
    async with world.relay(telegram_group_rate="30/1"):
        [chat] = await with_topics(world, 1)
        for number in range(20):
            world.sim.market.say(chat.id, f"сообщение {number:02d}")
        thread = world.thread_of(chat) or 0
        await world.until(lambda: len(world.sim.group.posts(thread)) > 2)
        world.sim.staff.delete_topic(thread)
        world.sim.market.say(chat.id, "самое последнее")
        await world.until(lambda: "самое последнее" in world.reads(chat))
    report = world.sim.judge.report().buyer_to_topic
    assert (report.lost, report.twice, report.disordered, report.misrouted) == (0, 0, 0, 0)


async def test_a_reply_in_a_topic_that_was_taken_for_deleted_is_delivered_or_told(
    world: World,
) -> None:
    """Telegram forgot topics for minutes (May 2026): staff still see them and write there."""
    async with world.relay():
        [chat] = await with_topics(world, 1)
        thread = world.thread_of(chat) or 0
        world.sim.group.topics[thread].is_deleted = True
        world.sim.market.say(chat.id, "второе")
        await world.until(lambda: "второе" in world.reads(chat))
        world.sim.group.topics[thread].is_deleted = False
        message = world.sim.staff.say(OPERATOR, "ответ в старой теме", thread)
        await world.until(lambda: world.sent_to(chat) or world.answers_to(message))


async def test_telegram_forgetting_all_topics_makes_no_second_ones(world: World) -> None:
    async with world.relay():
        chats = await with_topics(world, 5)
        for topic in world.sim.group.topics.values():
            topic.is_deleted = True
        for chat in chats:
            world.sim.market.say(chat.id, f"во время сбоя {chat.id}")
        await world.until(lambda: world.bot_says())
    assert len(world.sim.group.topics) <= len(chats) + 2


@pytest.mark.parametrize("times", [1, 2])
async def test_a_lost_creation_leaves_one_open_topic_and_no_words_in_a_double(
    any_world: World, times: int
) -> None:
    world = any_world
    world.sim.faults.add("telegram", "dropped_after", "createForumTopic", times=times)
    world.sim.faults.add("telegram", "outage", "getUpdates", times=0)
    async with world.relay():
        chats = [world.buyer(f"Покупатель {number}") for number in range(4)]
        for chat in chats:
            world.sim.market.say(chat.id, f"первое {chat.id}")
        await world.quiet(30)
        for chat in chats:
            world.sim.market.say(chat.id, f"второе {chat.id}")
        await world.quiet(30)
    for chat in chats:
        assert len(open_topics(world, chat)) == 1
        assert world.posts(chat)
    assert world.is_clean()


async def test_a_creation_is_not_repeated_while_nobody_listens(world: World) -> None:
    """Updates are away while topics are made: the group's word on the first comes late."""
    async with world.relay():
        world.sim.faults.add("telegram", "dropped_after", "createForumTopic", times=1)
        deaf = world.sim.faults.add("telegram", "error_html", "getUpdates")
        world.sim.staff.say(OPERATOR, "// будит ожидающий запрос")
        await world.until(lambda: fired(world, "getUpdates", "error_html"))
        chat = world.buyer()
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: world.sim.group.topics)
        deaf_for = deaf.fired
        await world.until(lambda: deaf.fired > deaf_for + 2, 30)  # longer than SETTLE_SECONDS
        assert len(world.sim.group.topics) == 1
        world.sim.faults.remove(deaf)
        await world.until(lambda: world.posts(chat), 30)
        world.sim.market.say(chat.id, "второе")
        await world.quiet()
    assert len(world.sim.group.topics) == 1
    assert world.is_clean()


def open_topics(world: World, chat: MarketChat) -> list[int]:
    return [
        thread
        for thread, topic in world.sim.group.topics.items()
        if topic.name.endswith(f"#{chat.id}") and not topic.is_deleted and not topic.is_closed
    ]


async def test_an_old_post_of_the_bot_is_not_taken_for_a_lost_one(world: World) -> None:
    """A new database in a group where the bot has worked before, and updates that don't come."""
    group = world.sim.group
    group.messages[5] = GroupMessage(5, group.bot, group.clock(), "из прошлой жизни")
    add = world.sim.faults.add
    add("telegram", "error_html", "getUpdates", times=4)
    add("telegram", "dropped_before", "sendMessage", times=1)
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: fired(world, "sendMessage", "dropped_before"))
        await world.until(lambda: "первое" in world.reads(chat))
    assert world.is_clean()
