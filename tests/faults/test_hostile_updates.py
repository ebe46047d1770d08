"""Updates that nobody can understand: set aside and said in General; they block nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bot.simulator.market_world import MarketChat
from tests.world import OPERATOR, World


async def with_topic(world: World) -> tuple[MarketChat, int]:
    chat = world.buyer()
    world.sim.market.say(chat.id, "Здравствуйте")
    await world.until(lambda: world.posts(chat))
    return chat, world.thread_of(chat) or 0


def group_message(world: World, thread: int, **changed: Any) -> dict[str, Any]:
    world.sim.group.last_id += 1
    return {
        "message_id": world.sim.group.last_id,
        "date": world.sim.group.clock() // 1000,
        "chat": {"id": world.sim.group_id, "type": "supergroup", "is_forum": True, "title": "x"},
        "from": {"id": OPERATOR, "is_bot": False, "first_name": "Oleg"},
        "message_thread_id": thread,
        "is_topic_message": True,
        **changed,
    }


BROKEN: dict[str, dict[str, Any]] = {
    "no date": {"text": "без даты", "date": None},
    "a sender of a wrong type": {"text": "x", "from": "nobody"},
    "an unknown kind in a union": {"external_reply": {"origin": {"type": "from the future"}}},
    "text that is a number": {"text": 17},
    "an entity beyond the text": {
        "text": "коротко",
        "entities": [
            {"type": "text_link", "offset": 900, "length": 10**9, "url": "https://example.ru"}
        ],
    },
    "half of a pair and a null": {"text": "до\ud83d\x00после"},
    "an id beyond int64": {"text": "x", "message_thread_id": 2**70},
    "a sender beyond int64": {
        "text": "x",
        "from": {"id": 2**70, "is_bot": False, "first_name": ""},
    },
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_message_blocks_nothing(any_world: World, what: str) -> None:
    world = any_world
    async with world.relay():
        chat, thread = await with_topic(world)
        before = world.sim.staff.say(OPERATOR, "до", thread)
        world.sim.updates.put("message", group_message(world, thread, **BROKEN[what]))
        after = world.sim.staff.say(OPERATOR, "после", thread)
        await world.until(lambda: before.reactions and after.reactions)
    sent = world.sent_to(chat)
    assert (sent[0], sent[-1]) == ("до", "после")


async def test_what_cannot_be_parsed_is_said_in_general(any_world: World) -> None:
    world = any_world
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.updates.put("message", group_message(world, thread, text=17))
        world.sim.updates.put("message", {"nothing": "of a message"})
        after = world.sim.staff.say(OPERATOR, "после", thread)
        await world.until(lambda: after.reactions)
        await world.until(lambda: len(world.bot_says()) == 2)
    assert all("did not reach any buyer" in post.text for post in world.bot_says())
    assert world.sent_to(chat) == ["после"]


async def test_a_message_that_comes_again_under_another_id_is_sent_once(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        again = group_message(world, thread, text="один раз")
        for _ in range(3):
            world.sim.updates.put("message", again)
        after = world.sim.staff.say(OPERATOR, "после", thread)
        await world.until(lambda: after.reactions)
    assert world.sent_to(chat) == ["один раз", "после"]


@pytest.mark.parametrize(
    "text",
    ["\x00", "\ud83d", "‮" * 50, "​" * 30, "\n" * 4000, "🧵" * 2100, "a\u0301" * 3000, "'\"\\%s{}$1"],
    ids=["null", "half pair", "bidi", "zero width", "newlines", "astral", "combining", "quotes"],
)
async def test_hostile_words_of_a_buyer_stop_neither_the_chat_nor_the_group(
    any_world: World, text: str
) -> None:
    world = any_world
    async with world.relay():
        chat, other = world.buyer(text[:60]), world.buyer("Другой")
        world.sim.market.say(chat.id, text)
        world.sim.market.say(chat.id, "ау?")
        world.sim.market.say(other.id, "а я?")
        await world.until(lambda: "ау?" in world.reads(chat) and "а я?" in world.reads(other), 20)
        world.sim.staff.say(OPERATOR, "слушаю", world.thread_of(chat))
        await world.until(lambda: world.sent_to(chat) == ["слушаю"])
