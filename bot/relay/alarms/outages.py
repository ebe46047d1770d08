"""Outages of the two services as staff see them: said once they last, and so is their end.

Short ones are not said, and an end only where there was something to end. Where Telegram itself is
away nobody can be told: one message says from when to when. What a person has to mend is said by
`mending`, another program on the same bot by `rival`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.relay.age import age
from bot.relay.alarms.voice import alarm, can_speak
from bot.relay.changes import Change, Remember
from bot.relay.errors import RelayError
from bot.relay.ports import Clock, Forum, Ledger, Words
from bot.relay.pulse import Pulse, Sign, Source
from bot.relay.reasons import why

log = logging.getLogger(__name__)

_LOOKS = 6  # within the threshold
_RIVAL = "telegram_conflict"


class Shore(StrEnum):
    MARKET = "market"
    TELEGRAM = "telegram"


_READS = {
    Shore.MARKET: (Source.MARKET_READS, Source.MARKET_HISTORIES),
    Shore.TELEGRAM: (Source.TELEGRAM_READS,),
}


@dataclass(frozen=True, slots=True)
class Outage:
    since_ms: int
    is_said: bool = False

    def __str__(self) -> str:
        return f"{self.since_ms} {'said' if self.is_said else ''}"

    @staticmethod
    def read(text: str | None) -> Outage | None:
        since, _, said = (text or "").partition(" ")
        return Outage(int(since), bool(said)) if since else None


def down(signs: Mapping[Source, Sign], shore: Shore) -> Sign | None:
    """What of the shore fails for the longest, if that is an outage and nothing else."""
    failing = [sign for source in _READS[shore] if (sign := signs[source]).down_ms]
    if any(sign.is_denied or sign.error == _RIVAL for sign in failing):
        return None
    return min(failing, key=lambda sign: sign.down_ms, default=None)


class Outages:
    """`threshold_ms`: what lasts no longer is not said."""

    def __init__(
        self,
        *,
        forum: Forum,
        ledger: Ledger,
        words: Words,
        clock: Clock,
        pulse: Pulse,
        threshold_ms: int,
    ) -> None:
        self._forum = forum
        self._ledger = ledger
        self._words = words
        self._clock = clock
        self._signs = pulse.signs
        self._threshold_ms = threshold_ms
        self._heard_ms: dict[Shore, int] = {}  # since when Telegram answers, in an outage
        self._ended_ms: dict[Shore, int] = {}  # seen to be over, and not said yet

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except RelayError as error:
                log.debug("Outages can't be looked at: %s", error)
            await asyncio.sleep(self._threshold_ms / 1000 / _LOOKS)

    async def look(self) -> None:
        for shore in Shore:
            await self._look(shore)

    async def _look(self, shore: Shore) -> None:
        outage = Outage.read(await self._ledger.recall(_fact(shore)))
        if sign := down(self._signs, shore):
            self._ended_ms.pop(shore, None)
            if outage is None and self._clock() - sign.down_ms >= self._threshold_ms:
                outage = Outage(sign.down_ms)
                await self._ledger.commit(Remember(_fact(shore), str(outage)))
            if outage and not outage.is_said and await self._still(shore, sign):
                await self._ledger.commit(*self._begin(shore, outage, sign.error))
            return
        self._heard_ms.pop(shore, None)
        if outage and await self._is_over(shore):
            self._ended_ms.setdefault(shore, self._clock())
            if await can_speak(self._forum):
                await self._ledger.commit(*self._end(shore, outage))
                del self._ended_ms[shore]

    async def _still(self, shore: Shore, sign: Sign) -> bool:
        """Does it fail although Telegram can be spoken to? Where everything was away, what is back
        may only not have been asked yet."""
        if not await can_speak(self._forum):
            self._heard_ms.pop(shore, None)
            return False
        return sign.failed_ms > self._heard_ms.setdefault(shore, self._clock())

    async def _is_over(self, shore: Shore) -> bool:
        """Everything works, not only does not fail: after a restart nothing has been asked yet."""
        signs = [self._signs[source] for source in _READS[shore]]
        if any(sign.down_ms for sign in signs) or not signs[0].worked_ms:
            return False
        return bool(signs[-1].worked_ms) or not await self._ledger.unread_chats()

    def _begin(self, shore: Shore, outage: Outage, error: str) -> list[Change]:
        begun = Remember(_fact(shore), str(replace(outage, is_said=True)))
        said = self._begun(shore, outage, why(error, {}, self._words))
        return [begun, alarm(shore, f"{outage.since_ms}/begin", said)]

    def _end(self, shore: Shore, outage: Outage) -> list[Change]:
        wording = self._ended if outage.is_said else self._whole
        said = wording(shore, outage.since_ms, self._ended_ms[shore])
        return [Remember(_fact(shore), ""), alarm(shore, f"{outage.since_ms}/end", said)]

    # The words

    def _begun(self, shore: Shore, outage: Outage, reason: str) -> str:
        since = self._words.date(outage.since_ms)
        if shore is Shore.MARKET:
            return self._words.say(
                "🔴 The Market can't be read since {since}: {reason} What buyers write comes "
                "later; your answers wait and are not lost. The bot goes on trying.",
                since=since,
                reason=reason,
            )
        return self._words.say(
            "🔴 The bot can't read this group since {since}: {reason} What you write reaches the "
            "buyers later and is not lost. The bot goes on trying.",
            since=since,
            reason=reason,
        )

    def _ended(self, shore: Shore, since_ms: int, ended_ms: int) -> str:
        lasted = age(ended_ms - since_ms, self._words)
        if shore is Shore.MARKET:
            return self._words.say(
                "🟢 The Market can be read again, after {age}. What buyers wrote meanwhile is "
                "brought here now; answers that waited are on their way.",
                age=lasted,
            )
        return self._words.say(
            "🟢 The bot reads this group again, after {age}. What you wrote meanwhile is on its "
            "way to the buyers.",
            age=lasted,
        )

    def _whole(self, shore: Shore, since_ms: int, ended_ms: int) -> str:
        times = {"since": self._words.date(since_ms), "until": self._words.date(ended_ms)}
        if shore is Shore.MARKET:
            return self._words.say(
                "🟢 The Market could not be read from {since} to {until}. What buyers wrote "
                "meanwhile is brought here now; answers that waited are on their way.",
                **times,
            )
        return self._words.say(
            "🟢 The bot could not reach Telegram from {since} to {until}. What was written "
            "meanwhile, here and by buyers, is on its way.",
            **times,
        )


def _fact(shore: Shore) -> str:
    return f"outage/{shore}"
