"""What the Market shows late, below messages that were read before, is found by reading again."""

from __future__ import annotations

import pytest

from bot.relay.buyer_to_topic import reconcile
from bot.relay.buyer_to_topic.reconcile import Round
from bot.relay.model import ChatId
from bot.simulator.market_world import MarketChat
from tests.world import OPERATOR, World


async def hidden_and_read_past(world: World) -> tuple[MarketChat, int]:
    """A chat in which a message is not shown, though a later one has been read."""
    chat = world.buyer()
    world.sim.market.say(chat.id, "первое")
    late = world.sim.market.say(chat.id, "опоздавшее")
    world.sim.market_http.late.add(late.id)
    world.sim.market.say(chat.id, "третье")
    await world.until(lambda: "третье" in world.reads(chat))
    return chat, late.id


async def test_a_message_that_appears_late_is_found_at_the_next_start(any_world: World) -> None:
    world = any_world
    async with world.relay():
        chat, late = await hidden_and_read_past(world)
        world.sim.staff.say(OPERATOR, "ответ", world.thread_of(chat))
        await world.until(lambda: world.sent_to(chat))
        await world.looked()
    world.sim.market_http.late.discard(late)
    async with world.relay():
        await world.until(lambda: "опоздавшее" in world.reads(chat))
        await world.looked()
    said = world.reads(chat)
    assert [said.count(words) for words in ("первое", "опоздавшее", "третье")] == [1, 1, 1]
    assert "ответ" not in said
    assert world.sent_to(chat) == ["ответ"]


async def test_it_is_found_while_the_relay_works(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "_EVERY_MS", 500)
    monkeypatch.setattr(reconcile, "_QUICK_EVERY_MS", 0)
    async with world.relay():
        chat, late = await hidden_and_read_past(world)
        world.sim.market_http.late.discard(late)
        await world.until(lambda: "опоздавшее" in world.reads(chat))


async def test_a_round_that_is_broken_off_goes_on_where_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = [world.buyer(f"Покупатель {number}") for number in range(6)]
    for chat in chats:
        world.sim.market.say(chat.id, "вопрос")
    async with world.relay():
        await world.quiet()
    monkeypatch.setattr(reconcile, "_QUICK_S", 0.3)
    for _ in range(2):
        seen = len(read_again(world))
        async with world.relay():
            await world.until(lambda n=seen: len(read_again(world)) >= n + 3)
    await_all = read_again(world)
    assert len(set(await_all)) >= 5, await_all


def read_again(world: World) -> list[int]:
    """Chats whose history was read, in order, but for the first reading of each."""
    calls = [c.chat_id for c in world.sim.market_http.calls if c.method == "getChatHistory"]
    seen: set[int | None] = set()
    again: list[int] = []
    for chat_id in calls:
        if chat_id in seen and chat_id is not None:
            again.append(chat_id)
        seen.add(chat_id)
    return again


@pytest.mark.parametrize("one", [Round(0, None), Round(5, ChatId(7)), Round(5, None)])
def test_where_a_round_is_can_be_written_down(one: Round) -> None:
    assert Round.parse(str(one)) == one


def test_before_the_first_round_there_is_none() -> None:
    assert Round.parse(None) == Round(0, None)
