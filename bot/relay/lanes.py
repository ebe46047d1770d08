"""One row in flight a lane, in order, until it is settled: the runner of an outbox queue.

What a row means is its `Work`'s business; here is only when it goes and what a failure does to it:
not done → again later; refused → the lane is free, the row stays visible; unknown → looked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import takewhile

from bot.relay.changes import Begin, Change, Doubt, Postpone, Settle, Wait
from bot.relay.errors import OutcomeUnknown, Refused, RelayError, Throttled
from bot.relay.meter import Meter, Unmetered
from bot.relay.model import Effect, EffectId, Queue, State
from bot.relay.outcomes import write_down
from bot.relay.pacing import Pace
from bot.relay.parking import Parking
from bot.relay.ports import Clock, Ledger
from bot.relay.pulse import Pulse, Source
from bot.relay.retry import backoff_ms
from bot.relay.work import (
    UNSURE,
    CannotTell,
    Done,
    Later,
    NotDone,
    Parked,
    Undecided,
    Work,
    ids,
    settled,
)

log = logging.getLogger(__name__)

_JOIN_AT_MOST = 100  # rows looked at when waiting ones are joined into one post
_BUG_PAUSE_MS = 60_000


class Lanes:
    """Works off one queue with `parallel` workers; with a `pace`, no faster than it allows."""

    def __init__(
        self,
        queue: Queue,
        works: Mapping[str, Work],
        *,
        ledger: Ledger,
        clock: Clock,
        bell: asyncio.Event,
        pulse: Pulse,
        source: Source,
        parallel: int = 1,
        pace: Pace | None = None,
        parking: Parking | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._queue = queue
        self._works = works
        self._ledger = ledger
        self._clock = clock
        self._bell = bell
        self._pulse = pulse
        self._source = source
        self._parallel = parallel
        self._pace = pace
        self._parking = parking or Parking(bell)
        self._meter = meter or Unmetered()
        self._picking = asyncio.Lock()
        self._busy: set[str] = set()
        self._served: dict[str, int] = {}
        self._turns = 0
        self._kept: Counter[EffectId] = Counter()  # failures in a row, without a call
        self._is_draining = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as workers:
            for _ in range(self._parallel):
                workers.create_task(self._work_off())

    async def _work_off(self) -> None:
        while True:
            if self._pace:
                await self._pace.ready()
            head = await self._pick()
            try:
                await self._turn(head)
            finally:
                self._busy.discard(head.lane)
                if not self._busy:
                    self._quiet.set()
                self._bell.set()

    async def drain(self, seconds: float) -> None:
        """Begin nothing more; wait for the calls under way, but not for ever: what is cut off is
        unknown, and settled at the next start."""
        self._is_draining = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._quiet.wait()

    # Who goes next

    async def _pick(self) -> Effect:
        async with self._picking:
            while True:
                self._bell.clear()
                busy = set(self._busy)  # before the read: who ends during it shows as it was
                heads = self._free(await self._heads(), busy)
                now = self._clock()
                ready = [h for h in heads if h.due_ms <= now and not self._is_draining]
                if ready:
                    return self._serve(min(ready, key=self._turn_of))
                dues = [] if self._is_draining else [h.due_ms for h in heads]
                await self._rest(min(dues, default=None))

    def _free(self, heads: Sequence[Effect], busy: set[str]) -> Sequence[Effect]:
        """Those that may go. While a post may or may not be there, it alone: with two of them open
        nobody could tell which of the two a found post is."""
        free = [h for h in heads if h.lane not in busy and not self._parking.holds(h.lane, h.id)]
        open_questions = [
            head
            for head in free
            if head.state is not State.NEW
            and (work := self._works.get(head.kind))
            and work.is_exclusive
        ]
        return open_questions or free

    async def _heads(self) -> Sequence[Effect]:
        while True:
            try:
                return await self._ledger.heads(self._queue)
            except RelayError as error:  # the database is away: it comes back or the process ends
                log.warning("The outbox can't be read: %s", error)
                await asyncio.sleep(1)

    def _turn_of(self, head: Effect) -> tuple[int, int, int]:
        """Rank, then the lane that was served longest ago, then age: a chat with 500 waiting
        messages does not hold up another's first."""
        return (head.rank, self._served.get(head.lane, 0), head.id)

    def _serve(self, head: Effect) -> Effect:
        self._turns += 1
        self._served[head.lane] = self._turns
        if len(self._served) > 10_000:
            self._served.clear()
        self._busy.add(head.lane)
        self._quiet.clear()
        return head

    async def _rest(self, due_ms: int | None) -> None:
        seconds = None if due_ms is None else max(0.01, (due_ms - self._clock()) / 1000)
        # A due time comes, or the minute after which the clock is looked at again.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, 60) if seconds is not None else 60):
                await self._bell.wait()

    # What happens to it

    async def _turn(self, head: Effect) -> None:
        try:
            work = self._works[head.kind]
            settling = head.state is not State.NEW
            changes = await (self._settle(work, head) if settling else self._attempt(work, head))
            self._kept.pop(head.id, None)
        except Parked:  # nothing is awaited from its raising to here: nobody frees it in between
            return self._parking.park(head.lane, head.id)
        except RelayError as error:
            if isinstance(error, Throttled) and self._pace:
                await self._pace.pause(error.retry_after)
            changes = self._keep(head, error)
        except Exception:
            log.exception("Row %s (%s) of the outbox met a bug", head.id, head.kind)
            changes = self._keep(head, Later(self._clock() + _BUG_PAUSE_MS))
        await write_down(self._ledger, changes)

    def _keep(self, head: Effect, error: RelayError) -> Sequence[Change]:
        """Nothing was begun, or the look failed: the row stays what it is, for later."""
        if isinstance(error, Later):
            return [Wait((head.id,), error.due_ms)]
        self._pulse.failed(self._source, error)
        if head.state is State.NEW:  # all others may wait for one that is looked for
            self._kept[head.id] += 1
        due = self._retry_ms(error, head.attempts + self._kept[head.id])
        return [Wait((head.id,), due, error.key)]

    async def _attempt(self, work: Work, head: Effect) -> Sequence[Change]:
        try:
            await work.prepare(head)
        except Refused as error:
            self._pulse.refused(error)
            return await work.refused([head], error)
        batch = await self._joined(work, head)
        spent = await self._pace.spend(work.weight(batch)) if self._pace else ()
        base = await work.base(head)
        try:
            begun = Begin(ids(batch), self._clock(), base, head.id)
            await self._ledger.commit(*work.notes(batch), begun, *spent)
        except Refused:  # withdrawn by its author in this very moment
            return []
        try:
            done = await work.perform(batch)
        except RelayError as error:
            return await self._failed(work, batch, error)
        except Exception:
            log.exception("Row %s (%s) of the outbox met a bug", head.id, head.kind)
            return self._doubt(batch, OutcomeUnknown("bug"))
        finally:
            if self._pace:
                self._pace.landed(work.weight(batch))
        self._pulse.worked(self._source)
        if len(batch) > 1:
            self._meter.joined(len(batch))
        return self._settled(batch, done)

    async def _joined(self, work: Work, head: Effect) -> Sequence[Effect]:
        """Under backlog, what waits in the lane goes out together (R27)."""
        if not self._pace:
            return [head]
        is_crowded = await self._ledger.is_longer(self._queue, self._pace.left())
        if not (is_crowded or work.joins_always or head.payload.get("is_recent")):
            return [head]
        waiting = await self._ledger.waiting_in_lane(head.lane, _JOIN_AT_MOST)
        new = list(takewhile(lambda effect: effect.state is State.NEW, waiting))
        return work.company(new, is_crowded) if new else [head]

    async def _failed(
        self, work: Work, batch: Sequence[Effect], error: RelayError
    ) -> Sequence[Change]:
        if not error.certain:
            self._pulse.failed(self._source, error)
            return self._doubt(batch, error)
        if isinstance(error, Refused):  # an answer all the same
            self._pulse.worked(self._source)
            self._pulse.refused(error)
            log.warning("Row %s (%s) was refused: %s", batch[0].id, batch[0].kind, error)
            return await work.refused(batch, error)
        self._pulse.failed(self._source, error)
        if isinstance(error, Throttled) and self._pace:
            await self._pace.pause(error.retry_after)
        due = self._retry_ms(error, batch[0].attempts)
        return [Postpone(ids(batch), due, error.key)]

    def _retry_ms(self, error: RelayError, attempts: int) -> int:
        """When to try again: as asked, else later the more often or the longer it fails."""
        now = self._clock()
        if isinstance(error, Throttled):
            return now + int((error.retry_after + 1) * 1000)
        down_ms = self._pulse.signs[self._source].down_ms
        outage_s = (now - down_ms) / 1000 if down_ms else 0.0
        return now + backoff_ms(attempts, outage_s)

    def _settled(self, batch: Sequence[Effect], done: Done) -> Sequence[Change]:
        for effect in batch:
            self._meter.delivered(self._queue, (self._clock() - effect.created_ms) / 1000)
        return [*settled(batch, done), *done.changes]

    def _doubt(self, batch: Sequence[Effect], error: RelayError) -> Sequence[Change]:
        self._meter.doubted(self._queue)
        now = self._clock()
        return [Doubt(ids(batch), now, now, error.key)]

    async def _settle(self, work: Work, head: Effect) -> Sequence[Change]:
        """A row found UNKNOWN shares its fate with the batch it went out with."""
        batch = await self._ledger.batch(head.batch)
        verdict = await work.settle(batch)
        match verdict:
            case Done():
                return self._settled(batch, verdict)
            case NotDone():
                if work.is_exclusive and verdict.counts:  # else nothing may be repeated
                    self._meter.repeated()
                again = Postpone(ids(batch), self._clock(), verdict.reason, verdict.counts)
                return [again, *verdict.changes]
            case Undecided():
                return [Doubt(ids(batch), self._clock(), verdict.due_ms)]
            case CannotTell():
                return [Settle(ids(batch), State.FAILED, reason=UNSURE), *verdict.changes]
