"""Tells staff what does not work for a while: a service that can't be read, messages that wait.

Each is said once, and so is its end. What has been said stands in the ledger, so that a restart in
the middle says nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.relay.changes import Change, Remember
from bot.relay.errors import RelayError
from bot.relay.finder import ALONE
from bot.relay.model import Effect, Queue
from bot.relay.notices import notice
from bot.relay.ports import Clock, Ledger, Words
from bot.relay.posts import Post, Span
from bot.relay.pulse import Pulse, Sign, Source
from bot.relay.reasons import why
from bot.relay.room import LEFT_FREE

log = logging.getLogger(__name__)

_EVERY_S = 2.0
_LATE_MS = (120_000, 900_000)  # R22: undelivered for so long is told, and told again
_STUCK_MS = 60_000  # a head that can't go for so long holds its lane up; a backlog does not
_CROWDED = (900_000, 990_000)  # messages of a group, when that is told
_COUNTED_EVERY_MS = 600_000
_MARKET = (Source.MARKET_READS, Source.MARKET_HISTORIES)
_TELEGRAM = (Source.TELEGRAM_READS,)


@dataclass(frozen=True, slots=True)
class Outage:
    """`since_ms`: 0 where there is none. `is_over`: it surely works."""

    since_ms: int
    error: str
    is_over: bool


def outage(signs: Iterable[Sign]) -> Outage:
    """Of a service that is read in several ways: from the first that failed to the last that
    works. Before the first success of all nothing is surely over."""
    signs = list(signs)
    down = [sign for sign in signs if sign.down_ms]
    first = min(down, key=lambda sign: sign.down_ms, default=Sign())
    return Outage(first.down_ms, first.error, not down and bool(signs[0].worked_ms))


class Watchman:
    """`patience_ms`: an outage that is shorter is no news."""

    def __init__(
        self, *, ledger: Ledger, pulse: Pulse, words: Words, clock: Clock, patience_ms: int
    ) -> None:
        self._ledger = ledger
        self._pulse = pulse
        self._words = words
        self._clock = clock
        self._patience_ms = patience_ms
        self._told: set[tuple[str, int]] = set()
        self._counted_ms = 0
        self._stuck: dict[str, int] = {}  # heads that can't go, and since when that is seen

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except RelayError as error:
                log.info("What waits can't be looked at: %s", error)
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> None:
        changes = [
            *await self._market(),
            *await self._telegram(),
            *await self._late_answers(),
            *await self._late_posts(),
            *await self._crowd(),
            *await self._room(),
        ]
        await self._ledger.commit(*changes)

    # Services that can't be read

    async def _market(self) -> Sequence[Change]:
        found = outage(self._pulse.signs[source] for source in _MARKET)
        said = int(await self._ledger.recall("outage/market") or 0)
        if self._is_news(found, said):
            text = self._words.say(
                "🔴 The Market can't be read since {since}: {reason} Answers to buyers wait and "
                "are not lost; what buyers write comes as soon as it works again.",
                since=self._words.date(found.since_ms),
                reason=why(found.error, {}, self._words),
            )
            return [
                Remember("outage/market", str(found.since_ms)),
                _said("market begins", found.since_ms, text),
            ]
        if not (said and found.is_over):
            return []
        text = self._words.say(
            "🟢 The Market can be read again. It could not be from {since} to {until}; what buyers "
            "wrote meanwhile comes now.",
            since=self._words.date(said),
            until=self._words.date(self._clock()),
        )
        return [Remember("outage/market", "0"), _said("market ends", said, text)]

    async def _telegram(self) -> Sequence[Change]:
        """While it lasts nobody could read of it."""
        found = outage(self._pulse.signs[source] for source in _TELEGRAM)
        said = int(await self._ledger.recall("outage/telegram") or 0)
        if self._is_news(found, said):
            return [Remember("outage/telegram", str(found.since_ms))]
        if not (said and found.is_over):
            return []
        text = self._words.say(
            "🟢 The bot reads this group again. It could not from {since} to {until}; what was "
            "written meanwhile is worked off now.",
            since=self._words.date(said),
            until=self._words.date(self._clock()),
        )
        return [Remember("outage/telegram", "0"), _said("telegram ends", said, text)]

    def _is_news(self, found: Outage, said_ms: int) -> bool:
        lasts_ms = self._clock() - found.since_ms
        return bool(found.since_ms) and not said_ms and lasts_ms >= self._patience_ms

    # Messages that wait

    async def _late_answers(self) -> Sequence[Change]:
        """The oldest answer of each chat that the Market has not taken yet: told on itself."""
        changes: list[Change] = []
        for head in await self._ledger.heads(Queue.MARKET):
            stage = self._stage(head)
            if not stage or (head.key, stage) in self._told:
                continue
            self._told.add((head.key, stage))
            if reply := await self._ledger.reply(head.key):
                text = self._words.say(
                    "⏳ Not delivered yet: {reason} The bot goes on trying, and marks it with 👍 "
                    "when it is there.",
                    reason=why(head.reason or "waits", {}, self._words),
                )
                post = Post((Span(text),), reply.thread_id, reply_to=reply.post_id)
                key = f"late/{head.key}/{stage}"
                changes.append(notice(key, post, rank=2, about=head.key))
        return changes

    async def _late_posts(self) -> Sequence[Change]:
        """What buyers wrote and can't be posted; a backlog that is worked off is no such thing."""
        now = self._clock()
        heads = await self._ledger.heads(Queue.GROUP)
        stuck = [head for head in heads if head.chat_id and head.reason not in ("", ALONE)]
        self._stuck = {head.key: self._stuck.get(head.key, now) for head in stuck}
        late = [
            head for head in stuck if self._stage(head) and self._stuck[head.key] <= now - _STUCK_MS
        ]
        if not late:
            return []
        oldest = min(late, key=lambda head: head.created_ms)
        stage = self._stage(oldest)
        if (oldest.key, stage) in self._told:
            return []
        self._told.add((oldest.key, stage))
        log.error("%s topics wait, the oldest message of all for: %s", len(late), oldest.reason)
        text = self._words.count(
            "⚠️ What the buyer of {n} chat wrote can't be posted since {since}: {reason} The bot "
            "goes on trying.",
            "⚠️ What the buyers of {n} chats wrote can't be posted since {since}: {reason} The bot "
            "goes on trying.",
            len(late),
            since=self._words.date(oldest.created_ms),
            reason=why(oldest.reason, {}, self._words),
        )
        post = Post((Span(text),))
        return [notice(f"late/{oldest.key}/{stage}", post, rank=2, about=oldest.key)]

    async def _room(self) -> Sequence[Change]:
        is_full = not self._ledger.has_room()
        was_full = await self._ledger.recall("disk full") == "yes"
        if is_full is was_full:
            return []
        if is_full:
            log.error("Less than %s bytes of the disk are free: no new work is taken", LEFT_FREE)
            text = self._words.say(
                "🔴 The disk of the bot's computer is nearly full, so the bot takes no new "
                "messages until there is room. Nothing is lost: free at least 200 MB within a day."
            )
        else:
            log.warning("There is room on the disk again")
            text = self._words.say("🟢 There is room on the disk again, and the bot goes on.")
        remembered = Remember("disk full", "yes" if is_full else "no")
        return [remembered, notice(f"disk/{self._clock()}", Post((Span(text),)))]

    async def _crowd(self) -> Sequence[Change]:
        """Above a million messages Telegram does not find topics any more (facts)."""
        if self._clock() < self._counted_ms + _COUNTED_EVERY_MS:
            return []
        self._counted_ms = self._clock()
        highest = await self._ledger.highest_post()
        passed = [mark for mark in _CROWDED if highest >= mark]
        text = self._words.say(
            "⚠️ This group has {number} messages. Above 1,000,000 Telegram does not find its topics "
            "any more. Make a new group with topics, add the bot as an administrator and set "
            "TELEGRAM_GROUP_ID to its number: the bot makes new topics there, and what waits moves "
            "along.",
            number=f"{highest:,}",
        )
        return [notice(f"crowd/{passed[-1]}", Post((Span(text),)))] if passed else []

    def _stage(self, head: Effect) -> int:
        return sum(self._clock() - head.created_ms >= late_ms for late_ms in _LATE_MS)


def _said(what: str, since_ms: int, text: str) -> Change:
    return notice(f"outage {what}/{since_ms}", Post((Span(text),)))


def told_of_number(group_id: int, words: Words) -> Change:
    """To be written down before the group moves, so that it goes along."""
    text = words.say(
        "ℹ️ Telegram gave this group another number. The bot goes on with it; set "
        "TELEGRAM_GROUP_ID={number} in its settings, so that they are right.",
        number=str(group_id),
    )
    return notice(f"moved/{group_id}", Post((Span(text),)))
