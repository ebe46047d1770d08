"""What is counted and timed while the relay works; who reads it, and how, is no concern here."""

from __future__ import annotations

from typing import Protocol

from bot.relay.errors import (
    AccessDenied,
    OutcomeUnknown,
    Refused,
    RelayError,
    Throttled,
    Unreachable,
)
from bot.relay.model import Queue

_OUTCOMES: tuple[tuple[type[RelayError], str], ...] = (
    (Throttled, "throttled"),
    (Unreachable, "unreachable"),
    (AccessDenied, "denied"),
    (Refused, "refused"),
    (OutcomeUnknown, "unknown"),
)


def outcome(error: RelayError | None) -> str:
    """How a call ended, in a word."""
    if error is None:
        return "ok"
    return next(word for kind, word in _OUTCOMES if isinstance(error, kind))


class Meter(Protocol):
    """Must: take no time and raise nothing."""

    def requested(self, shore: str, method: str, outcome: str) -> None:
        """A call came to its end; `outcome` as that function says it."""
        ...

    def delivered(self, queue: Queue, seconds: float) -> None:
        """A row is where it belongs, so long after it was written into the outbox."""
        ...

    def doubted(self, queue: Queue) -> None:
        """The outcome of a call is unknown."""
        ...

    def repeated(self) -> None:
        """A post that may be there already goes out again, marked."""
        ...

    def joined(self, rows: int) -> None:
        """Rows that waited went out with one call."""
        ...


class Unmetered(Meter):
    """Nobody reads the figures."""

    def requested(self, shore: str, method: str, outcome: str) -> None: ...

    def delivered(self, queue: Queue, seconds: float) -> None: ...

    def doubted(self, queue: Queue) -> None: ...

    def repeated(self) -> None: ...

    def joined(self, rows: int) -> None: ...
