"""What staff ask of the bot by command, and what it answers to whom."""

from __future__ import annotations

import pytest

from bot.market.client import YandexMarket
from bot.relay.errors import Refused
from tests.world import ADMIN, OPERATOR, OUTSIDER, World


async def test_chat_opens_the_chat_of_an_order_and_answers_with_a_link(any_world: World) -> None:
    world = any_world
    world.sim.market.add_order("Вера Лебедева", 777001)
    async with world.relay():
        asked = world.sim.staff.say(ADMIN, "/chat 777001")
        await world.until(lambda: world.answers_to(asked))
        [chat] = world.sim.market.chats.values()
        thread = world.thread_of(chat)
    [answer] = world.answers_to(asked)
    group = str(world.sim.group_id).removeprefix("-100")
    assert f"https://t.me/c/{group}/{thread}" in answer
    assert "Вера Лебедева" in answer
    [card] = world.posts(chat)
    assert "Order 777001" in card.text
    assert world.sent_to(chat) == []


async def test_a_first_message_may_follow_the_number(world: World) -> None:
    world.sim.market.add_order("Вера", 777002)
    async with world.relay():
        asked = world.sim.staff.say(ADMIN, "/chat 777002 Здравствуйте!\nЗаказ готов.")
        await world.until(lambda: asked.reactions)
        [chat] = world.sim.market.chats.values()
        await world.until(lambda: world.answers_to(asked))
    assert world.sent_to(chat) == ["Здравствуйте!\nЗаказ готов."]
    assert "Здравствуйте" not in world.reads(chat)


async def test_chat_of_a_return_and_of_a_chat_that_is_there_already(world: World) -> None:
    async with world.relay():
        chat = world.buyer("Мария", context="RETURN", order_id=31, return_id=8104)
        world.sim.market.say(chat.id, "коробка помята")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat)
        asked = world.sim.staff.say(OPERATOR, "/chat return 8104", thread)
        await world.until(lambda: world.answers_to(asked))
        assert "for administrators" in world.answers_to(asked)[0]
        for text in ("/chat return 8104", "/chat возврат 8104"):
            again = world.sim.staff.say(ADMIN, text, thread)
            await world.until(lambda m=again: world.answers_to(m))
            assert f"/{thread}" in world.answers_to(again)[0]
    assert len(world.sim.market.chats) == 1
    assert world.reads(chat).count("коробка помята") == 1
    assert world.is_clean()


@pytest.mark.parametrize("wrong", ["/chat", "/chat abc", "/chat 0", "/chat return", "/history x"])
async def test_wrong_use_gets_one_line_that_shows_right_use(world: World, wrong: str) -> None:
    async with world.relay():
        asked = world.sim.staff.say(ADMIN, wrong)
        await world.until(lambda: world.answers_to(asked))
    [answer] = world.answers_to(asked)
    assert answer.startswith("Right use: /")
    assert "\n" not in answer


async def test_an_order_that_the_market_does_not_know_is_said(world: World) -> None:
    async with world.relay():
        asked = world.sim.staff.say(ADMIN, "/chat 404404")
        await world.until(lambda: world.answers_to(asked))
    assert "No chat was opened for 404404" in world.answers_to(asked)[0]


async def test_a_chat_that_was_opened_and_cannot_be_read_is_linked_and_written_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreadable(*_: object) -> None:
        raise Refused("market_refused")

    monkeypatch.setattr(YandexMarket, "history", unreadable)
    world.sim.market.add_order("Вера", 777005)
    async with world.relay():
        asked = world.sim.staff.say(ADMIN, "/chat 777005 Здравствуйте")
        await world.until(lambda: world.answers_to(asked) and asked.reactions)
        await world.until(lambda: any("can't be read" in post.text for post in world.bot_says()))
    [chat] = world.sim.market.chats.values()
    assert "https://t.me/c/" in world.answers_to(asked)[0]
    assert world.sent_to(chat) == ["Здравствуйте"]


async def test_chat_waits_for_a_market_that_is_down(world: World) -> None:
    world.sim.market.add_order("Вера", 777003)
    async with world.relay():
        outage = world.sim.faults.add("market", "outage")
        asked = world.sim.staff.say(ADMIN, "/chat 777003 Здравствуйте")
        status = world.sim.staff.say(ADMIN, "/status")
        await world.until(lambda: world.answers_to(status))
        assert "🔴 Market" in world.answers_to(status)[0]
        world.sim.faults.remove(outage)
        await world.until(lambda: world.answers_to(asked) and asked.reactions)
    [chat] = world.sim.market.chats.values()
    assert world.sent_to(chat) == ["Здравствуйте"]


async def test_history_shows_earlier_messages_with_author_and_time(world: World) -> None:
    long_ago = world.sim.market.clock() - 40 * 24 * 3_600_000
    chat = world.buyer("Павел", at_ms=long_ago)
    for number in range(30):
        sender = "PARTNER" if number % 2 else "CUSTOMER"
        world.sim.market.say(chat.id, f"давнее {number}", sender, at_ms=long_ago, is_due=False)
    world.sim.market.finish(chat.id)
    async with world.relay():
        await world.looked()
        world.sim.market.say(chat.id, "снова я")
        await world.until(lambda: world.posts(chat))
        assert "давнее" not in world.reads(chat)
        thread = world.thread_of(chat)
        asked = world.sim.staff.say(OPERATOR, "/history 5", thread)
        await world.until(lambda: world.answers_to(asked))
    [answer] = world.answers_to(asked)
    assert [f"давнее {n}" in answer for n in (25, 26, 27, 29)] == [False, True, True, True]
    assert "🏪 Shop" in answer
    assert "снова я" in answer


async def test_close_closes_the_topic_until_the_next_message(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat) or 0
        outside = world.sim.staff.say(OPERATOR, "/close")
        await world.until(lambda: world.answers_to(outside))
        assert "Right use" in world.answers_to(outside)[0]
        world.sim.staff.say(OPERATOR, "/close", thread)
        await world.until(lambda: world.sim.group.topics[thread].is_closed)
        world.sim.market.say(chat.id, "ещё вопрос")
        await world.until(lambda: "ещё вопрос" in world.reads(chat))
    assert not world.sim.group.topics[thread].is_closed


async def test_status_tells_services_queues_and_quotas(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        asked = world.sim.staff.say(OPERATOR, "/status")
        await world.until(lambda: world.answers_to(asked))
    [answer] = world.answers_to(asked)
    for part in (
        "🟢 Market: works",
        "🟢 Telegram: works",
        "waiting: 0",
        "Chats: 1, with a topic: 1",
    ):
        assert part in answer
    assert "Quota of getChats: " in answer


async def test_help_is_for_everybody_and_in_the_language_of_the_topics(world: World) -> None:
    async with world.relay(locale="ru"):
        asked = world.sim.staff.say(OUTSIDER, "/help@relay_bot")
        await world.until(lambda: world.answers_to(asked))
        for command in ("/chat", "/history", "/close", "/status", "/help"):
            assert command in world.answers_to(asked)[0]
        await world.until(lambda: world.sim.telegram.account.commands)
    assert "👍" in world.answers_to(asked)[0]


@pytest.mark.parametrize("command", ["/status", "/history", "/close"])
async def test_someone_without_the_right_is_told_so_and_nothing_happens(
    world: World, command: str
) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat) or 0
        asked = world.sim.staff.say(OUTSIDER, command, thread)
        await world.until(lambda: world.answers_to(asked))
    assert "Nothing was done" in world.answers_to(asked)[0]
    assert not world.sim.group.topics[thread].is_closed
