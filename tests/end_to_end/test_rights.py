"""Who may ask for what, and in whose words; what forged buttons and the others can't do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.simulator import telegram_wire
from tests.faults.test_hostile_updates import group_message
from tests.staffing import heard, with_topic
from tests.world import ADMIN, OPERATOR, OUTSIDER, World

PERSON = {"id": 999, "is_bot": False, "first_name": "S"}
CHANNEL = {"id": -100777, "type": "channel", "title": "c"}
WRITTEN_BY_ANOTHER: dict[str, dict[str, Any]] = {
    "a person": {"forward_origin": {"type": "user", "date": 1, "sender_user": PERSON}},
    "somebody hidden": {
        "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "x"}
    },
    "a channel": {
        "forward_origin": {"type": "channel", "date": 1, "message_id": 5, "chat": CHANNEL}
    },
    "a bot": {"via_bot": {"id": 777, "is_bot": True, "first_name": "b"}},
}


@pytest.mark.parametrize("author", WRITTEN_BY_ANOTHER)
async def test_a_command_that_another_wrote_is_none(world: World, author: str) -> None:
    world.sim.market.add_order("Вера", 777001)
    async with world.relay():
        _, thread = await with_topic(world)
        admin = {"id": ADMIN, "is_bot": False, "first_name": "A"}
        for text in ("/close", "/erase", "/chat 777001 привет от чужих"):
            told = group_message(
                world, thread, text=text, **{"from": admin}, **WRITTEN_BY_ANOTHER[author]
            )
            world.sim.updates.put("message", told)
        await heard(world, thread)
        await world.quiet()
    assert not world.sim.group.topics[thread].is_closed
    assert len(world.sim.market.chats) == 1
    assert not any(said.buttons for said in world.bot_says(thread))
    assert sum("Not sent to the buyer" in said.text for said in world.bot_says(thread)) == 3


async def test_who_is_restricted_and_has_left_may_not_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = telegram_wire.member

    def member(group: Any, person: Any) -> dict[str, Any]:
        said = real(group, person)
        return said | {"is_member": False} if person.status == "restricted" else said

    monkeypatch.setattr(telegram_wire, "member", member)
    async with world.relay(telegram_operator_ids=""):
        chat, thread = await with_topic(world)
        world.sim.group.people[OUTSIDER].status = "restricted"
        message = world.sim.staff.say(OUTSIDER, "я ушёл, но пишу", thread)
        await world.until(lambda: message.reactions or world.answers_to(message))
    assert world.sent_to(chat) == []


@pytest.mark.parametrize("text", ["/close", "/help", "вопрос"])
async def test_who_has_no_right_holds_up_no_buyer(world: World, text: str) -> None:
    async with world.relay(telegram_group_rate="5/1"):
        chat, thread = await with_topic(world)
        for _ in range(30):
            world.sim.staff.say(OUTSIDER, text, thread)
        await asyncio.sleep(0.5)
        world.sim.market.say(chat.id, "важный вопрос")
        await world.until(lambda: "важный вопрос" in world.reads(chat), 4)
        assert sum(bool(said.reply_to) for said in world.bot_says(thread)) < 25


@pytest.mark.parametrize(
    "data", ["erase 9223372036854775808", "fix " + "9" * 25, "fix ٣", "rest \ud83d"]
)
async def test_a_forged_button_is_out_of_date(any_world: World, data: str) -> None:
    world = any_world
    async with world.relay():
        chat, thread = await with_topic(world)
        press(world, world.posts(chat)[0].id, data)
        after = world.sim.staff.say(OPERATOR, "после", thread)
        await world.until(lambda: after.reactions)
        await world.quiet()
    assert world.bot_says() == []


async def test_a_question_about_one_chat_erases_no_other(world: World) -> None:
    async with world.relay():
        _, thread = await with_topic(world)
        other = world.buyer("Другой")
        world.sim.market.say(other.id, "тут")
        await world.until(lambda: world.posts(other))
        asked = world.sim.staff.say(ADMIN, "/erase", thread)
        await world.until(lambda: world.answers_to(asked))
        [question] = [said for said in world.bot_says(thread) if said.buttons]
        press(world, question.id, f"erase {other.id}")
        await heard(world, thread)
        await world.quiet()
    assert question.buttons


def press(world: World, post_id: int, data: str) -> None:
    """A button that the post never had."""
    group = {"id": world.sim.group_id, "type": "supergroup", "title": "x"}
    query = {
        "id": "77",
        "from": {"id": ADMIN, "is_bot": False, "first_name": "A"},
        "chat_instance": "1",
        "data": data,
        "message": {"message_id": post_id, "date": 0, "chat": group},
    }
    world.sim.updates.put("callback_query", query)
