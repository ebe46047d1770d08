"""No statement of the running relay walks over what is long closed; judged by what SQLite does."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from bot.relay.changes import (
    AddReply,
    Again,
    Become,
    Begin,
    Change,
    Confirm,
    Doubt,
    Hurry,
    HurryAll,
    MarkRead,
    Postpone,
    Remember,
    Rewrite,
    SaveChat,
    SaveFile,
    SaveTopic,
    Settle,
    Spent,
    StoreMessages,
    UpdateDone,
    Wait,
    Want,
    Withdraw,
    WithdrawAlbum,
)
from bot.relay.deeds import Reword
from bot.relay.model import ChatId, EffectId, MessageId, PostId, Queue, State, ThreadId, Topic
from bot.relay.ports import Ledger
from bot.relay.reply import StaffFile
from bot.relay.upkeep import Upkeep
from tests.storage.conftest import Store
from tests.storage.samples import CHAT, NOW_MS, add_reply, ids, known_chat, message, put, sifted

Statements = list[tuple[str, list[Any]]]
IDS = (EffectId(1), EffectId(2))
CLOSED = 3000

READS: dict[str, Callable[[Ledger], Awaitable[object]]] = {
    "waiting_updates": lambda ledger: ledger.waiting_updates(),
    "newest_updates": lambda ledger: ledger.newest_updates(10),
    "next_offset": lambda ledger: ledger.next_offset(),
    "unhandled": lambda ledger: ledger.unhandled(),
    "known_chat": lambda ledger: ledger.known_chat(CHAT),
    "known_chats": lambda ledger: ledger.known_chats([CHAT]),
    "unread_chats": lambda ledger: ledger.unread_chats(),
    "active_chats": lambda ledger: ledger.active_chats(NOW_MS, ChatId(0), 50),
    "last_messages": lambda ledger: ledger.last_messages(CHAT, 20),
    "incoming": lambda ledger: ledger.incoming(CHAT, [MessageId(1)]),
    "partner_words_above": lambda ledger: ledger.partner_words_above(CHAT, MessageId(1)),
    "topic": lambda ledger: ledger.topic(CHAT),
    "topic_by_thread": lambda ledger: ledger.topic_by_thread(ThreadId(1)),
    "reply": lambda ledger: ledger.reply("k"),
    "replies_to_post": lambda ledger: ledger.replies_to_post(PostId(11)),
    "replies_in_album": lambda ledger: ledger.replies_in_album("album"),
    "keys_at": lambda ledger: ledger.keys_at(PostId(2000)),
    "unmatched_replies": lambda ledger: ledger.unmatched_replies(CHAT),
    "effect": lambda ledger: ledger.effect("k"),
    "heads": lambda ledger: ledger.heads(Queue.GROUP),
    "waiting_in_lane": lambda ledger: ledger.waiting_in_lane("lane", 9),
    "batch": lambda ledger: ledger.batch(1),
    "highest_post": lambda ledger: ledger.highest_post(),
    "known_posts": lambda ledger: ledger.known_posts(PostId(1), PostId(31)),
    "has_posted_after": lambda ledger: ledger.has_posted_after(CHAT, PostId(2**40)),
    "last_post_ms": lambda ledger: ledger.last_post_ms(),
    "recall": lambda ledger: ledger.recall("name"),
    "spent_since": lambda ledger: ledger.spent_since(NOW_MS),
    "is_longer": lambda ledger: ledger.is_longer(Queue.GROUP, 5),
    "depth": lambda ledger: ledger.depth(Queue.GROUP),
    "counts": lambda ledger: ledger.counts(),
}
FILE = StaffFile("handle", "unique", "photo", "photo.jpg", 5)
REPLY = add_reply("new", 13).reply
CHANGES: list[Change] = [
    Begin((EffectId(1),), NOW_MS, 0, 1),
    Settle(IDS, State.SENT),
    Postpone(IDS, NOW_MS),
    Doubt(IDS, NOW_MS, NOW_MS),
    Wait(IDS, NOW_MS),
    Again("k", NOW_MS),
    Confirm("k"),
    Hurry("lane", NOW_MS),
    HurryAll(Queue.GROUP, NOW_MS),
    MarkRead(CHAT, MessageId(1), NOW_MS),
    AddReply(add_reply("k").reply),
    Become(EffectId(1), "line", {"why": "file_gone"}),
    Rewrite(("k",), (REPLY,), (put("new").effect,), put("late").effect),
    Rewrite(("k",), (REPLY, REPLY), (put("new").effect, put("newer").effect), put("late").effect),
    Rewrite(("closed",), (REPLY,), (put("new").effect,), put("late").effect),
    Reword("k", {"text": "new"}, put("late").effect),
    Withdraw(("k",), put("done").effect, put("rest").effect, put("late").effect),
    WithdrawAlbum("album"),
    SaveFile("k", FILE),
    Want("k", ("text", FILE)),
    SaveChat(known_chat()),
    StoreMessages(CHAT, [sifted(1, echo_of="k")]),
    SaveTopic(Topic(CHAT)),
    UpdateDone(1),
    Remember("name", "value"),
    Spent(NOW_MS, NOW_MS - 1),
]


@pytest.mark.parametrize("read", READS)
async def test_a_read_costs_no_more_where_much_is_closed(
    sqlite_url: str, read: str, caplog: pytest.LogCaptureFixture
) -> None:
    await _check(sqlite_url, caplog, READS[read])


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change).__name__)
async def test_a_change_costs_no_more_where_much_is_closed(
    sqlite_url: str, change: Change, caplog: pytest.LogCaptureFixture
) -> None:
    await _check(sqlite_url, caplog, lambda ledger: ledger.commit(change))


async def test_new_updates_cost_no_more_where_much_is_closed(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await _check(sqlite_url, caplog, lambda ledger: ledger.store_updates([message(9, 9)], NOW_MS))


def test_every_read_of_the_port_is_looked_at() -> None:
    written = {"commit", "store_updates", "recover", "forget_updates", "forget_texts"}
    elsewhere = {"has_room", "copy"}
    port = vars(Ledger) | vars(Upkeep)
    methods = {name for name, value in port.items() if callable(value) and name[0] != "_"}

    assert methods == set(READS) | written | elsewhere


def in_album(key: str, post_id: int) -> AddReply:
    """Of an album of its own."""
    album = "album" if key == "k" else f"album of {key}"
    return AddReply(replace(add_reply(key, post_id).reply, album=album, file=FILE))


async def _check(
    url: str, caplog: pytest.LogCaptureFixture, do: Callable[[Ledger], Awaitable[object]]
) -> None:
    async with Store(url).open() as ledger:
        await ledger.commit(
            put("k"), put("closed"), in_album("k", 11), in_album("closed", 12), Spent(NOW_MS, 0)
        )
        await ledger.commit(Settle(await ids(ledger, "closed"), State.SENT, 2000))
        await ledger.commit(StoreMessages(CHAT, [sifted(0), sifted(1, echo_of="closed")]))
        await ledger.store_updates([message(1, 1000), message(2, 1)], NOW_MS)
        await ledger.commit(UpdateDone(1))
        with _recorded(caplog) as statements:
            await do(ledger)
    assert statements
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection:
        few = [_steps(connection, *statement) for statement in statements]
        _add_closed_rows(connection)
        many = [_steps(connection, *statement) for statement in statements]
        for statement, before, after in zip(statements, few, many, strict=True):
            assert after < before + CLOSED / 4, f"{statement}: {_plan(connection, *statement)}"


def _steps(connection: sqlite3.Connection, query: str, values: list[Any]) -> int:
    """How many instructions SQLite needs for it; what it writes is undone."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.execute("BEGIN")
    connection.set_progress_handler(count, 1)
    connection.execute(query, values).fetchall()
    connection.set_progress_handler(None, 1)
    connection.rollback()
    return steps


def _plan(connection: sqlite3.Connection, query: str, values: list[Any]) -> list[str]:
    return [step[-1] for step in connection.execute(f"EXPLAIN QUERY PLAN {query}", values)]


def _add_closed_rows(connection: sqlite3.Connection) -> None:
    """Many more of each closed row that is there, apart only in what has to be unique."""
    for table, closed, differing in (
        ("outbox", "effect_key = 'closed'", "effect_key result batch"),
        ("reply", "effect_key = 'closed'", "effect_key post_id album"),
        ("incoming", "message_id = 0", "message_id"),
        ("update", "update_id = 1", "update_id fingerprint post_id"),
    ):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info('{table}')")]
        apart = differing.split()
        sign = "-" if table in ("incoming", "update") else ""  # below what is asked for
        values = [
            "NULL" if name == "id" else f"{sign}(10000 + n)" if name in apart else name
            for name in columns
        ]
        connection.execute(
            f"WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more LIMIT {CLOSED})"
            f' INSERT INTO "{table}" SELECT {", ".join(values)} FROM "{table}", more WHERE {closed}'
        )
    connection.commit()


@contextmanager
def _recorded(caplog: pytest.LogCaptureFixture) -> Iterator[Statements]:
    """What tortoise sends, as its log tells."""
    statements: Statements = []
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
        yield statements
    for record in caplog.records:
        if record.name == "tortoise.db_client" and isinstance(record.args, tuple):
            query, values = record.args[0], record.args[1]
            if isinstance(query, str) and isinstance(values, list):
                rows = values if values and isinstance(values[0], list | tuple) else [values]
                statements.extend((query, list(row)) for row in rows)
