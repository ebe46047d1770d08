"""The HTTP side of the relay, wired: which addresses it has follows from the settings."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.relay.ports import Clock
from bot.remedies import problem
from bot.settings import Settings, SettingsWrong
from bot.texts.catalog import Catalog
from bot.web.health import Health
from bot.web.inside import Inside
from bot.web.metrics import Prometheus
from bot.web.pushed import Notifications, Updates
from bot.web.server import CannotListen, Figures, Routes, listening

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_doors(
    settings: Settings, inside: Inside, meter: Prometheus, clock: Clock
) -> AsyncIterator[None]:
    """Does nothing where the HTTP side is off. Raises `SettingsWrong` where it can't listen."""
    if settings.listen is None:
        yield
        return
    try:
        async with listening(*settings.listen, _routes(settings, inside, meter, clock)):
            yield
    except CannotListen as error:
        log.error("HTTP_LISTEN can't be had: %s", error)
        raise SettingsWrong([problem("HTTP_LISTEN", False, Catalog(settings.locale))]) from None


def _routes(settings: Settings, inside: Inside, meter: Prometheus, clock: Clock) -> Routes:
    secret = settings.market_notification_secret.get_secret_value()
    sources, proxies = settings.market_notification_sources, settings.http_trusted_proxies
    routes = [
        *Health(inside, clock).routes(),
        *Figures(inside, meter).routes(),
        *Notifications(inside, secret, sources, proxies).routes(),
    ]
    if settings.telegram_webhook_url:
        routes += Updates(inside).routes()
    return routes
