"""Both shores, and the folder for files, opened as the settings say."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager

from bot.files.spool import DiskSpool, open_spool
from bot.market.client import YandexMarket, open_market
from bot.preflight import Preflight
from bot.relay.meter import Meter
from bot.relay.ports import Clock, Words
from bot.remedies import problem
from bot.settings import Settings, SettingsWrong
from bot.telegram.connection import Connection, connect
from bot.texts.catalog import Catalog

log = logging.getLogger(__name__)


@contextmanager
def files_of(settings: Settings) -> Iterator[DiskSpool]:
    """Where files lie on their way. Raises `SettingsWrong` where the folder can't be had."""
    try:
        with open_spool(settings.files_dir / str(settings.market_business_id)) as spool:
            yield spool
    except OSError as error:
        log.error("The folder for files can't be used: %s", type(error).__name__)
        wrong = problem("FILES_DIR", False, Catalog(settings.locale))
        raise SettingsWrong([wrong]) from None


def look_over(
    settings: Settings,
    bot: Connection,
    group_id: int,
    market: YandexMarket,
    words: Words,
) -> Preflight:
    has_key = bool(settings.market_api_key.get_secret_value())
    return Preflight(
        bot,
        group_id,
        market,
        words,
        has_key=has_key,
        webhook_url=settings.telegram_webhook_url,
    )


def connected_market(
    settings: Settings, clock: Clock, meter: Meter | None = None
) -> AbstractAsyncContextManager[YandexMarket]:
    return open_market(
        base_url=settings.market_api_url,
        business_id=settings.market_business_id,
        api_key=settings.market_api_key.get_secret_value(),
        oauth_token=settings.market_oauth_token.get_secret_value(),
        max_parallel=settings.market_max_parallel,
        request_timeout=settings.request_timeout,
        clock=clock,
        meter=meter,
    )


def connected_bot(
    settings: Settings, meter: Meter | None = None
) -> AbstractAsyncContextManager[Connection]:
    token = settings.telegram_bot_token.get_secret_value()
    return connect(token, settings.telegram_api_url, settings.request_timeout, meter)
