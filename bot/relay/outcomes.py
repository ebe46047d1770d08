"""Writing down what became of a call, which is known in memory alone until it is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bot.relay.changes import Become, Change, Doubt, Postpone, Settle, Wait
from bot.relay.errors import Refused, RelayError
from bot.relay.ports import Ledger
from bot.relay.retry import backoff_ms

log = logging.getLogger(__name__)

_OUTCOMES = (Settle, Postpone, Doubt, Wait, Become)


async def write_down(ledger: Ledger, changes: Sequence[Change]) -> None:
    """Whatever it takes: again until the database is back; and where what follows from the call
    can't be written, its outcome alone."""
    attempts = 0
    is_bare = False
    while True:
        try:
            return await ledger.commit(*changes)
        except Refused:
            log.exception("What follows from a call can't be written down; its outcome can")
            if is_bare:
                return None
            changes = [change for change in changes if isinstance(change, _OUTCOMES)]
            is_bare = True
        except RelayError as error:
            log.error("An outcome can't be written down: %s; trying again", error)
            attempts += 1
            await asyncio.sleep(backoff_ms(attempts) / 1000)
