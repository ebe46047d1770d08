"""Did a post whose answer was lost reach the group? Asked through the one sequence of its ids.

Telegram knows no idempotency key and never shows a bot its own messages. But ids of a supergroup
are one sequence, one sender posts at a time, and an edit that changes nothing tells whose message
stands under an id. So the lost post is the one of ours above the base that nothing explains; of an
album that was refused half-way, those that are there are its first.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, islice

from bot.relay.changes import Settle
from bot.relay.landing import key_of as astray
from bot.relay.model import Effect, PostId, State
from bot.relay.pacing import Pace
from bot.relay.ports import Clock, Forum, Ledger
from bot.relay.posts import Button, Found
from bot.relay.work import Done, NotDone, Undecided, Verdict

_PROBES_AT_MOST = 30  # R18
_NOTHING_IN_A_ROW = 5  # R18: above the highest known id
BROKEN = "album broken"  # reason of rows whose album was refused, perhaps half-way
ALONE = "alone"  # reason of a row whose company was refused
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

    async def find(
        self, batch: Sequence[Effect], buttons: tuple[Button, ...] = (), *, is_album: bool = False
    ) -> Verdict:
        """`Done` with the post's id (of an album, with its posts' ids); `NotDone` that counts no
        round where it surely is not there; `NotDone` that counts one where that can't be told, so
        that the repeat is marked; `Undecided` while it is too early to say either.

        Of an album some of whose posts are there those rows are settled, the others go alone.
        A row with the reason `BROKEN` was answered: what is there is there, nothing comes late."""
        wanted = len(batch) if is_album else 1
        found, is_sure = await self._search(PostId(batch[0].base), buttons, wanted)
        if len(found) == wanted:
            return Done(results=found)
        is_broken = batch[0].reason == BROKEN
        due = batch[0].unknown_ms + self._settle_ms
        if self._clock() < due and not is_broken:
            return Undecided(due)
        there = tuple(
            Settle((effect.id,), State.SENT, result)
            for effect, result in zip(batch, found, strict=False)
        )
        return NotDone(there, counts=not is_sure, reason=ALONE if there or is_broken else "")

    async def _search(
        self, base: PostId, buttons: tuple[Button, ...], wanted: int
    ) -> tuple[list[int], bool]:
        """The posts found, and whether it is sure that there are no more."""
        found: list[int] = []
        if not base:  # nothing is known of the group, so any old post could be taken for it
            return found, False
        known = await self._ledger.known_posts(base, PostId(base + _KNOWN_AT_MOST))
        highest = max(known, default=base)
        unknown = (number for number in count(base + 1) if number not in known)
        nothing = 0
        for number in islice(unknown, _PROBES_AT_MOST):
            await self._pace.take()
            match await self._forum.probe(PostId(number), buttons):
                case Found.OURS if not await self._ledger.effect(astray(PostId(number))):
                    found.append(number)
                    nothing = 0
                case Found.UNCLEAR:
                    return found, False
                case Found.NOTHING if number > highest:
                    nothing += 1
                case _:
                    nothing = 0
            if len(found) == wanted or nothing == _NOTHING_IN_A_ROW:
                return found, True
        return found, False
