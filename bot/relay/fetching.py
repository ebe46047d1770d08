"""Bringing files onto the disk beside the lanes, so that a slow server holds up nobody's words.

Whoever wants a file parks its lane; it is freed when the file is there or is given up. All of it is
in memory: after a restart the row is still in the outbox, and wants its file again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from bot.relay.errors import Refused, RelayError, Throttled, Unreachable
from bot.relay.files import Spool
from bot.relay.parking import Parking
from bot.relay.retry import rest_s

log = logging.getLogger(__name__)

T = TypeVar("T")

_TRIES = 4  # at least, before a server that fails at once is given up
_SILENCE_S = 5.0  # that is waited out where there is no patience left
_AT_ONCE_S = 0.5  # what a failure may take that asking again costs next to nothing
_PARALLEL, _OF_A_LANE = 16, 4  # one slow server must not take all the places
_KEPT_S = 900.0  # of what nobody asks for: longer than a row rests between two tries
_TIDIED_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Wish(Generic[T]):
    """A file to be brought. `key` names it in the spool. `open`: begins to read it. `make`: what it
    turns out to be once it is there, given its path. `is_patient`: a server that does not answer is
    asked again for a while."""

    key: str
    lane: str
    open: Callable[[], AsyncGenerator[bytes, None]]
    make: Callable[[Path], Awaitable[T]]
    at_most: int
    is_patient: bool = True


@dataclass(frozen=True, slots=True)
class Ready(Generic[T]):
    what: T


@dataclass(frozen=True, slots=True)
class GivenUp:
    """`error` says why; an `Unreachable` one may pass."""

    error: RelayError


class Fetcher(Generic[T]):
    """`patience_s`: how long a server that does not answer is waited for and asked again.

    Nobody says that a file is not wanted any more where its message was withdrawn or got another
    one, so what is not asked for goes by itself; asked for again, it is brought again.
    """

    def __init__(self, spool: Spool, parking: Parking, patience_s: float) -> None:
        self._spool = spool
        self._parking = parking
        parking.left = self._abandon
        self._patience_s = patience_s
        self._wishes: asyncio.Queue[Wish[T]] = asyncio.Queue()
        self._under_way: dict[str, asyncio.Task[None] | None] = {}
        self._fates: dict[str, Ready[T] | GivenUp] = {}
        self._asked: dict[str, float] = {}  # when last
        self._places = asyncio.Semaphore(_PARALLEL)
        self._of_lanes: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tidy())
            while True:
                wish = await self._wishes.get()
                task = tasks.create_task(self._bring(wish), name=wish.lane)
                self._under_way[wish.key] = task
                # Not in the task itself: one that is cancelled before it began runs nothing.
                task.add_done_callback(partial(self._over, wish))

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(_TIDIED_EVERY_S)
            until = asyncio.get_running_loop().time() - _KEPT_S
            for key in [key for key, asked in self._asked.items() if asked < until]:
                self.forget(key)

    def _abandon(self, lane: str) -> None:
        """Whoever wanted it was taken back: it may never come, or come for nobody."""
        for task in self._under_way.values():
            if task and task.get_name() == lane:
                task.cancel()

    def fate(self, wish: Wish[T]) -> Ready[T] | GivenUp | None:
        """What became of it; None while it is being brought, which begins with the first call."""
        self._ask(wish.key)
        if wish.key in self._under_way:
            return None
        fate = self._fates.get(wish.key)
        if fate and (isinstance(fate, GivenUp) or self._spool.path(wish.key)):
            return fate
        self._under_way[wish.key] = None
        self._wishes.put_nowait(wish)
        return None

    def known(self, key: str) -> T | None:
        """What a file turned out to be, if it is there."""
        fate = self._fates.get(key)
        if not (isinstance(fate, Ready) and self._spool.path(key)):
            return None
        self._ask(key)
        return fate.what

    def _ask(self, key: str) -> None:
        self._asked[key] = asyncio.get_running_loop().time()

    def forget(self, key: str) -> None:
        """It is where it belongs, or never will be."""
        if key not in self._under_way:
            self._fates.pop(key, None)
            self._asked.pop(key, None)
            self._spool.drop(key)

    async def _bring(self, wish: Wish[T]) -> None:
        self._fates[wish.key] = await self._fate(wish)

    def _over(self, wish: Wish[T], _: asyncio.Task[None]) -> None:
        self._under_way.pop(wish.key, None)
        self._parking.free(wish.lane)

    async def _fate(self, wish: Wish[T]) -> Ready[T] | GivenUp:
        time = asyncio.get_running_loop().time
        patient_until = time() + self._patience_s
        tries = 0
        while True:
            try:
                return Ready(await self._in_turn(wish, patient_until))
            except Unreachable as error:
                if not tries:
                    log.warning("A file can't be brought yet: %s", error)
                tries += 1
                is_over = time() > patient_until and (tries >= _TRIES or isinstance(error, _Silent))
                if is_over or not wish.is_patient:
                    return GivenUp(error)
                await asyncio.sleep(rest_s(error, tries))
            except RelayError as error:
                return GivenUp(error)
            except Exception as error:
                log.exception("A file can't be worked with")
                return GivenUp(Refused("bug", type=type(error).__name__))

    async def _in_turn(self, wish: Wish[T], patient_until: float) -> T:
        of_lane = self._of_lanes.setdefault(wish.lane, asyncio.Semaphore(_OF_A_LANE))
        async with of_lane, self._places:
            return await self._once(wish, patient_until)

    async def _once(self, wish: Wish[T], patient_until: float) -> T:
        pieces = wish.open()
        if wish.is_patient:  # else nobody waits for it
            slow_s = min(_SILENCE_S, max(self._patience_s, _AT_ONCE_S))
            pieces = _within(pieces, patient_until, slow_s)
        await self._spool.fill(wish.key, pieces, wish.at_most)
        path = self._spool.path(wish.key)
        if path is None:
            raise Unreachable("disk_full")
        return await wish.make(path)


class _Silent(Unreachable):
    """The server took its time, so that asking it again would take as long."""


async def _within(
    pieces: AsyncGenerator[bytes, None], patient_until: float, slow_s: float
) -> AsyncGenerator[bytes, None]:
    """What comes piece by piece may take its time; silence must not outlast the patience. A failure
    that took `slow_s` would take as long again."""
    time = asyncio.get_running_loop().time
    begun = time()
    async with aclosing(pieces):
        try:
            while True:
                async with asyncio.timeout_at(max(patient_until, time() + _SILENCE_S)):
                    piece = await anext(pieces)
                yield piece
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _Silent("file_unreachable", error="TimeoutError") from None
        except Unreachable as error:
            if isinstance(error, Throttled) or time() - begun < slow_s:
                raise
            raise _Silent(error.key, **error.details) from None
