"""The time of day, but never stepping back while the process lives."""

from __future__ import annotations

import time
from collections.abc import Callable


class SteadyClock:
    """Milliseconds since 1970 UTC: the wall clock, or what has passed since the start where that
    is more. What waits for a time would otherwise wait for it twice when the clock is set back."""

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._began_ns = wall_ns() - monotonic_ns()

    def __call__(self) -> int:
        return max(self._wall_ns(), self._began_ns + self._monotonic_ns()) // 1_000_000
