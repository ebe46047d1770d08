"""Work in threads that are never left behind. Nothing about files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """At most `count` of them."""

    def __init__(self, count: int, name: str) -> None:
        self._executor = ThreadPoolExecutor(count, name)

    async def to_the_end(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `asyncio.to_thread`, but of work that has begun a cancellation comes through once it
        is done: it can't be stopped, and must not write behind the back of whoever cleans up."""
        working = self._executor.submit(partial(work, *args, **kwargs))
        waiting = asyncio.wrap_future(working)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            while not (working.cancel() or waiting.done()):
                with suppress(asyncio.CancelledError):  # asked twice: it still can't be stopped
                    await asyncio.wait([waiting])
            raise
