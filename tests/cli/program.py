"""Runs `market-relay` as processes, each with an environment, a folder and an output of its own.

They are forked from one that has imported the program already: importing takes seconds, and tests
start dozens. `test_start.py` starts it the long way too.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import runpy
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import bot
from bot.simulator.server import API_KEY, TOKEN, Simulator
from bot.storage.engine import APP

ROOT = Path(bot.__file__).parents[1]
PASSWORD = "pass-of-no-value"
SECRETS = (TOKEN, TOKEN.partition(":")[2], API_KEY, PASSWORD)
DEADLINE_S = 40.0  # of a machine that has other things to do; nothing waits for so long by itself

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["bot.cli.main", "bot.cli.check", "bot.cli.demo", "bot.running", "bot.storage.tables", "pytest"]
)


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def complaints(self) -> list[str]:
        """The lines on stderr."""
        return self.err.splitlines()


class Running:
    def __init__(self, process: BaseProcess, out: Path, err: Path) -> None:
        self._process = process
        self._out, self._err = out, err

    @property
    def out(self) -> str:
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def signal(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    async def until(self, is_so: Callable[[], Any]) -> None:
        """Wait for something to be seen; fails with what the program said instead."""
        deadline = time.monotonic() + DEADLINE_S
        while not is_so():
            assert self._process.is_alive(), f"ended by itself:\n{self.out}{self.err}"
            assert time.monotonic() < deadline, f"not in {DEADLINE_S} s:\n{self.out}{self.err}"
            await asyncio.sleep(0.02)

    async def end(self) -> Ended:
        """Wait for the program to end by itself."""
        await asyncio.to_thread(self._process.join, DEADLINE_S)
        assert self._process.exitcode is not None, f"goes on and on:\n{self.out}{self.err}"
        return Ended(self._process.exitcode, self.out, self.err)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


class Programs:
    """Starts programs in one folder; every one is killed in the end, and searched for secrets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._outputs = folder.with_name(f"{folder.name}-outputs")
        self._outputs.mkdir()
        self._started: list[Running] = []

    def start(self, command: str, environment: Mapping[str, Any]) -> Running:
        number = len(self._started)
        out, err = (self._outputs / f"{number}.{stream}" for stream in ("out", "err"))
        plain = {name: str(value) for name, value in environment.items()}
        arguments = (command.split(), str(self.folder), plain, str(out), str(err))
        process = PROCESSES.Process(target=become_the_program, args=arguments, daemon=True)
        out.touch(), err.touch()
        process.start()
        self._started.append(Running(process, out, err))
        return self._started[-1]

    async def run(self, command: str, environment: Mapping[str, Any]) -> Ended:
        return await self.start(command, environment).end()

    def close(self) -> None:
        for running in self._started:
            running.kill()
        for running in self._started:
            said = running.out + running.err
            assert [secret for secret in SECRETS if secret in said] == [], "a secret was shown"


def settings(simulator: Simulator, **changed: Any) -> dict[str, Any]:
    """What a person would write into `.env`, and no more."""
    return {
        "TELEGRAM_BOT_TOKEN": simulator.token,
        "TELEGRAM_GROUP_ID": simulator.group_id,
        "TELEGRAM_API_URL": simulator.telegram_url,
        "MARKET_API_KEY": simulator.api_key,
        "MARKET_BUSINESS_ID": simulator.business_id,
        "MARKET_API_URL": simulator.market_url,
        "POLL_INTERVAL": "0.2",
        "LOCALE": "en",
    } | changed


def make_newer(database: Path) -> None:
    """Give it a migration that this program does not know."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS tortoise_migrations"
            " (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied_at TEXT)"
        )
        connection.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES (?, ?, ?)",
            (APP, "9999_of_tomorrow", "2030-01-01"),
        )


def become_the_program(
    arguments: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    out: str,
    err: str,
    module: str = "bot",
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_TRUNC), number)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.argv = ["market-relay", *arguments]
    runpy.run_module(module, run_name="__main__")
