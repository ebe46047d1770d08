"""Fixtures for the whole suite; what they do lives in modules of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.simulator.server import Simulator
from tests.databases import (
    database_url,
    made_database,
    made_database_url,
    made_folder,
    made_postgres_url,
    made_sqlite_url,
    postgres_server,
    postgres_url,
    sqlite_url,
)
from tests.secrecy import pytest_runtest_makereport
from tests.world import ADMIN, OPERATOR, OUTSIDER, World

__all__ = [
    "database_url",
    "made_database",
    "made_database_url",
    "made_folder",
    "made_postgres_url",
    "made_sqlite_url",
    "postgres_server",
    "postgres_url",
    "pytest_runtest_makereport",
    "sqlite_url",
]


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Both services, with an admin, an operator and an outsider in the group."""
    async with Simulator() as sim:
        sim.group.add_person(ADMIN, "Anna", "admin")
        sim.group.add_person(OPERATOR, "Oleg", "operator")
        sim.group.add_person(OUTSIDER, "Olga", "outsider")
        yield sim


@pytest.fixture
def world(simulator: Simulator, made_sqlite_url: str, tmp_path: Path) -> World:
    """With a SQLite file."""
    return World(simulator, made_sqlite_url, tmp_path / "files")


@pytest.fixture
def any_world(simulator: Simulator, made_database_url: str, tmp_path: Path) -> World:
    """Once with each database."""
    return World(simulator, made_database_url, tmp_path / "files")
