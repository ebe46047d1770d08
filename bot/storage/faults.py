"""What an error of a database means to the caller of the ledger; nothing is raised or retried here.

Messages of drivers quote values, hence buyers' words, and addresses: only codes and names of
classes get out.
"""

from __future__ import annotations

import sqlite3

import asyncpg  # type: ignore[import-untyped]
from tortoise.exceptions import (
    BaseORMException,
    DBConnectionError,
    TransactionManagementError,
    ValidationError,
)

from bot.relay.errors import LedgerAway, Refused, RelayError

_SQLITE_PASSES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_OUTAGES = _SQLITE_PASSES | {
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
_POSTGRES_PASSES = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
_POSTGRES_REFUSALS = ("22", "23", "42")  # a value, a constraint, a statement that cannot be
_UNHOLDABLE = (OverflowError, UnicodeError, ValidationError)  # values that no column can hold
_OUTAGES = (OSError, TimeoutError, DBConnectionError, TransactionManagementError)


def passes(error: BaseException) -> bool:
    """Would the same unit of work do well in a moment? Another one was in its way."""
    cause = _cause(error)
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) in _SQLITE_PASSES
    return isinstance(cause, _POSTGRES_PASSES)


def fault_of(error: BaseException) -> RelayError | None:
    """`LedgerAway` where the database can't work now, `Refused` where it never will take this;
    None for what is no error of the database, but a bug."""
    cause = _cause(error)
    if isinstance(cause, RelayError):
        return cause
    match cause:
        case sqlite3.Error():
            is_outage = _sqlite_code(cause) in _SQLITE_OUTAGES
            reason = getattr(cause, "sqlite_errorname", type(cause).__name__)
        case asyncpg.PostgresError():
            is_outage = not str(cause.sqlstate).startswith(_POSTGRES_REFUSALS)
            reason = f"{type(cause).__name__} {cause.sqlstate}"
        case asyncpg.InterfaceError() | asyncpg.InternalClientError():
            is_outage, reason = True, type(cause).__name__
        case _ if isinstance(cause, _OUTAGES + _UNHOLDABLE):
            is_outage, reason = isinstance(cause, _OUTAGES), type(cause).__name__
        case _:
            return None
    if is_outage:
        return LedgerAway("database_unreachable", reason=reason)
    return Refused("database_refused", reason=reason)


def _cause(error: BaseException) -> BaseException:
    """The driver's error inside the ORM's, which carries it in place of a message."""
    while isinstance(error, BaseORMException):
        inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        if inner is None:
            break
        error = inner
    return error


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary code of SQLite's extended one."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
