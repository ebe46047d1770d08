"""How much of the hourly quotas the relay takes, beside a poller as anybody would write it first.

`make bench`. Measured over a minute and extrapolated to the hour; what comes less often than once
a minute (all lists, the reading again of live chats) is reckoned from the relay's own tempo.
"""

from __future__ import annotations

import random
from collections import Counter

from bot.relay.buyer_to_topic.tempo import Tempo
from bot.simulator.market_quota import HOUR_MS, HOURLY
from tests.benchmarks.bench_latency import pause
from tests.benchmarks.measuring import AS_SHIPPED, NO_LIMIT, Bench, bench, show, table
from tests.benchmarks.script import bare

OLD, LIVE = 5_000, 20
PAGES = -(-(OLD + LIVE) // 20)
MINUTE_MS = 60_000
INTERVAL_S = 5.0  # contract: POLL_INTERVAL is at most that
MESSAGES = 40
SHARE = 1 / 3  # of each quota, at most
READS = 2.0  # histories a message, at most: one that finds it, one once its second is over


async def test_requests_an_hour_with_5000_finished_chats_and_20_live_ones() -> None:
    async with bench(**AS_SHIPPED, **NO_LIMIT) as it:
        await fill(it)
        before = count(it)
        await pause(it, MINUTE_MS)
        idle, before = count(it) - before, count(it)
        for number in range(MESSAGES):
            await pause(it, random.Random(number).uniform(500, 1500))
            chat = list(it.world.sim.market.chats)[OLD + number % LIVE]
            it.world.sim.market.say(chat, f"вопрос {number}")
        await it.world.quiet(60)
        busy = count(it) - before
        assert it.world.is_clean()
        await it.relay.stop()
        hourly = it.world.sim.market_http.quota.hourly
        hourly.update(dict.fromkeys(hourly, 10_000_000))
        before, began = count(it), it.world.sim.market.clock()
        await bare("naive", it.world.sim, it.folder, seconds=20, interval=INTERVAL_S)
        naive = an_hour(count(it) - before, it.world.sim.market.clock() - began)
    ours = an_hour(idle, MINUTE_MS)
    ours["getChats"] += PAGES * 3600 / Tempo().full(PAGES)
    ours["getChatHistory"] += LIVE / 6
    wanted = {"getChats": PAGES, "getChatHistory": OLD + LIVE}
    rows = [
        (name, ours[name], quota, naive[name], wanted.get(name, 0) * 3600 / INTERVAL_S)
        for name, quota in HOURLY.items()
    ]
    table(
        f"Requests an hour, {OLD:,} finished chats and {LIVE} live ones, nothing happening",
        ["", "ours", "quota", "naive, had", "naive, wanted"],
        [[name, *(f"{figure:.0f}" for figure in figures)] for name, *figures in rows],
    )
    histories, lists = busy["getChatHistory"], busy["getChats"]
    show(
        f"Reads for {MESSAGES} messages, one a second",
        [
            (f"histories a message (at most {READS:g})", f"{histories / MESSAGES:.2f}"),
            ("lists meanwhile, which come by time, a message", f"{lists / MESSAGES:.2f}"),
        ],
    )
    assert all(ours[name] <= SHARE * quota for name, quota in HOURLY.items())
    assert histories <= READS * MESSAGES


async def fill(it: Bench) -> None:
    """All of them seen by the relay, and nothing on its way."""
    market = it.world.sim.market
    month_ms = 30 * 24 * HOUR_MS
    for number in range(OLD):
        market.open_chat(f"Прежний {number}", status="FINISHED", at_ms=market.clock() - month_ms)
    for number in range(LIVE):
        market.say(it.world.buyer(f"Покупатель {number}").id, f"здравствуйте {number}")
    await it.world.until(lambda: count(it)["getChats"] >= PAGES + 2, 120)
    await it.world.quiet(60)
    await pause(it, 130_000)  # past the two minutes in which something counts as happening


def count(it: Bench) -> Counter[str]:
    return Counter(call.method for call in it.world.sim.market_http.calls)


def an_hour(calls: Counter[str], milliseconds: float) -> dict[str, float]:
    return {name: calls[name] * HOUR_MS / milliseconds for name in HOURLY}
