"""What was counted since the start, for who asks in the group."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from bot.relay.meter import Meter
from bot.relay.model import Queue
from bot.relay.ports import Clock

_LAST = 1000  # deliveries of a queue whose times are kept


@dataclass(frozen=True, slots=True)
class Deliveries:
    """`half_s`, `most_s`: seconds within which 50 and 95 % of the last ones arrived."""

    total: int
    half_s: float
    most_s: float


@dataclass(frozen=True, slots=True)
class Counted:
    """`requests`: service → method → how many. `throttled`: answers 429 and 420. `joined_rows`:
    messages that went out in company, in so many `joined_posts`."""

    since_ms: int
    deliveries: Mapping[Queue, Deliveries]
    requests: Mapping[str, Mapping[str, int]]
    throttled: int = 0
    doubts: int = 0
    repeats: int = 0
    joined_posts: int = 0
    joined_rows: int = 0


class Tally(Meter):
    """Counts what it is told, and tells another meter."""

    def __init__(self, meter: Meter, clock: Clock) -> None:
        self._meter = meter
        self._since_ms = clock()
        self._requests: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._delivered: Counter[Queue] = Counter()
        self._seconds: defaultdict[Queue, deque[float]] = defaultdict(lambda: deque(maxlen=_LAST))
        self._counts: Counter[str] = Counter()

    def requested(self, shore: str, method: str, outcome: str) -> None:
        self._requests[shore][method] += 1
        self._counts["throttled"] += outcome == "throttled"
        self._meter.requested(shore, method, outcome)

    def delivered(self, queue: Queue, seconds: float) -> None:
        self._delivered[queue] += 1
        self._seconds[queue].append(max(0.0, seconds))
        self._meter.delivered(queue, seconds)

    def doubted(self, queue: Queue) -> None:
        self._counts["doubts"] += 1
        self._meter.doubted(queue)

    def repeated(self) -> None:
        self._counts["repeats"] += 1
        self._meter.repeated()

    def joined(self, rows: int) -> None:
        self._counts["joined_posts"] += 1
        self._counts["joined_rows"] += rows
        self._meter.joined(rows)

    def counted(self) -> Counted:
        deliveries = {queue: self._deliveries(queue) for queue in self._delivered}
        requests = {shore: dict(methods) for shore, methods in self._requests.items()}
        return Counted(self._since_ms, deliveries, requests, **self._counts)

    def _deliveries(self, queue: Queue) -> Deliveries:
        times = sorted(self._seconds[queue])
        half, most = times[len(times) // 2], times[len(times) * 95 // 100]
        return Deliveries(self._delivered[queue], half, most)
