"""What the relay says of its own troubles, as staff read it: once, and once that they are over."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable

import pytest

from bot.relay.alarms import mending
from bot.simulator.market_world import MarketChat
from bot.simulator.server import API_KEY, Simulator
from bot.telegram import intake
from tests.faults import clocks
from tests.simulator.callers import BotCaller
from tests.world import ADMIN, OPERATOR, World

MINUTE_MS = 60_000
QUICK = 0.3  # SETTLE_SECONDS, and so what an outage has to last


@pytest.fixture
async def clock() -> AsyncIterator[clocks.Adjustable]:
    """Of the relay, and of both services."""
    async with clocks.adjustable() as clock:
        yield clock


@pytest.fixture
async def simulator(clock: clocks.Adjustable) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock) as sim:
        sim.group.add_person(OPERATOR, "Oleg")
        sim.group.add_person(ADMIN, "Anna", "admin")
        yield sim


def general(world: World) -> list[str]:
    return [message.text for message in world.bot_says()]


async def hears(world: World, words: str, count: int = 1) -> None:
    """Wait until General says it so often."""
    await world.until(lambda: sum(words in text for text in general(world)) >= count)


async def opened(world: World) -> tuple[MarketChat, int]:
    """A chat with a topic."""
    chat = world.buyer()
    world.sim.market.say(chat.id, "вопрос")
    await world.until(lambda: world.posts(chat))
    return chat, world.thread_of(chat) or 0


# Outages


async def test_an_outage_of_the_market_is_said_once_and_its_end_after_a_restart(
    world: World,
) -> None:
    async with world.relay(settle_seconds=QUICK):
        chat, thread = await opened(world)
        world.sim.faults.add("market", "outage")
        await hears(world, "The Market can't be read since")
    answer = world.sim.staff.say(OPERATOR, "пока не дошло", thread)
    world.sim.market.say(chat.id, "пока не видно")
    async with world.relay(settle_seconds=QUICK):
        failed = world.sim.faults.fired.get(("market", "getChats", "outage"), 0)
        await world.until(
            lambda: world.sim.faults.fired[("market", "getChats", "outage")] > failed + 1
        )
        world.sim.faults.clear()
        await hears(world, "The Market can be read again, after")
        await world.until(lambda: answer.reactions)
        await world.looked()
    begin, end = general(world)
    assert "the Market does not answer" in begin
    assert "can be read again" in end
    assert "пока не видно" in world.reads(chat)
    assert world.is_clean()


async def test_a_command_that_fails_is_no_outage_of_reading(world: World) -> None:
    world.sim.market.add_order("Вера", 777004)
    async with world.relay(settle_seconds=QUICK):
        await opened(world)
        fault = world.sim.faults.add("market", "error_html", "createChat")
        asked = world.sim.staff.say(ADMIN, "/chat 777004")
        await world.until(lambda: fault.fired >= 3)
        world.sim.faults.remove(fault)
        await world.until(lambda: world.answers_to(asked))
    assert not any("can't be read" in said for said in general(world))


async def test_where_telegram_was_away_one_message_says_from_when_to_when(
    world: World, clock: clocks.Adjustable
) -> None:
    async with world.relay(settle_seconds=QUICK):
        await world.looked()
        world.sim.faults.add("telegram", "outage")
        world.sim.staff.say(OPERATOR, "// ends the long poll")
        await world.until(lambda: ("telegram", "getUpdates", "outage") in world.sim.faults.fired)
        clock.move(5 * MINUTE_MS)
        await world.until(lambda: ("telegram", "getChat", "outage") in world.sim.faults.fired)
        world.sim.faults.clear()
        await hears(world, "could not reach Telegram from")
        await world.looked()
    assert len(general(world)) == 1


async def test_where_telegram_is_only_not_read_its_begin_and_end_are_said(world: World) -> None:
    async with world.relay(settle_seconds=QUICK):
        await world.looked()
        world.sim.faults.add("telegram", "error_html", "getUpdates")
        world.sim.staff.say(OPERATOR, "// ends the long poll")
        await hears(world, "The bot can't read this group since")
        world.sim.faults.clear()
        await hears(world, "The bot reads this group again")
        await world.looked()
    assert len(general(world)) == 2


# What waits


async def test_an_answer_that_waits_is_told_on_it_after_2_and_15_minutes_also_over_restarts(
    world: World, clock: clocks.Adjustable
) -> None:
    async with world.relay(settle_seconds=QUICK):
        _, thread = await opened(world)
        world.sim.faults.add("market", "throttled", "sendMessageToChat", seconds=1)
        first = world.sim.staff.say(OPERATOR, "первый", thread)
        second = world.sim.staff.say(OPERATOR, "второй", thread)
        await world.until(lambda: world.sim.faults.fired)
        assert world.answers_to(first) == []
        clock.move(2 * MINUTE_MS)
        await world.until(lambda: world.answers_to(first))
    async with world.relay(settle_seconds=QUICK):
        await world.looked()
        clock.move(13 * MINUTE_MS)
        await world.until(lambda: len(world.answers_to(first)) == 2)
    async with world.relay(settle_seconds=QUICK):
        clock.move(30 * MINUTE_MS)
        await world.looked()
        world.sim.faults.clear()
        await world.until(lambda: first.reactions and second.reactions)
    early, late = world.answers_to(first)
    assert "Not delivered to the buyer for 2 minutes" in early
    assert "the Market asks for a pause" in early
    assert "for 15 minutes" in late
    assert world.answers_to(second) == []
    assert world.is_clean()


async def test_messages_that_do_not_get_into_the_group_are_told_in_general_and_in_the_log(
    world: World, clock: clocks.Adjustable, caplog: pytest.LogCaptureFixture
) -> None:
    words = "Bad Request: not enough rights to create a topic"
    world.sim.telegram.refusals["createForumTopic"] = words
    chats = [world.buyer(f"Покупатель {number}") for number in range(3)]
    for chat in chats:
        world.sim.market.say(chat.id, "тайна")
    async with world.relay(settle_seconds=QUICK):
        await world.until(
            lambda: [c for c in world.sim.telegram.calls if c.method == "createForumTopic"]
        )
        await world.looked()
        clock.move(2 * MINUTE_MS)
        await hears(world, "messages of buyers in 3 chats had been waiting")
    world.sim.telegram.refusals.clear()
    clock.move(MINUTE_MS)
    async with world.relay(settle_seconds=QUICK):
        await world.until(lambda: all(world.posts(chat) for chat in chats))
        await world.looked()
    [said] = general(world)
    assert "the bot lacks a right" in said
    [line] = [r for r in caplog.records if "do not get into the group" in r.getMessage()]
    assert line.levelno == logging.ERROR
    assert world.is_clean()


# Updates that never came


async def test_a_jump_of_update_ids_is_told_once_an_hour(
    world: World, clock: clocks.Adjustable
) -> None:
    async with world.relay():
        for number in range(5):
            world.sim.staff.say(OPERATOR, f"// {number}")
        await world.until(lambda: world.sim.updates.pending == 0)
    assert general(world) == []
    for minutes in (0, 10, 70):
        clock.move(minutes * MINUTE_MS)
        async with BotCaller(world.sim) as rival:
            for number in range(3):
                world.sim.staff.say(OPERATOR, f"// stolen {number}")
            await rival.updates(world.sim.updates.next_id)
        async with world.relay():
            for number in range(6):
                world.sim.staff.say(OPERATOR, f"// after {number}")
            await world.until(lambda: world.sim.updates.pending == 0)
            await world.looked()
    assert len(general(world)) == 2
    assert all("3 things that happened here never reached the bot" in t for t in general(world))


async def test_a_rival_that_polls_is_told_once_and_that_it_is_gone(
    world: World, clock: clocks.Adjustable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_RIVAL_PAUSE_S", 0.2)
    async with world.relay(settle_seconds=QUICK), BotCaller(world.sim) as rival:
        await world.until(lambda: world.sim.updates.readers)
        for _ in range(2):
            await rival.call("getUpdates", chat_id=None, timeout=1)
            await world.until(lambda: world.sim.updates.readers)
        await hears(world, "Another program reads this bot's messages")
        clock.move(10 * MINUTE_MS)
        world.sim.staff.say(OPERATOR, "// ends the long poll")
        await hears(world, "No other program reads the bot's messages any more")
    assert len(general(world)) == 2


async def test_a_webhook_that_somebody_sets_is_removed_and_told(world: World) -> None:
    async with world.relay(settle_seconds=QUICK), BotCaller(world.sim) as rival:
        await world.until(lambda: world.sim.updates.readers)
        await rival.call("setWebhook", chat_id=None, url="https://rival.example/hook")
        world.sim.updates.put("message", {"message_id": 1})  # ends the long poll
        await world.until(lambda: not world.sim.updates.webhook)
        await hears(world, "by a webhook")


async def test_after_more_than_a_day_off_staff_are_told_once_and_of_no_jump(
    world: World, clock: clocks.Adjustable
) -> None:
    async with world.relay():
        for number in range(6):
            world.sim.staff.say(OPERATOR, f"// {number}")
        await world.until(lambda: world.sim.updates.pending == 0)
        await world.looked()
    world.sim.staff.say(OPERATOR, "// expires")
    clock.move(25 * 60 * MINUTE_MS)
    for number in range(2):
        world.sim.staff.say(OPERATOR, f"// back {number}")
        async with world.relay():
            await hears(world, "longer than Telegram keeps messages")
            await world.until(lambda: world.sim.updates.pending == 0)
            await world.looked()
    assert world.sim.updates.expired == 1
    assert len(general(world)) == 1


# What a person has to mend


def without_topics_right(world: World) -> None:
    world.sim.group.rights.discard("can_manage_topics")
    world.sim.market.say(world.buyer("Новый").id, "вопрос")


def without_topics(world: World) -> None:
    world.sim.group.is_forum = False
    world.sim.market.say(next(iter(world.sim.market.chats)), "ещё вопрос")


def without_scope(world: World) -> None:
    world.sim.market_http.scopes = ["PRICING"]


def without_key(world: World) -> None:
    world.sim.market_http.api_key = "ACMA:another"


def mend(world: World) -> None:
    world.sim.group.rights.add("can_manage_topics")
    world.sim.group.is_forum = True
    world.sim.market_http.scopes = ["COMMUNICATION"]
    world.sim.market_http.api_key = API_KEY


@pytest.mark.parametrize(
    ("breaks", "said", "mended"),
    [
        (
            (without_topics_right, without_key),
            ("“Manage topics” → on", "copy a key that is active"),
            ("The bot may manage topics", "The chats of the cabinet can be read"),
        ),
        (
            (without_topics,),
            ("has no topics. Group settings → Topics → on",),
            ("is a group with topics",),
        ),
        ((without_scope,), ("give the key the access",), ("may write to buyers",)),
    ],
    ids=["rights and key", "topics", "scope"],
)
async def test_what_a_person_has_to_mend_is_told_once_with_the_switch_and_that_it_is_mended(
    world: World,
    breaks: tuple[Callable[[World], None], ...],
    said: tuple[str, ...],
    mended: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mending, "_WHILE_WRONG_S", 0.5)
    async with world.relay(settle_seconds=QUICK):
        await opened(world)
        await world.looked()
        assert general(world) == []
        for switch in breaks:
            switch(world)
        for words in said:
            await hears(world, words)
    looks = [call.method for call in world.sim.telegram.calls].count("getMe")
    async with world.relay(settle_seconds=QUICK):
        await world.until(
            lambda: [c.method for c in world.sim.telegram.calls].count("getMe") > looks + 1
        )
        mend(world)
        for words in mended:
            await hears(world, words)
    for words in (*said, *mended):
        assert sum(words in text for text in general(world)) == 1, words
