"""Which services answer, since when not: an outage is said once, and so is its end."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum

from bot.relay.errors import AccessDenied, LedgerAway, RelayError
from bot.relay.ports import Clock

log = logging.getLogger(__name__)


class Source(StrEnum):
    MARKET_READS = "reading the Market's list of chats"
    MARKET_HISTORIES = "reading the Market's histories"
    MARKET_SENDS = "sending to the Market"
    TELEGRAM_READS = "reading Telegram"
    TELEGRAM_SENDS = "posting to Telegram"
    DESK = "doing what commands ask for"


@dataclass(slots=True)
class Sign:
    """`worked_ms`: last success, 0 before the first. `failed_ms`: last failure. `down_ms`: since
    when it fails, 0 if it doesn't. `error`: the last error of this outage; `is_denied`: a person
    has to mend it."""

    worked_ms: int = 0
    failed_ms: int = 0
    down_ms: int = 0
    error: str = ""
    is_denied: bool = False

    @property
    def is_down(self) -> bool:
        """Also before the first success."""
        return bool(self.down_ms or not self.worked_ms)


class Pulse:
    """`alarm` rings when something turns out to need a person, and when it does no more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.signs = {source: Sign() for source in Source}
        self._ledger_error = ""
        self.moved = asyncio.Event()  # the group has another number: `moved_to`
        self.moved_to = 0
        self.alarm = asyncio.Event()

    def worked(self, source: Source) -> None:
        self._ledger_error = ""
        sign = self.signs[source]
        if sign.down_ms:
            seconds = (self._clock() - sign.down_ms) // 1000
            log.warning("%s works again after %s s", source, seconds)
        if sign.is_denied:
            self.alarm.set()
        sign.worked_ms, sign.down_ms, sign.error, sign.is_denied = self._clock(), 0, "", False

    def move(self, group_id: int) -> None:
        self.moved_to = group_id
        self.moved.set()

    def failed(self, source: Source, error: RelayError) -> None:
        """An outage is a line, whatever faces it shows; that a person is needed is one more."""
        if isinstance(error, LedgerAway):
            if self._ledger_error != error.key:
                log.warning("The database can't be worked with: %s; trying again", error)
            self._ledger_error = error.key
            return
        if error.key == "telegram_migrated":
            self.move(int(error.details["to"]))
        sign = self.signs[source]
        is_denied = isinstance(error, AccessDenied)
        is_news = is_denied and sign.error != error.key
        if not sign.down_ms or is_news:
            level = logging.ERROR if is_denied else logging.WARNING
            log.log(level, "%s fails: %s; trying again until it works", source, error)
        if is_news:
            self.alarm.set()
        sign.failed_ms = self._clock()
        sign.down_ms = sign.down_ms or sign.failed_ms
        sign.error, sign.is_denied = error.key, is_denied

    def refused(self, error: RelayError) -> None:
        """A no that a person may have to turn into a yes."""
        if error.key == "topics_off":
            self.alarm.set()
