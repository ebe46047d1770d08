"""Keeping a relay at work: through a database that is away, another relay, another group number."""

from __future__ import annotations

import asyncio
import logging

from bot.app import now_ms, open_app
from bot.doors import open_doors
from bot.relay.meter import Meter
from bot.relay.retry import backoff_ms
from bot.settings import Settings
from bot.storage.errors import DatabaseUnreachable, LeaseLost
from bot.web.inside import Inside
from bot.web.metrics import Prometheus

log = logging.getLogger(__name__)


async def relay(settings: Settings) -> None:
    """Relay until cancelled; a database that is away at start is waited for."""
    inside, meter = Inside(now_ms()), Prometheus()
    async with open_doors(settings, inside, meter, now_ms):
        await _relay(settings, inside, meter)


async def _relay(settings: Settings, inside: Inside, meter: Meter) -> None:
    attempts = 0
    while True:
        try:
            async with open_app(settings, meter, inside.wait) as app:
                inside.begin(app, now_ms())
                await app.run()
        except LeaseLost as error:
            log.warning("%s Its calls under way were broken off", error)
        except DatabaseUnreachable as error:
            if not attempts:
                log.warning("%s Trying again until it works", error)
            attempts += 1
            await asyncio.sleep(backoff_ms(attempts) / 1000)
        finally:
            inside.end(now_ms())
