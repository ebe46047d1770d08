"""Chats whose history the Market does not give: they wait alone, and staff get to know."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest

from bot.relay.buyer_to_topic import rests
from bot.simulator.market_world import MarketChat
from tests.world import World

SOON_S = 4.0  # a chat that waits for the bad ones waits for longer
QUICK = 0.3  # SETTLE_SECONDS, and so what an outage has to last


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rests, "backoff_ms", lambda times: 50 * times)
    monkeypatch.setattr(rests, "rest_s", lambda _, times: 0.05 * times)


def spoil(world: World, chats: Iterable[MarketChat], status: int = 500) -> None:
    """Their histories, and nothing else, can't be read."""
    world.sim.market_http.unreadable = {chat.id for chat in chats}
    world.sim.market_http.unreadable_status = status


def asked(world: World, chat: MarketChat) -> int:
    """How often its history was."""
    calls = [
        call.chat_id for call in world.sim.market_http.calls if call.method.endswith("History")
    ]
    return calls.count(chat.id)


async def says(world: World, number: int) -> float:
    """Another buyer does; after how many seconds staff read it."""
    chat = world.buyer(f"Хороший {number}")
    world.sim.market.say(chat.id, "а я?")
    began = time.monotonic()
    await world.until(lambda: world.posts(chat))
    return time.monotonic() - began


@pytest.mark.parametrize("status", [500, 403])
async def test_a_bad_history_neither_slows_others_nor_passes_for_an_outage(
    world: World, status: int
) -> None:
    async with world.relay(settle_seconds=QUICK):
        bad = world.buyer()
        spoil(world, [bad], status)
        world.sim.market.say(bad.id, "не прочесть")
        await world.until(lambda: asked(world, bad) > 2)
        assert max([await says(world, number) for number in range(5)]) < SOON_S
        assert world.bot_says() == []
        world.sim.market_http.unreadable.clear()
        await world.until(lambda: "не прочесть" in world.reads(bad))
    assert world.is_clean()


async def test_fifty_bad_histories_neither_starve_others_nor_are_an_outage_again_and_again(
    world: World,
) -> None:
    async with world.relay(settle_seconds=QUICK):
        bad = [world.buyer(f"Плохой {number}") for number in range(50)]
        spoil(world, bad)
        for chat in bad:
            world.sim.market.say(chat.id, "не прочесть")
        await world.until(lambda: all(asked(world, chat) for chat in bad))
        await says(world, 0)
        tries = [asked(world, chat) for chat in bad]
        await world.until(lambda: sum(asked(world, chat) for chat in bad) > sum(tries) + 50)
        assert max([await says(world, number) for number in (1, 2, 3)]) < SOON_S
        assert len(world.bot_says()) <= 2  # that histories could not be read, and that they can


async def test_staff_are_told_once_of_a_chat_that_can_not_be_read_for_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "_LONG_S", 0.5)
    async with world.relay():
        bad = world.buyer()
        spoil(world, [bad])
        world.sim.market.say(bad.id, "не прочесть")
        await world.until(world.bot_says)
        tries = asked(world, bad)
        await world.until(lambda: asked(world, bad) > tries + 1)
        world.sim.market_http.unreadable.clear()
        await world.until(lambda: "не прочесть" in world.reads(bad))
    [told] = world.bot_says()
    assert "can't be read: the Market does not answer" in told.text
    assert world.is_clean()


async def test_histories_that_can_not_be_read_at_all_are_an_outage_and_all_are_read_at_its_end(
    world: World,
) -> None:
    async with world.relay(settle_seconds=QUICK):
        chats = [world.buyer(f"Покупатель {number}") for number in range(4)]
        spoil(world, chats)
        for chat in chats:
            world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: any("can't be read since" in m.text for m in world.bot_says()))
        world.sim.market_http.unreadable.clear()
        await world.until(lambda: all(world.posts(chat) for chat in chats), 20)
        await world.until(lambda: any("can be read again" in m.text for m in world.bot_says()))
    assert len(world.bot_says()) == 2
    assert world.is_clean()
