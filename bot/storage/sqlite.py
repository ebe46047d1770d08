"""A SQLite file: one process at a time, private, checked and copied before it is changed."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from tortoise.migrations.schema_editor import SqliteSchemaEditor

from bot.relay.errors import LedgerAway
from bot.relay.room import LEFT_FREE
from bot.storage.engine import APP
from bot.storage.errors import (
    DatabaseDamaged,
    DatabaseDenied,
    DatabaseInUse,
    DatabaseUnreachable,
    StorageError,
)

log = logging.getLogger(__name__)

_PRIVATE = 0o600
_ORIGINAL, _COPY = 0, 1  # PRAGMA user_version: says of a file whether it was made as a copy
_BUSY_MS = 5000
_ASKED_EVERY = 50  # instructions of SQLite: whether to go on copying
_TRIES, _TRY_AGAIN_S = 100, 0.05  # of emptying the log
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_CLOSED_TO_US = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}


class SqliteFile:
    """`Engine` over one file; its lock file lies beside it and stays there."""

    kind = "sqlite"
    readers = 0  # one connection does it all
    schema_editor = SqliteSchemaEditor

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_stopped = False  # the copy under way
        self.name = str(path)

    @property
    def connection(self) -> dict[str, Any]:
        return {
            "engine": "tortoise.backends.sqlite",
            "credentials": {
                "file_path": str(self._path),
                "journal_mode": "WAL",
                "synchronous": "FULL",
                "busy_timeout": _BUSY_MS,
                "secure_delete": "ON",  # what was erased is not to be found in the file either
            },
        }

    @asynccontextmanager
    async def hold(self, business_id: int, waits: Callable[[bool], None]) -> AsyncIterator[None]:
        """The whole file, whatever the cabinet: SQLite bears one process that writes."""
        with self._locked():
            yield

    async def peek(self) -> set[str]:
        return await asyncio.to_thread(self._peek)

    async def backup(self, before: str) -> None:
        await asyncio.to_thread(self._backup, self._beside(f".before-{before}.bak"))

    def free(self) -> int:
        return shutil.disk_usage(self._path.parent).free

    async def copy_to(self, target: Path) -> bool:
        await asyncio.to_thread(self._backup, target)
        return True

    async def copy(self, folder: Path, kept: int) -> bool:
        self._is_stopped = False
        try:
            await asyncio.to_thread(self._copy, folder, kept)
        except asyncio.CancelledError:
            self._is_stopped = True  # a stop does not wait for a large file (R38)
            raise
        return True

    async def forget_traces(self) -> None:
        """By moving what lies in the log into the file, and emptying the log. Whoever reads or
        writes in that moment is waited for."""
        for _ in range(_TRIES):
            is_busy = await asyncio.to_thread(self._pragma, "wal_checkpoint(TRUNCATE)")
            if not is_busy:
                return
            await asyncio.sleep(_TRY_AGAIN_S)
        log.warning("What was erased may still lie in the log of the database for a while")

    async def was_restored(self) -> bool:
        return await asyncio.to_thread(self._pragma, "user_version") == _COPY

    async def start_anew(self) -> None:
        await asyncio.to_thread(self._pragma, f"user_version = {_ORIGINAL}")

    async def guard_migration(self) -> None:
        """`hold` keeps every other process away already."""

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = _private_file(self._beside(".lock"))
        except OSError as error:
            raise DatabaseDenied(database=self.name, reason=type(error).__name__) from None
        with open(lock, "r+", encoding="ascii") as file:
            self._take(lock)
            file.truncate()
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield

    def _take(self, lock: int) -> None:
        """The lock goes with the process, so a killed one leaves nothing to clean up."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(_private_file(self._path))
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
            raise DatabaseInUse(database=self.name, holder=f"pid {holder}") from None
        except OSError as error:
            raise DatabaseDenied(database=self.name, reason=type(error).__name__) from None

    def _peek(self) -> set[str]:
        self._check_rights()
        if not self._path.exists():
            return set()
        with self._opened("ro") as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise DatabaseDamaged(database=self.name, reason="quick_check")
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if ("tortoise_migrations",) not in tables.fetchall():
                return set()
            names = connection.execute("SELECT name FROM tortoise_migrations WHERE app = ?", (APP,))
            return {name for (name,) in names}

    def _check_rights(self) -> None:
        """Beside the file SQLite writes others, so its folder must be writable as well."""
        if self._path.exists() and not os.access(self._path, os.R_OK | os.W_OK):
            raise DatabaseDenied(database=self.name, reason="the file is not writable")
        nearest = next(folder for folder in self._path.absolute().parents if folder.exists())
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            raise DatabaseDenied(database=self.name, reason=f"{nearest} is not writable")

    def _copy(self, folder: Path, kept: int) -> None:
        """Raises `Unreachable` where there is no room for it, or no way into the folder."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            size = sum(
                part.stat().st_size for part in (self._path, self._beside("-wal")) if part.exists()
            )
            if shutil.disk_usage(folder).free - size < LEFT_FREE:
                raise LedgerAway("disk_full")
            self._backup(folder / f"{self._path.stem}-{date.today().isoformat()}.db")
            for old in sorted(folder.glob(f"{self._path.stem}-????-??-??.db"))[:-kept]:
                old.unlink()
        except (OSError, StorageError) as error:
            raise LedgerAway("copy_failed", reason=type(error).__name__) from None

    def _backup(self, target: Path) -> None:
        """Written beside it first: a copy broken off half-way must not pass for a backup."""
        draft = target.with_name(target.name + ".part")
        draft.unlink(missing_ok=True)
        os.close(_private_file(draft))
        try:
            with self._opened("rw") as file:
                file.set_progress_handler(lambda: self._is_stopped, _ASKED_EVERY)
                file.execute("VACUUM INTO ?", (str(draft),))
            with closing(sqlite3.connect(draft)) as copy:
                copy.execute(f"PRAGMA user_version = {_COPY}")
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        for path in (target, target.parent):
            _sync(path)

    def _pragma(self, said: str) -> int:
        with self._opened("rw") as connection:
            row = connection.execute(f"PRAGMA {said}").fetchone()
            return int(row[0]) if row else 0

    @contextmanager
    def _opened(self, mode: str) -> Iterator[sqlite3.Connection]:
        uri = f"{self._path.absolute().as_uri()}?mode={mode}"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_MS / 1000)) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise self._told(error) from None

    def _told(self, error: sqlite3.Error | OSError) -> StorageError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        reason = getattr(error, "sqlite_errorname", type(error).__name__)
        if code in _BROKEN:
            return DatabaseDamaged(database=self.name, reason=reason)
        if code in _CLOSED_TO_US or isinstance(error, PermissionError):
            return DatabaseDenied(database=self.name, reason=reason)
        return DatabaseUnreachable(database=self.name, reason=reason)


def _sync(path: Path) -> None:
    """It outlives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _private_file(path: Path) -> int:
    """A descriptor of the file, made if need be; only its owner may read it from now on."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    os.fchmod(descriptor, _PRIVATE)
    return descriptor
