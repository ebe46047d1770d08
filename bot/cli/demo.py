"""`market-relay demo`: the real relay, as a process of its own, against the simulator."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path

import bot
from bot.cli.run import until_told
from bot.relay.ports import Words
from bot.simulator.server import Simulator
from bot.simulator.story import tell

_STOP_S = 12.0  # a little more than the relay promises to need
_RATE = (20, 60.0)  # Telegram's real limit for a group


async def demo(asked: argparse.Namespace, words: Words) -> int:
    await until_told(_play(asked.port, words))
    return 0


async def _play(port: int, words: Words) -> None:
    with tempfile.TemporaryDirectory(prefix="market-relay-demo-") as folder:
        async with Simulator(port=port, rate=_RATE) as simulator:
            tell(simulator)
            relay = RelayInItsOwnProcess(environment(simulator, Path(folder)), Path(folder))
            simulator.relay = relay
            try:
                await relay.start()
                print(words.say("The demo runs. Open {url}", url=simulator.url), flush=True)
                print(words.say("Ctrl+C ends it."), flush=True)
                await asyncio.Event().wait()
            finally:
                await relay.stop()


def environment(simulator: Simulator, folder: Path) -> dict[str, str]:
    """The relay's settings: those of the simulator, and nothing of the person's own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ", "LANG") if name in os.environ}
    return kept | {
        "TELEGRAM_BOT_TOKEN": simulator.token,
        "TELEGRAM_GROUP_ID": str(simulator.group_id),
        "TELEGRAM_API_URL": simulator.telegram_url,
        "TELEGRAM_OPERATOR_IDS": operators(simulator),
        "MARKET_API_KEY": simulator.api_key,
        "MARKET_BUSINESS_ID": str(simulator.business_id),
        "MARKET_API_URL": simulator.market_url,
        "POLL_INTERVAL": "1",
        "REQUEST_TIMEOUT": "15",
        "SETTLE_SECONDS": "9",
        "DATABASE_URL": f"sqlite://{folder / 'market-relay.db'}",
        "LOCALE": os.environ.get("LOCALE", "ru"),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "PYTHONPATH": str(Path(bot.__file__).parents[1]),
    }


def operators(simulator: Simulator) -> str:
    people = simulator.group.people.values()
    return ",".join(str(person.id) for person in people if person.role == "operator")


class RelayInItsOwnProcess:
    """What the page kills and starts again. One action at a time."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder  # not where the person stands: an .env may lie there
        self._process: asyncio.subprocess.Process | None = None
        self._acting = asyncio.Lock()
        self.starts = 0
        self.kills = 0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self.is_running else None

    async def start(self) -> None:
        async with self._acting:
            if self.is_running:
                return
            self.starts += 1
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                env=self._environment,
                cwd=self._folder,
                start_new_session=True,
            )

    async def stop(self) -> None:
        async with self._acting:
            await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        async with self._acting:
            if self.is_running:
                self.kills += 1
            await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        if self._process is None or not self.is_running:
            return
        self._process.send_signal(number)
        try:
            async with asyncio.timeout(_STOP_S):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
