"""A day of a busy shop in two minutes: quiet at night, peaks at noon and in the evening.

`make bench`. The day is 720 times as fast, Telegram's limit only sixty times (20 a second, where
20 a minute is real): a twelfth of what the real limit would leave, so that the peaks meet it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from bot.simulator.market_quota import HOURLY
from bot.simulator.market_world import MarketMessage
from tests.benchmarks.bench_latency import pause
from tests.benchmarks.measuring import Bench, bench, cpu_s, memory_mb, p50, p95, show, with_topics
from tests.world import OPERATOR

CHATS = 60
HOUR_S = 5.0  # that an hour of the day takes
# Messages of buyers in each hour of the day, from midnight on.
RHYTHM = (6, 3, 1, 1, 1, 3, 10, 20, 35, 50, 60, 75, 90, 80, 60, 50, 50, 60, 75, 90, 80, 50, 30, 15)
ANSWERED = 0.7  # of them by staff
MEMORY_GROWTH = 1.1  # R52
LIMITS = {"telegram_group_rate": "18/1", "telegram_total_rate": "25/1", "poll_interval": 0.2}


async def test_a_compressed_day() -> None:
    async with bench(rate=(20, 1.0), **LIMITS) as it:
        await with_topics(it, CHATS)
        idle, cpu = memory_mb(it.relay.pid), cpu_s(it.relay.pid)
        before = len(it.world.sim.market.touched)
        await the_day(it, random.Random(24))
        await it.world.quiet(60)
        report = it.world.sim.judge.report()
        memory, cpu = memory_mb(it.relay.pid), cpu_s(it.relay.pid) - cpu
        said = it.world.sim.market.touched[before:]
        market = Counter(call.method for call in it.world.sim.market_http.calls)
        telegram = Counter(call.method for call in it.world.sim.telegram.calls)
        to_topic, to_buyer = waits_of_buyers(it, said), waits_of_staff(it, said)
        rate, refused = it.world.sim.telegram.rate, it.world.sim.market_http.quota.refused
    show(
        f"A day in {24 * HOUR_S:.0f} s: {len(to_topic)} of buyers, {len(to_buyer)} of staff",
        [
            ("buyer to topic, p50 / p95", f"{p50(to_topic):.0f} / {p95(to_topic):.0f} ms"),
            ("staff to buyer, p50 / p95", f"{p50(to_buyer):.0f} / {p95(to_buyer):.0f} ms"),
            ("429 and 420 provoked (none)", f"{rate.floods + refused}"),
            ("memory before", f"{idle:.0f} MB"),
            (f"memory after (at most {MEMORY_GROWTH:g} times)", f"{memory:.0f} MB"),
            ("processor", f"{cpu:.1f} s"),
            *((f"Market: {name}", f"{market[name]}") for name in HOURLY if market[name]),
            *((f"Telegram: {name}", f"{number}") for name, number in telegram.most_common(5)),
        ],
    )
    assert report.is_clean
    assert rate.floods == refused == 0
    assert memory <= MEMORY_GROWTH * idle


async def the_day(it: Bench, dice: random.Random) -> None:
    chats = list(it.world.sim.market.chats.values())
    number = 0
    for messages in RHYTHM:
        passed = 0.0
        for moment in sorted(dice.uniform(0, HOUR_S) for _ in range(messages)):
            await pause(it, 1000 * (moment - passed))
            passed, number, chat = moment, number + 1, dice.choice(chats)
            it.world.sim.market.say(chat.id, f"вопрос {number:05d}")
            if dice.random() < ANSWERED:
                thread = it.world.thread_of(chat)
                it.world.sim.staff.say(OPERATOR, f"ответ {number:05d}", thread)
        await pause(it, 1000 * (HOUR_S - passed))


def waits_of_buyers(it: Bench, said: Sequence[MarketMessage]) -> list[int]:
    """Milliseconds from the Market to the topic."""
    lines = ((line, post) for post in it.world.sim.group.posts() for line in post.text.splitlines())
    posts = {line: post.at_ms for line, post in lines}
    return [posts[one.text] - one.at_ms for one in said if not one.through_api]


def waits_of_staff(it: Bench, said: Sequence[MarketMessage]) -> list[int]:
    """Milliseconds from the topic to the Market."""
    written = {one.text: one.at_ms for one in it.world.sim.group.messages.values()}
    return [one.at_ms - written[one.text] for one in said if one.through_api]
