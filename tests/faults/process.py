"""The relay in a process of its own, as an operator starts it; ended by its own pid only."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


class RelayProcess:
    """`python -m bot run` in `folder`; all that it ever said stands in `log`."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self._process: asyncio.subprocess.Process | None = None
        self.log = folder / "relay.log"
        self.log.touch()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bot", "run"),
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    async def kill(self) -> None:
        """As a power cut does it: nothing is finished, nobody is told."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """As an operator does it; the exit code."""
        return await self._end(signal.SIGTERM)

    async def ended(self) -> int:
        """The exit code of one that ends by itself."""
        assert self._process is not None
        return await self._process.wait()

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()
