"""A backlog is worked off by joining what waits: time beside that of one post a message.

`make bench`. Time runs ten times as fast: 18 calls in 6 s for the relay, 20 in 6 s until the
simulated Telegram answers 429.
"""

from __future__ import annotations

import time

import pytest

from tests.benchmarks.measuring import Bench, arrived, show, stage

CHATS, MESSAGES = 30, 600
CALLS, SECONDS = 18, 6.0
FASTER = 60 / SECONDS
SHARE = 0.1  # of the time of one post a message: the most that it may take


@pytest.mark.parametrize("has_topics", [True, False], ids=["topics-there", "topics-to-be-made"])
async def test_600_waiting_messages_of_30_chats_in_a_tenth_of_the_time(has_topics: bool) -> None:
    limits = {"telegram_group_rate": f"{CALLS}/{SECONDS:g}", "telegram_total_rate": "25/1"}
    async with stage(rate=(20, SECONDS), **limits) as it:
        if has_topics:
            await make_topics(it)
        before = len(it.world.sim.group.posts())
        chats = list(it.world.sim.market.chats) or [
            it.world.buyer(f"Покупатель {number}").id for number in range(CHATS)
        ]
        for number in range(MESSAGES):
            text = f"сообщение {number:03d}: где заказ, когда его привезут и можно ли перенести?"
            it.world.sim.market.say(chats[number % CHATS], text)
        began = time.monotonic()
        await it.ready()
        await arrived(it, buyers=MESSAGES)
        took = time.monotonic() - began
        posts = len(it.world.sim.group.posts()) - before
        floods = it.world.sim.telegram.rate.floods
        calls = MESSAGES + (0 if has_topics else CHATS)
    bare = (calls - CALLS) / CALLS * SECONDS
    show(
        f"{MESSAGES} messages of {CHATS} chats, topics {'there' if has_topics else 'to be made'}, "
        f"{CALLS} calls in {SECONDS:g} s (a minute, {FASTER:.0f} times as fast)",
        [
            (f"one post a message: {calls} calls at that rate", f"{bare:.1f} s"),
            ("ours, from the start of the process", f"{took:.1f} s"),
            ("posts that the messages became", f"{posts}"),
            (f"ours / one post a message (at most {SHARE})", f"{took / bare:.3f}"),
            ("429 provoked (none)", f"{floods}"),
        ],
    )
    assert it.world.is_clean()
    assert floods == 0
    assert took <= SHARE * bare


async def make_topics(it: Bench) -> None:
    """At whatever rate the relay keeps; then its window passes."""
    limit, it.world.sim.telegram.rate.limit = it.world.sim.telegram.rate.limit, None
    await it.ready()
    for number in range(CHATS):
        chat = it.world.buyer(f"Покупатель {number}")
        it.world.sim.market.say(chat.id, f"здравствуйте из {chat.id}")
    await arrived(it, buyers=CHATS)
    last = it.world.sim.group.clock()
    await it.world.until(lambda: it.world.sim.group.clock() > last + SECONDS * 1000)
    await it.relay.stop()
    it.world.sim.telegram.rate.limit = limit
