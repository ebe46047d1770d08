"""Hostile moments on the way to the buyer: same words again and again, edits, lost answers."""

from __future__ import annotations

import pytest

from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.faults import clocks
from tests.world import OPERATOR, World


async def with_topic(world: World) -> tuple[MarketChat, int]:
    chat = world.buyer()
    world.sim.market.say(chat.id, "Здравствуйте")
    await world.until(lambda: world.posts(chat))
    return chat, world.thread_of(chat) or 0


def is_liked(message: GroupMessage) -> bool:
    return message.reactions == ["👍"]


@pytest.mark.parametrize("kind", ["dropped_after", "dropped_before", "truncated", "error_html"])
async def test_the_same_reply_many_times_with_lost_answers_arrives_as_often(
    world: World, kind: str
) -> None:
    async with world.relay(settle_seconds=0.6):
        chat, thread = await with_topic(world)
        world.sim.faults.add("market", kind, "sendMessageToChat", probability=0.5, times=6)
        written = [world.sim.staff.say(OPERATOR, "Уже едет", thread) for _ in range(12)]
        await world.until(lambda: all(is_liked(message) for message in written), 40)
        world.sim.market.say(chat.id, "Спасибо")
        await world.quiet()
    assert world.sent_to(chat) == ["Уже едет"] * 12
    assert "Уже едет" not in world.reads(chat)


async def test_the_same_message_of_the_buyer_many_times_arrives_as_often(any_world: World) -> None:
    world = any_world
    async with world.relay():
        chat, _ = await with_topic(world)
        for kind in ("dropped_after", "dropped_before", "truncated"):
            world.sim.faults.add("telegram", kind, "sendMessage", probability=0.3, times=3)
        for number in range(30):
            world.sim.market.say(chat.id, "Алло?")
            if number % 5 == 4:
                await world.quiet(30)
    assert world.reads(chat).count("Алло?") == 30
    assert world.is_clean()


async def test_an_edit_into_a_note_before_the_send_never_reaches_the_buyer(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.faults.add("market", "refused", "sendMessageToChat")
        blocked = world.sim.staff.say(OPERATOR, "первое", thread)
        note = world.sim.staff.say(OPERATOR, "скидка до 30 %", thread)
        command = world.sim.staff.say(OPERATOR, "close", thread)
        world.sim.staff.edit(note.id, "// скидка до 30 %, но покупателю не говорить")
        world.sim.staff.edit(command.id, "/close")
        after = world.sim.staff.say(OPERATOR, "/help", thread)
        await world.until(lambda: world.answers_to(after))
        world.sim.faults.clear()
        last = world.sim.staff.say(OPERATOR, "последнее", thread)
        await world.until(lambda: is_liked(blocked) and is_liked(last))
    assert not [text for text in world.sent_to(chat) if text.startswith("/")]


async def test_an_edit_while_the_market_is_down_takes_effect(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.faults.add("market", "throttled", "sendMessageToChat", times=1, seconds=1)
        message = world.sim.staff.say(OPERATOR, "завтро", thread)
        await world.until(
            lambda: ("market", "sendMessageToChat", "throttled") in world.sim.faults.fired
        )
        world.sim.staff.edit(message.id, "завтра")
        await world.until(lambda: is_liked(message), 20)
    assert world.sent_to(chat) == ["завтра"]


async def test_two_edits_within_a_second_before_the_send_end_with_the_last(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.faults.add("market", "refused", "sendMessageToChat")
        first = world.sim.staff.say(OPERATOR, "первое", thread)
        message = world.sim.staff.say(OPERATOR, "завтро", thread)
        world.sim.staff.edit(message.id, "завтра в обед")
        world.sim.staff.edit(message.id, "завтра в полдень")
        after = world.sim.staff.say(OPERATOR, "/help", thread)
        await world.until(lambda: world.answers_to(after))
        world.sim.faults.clear()
        await world.until(lambda: is_liked(first) and is_liked(message))
    assert world.sent_to(chat) == ["первое", "завтра в полдень"] or world.answers_to(message)


async def test_an_edit_racing_the_send_is_sent_or_told(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        written = []
        for number in range(30):
            message = world.sim.staff.say(OPERATOR, f"черновик {number}", thread)
            if number % 3:
                await world.until(lambda n=number: len(world.sent_to(chat)) >= n - 1)
            world.sim.staff.edit(message.id, f"чистовик {number}")
            written.append(message)
        await world.until(lambda: all(is_liked(message) for message in written))
        after = world.sim.staff.say(OPERATOR, "/help", thread)
        await world.until(lambda: world.answers_to(after))
        await world.until(
            lambda: all(
                f"чистовик {n}" in world.sent_to(chat) or world.answers_to(message)
                for n, message in enumerate(written)
            )
        )
    assert len(world.sent_to(chat)) == 30
    assert world.is_clean()


async def test_ids_of_updates_that_begin_anew_after_a_week_lose_nothing(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        first = world.sim.staff.say(OPERATOR, "до отпуска", thread)
        await world.until(lambda: is_liked(first))
    world.sim.updates.next_id -= 500_000
    later = world.sim.market.clock() + 8 * 24 * 3_600_000
    with clocks.set_to(later):
        async with world.relay():
            second = world.sim.staff.say(OPERATOR, "после отпуска", thread)
            await world.until(lambda: is_liked(second))
    assert world.sent_to(chat) == ["до отпуска", "после отпуска"]
