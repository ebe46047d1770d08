"""Migrations: they make what the tables say, once, whatever comes in between."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from tortoise import fields, migrations
from tortoise.context import TortoiseContext
from tortoise.migrations import operations as ops
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.recorder import MigrationRecorder

import bot.storage.migrations
from bot.relay.model import State
from bot.storage import schema, tables
from bot.storage.errors import DatabaseInUse, DatabaseUnreachable, MigrationFailed
from tests.storage.conftest import Store
from tests.storage.indexes import INDEXES, UNIQUE, postgres_indexes, sqlite_indexes
from tests.storage.samples import BUSINESS, GROUP, put, state


async def test_the_migrations_make_what_the_tables_say() -> None:
    apps = schema.apps("sqlite")
    config = {"connections": {"sqlite": "sqlite://unused.db"}, "apps": apps}
    context = TortoiseContext()
    with context:
        await context.init(config, init_connections=False)
        assert context.apps
        changes = await MigrationAutodetector(context.apps, apps).changes()

    assert [change.as_string() for change in changes] == []


def test_every_row_carries_its_cabinet_and_no_row_hangs_on_another() -> None:
    rows = [row for name, row in vars(tables).items() if name.endswith("Row")]

    assert len(rows) == 10
    for row in rows:
        assert "business_id" in row._meta.fields_map
        assert not row._meta.fk_fields
        for name, field in row._meta.fields_map.items():
            if name.endswith(("_id", "_ms")) or name in ("id", "base", "result", "cursor"):
                assert isinstance(field, fields.BigIntField), f"{row.__name__}.{name} is too small"


async def test_constraints_and_indexes_are_really_there(new_store: Store) -> None:
    async with new_store.open():
        pass
    on_sqlite = new_store.url.startswith("sqlite")
    unique, other = await (sqlite_indexes if on_sqlite else postgres_indexes)(new_store.url)

    assert unique == UNIQUE
    assert other == INDEXES


@pytest.mark.postgres
async def test_two_relays_may_meet_a_fresh_server_at_once(postgres_url: str) -> None:
    store = Store(postgres_url)

    async def use(number: int) -> None:
        async with store.open(BUSINESS + number, GROUP - number) as ledger:
            await ledger.commit(put("k"))
            assert await state(ledger, "k") is State.NEW

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(use(number))


async def test_of_two_relays_of_one_cabinet_one_works_on_a_fresh_file(sqlite_url: str) -> None:
    store = Store(sqlite_url)

    async def use() -> bool:
        try:
            async with store.open() as ledger:
                await ledger.commit(put("k"))
                await both_tried.wait()
        except DatabaseInUse:
            return False
        finally:
            both_tried.set()
        return True

    both_tried = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        relays = [group.create_task(use()) for _ in range(2)]

    assert sorted(relay.result() for relay in relays) == [False, True]


class Wish(migrations.Migration):
    """What a next version might bring."""

    dependencies = [("relay", "0004_audit")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        ops.AddField("FactRow", "note", fields.TextField(null=True)),
        ops.RunSQL(
            "INSERT INTO fact (business_id, group_id, name, value) VALUES (1, 1, 'wish', 'true')"
        ),
    ]


class Failure(Wish):
    operations = [  # noqa: RUF012
        *Wish.operations,
        ops.RunSQL("INSERT INTO no_such_table VALUES (1)"),
    ]


def _next_version(monkeypatch: pytest.MonkeyPatch, folder: Path, migration: type) -> None:
    """A version of the relay that knows one migration more."""
    folder.mkdir(exist_ok=True)
    (folder / "0003_wish.py").touch()
    package = bot.storage.migrations
    module = ModuleType(f"{package.__name__}.0003_wish")
    module.Migration = migration  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    paths = [*package.__path__, str(folder)]
    monkeypatch.setattr(package, "__path__", paths)
    # tortoise reloads the package, which would forget the further path
    monkeypatch.setattr("tortoise.migrations.loader.reload", lambda module: module)


async def test_a_file_is_copied_before_it_is_changed(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(sqlite_url)
    async with store.open() as ledger:
        await ledger.commit(put("k"))
    assert not list((tmp_path / "data").glob("*.bak"))
    _next_version(monkeypatch, tmp_path / "next", Wish)
    async with store.open() as ledger:
        assert await state(ledger, "k") is State.NEW
    backup = tmp_path / "data/relay.db.before-0003_wish.bak"

    assert backup.stat().st_mode & 0o777 == 0o600
    assert _notes(tmp_path / "data/relay.db") == [("wish", None)]
    with pytest.raises(sqlite3.OperationalError, match="no such column: note"):
        _notes(backup)
    async with store.open():
        assert [path.name for path in (tmp_path / "data").glob("*.bak")] == [backup.name]


def _notes(path: Path) -> list[tuple[str, str | None]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT name, note FROM fact").fetchall()


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store.open() as ledger:
        await ledger.commit(put("k"))
    with monkeypatch.context() as bad_version:
        _next_version(bad_version, tmp_path / "next", Failure)
        with pytest.raises(MigrationFailed):
            async with store.open():
                pass
    async with store.open() as ledger:  # the version before still knows the database
        assert await state(ledger, "k") is State.NEW
    _next_version(monkeypatch, tmp_path / "next", Wish)
    async with store.open() as ledger:  # and the mended one is not in the way of itself
        assert await state(ledger, "k") is State.NEW


async def test_a_process_that_ends_before_a_migration_is_recorded_has_not_migrated(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ends(*_: object) -> None:
        raise TimeoutError

    async with store.open() as ledger:
        await ledger.commit(put("k"))
    _next_version(monkeypatch, tmp_path / "next", Wish)
    with monkeypatch.context() as killed:
        killed.setattr(MigrationRecorder, "record_applied", ends)
        with pytest.raises(DatabaseUnreachable):
            async with store.open():
                pass
    async with store.open() as ledger:
        assert await state(ledger, "k") is State.NEW
