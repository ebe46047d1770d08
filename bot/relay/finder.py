"""Did a post whose answer was lost reach the group? Asked through the one sequence of its ids.

Telegram knows no idempotency key and never shows a bot its own messages. But ids of a supergroup
are one sequence, one sender posts at a time, and an edit that changes nothing tells whose message
stands under an id. So the lost post is the one of ours above the base that nothing explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, islice

from bot.relay.model import Effect, PostId
from bot.relay.pacing import Pace
from bot.relay.ports import Clock, Forum, Ledger
from bot.relay.posts import Button, Found
from bot.relay.work import Done, NotDone, Undecided, Verdict

_PROBES_AT_MOST = 30  # R18
_NOTHING_IN_A_ROW = 5  # R18: above the highest known id
_KNOWN_AT_MOST = 10_000  # ids above the base within which others are known


class Finder:
    """`settle_ms`: how long after the call it may still turn up, so that not finding it says
    nothing; finding it does at any time."""

    def __init__(
        self, forum: Forum, ledger: Ledger, pace: Pace, clock: Clock, settle_ms: int
    ) -> None:
        self._forum = forum
        self._ledger = ledger
        self._pace = pace
        self._clock = clock
        self._settle_ms = settle_ms

    async def find(self, batch: Sequence[Effect], buttons: tuple[Button, ...] = ()) -> Verdict:
        """`Done` with the post's id; `NotDone` that counts no round where it surely is not there;
        `NotDone` that counts one where that can't be told, so that the repeat is marked;
        `Undecided` while it is too early to say either."""
        verdict = await self._search(batch, buttons)
        due = batch[0].unknown_ms + self._settle_ms
        is_early = isinstance(verdict, NotDone) and self._clock() < due
        return Undecided(due) if is_early else verdict

    async def _search(self, batch: Sequence[Effect], buttons: tuple[Button, ...]) -> Verdict:
        base = PostId(batch[0].base)
        if not base:  # nothing is known of the group, so any old post could be taken for it
            return NotDone()
        known = await self._ledger.known_posts(base, PostId(base + _KNOWN_AT_MOST))
        highest = max(known, default=base)
        unknown = (number for number in count(base + 1) if number not in known)
        nothing = 0
        for number in islice(unknown, _PROBES_AT_MOST):
            await self._pace.take()
            match await self._forum.probe(PostId(number), buttons):
                case Found.OURS:
                    return Done(result=number)
                case Found.UNCLEAR:
                    return NotDone()
                case Found.NOTHING if number > highest:
                    nothing += 1
                case _:
                    nothing = 0
            if nothing == _NOTHING_IN_A_ROW:
                return NotDone(counts=False)
        return NotDone()
