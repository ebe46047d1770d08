"""Updates of Telegram that never came: their ids are consecutive, so a jump tells (R5)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import pairwise

from bot.relay.alarms.voice import alarm
from bot.relay.changes import Change, Remember
from bot.relay.ports import Clock, Ledger, Words

log = logging.getLogger(__name__)

RUN = 5  # ids in a row that prove that they come in a row
_SAID = "gap said"
_AT_MOST_EVERY_MS = 3_600_000


def missing(before: Sequence[int], new: Sequence[int]) -> int:
    """How many ids were jumped over. `before`: those that came last, newest first; where they did
    not come in a row, a jump says nothing."""
    if len(before) < RUN or any(newer != older + 1 for newer, older in pairwise(before)):
        return 0
    later = [before[0], *sorted(one for one in set(new) if one > before[0])]
    return sum(newer - older - 1 for older, newer in pairwise(later))


async def gap(
    updates: Sequence[int], ledger: Ledger, words: Words, clock: Clock
) -> Sequence[Change]:
    """What to say of a jump up to these updates, before they are stored; at most once an hour."""
    count = missing(await ledger.newest_updates(RUN), updates)
    now = clock()
    if not count or now < int(await ledger.recall(_SAID) or 0) + _AT_MOST_EVERY_MS:
        return []
    log.error("%s updates of Telegram are missing: expired, or taken by another program", count)
    text = words.count(
        "⚠️ {n} thing that happened here never reached the bot: it expired at Telegram, or another "
        "program uses this bot's token. Send messages without 👍 again. If there may be such a "
        "program: @BotFather → /mybots → API Token → Revoke, and put the new token into "
        "TELEGRAM_BOT_TOKEN.",
        "⚠️ {n} things that happened here never reached the bot: they expired at Telegram, or "
        "another program uses this bot's token. Send messages without 👍 again. If there may be "
        "such a program: @BotFather → /mybots → API Token → Revoke, and put the new token into "
        "TELEGRAM_BOT_TOKEN.",
        count,
    )
    return [Remember(_SAID, str(now)), alarm("gap", str(now), text)]
