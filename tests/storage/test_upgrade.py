"""A database of the version before files comes along, with everything that is in it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bot.storage.migrations
from bot.relay.changes import AddReply, Rewrite, Settle
from bot.relay.model import MessageId, PostId, State, ThreadId, UserId
from bot.relay.reply import Reply, StaffFile
from tests.databases import connect
from tests.storage.conftest import Store
from tests.storage.indexes import INDEXES, UNIQUE, postgres_indexes, sqlite_indexes
from tests.storage.samples import BUSINESS, CHAT, GROUP, NOW_MS, add_reply, ids, put

# What the version before wrote: (columns) and rows, as they stood in its tables.
REPLY = "business_id group_id effect_key chat_id thread_id post_id part author at_ms text matched"
OUTBOX = (
    "business_id group_id effect_key queue lane kind payload rank chat_id state is_open created_ms"
    " due_ms attempts rounds looks started_ms unknown_ms base batch result reason"
)
INCOMING = "business_id chat_id message_id sender at_ms text attachments nature echo_of"
OUTBOX_TAIL = (NOW_MS, NOW_MS, 1, 0, 0, NOW_MS, 0, 9, 0, None, "")


def _row(key: str, state: str, *, is_open: bool) -> tuple[Any, ...]:
    lane = f"chat/{CHAT}"
    head = (BUSINESS, GROUP, key, "market", lane, "say", "{}", 0, CHAT, state, is_open)
    return (*head, *OUTBOX_TAIL)


ROWS: dict[str, tuple[str, Sequence[tuple[Any, ...]]]] = {
    "reply": (
        REPLY,
        [
            (BUSINESS, GROUP, "say/11/0", CHAT, 3, 11, 0, 2**40, NOW_MS, "Да 😀 нет", 70),
            (BUSINESS, GROUP, "say/12/0", CHAT, 3, 12, 0, 2**40, NOW_MS, "Скоро", None),
        ],
    ),
    "outbox": (
        OUTBOX,
        [_row("say/11/0", "sent", is_open=False), _row("say/12/0", "new", is_open=True)],
    ),
    "incoming": (
        INCOMING,
        [
            (BUSINESS, CHAT, 70, "PARTNER", NOW_MS, "Да 😀 нет", "[]", "echo", "say/11/0"),
            (
                *(BUSINESS, CHAT, 71, "CUSTOMER", NOW_MS, "вот"),
                *('[{"name":"a.pdf","url":"https://files.example/1","size":5}]', "new", None),
            ),
        ],
    ),
}


@pytest.fixture
async def before(new_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A database that knows the first migration alone, and is in use."""
    package = bot.storage.migrations
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(Path(package.__path__[0]) / "0001_initial.py", first)
    with monkeypatch.context() as version:
        version.setattr(package, "__path__", [str(first)])
        # tortoise reloads the package, which would forget that path
        version.setattr("tortoise.migrations.loader.reload", lambda module: module)
        version.setattr("bot.storage.lease.Lease.take", _nothing)  # it knew of no lease
        async with new_store.open():
            pass
    await _fill(new_store.url)
    return new_store


async def _nothing(_: object) -> None: ...


async def _fill(url: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as file:
            for table, (columns, rows) in ROWS.items():
                names = columns.split()
                file.executemany(
                    f'INSERT INTO "{table}" ({", ".join(names)})'
                    f" VALUES ({', '.join('?' * len(names))})",
                    rows,
                )
            file.commit()
        return
    session = await connect(url)
    for table, (columns, rows) in ROWS.items():
        names = columns.split()
        places = ", ".join(f"${number}" for number in range(1, len(names) + 1))
        statement = f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({places})'
        await session.executemany(statement, rows)
    await session.close()


async def _columns(url: str, table: str) -> set[str]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as file:
            return {row[1] for row in file.execute(f"PRAGMA table_info('{table}')")}
    session = await connect(url)
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = $1"
    rows = await session.fetch(query, table)
    await session.close()
    return {row["column_name"] for row in rows}


async def test_the_version_before_knew_nothing_of_files(before: Store) -> None:
    assert await _columns(before.url, "reply") == {"id", *REPLY.split()}


async def test_an_upgrade_loses_nothing(before: Store) -> None:
    async with before.open() as ledger:
        sent, waiting = await ledger.reply("say/11/0"), await ledger.reply("say/12/0")
        rows = [await ledger.effect(key) for key in ("say/11/0", "say/12/0")]
        messages = await ledger.incoming(CHAT, [MessageId(70), MessageId(71)])

    said = ("Да 😀 нет", ThreadId(3), 0, MessageId(70), None, "", 0, ())
    author = (CHAT, PostId(11), UserId(2**40), NOW_MS)
    assert sent == Reply("say/11/0", *author, *said)
    assert waiting
    assert (waiting.text, waiting.matched, waiting.edition) == ("Скоро", None, 0)
    assert [row.state for row in rows if row] == [State.SENT, State.NEW]
    assert [one.text for one in messages] == ["Да 😀 нет", "вот"]
    assert [file.name for file in messages[1].attachments] == ["a.pdf"]


async def test_what_waited_before_the_upgrade_goes_on_with_all_that_is_new(before: Store) -> None:
    file = StaffFile("handle", "unique", "photo", "photo.jpg", 5)
    async with before.open() as ledger:
        fresh = put("say/12/1").effect
        reply = add_reply("say/12/1", 12, 1).reply
        change = Rewrite(("say/12/0",), (_carrying(reply, file),), (fresh,), put("late").effect)
        await ledger.commit(change)
        await ledger.commit(Settle(await ids(ledger, "say/12/1"), State.SENT))
        await ledger.commit(AddReply(add_reply("say/13/0", 13).reply))
    async with before.open() as ledger:
        parts = await ledger.replies_to_post(PostId(12))

    assert [(reply.file, effect.state) for reply, effect in parts] == [
        (None, State.FAILED),
        (file, State.SENT),
    ]


async def test_a_second_start_finds_it_upgraded(before: Store) -> None:
    for _ in range(2):
        async with before.open() as ledger:
            assert len(await ledger.replies_to_post(PostId(11))) == 1
    assert {"file", "album", "edition", "wanted"} <= await _columns(before.url, "reply")


def _carrying(reply: Reply, file: StaffFile) -> Reply:
    return replace(reply, text="", file=file, edition=1, album="13579")


async def test_an_upgraded_database_has_every_row_and_every_index_of_a_new_one(
    before: Store,
) -> None:
    counted = {table: len(rows) for table, (_, rows) in ROWS.items()}
    async with before.open():
        pass
    indexes = sqlite_indexes if before.url.startswith("sqlite") else postgres_indexes
    assert await indexes(before.url) == (UNIQUE, INDEXES)
    assert {table: await _count(before.url, table) for table in counted} == counted


async def _count(url: str, table: str) -> int:
    query = f'SELECT count(*) FROM "{table}"'
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as file:
            return int(file.execute(query).fetchone()[0])
    session = await connect(url)
    count = await session.fetchval(query)
    await session.close()
    return int(count)
