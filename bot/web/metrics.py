"""Figures for Prometheus: counted as things happen, or read when they are asked for."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.relay.desk.status import Status
from bot.relay.meter import Meter
from bot.relay.model import Queue

# Seconds; from a bare call of both services to a day's outage.
_DELIVERY = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 21600)


class Prometheus(Meter):
    """A registry of its own: a process may hold several relays, as tests do."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._gauges: list[Gauge] = []
        self._requests = self._counter(
            "requests", "Calls of both services by how they ended", "service", "method", "outcome"
        )
        self._delivery = Histogram(
            "market_relay_delivery_seconds",
            "From a row's being written into the outbox to its having arrived",
            ["queue"],
            buckets=_DELIVERY,
            registry=self._registry,
        )
        self._doubts = self._counter("unknown_outcomes", "Calls whose answer was lost", "queue")
        self._repeats = self._counter("possible_repeats", "Posts that went out again, marked")
        self._joined = self._counter("joined_posts", "Calls that carried several rows")
        self._joined_rows = self._counter("joined_rows", "Rows that went out in company")
        self._rows = self._gauge("queue_rows", "Rows of the outbox by state", "queue", "state")
        self._oldest = self._gauge("queue_oldest_seconds", "Age of the oldest open row", "queue")
        self._read = self._gauge("source_age_seconds", "Since it last worked", "source")
        self._quota = self._gauge("quota_remaining", "Requests left of this hour", "method")
        self._limit = self._gauge("quota_limit", "Requests allowed an hour", "method")
        self._counts = self._gauge("stored", "What the database holds", "what")

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"market_relay_{name}", about, labels, registry=self._registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        gauge = Gauge(f"market_relay_{name}", about, labels, registry=self._registry)
        self._gauges.append(gauge)
        return gauge

    def requested(self, shore: str, method: str, outcome: str) -> None:
        self._requests.labels(shore, method, outcome).inc()

    def delivered(self, queue: Queue, seconds: float) -> None:
        self._delivery.labels(queue).observe(max(0.0, seconds))

    def doubted(self, queue: Queue) -> None:
        self._doubts.labels(queue).inc()

    def repeated(self) -> None:
        self._repeats.inc()

    def joined(self, rows: int) -> None:
        self._joined.inc()
        self._joined_rows.inc(rows)

    def text(self, status: Status | None) -> bytes:
        """The exposition format of Prometheus, with what `status` says now. What it does not say is
        left out: a figure of before would pass for one of now."""
        for gauge in self._gauges:
            gauge.clear()
        if status:
            self._read_off(status)
        return generate_latest(self._registry)

    def _read_off(self, status: Status) -> None:
        for queue, depth in status.queues.items():
            self._rows.labels(queue, "waiting").set(depth.waiting - depth.unknown)
            self._rows.labels(queue, "unknown").set(depth.unknown)
            self._rows.labels(queue, "failed").set(depth.failed)
            age_ms = status.now_ms - (depth.oldest_ms or status.now_ms)
            self._oldest.labels(queue).set(max(0, age_ms) / 1000)
        for source, sign in status.signs.items():
            if sign.worked_ms:
                self._read.labels(source.name.lower()).set((status.now_ms - sign.worked_ms) / 1000)
        for method, quota in status.quota_now.items():
            self._quota.labels(method).set(quota.remaining)
            self._limit.labels(method).set(quota.limit)
        for what, count in status.counts.items():
            self._counts.labels(what).set(count)
