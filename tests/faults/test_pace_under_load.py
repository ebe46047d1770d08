"""What both services ask for is kept: pauses in full, and the rate without a single 429."""

from __future__ import annotations

import pytest

from tests.world import OPERATOR, World

PACED = {"sendMessage", "createForumTopic", "editMessageReplyMarkup", "reopenForumTopic"}
PAUSE_S = 2


def paced_calls(world: World, since_ms: int, until_ms: int) -> list[tuple[str, int]]:
    """Calls of the group within a span of time, in milliseconds from its beginning."""
    return [
        (call.method, call.at_ms - since_ms)
        for call in world.sim.telegram.calls
        if call.method in PACED and since_ms < call.at_ms < until_ms
    ]


@pytest.mark.parametrize("method", ["sendMessage", "createForumTopic"])
async def test_a_pause_asked_of_one_call_silences_the_whole_group(
    world: World, method: str
) -> None:
    async with world.relay():
        old = world.buyer("Старый")
        world.sim.market.say(old.id, "начало")
        await world.until(lambda: world.posts(old))
        world.sim.faults.add("telegram", "throttled", method, times=1, seconds=PAUSE_S)
        new = world.buyer("Новый")
        for number in range(5):
            world.sim.market.say(new.id, f"новому {number}")
            world.sim.market.say(old.id, f"старому {number}")
        await world.until(lambda: ("telegram", method, "throttled") in world.sim.faults.fired)
        asked_ms = world.sim.group.clock()
        world.sim.market.say(old.id, "во время паузы")
        await world.quiet(20)
    assert paced_calls(world, asked_ms + 50, asked_ms + PAUSE_S * 1000) == []
    assert world.is_clean()


async def test_a_pause_asked_of_a_probe_silences_the_group(world: World) -> None:
    async with world.relay():
        chat, other = world.buyer(), world.buyer("Другой")
        for one in (chat, other):
            world.sim.market.say(one.id, "начало")
        await world.until(lambda: world.posts(chat) and world.posts(other))
        add = world.sim.faults.add
        add("telegram", "dropped_after", "sendMessage", times=1)
        add("telegram", "throttled", "editMessageReplyMarkup", times=1, seconds=PAUSE_S)
        world.sim.market.say(chat.id, "второе")
        probed = ("telegram", "editMessageReplyMarkup", "throttled")
        await world.until(lambda: probed in world.sim.faults.fired)
        asked_ms = world.sim.group.clock()
        world.sim.market.say(other.id, "во время паузы")
        await world.quiet(20)
    assert paced_calls(world, asked_ms + 50, asked_ms + PAUSE_S * 1000) == []
    assert world.is_clean()


async def test_a_pause_survives_a_restart(any_world: World) -> None:
    world = any_world
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "начало")
        await world.until(lambda: world.posts(chat))
        world.sim.faults.add("telegram", "throttled", "sendMessage", times=1, seconds=3)
        world.sim.market.say(chat.id, "второе")
        fault = ("telegram", "sendMessage", "throttled")
        await world.until(lambda: fault in world.sim.faults.fired)
        asked_ms = world.sim.group.clock()
        await world.until(lambda: world.sim.group.clock() > asked_ms + 200)
    async with world.relay():
        await world.quiet(20)
    assert paced_calls(world, asked_ms + 50, asked_ms + 3000) == []


async def test_a_pause_asked_of_reactions_is_kept_by_all_of_them(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "начало")
        await world.until(lambda: world.posts(chat))
        add = world.sim.faults.add
        flood = add("telegram", "throttled", "setMessageReaction", seconds=PAUSE_S)
        thread = world.thread_of(chat)
        written = [world.sim.staff.say(OPERATOR, f"ответ {n}", thread) for n in range(10)]
        await world.until(lambda: len(world.sent_to(chat)) == 10)
        await world.until(lambda: flood.fired)
        asked_ms = world.sim.group.clock()
        await world.until(lambda: world.sim.group.clock() > asked_ms + 1500)
        knocks = flood.fired
        world.sim.faults.clear()
        await world.until(lambda: all(one.reactions == ["👍"] for one in written), 20)
    assert knocks <= 2  # the one that was refused, and at most one that was under way


async def test_a_steady_overload_never_meets_a_429_and_is_worked_off_by_joining(
    world: World,
) -> None:
    """The real windows, ten times as fast."""
    world.sim.telegram.rate.limit = (20, 6.0)
    async with world.relay(telegram_group_rate="18/6", telegram_total_rate="25/1"):
        chats = [world.buyer(f"Покупатель {number}") for number in range(12)]
        for number in range(12):
            for chat in chats:
                world.sim.market.say(chat.id, f"сообщение {number:02d} чата {chat.id}")
            started = world.sim.group.clock()
            await world.until(lambda s=started: world.sim.group.clock() > s + 800)
        await world.quiet(40)
    assert world.sim.telegram.rate.floods == 0
    assert world.is_clean()


async def test_what_was_spent_before_a_restart_counts(world: World) -> None:
    world.sim.telegram.rate.limit = (20, 6.0)
    chats = [world.buyer(f"Покупатель {number}") for number in range(20)]
    for chat in chats:
        world.sim.market.say(chat.id, f"вопрос {chat.id}")
    for posts in (6, 12, 18):
        async with world.relay(telegram_group_rate="18/6"):
            await world.until(lambda p=posts: len(world.sim.group.posts()) >= p, 30)
    async with world.relay(telegram_group_rate="18/6"):
        await world.quiet(40)
    assert world.sim.telegram.rate.floods == 0
    assert world.is_clean()


async def test_a_420_of_the_market_rests_that_method_and_delays_no_read(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "начало")
        await world.until(lambda: world.posts(chat))
        throttled = world.sim.faults.add(
            "market", "throttled", "sendMessageToChat", times=1, seconds=PAUSE_S
        )
        thread = world.thread_of(chat)
        written = [world.sim.staff.say(OPERATOR, f"ответ {n}", thread) for n in range(3)]
        await world.until(lambda: throttled.fired)
        asked_ms = world.sim.market.clock()
        world.sim.market.say(chat.id, "а вы тут?")
        await world.until(lambda: "а вы тут?" in world.reads(chat))
        assert world.sim.market.clock() < asked_ms + PAUSE_S * 1000
        await world.until(lambda: all(one.reactions == ["👍"] for one in written), 20)
    sends = [c.at_ms for c in world.sim.market_http.calls if c.method == "sendMessageToChat"]
    assert min(sends) >= asked_ms + PAUSE_S * 1000 - 1100  # the date of the pause has whole seconds
    assert world.is_clean()
