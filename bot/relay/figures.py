"""Figures that the shores and the ledger tell of themselves; values only."""

from __future__ import annotations

from dataclasses import dataclass

_KEPT = 5  # R12: a fifth of the quota


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """What the Market said last of a method: requests left of `limit` until `until_ms`."""

    limit: int
    remaining: int
    until_ms: int

    def is_short(self, now_ms: int) -> bool:
        """Is what is left of this hour kept for what was never tried yet (R12)?"""
        return now_ms < self.until_ms and self.remaining * _KEPT <= self.limit


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """`waiting`: all that is open, the `unknown` among them. `failed`: without what its author
    withdrew. `oldest_ms`: when the oldest open row was written; None where none waits."""

    waiting: int
    unknown: int
    failed: int
    oldest_ms: int | None


@dataclass(frozen=True, slots=True)
class Unhandled:
    """Updates of Telegram that are stored: those that wait for their turn, and those that could not
    be understood."""

    waiting: int
    aside: int
