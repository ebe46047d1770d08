"""Opening and closing the database of a cabinet; what is written there is the ledger's business."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import replace
from functools import partial
from pathlib import Path

from tortoise.context import TortoiseContext

from bot.relay.errors import Refused, Unreachable
from bot.relay.model import Queue
from bot.relay.ports import Clock, Ledger
from bot.storage.addresses import engine_at
from bot.storage.audit import Entry, entries
from bot.storage.engine import Engine
from bot.storage.errors import DatabaseUnreachable, MigrationFailed
from bot.storage.lease import Lease
from bot.storage.ledger import TortoiseLedger
from bot.storage.moving import group_now
from bot.storage.schema import apps, migrate, missing_migrations
from bot.storage.scope import Scope
from bot.storage.units import Units


@asynccontextmanager
async def open_ledger(
    url: str,
    *,
    business_id: int,
    group_id: int,
    bot_id: int,
    ring: Callable[[Queue], None],
    clock: Clock,
    waits: Callable[[bool], None] = lambda _: None,
) -> AsyncIterator[Ledger]:
    """The ledger of one cabinet, its database made, backed up and migrated if need be.

    `ring` is called after each commit that gave a queue work. Raises a `StorageError` where the
    database cannot be opened, `DatabaseInUse` where another relay has a file. Where another relay
    works on a server it waits, and tells `waits`; `LeaseLost`, in the body as well, means that
    another works now.
    """
    engine = engine_at(url)
    async with engine.hold(business_id, waits) as lease, _prepared(engine, lease) as units:
        scope = Scope(business_id, group_id, bot_id)
        scope = replace(scope, group_id=await units.read(partial(group_now, scope)))
        yield TortoiseLedger(units, scope, ring, clock, lease, engine)


async def check_database(url: str) -> str:
    """Can the relay work with this database? Its name for people; changes nothing, makes nothing,
    and minds no relay that works with it. Raises a `StorageError` where it cannot."""
    engine = engine_at(url)
    missing_migrations(engine, await engine.peek())
    return engine.name


async def copy_database(url: str, target: Path) -> bool:
    """A copy that the relay knows for one; False where that is the server's business. Works beside
    a running relay. Raises a `StorageError`."""
    engine = engine_at(url)
    await engine.peek()
    return await engine.copy_to(target)


async def audit_entries(
    url: str, business_id: int, group_id: int, since_ms: int, chat_id: int | None
) -> Sequence[Entry]:
    """Who did what since then, from a database that a relay may be working with."""
    engine = engine_at(url)
    if missing_migrations(engine, await engine.peek()):
        return []
    async with _connected(engine) as units:
        scope = Scope(business_id, group_id, 0)
        scope = replace(scope, group_id=await units.read(partial(group_now, scope)))
        return await units.read(partial(entries, scope, since_ms, chat_id))


@asynccontextmanager
async def _prepared(engine: Engine, lease: Lease | None) -> AsyncIterator[Units]:
    applied = await engine.peek()
    missing = missing_migrations(engine, applied)
    if missing and applied:
        await engine.backup(before=missing[0])
    async with _connected(engine) as units:
        try:
            await migrate(units, engine, missing)
        except Unreachable as error:
            raise DatabaseUnreachable(database=engine.name, **error.details) from None
        except Refused as error:
            raise MigrationFailed(database=engine.name, **error.details) from None
        if lease:
            await lease.take()
            units.guard = lease.guard
        yield units


@asynccontextmanager
async def _connected(engine: Engine) -> AsyncIterator[Units]:
    """tortoise finds its connections through a context variable: the units get one context that
    holds it, and nobody else sees it."""
    tortoise = TortoiseContext()
    context = Context()
    context.run(tortoise.__enter__)
    units = Units(context, engine.readers)
    config = {"connections": {engine.kind: engine.connection}, "apps": apps(engine.kind)}
    try:
        await units.read(partial(tortoise.init, config))
        yield units
    finally:
        await units.close()
        await tortoise.close_connections()
