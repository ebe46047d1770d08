"""The time of day, but never stepping back while the process lives."""

from __future__ import annotations

import time
from collections.abc import Callable

_HELD_BACK = 10  # of so much time that passes, one part


class SteadyClock:
    """Milliseconds since 1970 UTC. A wall clock that goes ahead is followed at once, since a
    machine may have slept. Where the wall clock is behind what was told, time only passes a tenth
    slower until both meet: what waits for a time would otherwise wait for it twice, and what came
    later would look older. So for a while times may be as far ahead as the wall clock was, but
    every wait ends, and none ends too early."""

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._told_ns = wall_ns()
        self._told_at_ns = monotonic_ns()

    def __call__(self) -> int:
        at_ns = self._monotonic_ns()
        passed_ns = at_ns - self._told_at_ns
        self._told_ns = max(self._wall_ns(), self._told_ns + passed_ns - passed_ns // _HELD_BACK)
        self._told_at_ns = at_ns
        return self._told_ns // 1_000_000
