"""A PostgreSQL database: one relay a cabinet at work, none left waiting for a row for ever."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from tortoise.connection import get_connection
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor

from bot.storage.engine import APP
from bot.storage.errors import DatabaseDenied, DatabaseUnreachable, LeaseLost
from bot.storage.lease import Lease, who

_READERS = 3
_SERVER_SETTINGS = {
    "lock_timeout": "5000",
    "statement_timeout": "30000",
    "idle_in_transaction_session_timeout": "30000",
    "idle_session_timeout": "0",  # or the server would take the cabinet from an idle relay
    # A host that vanished with a lock gives it up within half a minute.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_LIMITS = {"timeout": 10, "command_timeout": 40}  # seconds; what the server cannot enforce
_NOT_LET_IN = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)
_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True)
class PostgresDatabase:
    """`Engine` over one database of a server."""

    host: str
    port: int
    database: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    ssl: str | None = None

    kind = "postgres"
    readers = _READERS
    schema_editor = AsyncpgSchemaEditor

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}/{self.database}"

    @property
    def connection(self) -> dict[str, Any]:
        pool = {"minsize": 1, "maxsize": _READERS + 1, "reset": _leave_as_it_is}
        return {
            "engine": "tortoise.backends.asyncpg",
            "credentials": self._credentials | pool,
        }

    @property
    def _credentials(self) -> dict[str, Any]:
        credentials = {
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "user": self.user,
            "password": self.password,
            "ssl": self.ssl,
            "server_settings": {**_SERVER_SETTINGS, "application_name": who()},
        }
        return {name: value for name, value in credentials.items() if value is not None} | _LIMITS

    @asynccontextmanager
    async def hold(self, business_id: int, waits: Callable[[bool], None]) -> AsyncIterator[Lease]:
        """By a lock of a session of its own, which ends with the process (`bot.storage.lease`)."""
        lock = _lock_number(f"cabinet {business_id}")
        lease = Lease(business_id, lock, self._session, self.kind)
        async with self._session() as session:
            with self._told():
                await lease.stand_by(session, waits)
            try:
                async with asyncio.TaskGroup() as tasks:
                    keeping = tasks.create_task(lease.keep(session))
                    yield lease
                    keeping.cancel()
            except BaseExceptionGroup as group:  # what ended the body, or its lease
                raise (LeaseLost() if lease.is_lost else group.exceptions[0]) from None

    async def peek(self) -> set[str]:
        async with self._session() as session:
            with self._told():
                if await session.fetchval("SELECT to_regclass('tortoise_migrations')") is None:
                    return set()
                query = "SELECT name FROM tortoise_migrations WHERE app = $1"
                return {row["name"] for row in await session.fetch(query, APP)}

    def free(self) -> None:
        return None

    async def copy_to(self, target: Path) -> bool:
        return False

    async def copy(self, folder: Path, kept: int) -> bool:
        return False

    async def forget_traces(self) -> None:
        """Its rows are rewritten by the server's own vacuum, its log kept as the owner wants."""

    async def was_restored(self) -> bool:
        return False

    async def start_anew(self) -> None: ...

    async def backup(self, before: str) -> None:
        """The server's owner has backups of its own; a migration here is one transaction."""

    async def guard_migration(self) -> None:
        connection = get_connection(self.kind)
        await connection.execute_query("SET LOCAL statement_timeout = 0")
        lock = _lock_number("migration")
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [lock])

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[asyncpg.Connection]:
        with self._told():
            session = await asyncpg.connect(**self._credentials)
        try:
            yield session
        finally:
            with suppress(*_AWAY):  # it was gone already
                await session.close(timeout=5)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except _NOT_LET_IN as error:
            raise DatabaseDenied(database=self.name, reason=type(error).__name__) from None
        except _AWAY as error:
            raise DatabaseUnreachable(database=self.name, reason=type(error).__name__) from None


async def _leave_as_it_is(session: asyncpg.Connection) -> None:
    """Nothing is ever set for a whole session here; asking the server to undo it would cost as much
    as most reads. A transaction that is open is rolled back all the same."""


def _lock_number(purpose: str) -> int:
    """Advisory locks are numbers; the digest keeps ours apart from those of other programs."""
    digest = hashlib.blake2b(f"market-relay: {purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
