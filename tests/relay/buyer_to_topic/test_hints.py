"""When hints at chats lead to looks, and when they can be relied on."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.relay.buyer_to_topic import hints
from bot.relay.buyer_to_topic.hints import Hints, Trust
from bot.relay.errors import Unreachable
from bot.relay.model import ChatId

ONE, TWO = ChatId(1), ChatId(2)


class Looks:
    """What was looked at; holds each look up until told."""

    def __init__(self) -> None:
        self.seen: list[ChatId] = []
        self.fails = False

    async def __call__(self, chat_id: ChatId) -> int:
        self.seen.append(chat_id)
        if self.fails:
            raise Unreachable("market_unreachable")
        return 1

    async def until(self, *seen: ChatId) -> None:
        deadline = time.monotonic() + 5
        while self.seen != list(seen):
            assert time.monotonic() < deadline, self.seen
            await asyncio.sleep(0.005)


async def test_many_hints_at_a_chat_are_one_look_and_a_later_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hints, "_APART_S", 0.2)
    looks = Looks()
    own = Hints(looks, Trust())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(own.run())
        began = time.monotonic()
        for _ in range(3):
            own.give(ONE)
        await looks.until(ONE)
        for _ in range(3):
            own.give(ONE)
        own.give(TWO)
        await looks.until(ONE, TWO, ONE)
        assert time.monotonic() - began >= 0.2
        running.cancel()


async def test_a_look_that_fails_stops_nothing() -> None:
    looks = Looks()
    own = Hints(looks, Trust())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(own.run())
        looks.fails = True
        own.give(ONE)
        await looks.until(ONE)
        own.give(TWO)
        await looks.until(ONE, TWO)
        running.cancel()


async def test_a_hint_that_waits_for_its_turn_while_polling_finds_its_message_costs_no_trust(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hints, "_APART_S", 0.1)
    looks, trust = Looks(), proven()
    own = Hints(looks, trust)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(own.run())
        own.give(ONE)
        await looks.until(ONE)
        own.give(ONE)
        now = asyncio.get_running_loop().time()
        trust.polled(ONE, now)
        await looks.until(ONE, ONE)
        await asyncio.sleep(0)
        assert trust.is_earned(now + 31)
        running.cancel()


async def test_too_many_chats_at_once_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "_WAITING_AT_MOST", 2)
    own = Hints(Looks(), Trust())
    own.give(ONE)
    own.give(TWO)
    with pytest.raises(Unreachable):
        own.give(ChatId(3))


def proven() -> Trust:
    trust = Trust()
    for _ in range(3):
        trust.led()
    return trust


def test_hints_are_relied_on_once_they_led_to_three_messages() -> None:
    trust = Trust()
    for earned in (False, False, True):
        trust.led()
        assert trust.is_earned(0) is earned


def test_a_message_found_first_by_polling_ends_it_at_once() -> None:
    trust = proven()
    trust.polled(ONE, 0)
    assert not trust.is_earned(0)


def test_a_hint_that_was_only_slower_mends_it() -> None:
    trust = proven()
    trust.polled(ONE, 0)
    trust.hinted(TWO)
    assert not trust.is_earned(1)
    trust.hinted(ONE)
    assert trust.is_earned(1)


def test_one_that_never_comes_makes_them_begin_from_nothing() -> None:
    trust = proven()
    trust.polled(ONE, 0)
    assert not trust.is_earned(31)
    trust.hinted(ONE)
    trust.led()
    assert not trust.is_earned(32)
