"""What staff are told while something does not work: once when it begins, once when it ends."""

from __future__ import annotations

import pytest

from bot.simulator.group_world import GroupMessage
from bot.telegram.inbox import jump
from tests.faults import clocks
from tests.simulator.callers import BotCaller
from tests.world import OPERATOR, World

A_MINUTE_MS = 60_000


def told(world: World, words: str) -> list[GroupMessage]:
    """What stands in General with these words in it."""
    return [message for message in world.bot_says() if words in message.text]


async def failed(world: World, times: int) -> None:
    """Wait until so many calls more have met a fault."""
    before = sum(world.sim.faults.fired.values())
    await world.until(lambda: sum(world.sim.faults.fired.values()) >= before + times)


@pytest.fixture(autouse=True)
def _quick_watchman(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.relay.watchman._EVERY_S", 0.05)


async def test_an_outage_of_the_market_and_its_end_are_said_once_over_a_restart(
    world: World,
) -> None:
    async with world.relay(settle_seconds=0.5):
        await world.looked()
        world.sim.faults.add("market", "outage")
        await world.until(lambda: told(world, "The Market can't be read since"))
    async with world.relay(settle_seconds=0.5):
        await failed(world, 4)
        world.sim.faults.clear()
        await world.until(lambda: told(world, "The Market can be read again"))
        chat = world.buyer()
        world.sim.market.say(chat.id, "и снова я")
        await world.quiet()
        await world.looked()
    assert len(told(world, "🔴")) == len(told(world, "🟢")) == 1
    assert "does not answer" in told(world, "🔴")[0].text


async def test_a_hiccup_is_no_news(world: World) -> None:
    async with world.relay(settle_seconds=30):
        await world.looked()
        world.sim.faults.add("market", "outage")
        await failed(world, 3)
        world.sim.faults.clear()
        await world.looked()
    assert world.bot_says() == []


async def test_an_outage_of_telegram_is_told_when_it_is_over(world: World) -> None:
    async with world.relay(settle_seconds=0.5):
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        world.sim.faults.add("telegram", "outage")
        world.sim.staff.say(OPERATOR, "ответ", world.thread_of(chat))
        await failed(world, 4)
        world.sim.faults.clear()
        await world.until(lambda: told(world, "reads this group again"))
        await world.quiet()
    assert len(world.bot_says()) == 1
    assert world.sent_to(chat) == ["ответ"]


async def test_a_key_that_is_withdrawn_is_told_with_what_to_do(world: World) -> None:
    async with world.relay(settle_seconds=0.5):
        await world.looked()
        world.sim.market_http.api_key = "ACMA:another:one"
        await world.until(lambda: told(world, "set MARKET_API_KEY"))


async def test_an_answer_that_waits_is_told_after_two_and_fifteen_minutes(world: World) -> None:
    async with clocks.adjustable() as clock, world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        world.sim.faults.add("market", "throttled", "sendMessageToChat", seconds=0.1)
        first = world.sim.staff.say(OPERATOR, "первый", world.thread_of(chat))
        second = world.sim.staff.say(OPERATOR, "второй", world.thread_of(chat))
        await world.until(lambda: world.sim.faults.fired)
        for minutes, notices in ((2, 1), (13, 2)):
            clock.move(minutes * A_MINUTE_MS)
            await world.until(lambda n=notices: len(world.answers_to(first)) == n)
        await world.looked()
        world.sim.faults.clear()
        await world.quiet(70)
    assert all("⏳ Not delivered yet" in said for said in world.answers_to(first))
    assert len(world.answers_to(first)) == 2
    assert world.answers_to(second) == []
    assert world.sent_to(chat) == ["первый", "второй"]
    assert world.is_clean()


async def test_what_buyers_wrote_and_cannot_be_posted_is_told(world: World) -> None:
    world.sim.group.rights.discard("can_manage_topics")
    async with clocks.adjustable() as clock, world.relay():
        chats = [world.buyer(f"Покупатель {number}") for number in range(3)]
        for chat in chats:
            world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: len(told(world, "may not manage topics")) == 1)
        for _ in range(2):
            await world.looked()
            clock.move(2 * A_MINUTE_MS)
        await world.until(lambda: told(world, "What the buyers of 3 chats wrote can't be posted"))
        world.sim.group.rights.add("can_manage_topics")
        await world.quiet(70)
    assert world.is_clean()


async def test_messages_that_telegram_dropped_are_told(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        for number in range(12):
            world.sim.staff.say(OPERATOR, f"// {number}", world.thread_of(chat))
        await world.until(lambda: world.sim.updates.pending == 0)
    for number in range(3):
        world.sim.staff.say(OPERATOR, f"// потеряно {number}", world.thread_of(chat))
    world.sim.updates.drop_all()
    async with world.relay():
        world.sim.staff.say(OPERATOR, "ответ", world.thread_of(chat))
        await world.until(lambda: told(world, "3 messages of this group did not reach the bot"))
        await world.quiet()


async def test_another_program_with_the_same_token_is_told_once(world: World) -> None:
    async with world.relay(), BotCaller(world.sim) as rival:
        await world.until(lambda: world.sim.updates.readers)
        await rival.call("getUpdates", chat_id=None)
        await world.until(lambda: told(world, "Another program reads this bot's messages"))
    assert len(world.bot_says()) == 1


async def test_what_is_to_be_mended_is_told_once_and_that_it_is_mended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.preflight._SOON_S", 0.2)
    monkeypatch.setattr("bot.preflight._AT_LEAST_S", 0.2)
    world.sim.group.rights.discard("can_manage_topics")
    for _ in range(2):
        async with world.relay():
            await world.until(lambda: told(world, "may not manage topics"))
            await world.looked()
    async with world.relay():
        world.sim.group.rights.add("can_manage_topics")
        await world.until(lambda: told(world, "🟢 The bot may manage topics"))
    assert len(world.bot_says()) == 2


async def test_a_right_that_is_taken_is_told_long_before_the_hour_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.preflight._AT_LEAST_S", 0.2)
    async with world.relay():
        await world.looked()
        world.sim.group.rights.discard("can_manage_topics")
        world.sim.market.say(world.buyer().id, "вопрос")
        await world.until(lambda: told(world, "may not manage topics"))


RUN = list(range(20, 10, -1))


@pytest.mark.parametrize(
    ("known", "new", "missing"),
    [
        (RUN, [21, 22], 0),
        (RUN, [24, 25], 3),
        (RUN, [25, 24], 3),
        (RUN, [20, 21], 0),
        (RUN, [5], 0),
        (RUN, [], 0),
        (RUN[:9], [99], 0),
        ([20, *range(18, 9, -1)], [99], 0),
        ([], [99], 0),
    ],
)
def test_ids_left_out_after_a_run_are_a_jump(
    known: list[int], new: list[int], missing: int
) -> None:
    assert jump(known, new) == missing
