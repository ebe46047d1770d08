"""How long a message takes, beside one bare read and one bare post; how soon a change is known.

`make bench`. Taken from the simulator's own records, in milliseconds: a change is known once a
list, an update or a notification that tells of it was answered.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from bot.simulator.market_world import MarketChat, MarketMessage
from tests.benchmarks.measuring import (
    AS_SHIPPED,
    NO_LIMIT,
    Bench,
    bench,
    p50,
    p95,
    show,
    with_topics,
)
from tests.benchmarks.script import bare
from tests.world import OPERATOR

CHATS, MESSAGES = 20, 40
OVER_MS = 30  # that the relay may add, once a change is known
KNOWN_MS = 1000  # by polling, half of them
NOTIFIED_MS = 100  # by notification, half of them, until the history has been read
SELDOM_S = 30
SECRET = "n3xT-8fKqW2pZ"


async def test_buyer_to_topic_with_twenty_live_chats() -> None:
    async with bench(**AS_SHIPPED, **NO_LIMIT) as it:
        chats = await with_topics(it, CHATS)
        said = [await buyer_writes(it, chats, number) for number in range(MESSAGES)]
        known = [known_ms(it, one) for one in said]
        posted = [posted_ms(it, one) for one in said]
        assert it.world.is_clean()
        floor = await pairs(it, "to_topic", chats[0])
    until_known = [at - one.at_ms for at, one in zip(known, said, strict=True)]
    since_known = [post - at for post, at in zip(posted, known, strict=True)]
    told("Buyer to topic, by polling as shipped", floor, since_known, until_known)
    assert p50(until_known) <= KNOWN_MS
    check_over(since_known, floor)


async def test_buyer_to_topic_by_notification(unused_tcp_port: int) -> None:
    """The lists are looked at so seldom that what is seen sooner was notified."""
    listen = {
        "http_listen": f"127.0.0.1:{unused_tcp_port}",
        "market_notification_secret": SECRET,
        "market_notification_sources": "127.0.0.0/8",
    }
    async with bench(poll_interval=SELDOM_S, **listen, **NO_LIMIT) as it:
        pushes, address = it.world.sim.pushes, f"http://127.0.0.1:{unused_tcp_port}"
        chats = await with_topics(it, CHATS)
        async with pushes.running():
            pushes.market_url = f"{address}/market/notification/{SECRET}"
            said = [await buyer_writes(it, chats, number) for number in range(MESSAGES)]
        posted = [posted_ms(it, one) for one in said]
        read = [known_ms(it, one, "getChatHistory") for one in said]
        assert it.world.is_clean()
        floor = await pairs(it, "to_topic", chats[0])
    whole = [post - one.at_ms for post, one in zip(posted, said, strict=True)]
    until_read = [at - one.at_ms for at, one in zip(read, said, strict=True)]
    told("Buyer to topic, by notification, all of the way", floor, whole, until_read)
    assert p50(until_read) <= NOTIFIED_MS
    assert p50(whole) - p50(floor) <= NOTIFIED_MS + OVER_MS


async def test_staff_to_buyer() -> None:
    async with bench(**AS_SHIPPED, **NO_LIMIT) as it:
        chats = await with_topics(it, CHATS)
        waits: list[int] = []
        since: list[int] = []
        for number in range(MESSAGES):
            wait, took = await staff_write(it, chats[number % CHATS], f"ответ {number}")
            waits.append(wait)
            since.append(took)
        await it.world.quiet(60)
        assert it.world.is_clean()
        await it.relay.stop()  # a second reader of the updates would be turned away
        floor = await pairs(it, "to_market", chats[0])
    told("Staff to buyer", floor, since, waits)
    check_over(since, floor)


def check_over(ours: Sequence[float], floor: Sequence[float]) -> None:
    assert p50(ours) - p50(floor) <= OVER_MS
    assert p95(ours) - p95(floor) <= OVER_MS


async def buyer_writes(it: Bench, chats: Sequence[MarketChat], number: int) -> MarketMessage:
    """At a moment that has nothing to do with the relay's looks at the lists."""
    await pause(it, random.Random(number).uniform(200, 1500))
    said = it.world.sim.market.say(chats[number % CHATS].id, f"вопрос {number:03d}")
    await it.world.until(lambda: said.text in it.world.sim.group.messages[last(it)].text, 30)
    return said


async def staff_write(it: Bench, chat: MarketChat, text: str) -> tuple[int, int]:
    """Milliseconds until it was handed to the relay, and from then to the Market."""
    calls = it.world.sim.telegram.calls
    before = len(it.world.sent_to(chat))
    said = it.world.sim.staff.say(OPERATOR, text, it.world.thread_of(chat))
    await it.world.until(lambda: len(it.world.sent_to(chat)) > before and said.reactions, 30)
    known = next(c.at_ms for c in calls if c.method == "getUpdates" and c.at_ms >= said.at_ms)
    arrived = chat.messages[-1].at_ms
    return known - said.at_ms, arrived - known


async def pause(it: Bench, milliseconds: float) -> None:
    until = it.world.sim.group.clock() + milliseconds
    await it.world.until(lambda: it.world.sim.group.clock() >= until, milliseconds / 1000 + 15)


async def pairs(it: Bench, task: str, chat: MarketChat) -> list[float]:
    """Milliseconds of a bare read and a bare post after it."""
    about = {"chat": chat.id, "from": chat.messages[-1].id, "thread": it.world.thread_of(chat)}
    said = await bare(task, it.world.sim, it.folder, times=100, **about)
    return [1000 * seconds for seconds in said]


def last(it: Bench) -> int:
    return max(it.world.sim.group.messages)


def known_ms(it: Bench, said: MarketMessage, method: str = "getChats") -> int:
    """When the first such call after the message was answered, of all chats or of its own."""
    return next(
        call.at_ms
        for call in it.world.sim.market_http.calls
        if call.method == method
        and call.at_ms >= said.at_ms
        and call.chat_id in (None, said.chat_id)
    )


def posted_ms(it: Bench, said: MarketMessage) -> int:
    return next(post.at_ms for post in it.world.sim.group.posts() if said.text in post.text)


def told(
    title: str, floor: Sequence[float], since: Sequence[float], until: Sequence[float]
) -> None:
    def both(values: Sequence[float]) -> str:
        return f"{p50(values):.0f} / {p95(values):.0f} ms"

    show(
        f"{title}: {MESSAGES} messages, {CHATS} live chats (p50 / p95)",
        [
            ("until it is known", both(until)),
            ("bare read and post", both(floor)),
            ("ours, from known to there", both(since)),
            (f"on top, p50 (at most {OVER_MS})", f"{p50(since) - p50(floor):.0f} ms"),
            ("on top, p95", f"{p95(since) - p95(floor):.0f} ms"),
        ],
    )
