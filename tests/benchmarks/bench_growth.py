"""What a large cabinet costs: start, memory and hot paths with 1,000, 10,000 and 100,000 chats.

`make bench`. The chats, with their topics and what was said and posted in them, are put into the
database by SQL; at the simulated Market there are only those that live.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import replace
from pathlib import Path

from bot.app import now_ms
from bot.market.client import open_market
from bot.relay.buyer_to_topic.hints import Trust
from bot.relay.buyer_to_topic.watch import Watch
from bot.relay.changes import Enqueue, SaveChat, Settle
from bot.relay.model import ChatId, EffectId, NewEffect, Queue, State
from bot.relay.ports import Ledger, Market
from bot.relay.pulse import Pulse
from bot.simulator.server import BUSINESS_ID, GROUP_ID
from bot.storage.database import open_ledger
from bot.texts.catalog import Catalog
from tests.benchmarks.measuring import AS_SHIPPED, MB, Bench, bench, memory_mb, p50, stage, table
from tests.storage.samples import known_chat

SIZES = (1_000, 10_000, 100_000)
MESSAGES = 3  # of a chat, each with its post
RUNS = 30
FIRST_CHAT, BOT_ID = 9_000_000, 7_000_000_001
START_S = 10  # R40
FLAT = 2.0  # times as long at the largest size as at the smallest
SMALLEST_MS = 2.0  # what is shorter is flat

FILL = """
CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c
    WHERE i + 1 < :chats * :messages) SELECT i, i / :messages AS chat FROM c;
INSERT INTO chat (business_id, chat_id, context, kind, status, order_id, customer, created_ms,
    updated_ms, cursor, read_ms) SELECT :business, :first + i, 'ORDER', 'CHAT', 'FINISHED', i,
    'Покупатель ' || i, :old, :old, i * :messages + :messages, :old FROM n WHERE i < :chats;
INSERT INTO topic (business_id, group_id, chat_id, thread_id, name, state, is_headed, changed_ms)
    SELECT :business, :group, :first + i, -1 - i, 'Покупатель #' || (:first + i), 'open', 1, :old
    FROM n WHERE i < :chats;
INSERT INTO incoming (business_id, chat_id, message_id, sender, at_ms, text, attachments, nature)
    SELECT :business, :first + chat, i + 1, 'CUSTOMER', :old, 'где мой заказ номер ' || i, '[]',
    'new' FROM n;
INSERT INTO outbox (business_id, group_id, effect_key, queue, lane, kind, payload, rank, chat_id,
    state, is_open, created_ms, due_ms, attempts, rounds, looks, started_ms, unknown_ms, base,
    batch, result, reason) SELECT :business, :group, 'post/' || (:first + chat) || '/' || i || '/0',
    'group', 'topic/' || (:first + chat), 'post', '{"text":"где мой заказ"}', 1, :first + chat,
    'sent', 0, :old, :old, 1, 0, 0, :old, 0, 0, 0, 1 + i % 90, '' FROM n;
DROP TABLE n;
"""


async def test_growth_with_chats_and_their_messages() -> None:
    async with bench():
        pass  # what all of them are forked from has imported the program now
    rows = [await measured(size) for size in SIZES]
    names = list(rows[0])
    table(
        f"Growth: mapped chats, each with {MESSAGES} messages and as many posts (medians)",
        ["", *(f"{size:,} chats" for size in SIZES)],
        [[name, *(f"{row[name]:.1f}" for row in rows)] for name in names],
    )
    assert all(row["start to first delivery, s"] <= START_S for row in rows)
    hot = [name for name in names if name.endswith("ms")]
    steep = [n for n in hot if rows[-1][n] > FLAT * max(rows[0][n], SMALLEST_MS)]
    assert steep == []


async def measured(chats: int) -> dict[str, float]:
    async with stage(**AS_SHIPPED) as it:
        async with opened(it):
            pass  # makes the tables
        size = fill(Path(it.world.database_url.removeprefix("sqlite://")), chats)
        url = it.world.sim.market_url
        async with (
            opened(it) as ledger,
            open_market(base_url=url, business_id=BUSINESS_ID, clock=now_ms) as market,
        ):
            hot = await hot_paths(ledger, market)
        live = it.world.buyer("Живой")
        it.world.sim.market.say(live.id, "здравствуйте")
        began = time.monotonic()
        await it.relay.start()
        await it.world.until(lambda: it.world.posts(live), 120)
        start = time.monotonic() - began
        await it.world.quiet(60)
        memory = memory_mb(it.relay.pid)
    whole = {"database, MB": size, "start to first delivery, s": start, "memory, MB": memory}
    return whole | hot


def opened(it: Bench) -> AbstractAsyncContextManager[Ledger]:
    return open_ledger(
        it.world.database_url,
        business_id=BUSINESS_ID,
        group_id=GROUP_ID,
        bot_id=BOT_ID,
        ring=lambda _: None,
        clock=now_ms,
    )


def fill(path: Path, chats: int) -> float:
    """How many MB it makes."""
    values = {
        "chats": chats,
        "messages": MESSAGES,
        "business": BUSINESS_ID,
        "group": GROUP_ID,
        "first": FIRST_CHAT,
        "old": now_ms() - 30 * 86_400_000,
    }
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for statement in filter(str.strip, FILL.split(";")):
            connection.execute(statement, values)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size / MB


async def hot_paths(ledger: Ledger, market: Market) -> dict[str, float]:
    """Milliseconds of each."""
    words = Catalog("en")
    watch = Watch(
        market=market,
        ledger=ledger,
        words=words,
        clock=now_ms,
        pulse=Pulse(now_ms),
        trust=Trust(),
    )
    page = [ChatId(FIRST_CHAT + number) for number in range(20)]
    listed = [one.chat for one in (await ledger.known_chats(page)).values()]
    count = iter(range(10**6))

    async def commit() -> None:
        key = f"bench/{next(count)}"
        chat = known_chat(FIRST_CHAT + 1)
        await ledger.commit(
            SaveChat(chat), Enqueue(NewEffect(key, Queue.DESK, key, "none", {}, chat_id=page[1]))
        )
        effect = await ledger.effect(key)
        assert effect
        await ledger.commit(Settle((EffectId(effect.id),), State.SENT, 1))

    async def changed() -> None:
        at = now_ms()
        await watch.note([replace(chat, updated_ms=at) for chat in listed[:1]] + listed[1:])

    paths: dict[str, Callable[[], Awaitable[object]]] = {
        "two commits and a look, ms": commit,
        "heads of the outbox, ms": lambda: ledger.heads(Queue.GROUP),
        "depth of the outbox, ms": lambda: ledger.depth(Queue.GROUP),
        "highest post, ms": ledger.highest_post,
        "chats to be read, ms": ledger.unread_chats,
        "a page of the list, nothing new, ms": lambda: watch.note(listed),
        "a page of the list, one chat new, ms": changed,
    }
    return {name: await milliseconds(path) for name, path in paths.items()}


async def milliseconds(path: Callable[[], Awaitable[object]]) -> float:
    taken = []
    for _ in range(RUNS):
        began = time.monotonic()
        await path()
        taken.append(1000 * (time.monotonic() - began))
    return p50(taken)
