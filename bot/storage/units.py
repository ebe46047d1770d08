"""Units of work: the only place that opens a transaction, and the only one that starts a task.

A task cancelled while tortoise opens a transaction leaks the connection for ever, and a task
started inside one writes into it. So a unit runs as a task of its own, shielded from whoever waits
for it, in a context that knows nothing of other units. No network and no task belongs inside one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from tortoise.backends.base.client import TransactionContext, TransactionContextPooled
from tortoise.backends.sqlite.client import SqliteTransactionContext
from tortoise.transactions import in_transaction

from bot.relay.errors import RelayError, Unreachable
from bot.storage.faults import fault_of, passes

log = logging.getLogger(__name__)

RETRIES = 5  # R33
_PAUSE_S = 0.02  # of the first retry, doubled by each further one; full jitter

Guard = Callable[[], Awaitable[None]]
P = ParamSpec("P")
T = TypeVar("T")


class Units:
    """The units of work of one open database.

    Whoever is cancelled while waiting for its turn leaves nothing behind; a unit that has begun is
    finished, even where nobody waits for it any more. One unit writes at a time, so ids grow in
    the order of commits. `readers` units read beside it; 0 where there is only one connection.
    `guard` comes first in every transaction, and may refuse it.
    """

    def __init__(self, context: Context, readers: int) -> None:
        self.guard: Guard | None = None
        self._context = context
        self._writer = asyncio.Semaphore(1)
        self._readers = asyncio.Semaphore(readers) if readers else self._writer
        self._begun: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def read(self, work: Callable[[], Awaitable[T]]) -> T:
        """Without a transaction: each statement of `work` sees the newest commit."""
        return await self._run(self._readers, work)

    async def write(
        self, work: Callable[[], Awaitable[T]], then: Callable[[T], None] | None = None
    ) -> T:
        """In one transaction. `work` runs again if another was in its way; `then` is told the
        result once it is committed, even where the caller is gone, and also where the commit
        failed: it may have been done, and only its answer got lost."""
        return await self._run(self._writer, partial(_in_one, work, self.guard, then))

    async def close(self) -> None:
        """Wait for what has begun; nothing more begins."""
        self._is_closed = True
        if self._begun:
            await asyncio.wait(self._begun)

    async def _run(self, turn: asyncio.Semaphore, work: Callable[[], Awaitable[T]]) -> T:
        await turn.acquire()
        unit = _persist(work, self._is_closed)
        loop = asyncio.get_running_loop()
        task: asyncio.Task[T] = loop.create_task(unit, context=self._context.copy())
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        task.add_done_callback(lambda _: turn.release())
        task.add_done_callback(_hear)
        return await asyncio.shield(task)


def _hear(task: asyncio.Task[Any]) -> None:
    """A unit that could not be done is no news where nobody waits for it any more; a bug is."""
    error = None if task.cancelled() else task.exception()
    if error and not isinstance(error, RelayError):
        log.error("A unit of work met a bug: %s", type(error).__name__)


async def _persist(work: Callable[[], Awaitable[T]], is_closed: bool) -> T:
    if is_closed:
        raise Unreachable("database_unreachable", reason="closed")
    try:
        return await _again_while_busy(work)
    except Exception as error:
        fault = fault_of(error)
        if fault is None:
            raise
        raise fault from None  # the driver's own words may quote a buyer's


async def _again_while_busy(work: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(RETRIES):
        try:
            return await work()
        except Exception as error:
            if not passes(error):
                raise
        await asyncio.sleep(random.uniform(0, _PAUSE_S * 2**attempt))
    return await work()


async def _in_one(
    work: Callable[[], Awaitable[T]], guard: Guard | None, then: Callable[[T], None] | None
) -> T:
    opening = in_transaction()
    has_begun = False
    tell: Callable[[], None] | None = None
    try:
        async with opening:
            has_begun = True
            if guard:
                await guard()
            result = await work()
            tell = partial(then, result) if then else None
        return result
    except BaseException:
        with suppress(Exception):
            await _let_go(opening, has_begun)
        raise
    finally:
        if tell:
            tell()


async def _let_go(opening: TransactionContext, has_begun: bool) -> None:
    """tortoise keeps the lock or the connection of a transaction that failed to begin, and leaves
    one open on SQLite that failed to commit: the next would commit it as its own."""
    if isinstance(opening, SqliteTransactionContext):
        if not has_begun and opening._trxlock.locked():
            opening._trxlock.release()
        await opening.connection._connection.rollback()
    elif isinstance(opening, TransactionContextPooled) and not has_begun:
        await opening.client._parent._pool.release(opening.client._connection)


class _HasUnits(Protocol):
    @property
    def units(self) -> Units: ...


S = TypeVar("S", bound=_HasUnits)
Method = Callable[Concatenate[S, P], Awaitable[T]]
Unit = Callable[Concatenate[S, P], Coroutine[Any, Any, T]]


def reads(method: Method[S, P, T]) -> Unit[S, P, T]:
    """The method's body is a unit that reads."""

    @wraps(method)
    async def unit(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.units.read(partial(method, self, *args, **kwargs))

    return cast("Unit[S, P, T]", unit)


def writes(method: Method[S, P, T]) -> Unit[S, P, T]:
    """The method's body is a unit that writes: all of it or nothing."""

    @wraps(method)
    async def unit(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.units.write(partial(method, self, *args, **kwargs))

    return cast("Unit[S, P, T]", unit)
