"""Did a post whose answer was lost reach the group? Asked through the one sequence of its ids.

Telegram knows no idempotency key and never shows a bot its own messages. But ids of a supergroup
are one sequence, one sender posts at a time, and an edit that changes nothing tells whose message
stands under an id. So the lost post is the one of ours above the base that nothing explains.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.relay.model import Effect, PostId
from bot.relay.pacing import Pace
from bot.relay.ports import Forum, Ledger
from bot.relay.posts import Button, Found
from bot.relay.work import Done, NotDone, Verdict

_PROBES_AT_MOST = 30  # R18
_NOTHING_IN_A_ROW = 5  # R18: above the highest known id


class Finder:
    def __init__(self, forum: Forum, ledger: Ledger, pace: Pace) -> None:
        self._forum = forum
        self._ledger = ledger
        self._pace = pace

    async def find(self, batch: Sequence[Effect], buttons: tuple[Button, ...] = ()) -> Verdict:
        """`Done` with the post's id; `NotDone` that counts no round where it surely is not there;
        `NotDone` that counts one where that can't be told, so that the repeat is marked."""
        base = PostId(batch[0].base)
        last = PostId(base + _PROBES_AT_MOST)
        known = await self._ledger.known_posts(base, last)
        highest = max(known, default=base)
        nothing = 0
        for number in range(base + 1, last + 1):
            post_id = PostId(number)
            if post_id in known:
                continue
            await self._pace.take()
            match await self._forum.probe(post_id, buttons):
                case Found.OURS:
                    return Done(result=post_id)
                case Found.UNCLEAR:
                    return NotDone()
                case Found.NOTHING if post_id > highest:
                    nothing += 1
                case _:
                    nothing = 0
            if nothing == _NOTHING_IN_A_ROW:
                return NotDone(counts=False)
        return NotDone()
