"""What the HTTP side knows of the relay: whether one works behind it, and what it may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.relay.desk.status import Status
from bot.relay.figures import QueueDepth, Unhandled
from bot.relay.model import Queue
from bot.relay.pulse import Sign, Source


class Relay(Protocol):
    """Every method may raise a `RelayError`, and may hang as long as the database does."""

    @property
    def signs(self) -> Mapping[Source, Sign]: ...

    async def depths(self) -> Mapping[Queue, QueueDepth]: ...

    async def unhandled(self) -> Unhandled: ...

    async def status(self) -> Status: ...

    def notified(self, body: bytes) -> None:
        """A notification of the Market. Raises `Refused` for what is none."""
        ...

    def check(self, secret: str) -> None:
        """Raises `AccessDenied` where it is not that of Telegram's webhook."""
        ...

    async def updated(self, secret: str, body: bytes) -> None:
        """An update of Telegram, by its webhook; it is stored when this returns. Raises
        `AccessDenied` for a wrong secret, `Refused` for what is no update."""
        ...


@dataclass
class Inside:
    """`relay`: None while the database is waited for, or while another relay works for the
    cabinet (`is_standing_by`). `started_ms`: since when it is expected to work; a relay that was
    opened anew has not been silent for as long as the process lives."""

    started_ms: int
    relay: Relay | None = None
    is_standing_by: bool = False

    def begin(self, relay: Relay, now_ms: int) -> None:
        self.relay, self.started_ms = relay, now_ms

    def end(self, now_ms: int) -> None:
        if self.relay:
            self.started_ms = now_ms
        self.relay, self.is_standing_by = None, False

    def wait(self, is_so: bool) -> None:
        self.is_standing_by = is_so
