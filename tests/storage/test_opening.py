"""Opening a database: addresses, rights, a second relay, damage; and what the errors do not say."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.relay.ports import Ledger
from bot.storage.addresses import engine_at
from bot.storage.database import check_database
from bot.storage.errors import (
    AddressWrong,
    DatabaseDamaged,
    DatabaseDenied,
    DatabaseInUse,
    DatabaseNewer,
    DatabaseUnreachable,
    StorageError,
)
from bot.storage.postgres import PostgresDatabase
from bot.storage.sqlite import SqliteFile
from tests.databases import PostgresServer, connect
from tests.storage.conftest import Store
from tests.storage.samples import BUSINESS, GROUP, put

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite://data/relay.db", "data/relay.db"),
        ("sqlite:///srv/relay/data 1%.db", "/srv/relay/data 1%.db"),
        ("sqlite://relay.db", "relay.db"),
    ],
)
def test_a_sqlite_address_names_a_file(url: str, path: str) -> None:
    assert engine_at(url).connection["credentials"]["file_path"] == path


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_postgres_address_is_decoded(scheme: str) -> None:
    engine = engine_at(
        f"{scheme}://us%40er:p%40s%2Fs%25:%5B@db.example:6432/re%20lay?sslmode=require"
    )

    assert engine == PostgresDatabase("db.example", 6432, "re lay", "us@er", "p@s/s%:[", "require")
    assert engine.name == "db.example:6432/re lay"


def test_a_postgres_address_may_leave_out_what_has_a_default() -> None:
    assert engine_at("postgres://db/relay") == PostgresDatabase("db", 5432, "relay")
    socket = "postgres://relay@/relay?host=/run/postgresql"
    assert engine_at(socket) == PostgresDatabase("/run/postgresql", 5432, "relay", "relay")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "relay.db",
        "mysql://u:s3cr3t@host/db",
        "sqlite://",
        "sqlite://:memory:",
        "sqlite://data/",
        "sqlite://relay.db?synchronous=OFF",
        "postgres://u:s3cr3t@host",
        "postgres:///relay",
        "postgres://u:s3cr3t@host:port/db",
        "postgres://u:s3cr3t[@host/db",
        "postgres://u:s3cr3t/@host/db",
        "postgres://u:s3cr3t@host/db?sslmode=maybe",
        "postgres://u:p@host/db?passfile=s3cr3t",
        "postgres://u:p@host/db?s3cr3t",
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(AddressWrong) as raised:
        await check_database(url)

    assert raised.value.key == "database_address_wrong"
    assert_silent(raised.value)


def assert_silent(error: BaseException) -> None:
    """Neither the error nor what it was raised from tells the secret, wherever it is shown."""
    assert SECRET not in f"{error} {error!r} {error.args} {getattr(error, 'details', '')}"
    assert error.__suppress_context__ or error.__context__ is None


async def test_the_file_and_what_lies_beside_it_are_the_owners_only(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with Store(sqlite_url).open() as ledger:
        await ledger.commit(put("k"))
        files = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}

    assert set(files.values()) == {0o600}
    assert {"relay.db", "relay.db-wal", "relay.db.lock"} <= set(files)


async def test_a_file_that_others_could_read_is_closed_to_them(
    sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/relay.db").touch(0o644)
    async with Store(sqlite_url).open():
        assert (tmp_path / "data/relay.db").stat().st_mode & 0o777 == 0o600


async def test_a_commit_outlives_a_power_cut_as_far_as_sqlite_can(sqlite_url: str) -> None:
    credentials = engine_at(sqlite_url).connection["credentials"]
    assert (credentials["journal_mode"], credentials["synchronous"]) == ("WAL", "FULL")
    assert credentials["busy_timeout"] == 5000


async def test_a_second_relay_with_a_file_is_refused(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    async with store.open() as ledger:
        with pytest.raises(DatabaseInUse, match="already"):
            async with store.open():
                pass
        await ledger.commit(put("k"))
    async with store.open() as ledger:
        assert await ledger.effect("k") is not None


async def test_a_second_process_is_told_who_has_the_file(sqlite_url: str, tmp_path: Path) -> None:
    lock = tmp_path / "data/relay.db.lock"
    lock.parent.mkdir()
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(lock), stdin=pipe, stdout=pipe
    )
    assert holder.stdout
    await holder.stdout.readline()
    with pytest.raises(DatabaseInUse, match=f"pid {holder.pid}"):
        async with Store(sqlite_url).open():
            pass
    holder.kill()
    await holder.communicate()
    async with Store(sqlite_url).open():
        assert lock.read_text() == f"{os.getpid()}\n"


HOLDER = """
import fcntl, os, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print(os.getpid(), file=file, flush=True)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.postgres
async def test_two_cabinets_share_a_server(postgres_url: str) -> None:
    store = Store(postgres_url)
    async with store.open() as one, store.open(BUSINESS + 1, GROUP - 1) as other:
        await one.commit(put("one"))
        await other.commit(put("other"))
        assert await one.effect("other") is None
        assert await other.effect("other") is not None


@pytest.mark.parametrize("content", [b"not a database, but a text" * 100, None])
async def test_a_damaged_file_is_left_alone(
    sqlite_url: str, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "data/relay.db"
    async with Store(sqlite_url).open() as ledger:
        await ledger.commit(*[put(f"k{number}") for number in range(200)])
    damaged = content or _with_a_hole(path.read_bytes())
    path.write_bytes(damaged)

    with pytest.raises(DatabaseDamaged, match="restore a backup"):
        async with Store(sqlite_url).open():
            pass
    with pytest.raises(DatabaseDamaged):
        await check_database(sqlite_url)
    assert path.read_bytes() == damaged


def _with_a_hole(content: bytes) -> bytes:
    middle = len(content) // 2 // 4096 * 4096
    return content[:middle] + b"\xff" * 8192 + content[middle + 8192 :]


@pytest.mark.parametrize("is_checked", [True, False])
async def test_a_folder_that_cannot_be_written_to_is_a_denial(
    tmp_path: Path, is_checked: bool
) -> None:
    (tmp_path / "file").touch()
    url = f"sqlite://{tmp_path}/file/data/relay.db"
    with pytest.raises(DatabaseDenied):
        await _look(url, is_checked)


async def _look(url: str, is_checked: bool) -> None:
    if is_checked:
        await check_database(url)
        return
    async with Store(url).open():
        pass


@pytest.mark.parametrize("is_checked", [True, False])
async def test_a_server_that_is_away_can_be_tried_again_later(is_checked: bool) -> None:
    with pytest.raises(DatabaseUnreachable) as raised:
        await _look(f"postgres://relay:{SECRET}@127.0.0.1:1/relay", is_checked)

    assert_silent(raised.value)
    assert raised.value.details["database"] == "127.0.0.1:1/relay"


@pytest.mark.postgres
@pytest.mark.parametrize("is_checked", [True, False])
@pytest.mark.parametrize("wrong", ["password", "database"])
async def test_a_wrong_password_or_database_is_a_denial(
    postgres_server: PostgresServer, is_checked: bool, wrong: str
) -> None:
    url = postgres_server.url("no_such_database")
    if wrong == "password":
        url = f"postgres://relay:{SECRET}@127.0.0.1:{postgres_server.port}/postgres"
    with pytest.raises(DatabaseDenied) as raised:
        await _look(url, is_checked)

    assert_silent(raised.value)


async def test_a_database_changed_by_a_newer_relay_is_refused(store: Store) -> None:
    async with store.open() as ledger:
        await ledger.commit(put("k"))
    await _execute(
        store.url,
        "INSERT INTO tortoise_migrations (app, name, applied_at)"
        " VALUES ('relay', '9999_from_the_future', '2030-01-01')",
    )
    for is_checked in (True, False):
        with pytest.raises(DatabaseNewer, match="9999_from_the_future"):
            await _look(store.url, is_checked)


async def _execute(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection, connection:
            connection.execute(statement)
    else:
        session = await connect(url)
        await session.execute(statement)
        await session.close()


async def test_a_check_makes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    assert await check_database(sqlite_url) == f"{tmp_path}/data/relay.db"
    assert os.listdir(tmp_path) == []


@pytest.mark.postgres
async def test_a_check_of_a_server_makes_nothing(postgres_url: str) -> None:
    await check_database(postgres_url)
    session = await connect(postgres_url)
    tables = await session.fetch("SELECT * FROM pg_tables WHERE schemaname = 'public'")
    await session.close()

    assert tables == []


async def test_a_check_minds_no_relay_that_works(store: Store, ledger: Ledger) -> None:
    name = await check_database(store.url)
    await ledger.commit(put("k"))

    assert name in store.url
    assert "@" not in name


@pytest.mark.parametrize("error", StorageError.__subclasses__())
def test_every_error_of_opening_says_what_to_do(error: type[StorageError]) -> None:
    details = {"database": "DB", "reason": "R", "holder": "H", "migrations": "M"}
    text = str(error(**details))

    assert error.key.startswith("database_")
    assert error.key != StorageError.key
    assert text.count(". ") >= 1
    assert "{" not in text


def test_an_engine_does_not_show_its_password() -> None:
    assert SECRET not in repr(engine_at(f"postgres://user:{SECRET}@host/db"))


async def test_a_stop_does_not_wait_for_the_copy_of_a_large_file(tmp_path: Path) -> None:
    path, folder = tmp_path / "large.db", tmp_path / "copies"
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE large (content BLOB)")
        file.executemany("INSERT INTO large VALUES (zeroblob(1000000))", [()] * 150)
        file.commit()
    engine = SqliteFile(path)
    async with asyncio.TaskGroup() as tasks:
        copying = tasks.create_task(engine.copy(folder, 7))
        while not (folder.exists() and list(folder.glob("*.part"))):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        copying.cancel()
    async with asyncio.timeout(10):
        while list(folder.glob("*.part")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert list(folder.iterdir()) == []
