"""How long to wait before trying again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from bot.relay.errors import RelayError, Throttled

log = logging.getLogger(__name__)

_ROUNDS_AT_MOST = 6  # 2**6 s is past the cap of the backoff
_READ_CAP_S = 10.0
_BACKOFF_CAP_S = 60.0  # R22


def backoff_ms(attempts: int, outage_s: float = 0.0) -> int:
    """Exponential from 1 s to 60 s with full jitter, so that lanes don't knock in step; in an
    outage no more often than befits its length."""
    ceiling = max(2.0 ** min(attempts, _ROUNDS_AT_MOST), outage_s / 2)
    return int(random.uniform(0.2, min(_BACKOFF_CAP_S, ceiling)) * 1000)


def rest_s(error: RelayError, failures: int) -> float:
    """Seconds until a service is read again after reading it failed so often in a row: as asked,
    else no longer than ten, which costs it no more than a good day and finds its end soon."""
    asked = error.retry_after if isinstance(error, Throttled) else 0.0
    return max(asked, min(_READ_CAP_S, backoff_ms(failures) / 1000))


async def until_done(what: str, work: Callable[[], Awaitable[object]]) -> None:
    """Something that is needed, but not now."""
    attempts = 0
    while True:
        try:
            await work()
            return
        except RelayError as error:
            if not attempts:
                log.info("%s has to wait: %s", what, error)
            attempts += 1
            await asyncio.sleep(backoff_ms(attempts) / 1000)
