"""Units of work under cancellation, a full disk, a busy file and a server that goes away."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from bot.relay.errors import LedgerAway, Refused, Unreachable
from bot.relay.model import Queue
from bot.relay.ports import Ledger
from bot.storage.ledger import TortoiseLedger
from bot.storage.units import RETRIES, Units
from tests.storage.conftest import Store
from tests.storage.samples import put


@pytest.fixture
async def units(ledger: Ledger) -> Units:
    assert isinstance(ledger, TortoiseLedger)
    return ledger.units


async def test_the_next_query_is_quick_after_a_thousand_cancels(ledger: Ledger) -> None:
    for number in range(500):
        async with asyncio.TaskGroup() as group:
            write = group.create_task(ledger.commit(put(f"k{number}")))
            read = group.create_task(ledger.heads(Queue.GROUP))
            for _ in range(number % 25):  # so that each cancel meets another moment
                await asyncio.sleep(0)
            write.cancel()
            read.cancel()
    before = time.monotonic()
    await ledger.commit(put("last"))
    heads = await ledger.heads(Queue.GROUP)

    assert time.monotonic() - before < 1
    assert len(heads) == 1


async def test_a_unit_that_began_is_finished_though_its_caller_is_gone(
    ledger: Ledger, store: Store
) -> None:
    async with asyncio.TaskGroup() as group:
        commit = group.create_task(ledger.commit(put("k1"), put("k2")))
        await asyncio.sleep(0)
        commit.cancel()
    await ledger.commit(put("k3"))

    assert commit.cancelled()
    assert [row.key for row in await ledger.waiting_in_lane("lane", 9)] == ["k1", "k2", "k3"]
    assert store.rung == [Queue.GROUP, Queue.GROUP]


async def test_a_caller_that_is_gone_before_its_turn_leaves_nothing(units: Units) -> None:
    may_end, done = asyncio.Event(), []

    async def slow() -> None:
        await may_end.wait()

    async def never() -> None:
        done.append("never")

    async with asyncio.TaskGroup() as group:
        group.create_task(units.write(slow))
        await asyncio.sleep(0)
        waiting = group.create_task(units.write(never))
        await asyncio.sleep(0)
        waiting.cancel()
        may_end.set()
    await units.close()

    assert done == []


async def test_closing_waits_for_a_unit_whose_caller_is_gone(store: Store) -> None:
    async with store.open() as ledger, asyncio.TaskGroup() as group:
        commit = group.create_task(ledger.commit(put("k")))
        await asyncio.sleep(0)
        commit.cancel()
    async with store.open() as ledger:
        assert await ledger.effect("k") is not None


@pytest.mark.parametrize(
    "busy",
    [
        OperationalError(sqlite3.OperationalError("database is locked")),
        asyncpg.SerializationError("could not serialize access"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
    ],
)
async def test_a_unit_that_met_another_is_tried_five_times_more(
    units: Units, busy: Exception
) -> None:
    if isinstance(busy.args[0], sqlite3.Error):
        busy.args[0].sqlite_errorcode = sqlite3.SQLITE_BUSY
    tries = 0

    async def unit(failures: int) -> str:
        nonlocal tries
        tries += 1
        if tries <= failures:
            raise busy
        return "done"

    assert await units.write(partial(unit, RETRIES)) == "done"
    assert tries == RETRIES + 1
    tries = 0
    with pytest.raises(Unreachable, match="database_unreachable"):
        await units.write(partial(unit, RETRIES + 1))


async def test_a_bug_in_a_unit_stays_a_bug_and_undoes_it(
    units: Units, ledger: Ledger, store: Store
) -> None:
    async def unit() -> None:
        await _connection(store).execute_query("DELETE FROM outbox")
        raise ZeroDivisionError

    await ledger.commit(put("k"))
    with pytest.raises(ZeroDivisionError):
        await units.write(unit)
    assert await ledger.effect("k") is not None


def _connection(store: Store) -> BaseDBAsyncClient:
    """As a unit finds it, in its transaction."""
    return get_connection("sqlite" if store.url.startswith("sqlite") else "postgres")


async def test_a_full_disk_is_an_outage_and_no_commit_is_half_done(sqlite_url: str) -> None:
    async with Store(sqlite_url).open() as ledger:
        assert isinstance(ledger, TortoiseLedger)
        await _pragma(ledger, "max_page_count = 1")  # SQLite takes it as: no more than there are
        big = {"text": "x" * 100_000}
        with pytest.raises(Unreachable, match="SQLITE_FULL"):
            await ledger.commit(put("k1"), put("k2", payload=big))
        assert await ledger.effect("k1") is None
        await _pragma(ledger, "max_page_count = 1000000")
        await ledger.commit(put("k3", payload=big))
        assert [row.key for row in await ledger.waiting_in_lane("lane", 9)] == ["k3"]


async def _pragma(ledger: TortoiseLedger, pragma: str) -> None:
    async def unit() -> None:
        await get_connection("sqlite").execute_query(f"PRAGMA {pragma}")

    await ledger.units.read(unit)


async def test_a_file_that_another_program_keeps_locked_is_an_outage_until_it_lets_go(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with Store(sqlite_url).open() as ledger:
        assert isinstance(ledger, TortoiseLedger)
        await _pragma(ledger, "busy_timeout = 1")
        with closing(sqlite3.connect(tmp_path / "data/relay.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unreachable, match="SQLITE_BUSY"):
                await ledger.commit(put("k"))
            other.execute("COMMIT")
        await ledger.commit(put("k"))
        assert await ledger.effect("k") is not None


async def test_what_the_database_refuses_at_the_very_end_leaves_nothing_behind(
    ledger: Ledger, units: Units, store: Store
) -> None:
    async def make() -> None:
        for statement in (
            "CREATE TABLE parent (id INT PRIMARY KEY)",
            "CREATE TABLE child (id INT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)",
        ):
            await _connection(store).execute_query(statement)

    async def orphan() -> None:
        await _connection(store).execute_query("INSERT INTO child VALUES (1)")

    async def count() -> int:
        rows = await _connection(store).execute_query_dict("SELECT * FROM child")
        return len(rows)

    await units.write(make)
    for _ in range(10):
        with pytest.raises(Refused, match="database_refused"):
            await units.write(orphan)
    await ledger.commit(put("k"))

    assert await units.read(count) == 0


async def test_a_commit_of_which_only_the_answer_is_lost_rings_all_the_same(
    ledger: Ledger, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lossy:
        lossy.setattr("bot.storage.units.in_transaction", _answerless)
        with pytest.raises(LedgerAway):
            await ledger.commit(put("k"))
    assert store.rung == [Queue.GROUP]
    assert await ledger.effect("k") is not None


@asynccontextmanager
async def _answerless() -> AsyncIterator[None]:
    async with in_transaction():
        yield
    raise ConnectionResetError


@pytest.mark.postgres
@pytest.mark.parametrize("word", [b"BEGIN", b"INSERT", b"COMMIT"])
async def test_connections_that_break_are_an_outage_and_are_made_again(
    postgres_url: str, word: bytes
) -> None:
    async with _cable(postgres_url) as cable, Store(cable.url).open() as ledger:
        await ledger.commit(put("before"))
        cable.breaks_at = word
        for _ in range(10):  # more than the pool has
            with pytest.raises(Unreachable, match="database_unreachable"):
                await ledger.commit(put("k"))
        cable.breaks_at = None
        await ledger.commit(put("after"))

        assert [row.key for row in await ledger.heads(Queue.GROUP)] == ["before"]
        assert await ledger.effect("after") is not None


@dataclass
class Cable:
    """A way to the server on which a connection breaks as soon as a word passes."""

    url: str = ""
    breaks_at: bytes | None = None

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            if self.breaks_at and self.breaks_at in data:
                break
            target.write(data)
        target.close()


@asynccontextmanager
async def _cable(url: str) -> AsyncIterator[Cable]:
    cable, port = Cable(), urlsplit(url).port

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.TaskGroup() as ways:
            ways.create_task(cable.carry(reader, server_writer))
            ways.create_task(cable.carry(server_reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    cable.url = url.replace(f":{port}/", f":{server.sockets[0].getsockname()[1]}/")
    async with server:
        yield cable
