"""Bringing a database to the schema of this version; the steps themselves lie in `migrations`.

A migration and the record of it are one transaction, unlike tortoise's own way: a process killed
between the two would never start again.
"""

from __future__ import annotations

import logging
import pkgutil
from functools import partial
from typing import Any

from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.recorder import MigrationRecorder

from bot.storage import migrations
from bot.storage.engine import APP, Engine
from bot.storage.errors import DatabaseNewer
from bot.storage.units import Units

log = logging.getLogger(__name__)


def apps(kind: str) -> dict[str, dict[str, Any]]:
    """What tortoise has to know of the tables, over a connection of this name."""
    return {
        APP: {
            "models": ["bot.storage.tables"],
            "default_connection": kind,
            "migrations": migrations.__name__,
        }
    }


def known_migrations() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(migrations.__path__)}


def missing_migrations(engine: Engine, applied: set[str]) -> list[str]:
    """In their order. Raises `DatabaseNewer` where the database has some that we don't know."""
    if newer := applied - known_migrations():
        raise DatabaseNewer(database=engine.name, migrations=", ".join(sorted(newer)))
    return sorted(known_migrations() - applied)


async def migrate(units: Units, engine: Engine, missing: list[str]) -> None:
    """Safe to be called by several processes at once: whoever comes second finds it done."""
    if missing:
        await units.write(partial(_migrate, engine))
        log.info("The database has now the migrations %s", ", ".join(missing))


async def _migrate(engine: Engine) -> None:
    await engine.guard_migration()
    connection = get_connection(engine.kind)
    executor = MigrationExecutor(connection, apps(engine.kind))
    executor.recorder = executor.loader.recorder = _Recorder(connection)
    await executor.recorder.ensure_schema(engine.schema_editor(connection))
    await executor.migrate(direction="forward")


class _Recorder(MigrationRecorder):
    async def ensure_schema(self, schema_editor: Any) -> None:
        """As the original, but not as a script: that would end the transaction on SQLite."""
        sql = schema_editor._get_model_sql_data(self.model).table_sql
        query = sql.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1)
        await schema_editor.client.execute_query(query)
