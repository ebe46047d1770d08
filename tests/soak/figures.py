"""What a soak found, as values that go into JSON; and which of it is a failure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.simulator.judge_report import Counters

OURS, NAIVE = "market-relay", "naive"
MEMORY_GROWTH_AT_MOST = 10.0  # percent (R52)
DESCRIPTORS_MORE_AT_MOST = 8  # connections that are kept open come and go
WAL_AT_MOST = 16.0  # MB; SQLite folds it in from 4 MB on, as soon as nobody reads


@dataclass(frozen=True, slots=True)
class Way:
    """One direction, as the simulator's judge counts. `lost`: not there in the end, and nobody was
    told. `asked`: the author was asked to look for it."""

    written: int
    delivered: int
    lost: int
    told: int
    asked: int
    twice: int
    repeats: int
    misrouted: int
    disordered: int

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.misrouted or self.disordered)


def way(found: Counters, asked: int = 0) -> Way:
    return Way(
        written=found.sent,
        delivered=found.delivered,
        lost=found.lost + found.waiting,
        told=found.told,
        asked=asked,
        twice=found.twice,
        repeats=found.repeats,
        misrouted=found.misrouted + found.leaked,
        disordered=found.disordered + found.echoed,
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds."""

    p50: float
    p95: float
    max: float


def spread(values: Sequence[float]) -> Spread | None:
    if not values:
        return None
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return Spread(*(round(one, 2) for one in (statistics.median(ordered), p95, ordered[-1])))


@dataclass(frozen=True, slots=True)
class Kills:
    """A kill loop. `differences`: what the second opinion finds wrong, by chats; `stuck`: rests in
    which what had waited did not come."""

    relay: str
    database: str
    kills: int
    stops: int
    faulty_calls: int
    buyer_to_topic: Way
    staff_to_buyer: Way
    differences: int
    stuck: int
    first_call: Spread | None
    resumed: Spread | None
    stop: Spread | None
    minutes: float

    def failures(self) -> Iterator[str]:
        """Of ours: the naive order is here to be looked at."""
        if self.relay == NAIVE:
            return
        for one in (self.buyer_to_topic, self.staff_to_buyer):
            if not one.is_clean:
                yield f"{self.database}: {one}"
        if self.differences:
            yield f"{self.database}: the second opinion differs in {self.differences} places"
        if self.stuck:
            yield f"{self.database}: {self.stuck} times what had waited did not come"
        if self.stop and self.stop.max >= 10:
            yield f"{self.database}: a stop took {self.stop.max} s"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Endurance:
    """Many messages and no kill; memory and the like once warm, and in the end."""

    database: str
    messages: int
    faulty_calls: int
    is_clean: bool
    warm_mb: float
    end_mb: float
    warm_descriptors: int
    end_descriptors: int
    warm_threads: int
    end_threads: int
    open_rows: int
    wal_mb: float | None
    database_mb: float
    minutes: float

    @property
    def growth(self) -> float:
        """Of memory, in percent."""
        return round(100 * (self.end_mb / self.warm_mb - 1), 1)

    def failures(self) -> Iterator[str]:
        if not self.is_clean:
            yield f"{self.database}: not every message arrived once"
        if self.growth > MEMORY_GROWTH_AT_MOST:
            yield f"{self.database}: memory grew by {self.growth} %"
        more = self.end_descriptors - self.warm_descriptors
        if more > DESCRIPTORS_MORE_AT_MOST:
            yield f"{self.database}: {more} more files and connections are open"
        if self.end_threads > self.warm_threads + 1:
            yield f"{self.database}: {self.end_threads} threads, {self.warm_threads} once"
        if self.open_rows:
            yield f"{self.database}: {self.open_rows} rows of the outbox are open in the end"
        if self.wal_mb is not None and self.wal_mb > WAL_AT_MOST:
            yield f"{self.database}: the WAL grew to {self.wal_mb} MB"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "growth_percent": self.growth}
