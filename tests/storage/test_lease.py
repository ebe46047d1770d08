"""One relay of a cabinet works with a server, the others stand by; who lost it changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bot.relay.changes import Begin
from bot.relay.errors import LedgerAway
from bot.relay.model import State
from bot.relay.ports import Ledger
from bot.storage.database import open_ledger
from bot.storage.errors import LeaseLost
from tests.databases import connect
from tests.storage.samples import BOT, BUSINESS, GROUP, NOW_MS, put, state

pytestmark = pytest.mark.postgres
HOLDERS = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def opened(
    url: str, waits: Callable[[bool], None] = lambda _: None
) -> AbstractAsyncContextManager[Ledger]:
    return open_ledger(
        url,
        business_id=BUSINESS,
        group_id=GROUP,
        bot_id=BOT,
        ring=lambda _: None,
        clock=lambda: NOW_MS,
        waits=waits,
    )


async def execute(url: str, statement: str) -> list[int]:
    """Past the relays; the first column of what it finds."""
    session = await connect(url)
    try:
        return [row[0] for row in await session.fetch(statement)]
    finally:
        await session.close()


async def end_holder(url: str) -> None:
    await execute(url, HOLDERS.replace("SELECT pid", "SELECT pg_terminate_backend(pid)"))


async def test_the_second_waits_and_takes_over_when_the_first_ends(postgres_url: str) -> None:
    heard: list[bool] = []
    ended = asyncio.Event()

    async def second() -> None:
        async with opened(postgres_url, heard.append) as ledger:
            assert ended.is_set()
            assert await state(ledger, "k") is State.NEW

    async with asyncio.TaskGroup() as tasks, opened(postgres_url) as first:
        tasks.create_task(second())
        await until(lambda: heard == [True])
        await first.commit(put("k"))
        ended.set()
    assert heard == [True, False]


async def test_one_that_was_put_aside_writes_nothing_and_is_told(postgres_url: str) -> None:
    with pytest.raises(LeaseLost):  # noqa: PT012 - it is raised into the body
        async with opened(postgres_url) as first:
            await first.commit(put("mine"))
            await execute(postgres_url, "UPDATE lease SET fence = fence + 1")
            with pytest.raises(LedgerAway):
                await first.commit(put("too late"))
            assert not first.is_ours
            await asyncio.Event().wait()
    async with opened(postgres_url) as second:
        assert await second.effect("mine") is not None
        assert await second.effect("too late") is None


async def test_a_call_cannot_begin_without_the_lease(postgres_url: str) -> None:
    with pytest.raises(LeaseLost):  # noqa: PT012
        async with opened(postgres_url) as first:
            await first.commit(put("k"))
            effect = await first.effect("k")
            assert effect
            await execute(postgres_url, "UPDATE lease SET fence = fence + 1")
            with pytest.raises(LedgerAway):
                await first.commit(Begin((effect.id,), NOW_MS, 0, effect.id))
            await asyncio.Event().wait()
    async with opened(postgres_url) as second:
        assert await state(second, "k") is State.NEW


async def test_a_session_that_breaks_is_made_again_where_nobody_was_quicker(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.lease._RENEWED_EVERY_S", 0.1)
    async with opened(postgres_url) as ledger:
        [before] = await execute(postgres_url, HOLDERS)
        await end_holder(postgres_url)
        await until_holder(postgres_url, lambda pids: pids and pids != [before])
        await ledger.commit(put("k"))
        assert ledger.is_ours


async def test_one_that_neither_works_nor_ends_loses_it(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.lease._ASKED_AGAIN_S", 0.1)
    heard: list[str] = []
    with pytest.raises(LeaseLost):  # noqa: PT012
        async with opened(postgres_url) as first, asyncio.TaskGroup() as tasks:
            await execute(postgres_url, "UPDATE lease SET renewed_ms = renewed_ms - 91000")
            tasks.create_task(take_over(postgres_url, heard))
            await until(lambda: "k" in heard)
            await first.commit(put("too late"))
    async with opened(postgres_url) as third:
        assert await third.effect("too late") is None


async def take_over(url: str, heard: list[str]) -> None:
    async with opened(url) as ledger:
        await ledger.commit(put("k"))
        heard.append("k")


async def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def until_holder(url: str, is_so: Callable[[list[int]], object]) -> None:
    deadline = time.monotonic() + 10
    while not is_so(await execute(url, HOLDERS)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
