"""Who works for a cabinet where several relays reach one PostgreSQL: the others stand by.

The lease lies on the cabinet and not on each row of the outbox, because one relay works off the
whole outbox: what it had begun is unknown to the next one (`Ledger.recover`), never new again.

Two things make it up. A lock of a session ends with the process that holds it, so that the next
takes over at once. A fence, a number that each holder raises, is looked at inside every transaction
that writes: one that was cut off, or slept, and wakes up after another took over changes nothing,
and so begins no call. A holder that neither works nor ends keeps the lock; it is renewed by the
database's clock, and a lock that was not is taken away.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from tortoise.connection import get_connection

from bot.relay.errors import LedgerAway
from bot.storage.errors import DatabaseUnreachable, LeaseLost

log = logging.getLogger(__name__)

Sessions = Callable[[], AbstractAsyncContextManager[Any]]
_ASKED_AGAIN_S = 1.0
_RENEWED_EVERY_S = (
    10.0  # a third of what R16 asks for: a server that restarts is found again sooner
)
_LASTS_S = 90.0  # R16
_NOW_MS = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
_RAISE = f"""
INSERT INTO lease (business_id, fence, holder, renewed_ms) VALUES ($1, 1, $2, {_NOW_MS})
ON CONFLICT (business_id) DO UPDATE
SET fence = lease.fence + 1, holder = excluded.holder, renewed_ms = excluded.renewed_ms
RETURNING fence
"""
_RENEW = f"UPDATE lease SET renewed_ms = {_NOW_MS} WHERE business_id = $1"
_EXPIRED = f"""
SELECT holder FROM lease WHERE business_id = $1 AND renewed_ms < {_NOW_MS} - $2::bigint
"""
# Who holds an advisory lock of 64 bits: its halves stand in two columns.
_END_HOLDER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1
  AND classid::bigint = ($1::bigint >> 32) & 4294967295 AND objid::bigint = $1::bigint & 4294967295
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# Its other sessions may have been frozen in the middle of a transaction, which holds the fence.
_END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()
"""
# Waits for a holder that is raising it, and for nobody who only renews it.
_GUARD = "SELECT 1 FROM lease WHERE business_id = $1 AND fence = $2 FOR KEY SHARE"
_AWAY = (
    *(OSError, TimeoutError, DatabaseUnreachable),
    *(asyncpg.PostgresError, asyncpg.InterfaceError),
)
_NO_TABLE = asyncpg.UndefinedTableError


class Lease:
    """The right of this process to work for a cabinet, from `stand_by` on and as long as `keep`
    runs. `lock`: the number of its advisory lock."""

    def __init__(self, business_id: int, lock: int, sessions: Sessions, kind: str) -> None:
        self._business_id = business_id
        self._lock = lock
        self._sessions = sessions
        self._kind = kind
        self._fence = 0
        self._lost = asyncio.Event()

    @property
    def is_lost(self) -> bool:
        return self._lost.is_set()

    async def stand_by(self, session: Any, waits: Callable[[bool], None]) -> None:
        """Until this process holds the lock. `waits` is told when that takes longer."""
        is_told = False
        while not await session.fetchval("SELECT pg_try_advisory_lock($1)", self._lock):
            if not is_told:
                holder = await self._holder(session)
                log.warning("Another relay (%s) works for this cabinet: standing by", holder)
                waits(True)
            is_told = True
            await self._end_expired(session)
            await asyncio.sleep(_ASKED_AGAIN_S)
        if is_told:
            log.warning("The other relay is gone: this one takes over")
        waits(False)
        await self._renew(session)

    async def take(self) -> None:
        """Raise the fence: from now on whoever held the lease before writes nothing."""
        while not self._fence:
            with suppress(asyncpg.LockNotAvailableError):  # a transaction of the former holder
                async with self._sessions() as session:
                    self._fence = await session.fetchval(_RAISE, self._business_id, who())

    async def guard(self) -> None:
        """Within a transaction, before it writes. Raises `LedgerAway` where the lease is another's;
        `keep` makes an end of it."""
        connection = get_connection(self._kind)
        found = await connection.execute_query_dict(_GUARD, [self._business_id, self._fence])
        if not found:
            self._lost.set()
            raise LedgerAway("lease_lost")

    async def keep(self, session: Any) -> None:
        """Renews it until it is lost: then raises `LeaseLost`. A server that was away is waited
        for, as the lease may still be ours when it is back."""
        while not self._lost.is_set():
            try:
                await self._renew(session)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_RENEWED_EVERY_S):
                        await self._lost.wait()
            except _AWAY:
                return await self._regain()
        raise self._given_up()

    async def _regain(self) -> None:
        """The session broke, and the lock with it. Until another relay raises the fence the lease
        is still ours, and the lock is taken again as soon as it is free."""
        while not self._lost.is_set():
            with suppress(*_AWAY):
                async with self._sessions() as session:
                    if not await session.fetchval(_GUARD, self._business_id, self._fence):
                        break
                    if await session.fetchval("SELECT pg_try_advisory_lock($1)", self._lock):
                        log.info("The lease of the cabinet is held again")
                        return await self.keep(session)
            await asyncio.sleep(_ASKED_AGAIN_S)
        raise self._given_up()

    def _given_up(self) -> LeaseLost:
        self._lost.set()
        return LeaseLost()

    async def _renew(self, session: Any) -> None:
        with suppress(_NO_TABLE):  # before the first migration
            await session.execute(_RENEW, self._business_id)

    async def _holder(self, session: Any) -> str:
        with suppress(_NO_TABLE):
            query = "SELECT holder FROM lease WHERE business_id = $1"
            return await session.fetchval(query, self._business_id) or "unknown"
        return "unknown"

    async def _end_expired(self, session: Any) -> None:
        with suppress(_NO_TABLE):
            lasts_ms = int(_LASTS_S * 1000)
            if holder := await session.fetchval(_EXPIRED, self._business_id, lasts_ms):
                log.warning("The other relay (%s) did not renew its lease: ending it", holder)
                await session.execute(_END_SESSIONS, holder)
                await session.execute(_END_HOLDER, self._lock)


def who() -> str:
    """This process, as its sessions are called: no longer than PostgreSQL keeps a name."""
    return f"market-relay {socket.gethostname()[:32]} pid {os.getpid()}"
