"""Every error that a driver or the ORM can raise means something to the caller of the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import asyncpg
import pytest
from tortoise import exceptions as orm

from bot.relay.errors import Gone, Refused, RelayError, Unreachable
from bot.storage.faults import fault_of, passes


def _descendants(base: type[BaseException]) -> Iterator[type[BaseException]]:
    yield base
    for child in base.__subclasses__():
        yield from _descendants(child)


def _sqlite(code: int, name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("words of a buyer")
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    return error


_SAID = sorted(set(_descendants(asyncpg.PostgresError)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", _SAID)
def test_every_word_of_the_server_is_understood(kind: type[asyncpg.PostgresError]) -> None:
    assert isinstance(fault_of(kind("words of a buyer")), Unreachable | Refused)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("lost"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"),
        asyncpg.AdminShutdownError("terminating"),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.TooManyConnectionsError("sorry"),
        asyncpg.DiskFullError("no space"),
        asyncpg.QueryCanceledError("statement timeout"),
        asyncpg.ReadOnlySQLTransactionError("standby"),
        ConnectionRefusedError(),
        ConnectionResetError(),
        TimeoutError(),
        orm.DBConnectionError("away"),
        orm.TransactionManagementError("finalised"),
        orm.OperationalError(_sqlite(sqlite3.SQLITE_FULL, "SQLITE_FULL")),
        orm.OperationalError(_sqlite(sqlite3.SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC")),
        orm.OperationalError(_sqlite(sqlite3.SQLITE_READONLY, "SQLITE_READONLY")),
        _sqlite(sqlite3.SQLITE_CORRUPT, "SQLITE_CORRUPT"),
    ],
)
def test_what_keeps_the_database_from_working_is_an_outage(error: Exception) -> None:
    fault = fault_of(error)

    assert isinstance(fault, Unreachable)
    assert fault.key == "database_unreachable"


@pytest.mark.parametrize(
    "error",
    [
        orm.IntegrityError(sqlite3.IntegrityError("UNIQUE constraint failed")),
        orm.IntegrityError(asyncpg.UniqueViolationError("Key (text)=(words of a buyer) exists")),
        orm.OperationalError(asyncpg.DataError("invalid input: 'words of a buyer'")),
        orm.OperationalError(asyncpg.UndefinedTableError("no such table")),
        orm.OperationalError(_sqlite(sqlite3.SQLITE_ERROR, "SQLITE_ERROR")),
        orm.ValidationError("lane: words of a buyer"),
        OverflowError("Python int too large to convert to SQLite INTEGER"),
        UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed"),
    ],
)
def test_what_the_database_will_never_take_is_refused(error: Exception) -> None:
    fault = fault_of(error)

    assert isinstance(fault, Refused)
    assert not isinstance(fault, Gone)
    assert "buyer" not in f"{fault} {fault.args} {fault.details}"
    assert not passes(error)


def test_an_error_of_the_relay_stays_what_it_is() -> None:
    error = Refused("effect_closed")
    assert fault_of(error) is error


@pytest.mark.parametrize("error", [KeyError("x"), orm.FieldError("no field"), TypeError()])
def test_a_bug_is_no_fault_of_the_database(error: Exception) -> None:
    assert fault_of(error) is None


@pytest.mark.parametrize("name", ["SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_BUSY_SNAPSHOT"])
def test_another_writer_passes(name: str) -> None:
    error = orm.OperationalError(_sqlite(getattr(sqlite3, name), name))

    assert passes(error)
    assert isinstance(fault_of(error), RelayError)
