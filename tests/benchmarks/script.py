"""What a relay does for a load, written down call by call and statement by statement, so that it
can be done again without the relay; nothing here measures.

The relay runs in this process meanwhile: its calls are read from the simulator's records, its
statements from tortoise's own log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tortoise.backends.asyncpg import client as asyncpg_client
from tortoise.backends.sqlite import client as sqlite_client

from bot.simulator.market_http import MarketCall
from bot.simulator.server import Simulator
from bot.simulator.telegram_http import TelegramCall

BEGIN, COMMIT = "BEGIN", "COMMIT"
_WRAPPERS = (sqlite_client.SqliteTransactionWrapper, asyncpg_client.TransactionWrapper)


@dataclass
class Script:
    """`statements`: SQL and its values, or BEGIN and COMMIT alone; the first `prelude` of them only
    bring the database to where the load begins. `calls`: service, method, values."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    prelude: int = 0
    calls: list[tuple[str, str, Any]] = field(default_factory=list)

    @property
    def transactions(self) -> int:
        return sum(sql == COMMIT for sql, _ in self.statements[self.prelude :])

    @property
    def queries(self) -> int:
        told = self.statements[self.prelude :]
        return sum(sql not in (BEGIN, COMMIT) for sql, _ in told)


class Recorder(logging.Handler):
    """While `listening`, all that the relays of this process do."""

    def __init__(self, sim: Simulator) -> None:
        super().__init__(logging.DEBUG)
        self.script = Script()
        self._sim = sim
        self._calls = 0, 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "%s: %s" and isinstance(record.args, tuple):
            sql, values = record.args
            self.script.statements.append((str(sql), values))

    @contextmanager
    def listening(self) -> Iterator[None]:
        log = logging.getLogger("tortoise.db_client")
        level, propagate = log.level, log.propagate
        log.addHandler(self)
        log.setLevel(logging.DEBUG)
        log.propagate = False
        try:
            with self._bounds():
                yield
        finally:
            log.removeHandler(self)
            log.setLevel(level)
            log.propagate = propagate

    @contextmanager
    def _bounds(self) -> Iterator[None]:
        def told(original: Any, word: str) -> Any:
            async def method(wrapper: Any) -> None:
                self.script.statements.append((word, None))
                await original(wrapper)

            return method

        with (
            patch.multiple(
                _WRAPPERS[0],
                begin=told(_WRAPPERS[0].begin, BEGIN),
                commit=told(_WRAPPERS[0].commit, COMMIT),
            ),
            patch.multiple(
                _WRAPPERS[1],
                begin=told(_WRAPPERS[1].begin, BEGIN),
                commit=told(_WRAPPERS[1].commit, COMMIT),
            ),
        ):
            yield

    def load_begins(self) -> None:
        told = [sql for sql, _ in self.script.statements]
        begun = len(told) - told[::-1].index(BEGIN) - 1 if BEGIN in told else 0
        self.script.prelude = len(told) if COMMIT in told[begun:] else begun
        self._calls = len(self._sim.market_http.calls), len(self._sim.telegram.calls)

    def load_ends(self, firsts: Mapping[int, int]) -> None:
        """`firsts`: chat → the first message of the load."""
        market, telegram = self._calls
        said = [_of_market(call, firsts) for call in list(self._sim.market_http.calls)[market:]]
        said += [_of_telegram(call) for call in list(self._sim.telegram.calls)[telegram:]]
        self.script.calls = said


def _of_market(call: MarketCall, firsts: Mapping[int, int]) -> tuple[str, str, Any]:
    chat = call.chat_id or 0
    return "market", call.method, {"chat": chat, "from": firsts.get(chat, 1)}


def _of_telegram(call: TelegramCall) -> tuple[str, str, Any]:
    return "telegram", call.method, dict(call.values)


@dataclass(frozen=True)
class Cost:
    """Seconds, by the wall's clock and of the processor."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Bare:
    """The statements by tortoise, and `driven` by the driver alone."""

    calls: Cost
    database: Cost
    driven: Cost

    @property
    def wall(self) -> float:
        return self.calls.wall + self.database.wall

    @property
    def cpu(self) -> float:
        return self.calls.cpu + self.database.cpu

    @property
    def cpu_driven(self) -> float:
        return self.calls.cpu + self.driven.cpu


async def played(script: Script, sim: Simulator, copies: Sequence[str], folder: Path) -> Bare:
    """The script done again in a process of its own, one thing after the other; on two copies of
    the database."""
    databases = dict(zip(("tortoise", "driver"), copies, strict=True))
    [said] = await bare("play", sim, folder, databases=databases, script=asdict(script))
    return Bare(*(Cost(*said[part]) for part in ("calls", *databases)))


async def bare(task: str, sim: Simulator, folder: Path, **more: Any) -> Sequence[Any]:
    """What `bare.py` says of a task, one JSON a line."""
    order = folder / f"{task}.json"
    where = {
        "task": task,
        "telegram": sim.telegram_url,
        "token": sim.token,
        "group": sim.group_id,
        "market": f"{sim.market_url}/v2/businesses/{sim.business_id}",
        "key": sim.api_key,
    }
    order.write_text(json.dumps(where | more, default=str))
    program = Path(__file__).with_name("bare.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), str(order), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in said.decode().splitlines()]
