"""The relay in a process of its own, killed and stopped by its own pid only.

It is forked from one that has imported the program already: a kill loop is about what was under
way, and not about seconds of imports. Only where memory is measured it is not: there what others
have imported would count.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.cli.program import PROCESSES, become_the_program
from tests.secrecy import shown


class RelayProcess:
    """`market-relay run` in `folder`, or another relay that is a `module`; all that it ever said
    stands in `said`."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        module: str = "bot",
        *,
        is_forked: bool = True,
    ) -> None:
        self._folder = folder
        self._module = module
        self._processes = PROCESSES if is_forked else multiprocessing.get_context("spawn")
        self._environment = {"PATH": os.environ.get("PATH", ""), **environment}
        self._process: BaseProcess | None = None
        self._logs: list[Path] = []

    @property
    def pid(self) -> int:
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_alive()

    @property
    def said(self) -> str:
        found = [log.read_text(encoding="utf-8", errors="replace") for log in self._logs]
        return "".join(found)

    @property
    def said_last(self) -> str:
        """Since the last start."""
        return self._logs[-1].read_text(encoding="utf-8", errors="replace")

    async def start(self) -> None:
        log = self._folder / f"relay-{len(self._logs)}.log"
        log.touch()
        self._logs.append(log)
        where = (str(self._folder), self._environment, os.devnull, str(log))
        arguments = (("run",), *where, self._module)
        self._process = self._processes.Process(
            target=become_the_program, args=arguments, daemon=True
        )
        await asyncio.to_thread(self._process.start)

    async def kill(self) -> None:
        """As a power cut does it: nothing is finished, nobody is told."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """As an operator does it; the exit code."""
        return await self._end(signal.SIGTERM)

    async def ended(self) -> int:
        """The exit code of one that ends by itself."""
        assert self._process is not None
        await asyncio.to_thread(self._process.join)
        assert self._process.exitcode is not None
        assert not shown(self.said), "a secret was shown in the log of a relay"
        return self._process.exitcode

    async def _end(self, number: signal.Signals) -> int:
        if self.is_running:
            os.kill(self.pid, number)
        return await self.ended()
