"""Composition root: the only place that builds and wires everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from bot.market.client import YandexMarket, open_market
from bot.preflight import Preflight
from bot.relay.bells import Bells
from bot.relay.buyer_to_topic.post import CARD, CardWork, PostWork
from bot.relay.buyer_to_topic.post import KIND as POST
from bot.relay.buyer_to_topic.tempo import Tempo
from bot.relay.buyer_to_topic.watch import Watch
from bot.relay.desk.answers import CLOSE, CloseWork, LinkWork, ShutWork
from bot.relay.desk.history import HISTORY, HistoryWork
from bot.relay.desk.open_chat import LINK, OPEN, OpenWork
from bot.relay.finder import Finder
from bot.relay.landing import Landing
from bot.relay.lanes import Lanes
from bot.relay.model import Queue
from bot.relay.notices import BUTTONS, NOTICE, REACTION, ButtonsWork, NoticeWork, ReactionWork
from bot.relay.pacing import Pace
from bot.relay.ports import Ledger, Words
from bot.relay.pulse import Pulse, Source
from bot.relay.retry import backoff_ms, until_done
from bot.relay.staff_to_market.accept import KIND as SAY
from bot.relay.staff_to_market.send import SayWork
from bot.relay.steady import SteadyClock
from bot.relay.topics import SHUT, Topics
from bot.relay.work import Work
from bot.settings import Settings
from bot.storage.database import open_ledger
from bot.storage.errors import DatabaseUnreachable
from bot.telegram.commands import set_menu
from bot.telegram.connection import Connection, connect
from bot.telegram.dispatch import Dispatch
from bot.telegram.forum import TelegramForum
from bot.telegram.handlers import Desk
from bot.telegram.intake import Intake
from bot.texts.catalog import Catalog

log = logging.getLogger(__name__)

_POST_SETTLE = 20 / 60  # R18: of SETTLE_SECONDS, before a lost post is looked for
_TOPIC_SETTLE = 30 / 60  # R19: of SETTLE_SECONDS, before a lost topic is made again
_DRAIN_S = 8.0  # R38: what a stop may take, less the closing of connections
_UPDATES_KEPT_MS = 72 * 3_600_000  # R3
_HOUR_S = 3600.0


now_ms = SteadyClock()


class App:
    """One cabinet, one group, one bot, relaying until `run` is cancelled."""

    def __init__(
        self,
        settings: Settings,
        market: YandexMarket,
        ledger: Ledger,
        bot: Connection,
        bells: Bells,
    ) -> None:
        self._settings = settings
        self._market = market
        self.ledger = ledger
        self._bot = bot
        self._bells = bells
        self._words: Words = Catalog(settings.locale)
        self._pulse = Pulse(now_ms)
        self._forum = TelegramForum(
            bot,
            settings.telegram_group_id,
            admins=settings.telegram_admin_ids,
            operators=settings.telegram_operator_ids,
            clock=now_ms,
        )
        rates = (settings.telegram_group_rate, settings.telegram_total_rate)
        self._pace = Pace(rates, ledger, now_ms)
        self._watch = Watch(
            market=market,
            ledger=ledger,
            words=self._words,
            clock=now_ms,
            pulse=self._pulse,
            tempo=Tempo(settings.poll_interval),
        )
        self._lanes = [
            self._runner(Queue.GROUP, self._posts(), Source.TELEGRAM_SENDS, pace=self._pace),
            self._runner(
                Queue.MARKS,
                {REACTION: ReactionWork(self._forum, self._words)},
                Source.TELEGRAM_SENDS,
            ),
            # The Market's own limit is kept where the calls are made: more lanes than places let
            # one that only waits for a history hold up no send.
            self._runner(
                Queue.MARKET,
                {SAY: self._say()},
                Source.MARKET_SENDS,
                parallel=2 * settings.market_max_parallel,
            ),
            self._runner(Queue.DESK, self._asked(), Source.MARKET_HISTORIES),
        ]

    async def run(self) -> None:
        """Relay. Cancelled, it takes no new work and lets the calls under way come to their end."""
        if unknown := await self.ledger.recover(now_ms()):
            log.info("%s calls were under way when the relay ended; looking for them", unknown)
        await self._pace.restore()
        log.info("Relaying cabinet %s", self._settings.market_business_id)
        async with asyncio.TaskGroup() as tasks:
            sending = [tasks.create_task(lanes.run()) for lanes in self._lanes]
            try:
                await self._read()
            finally:
                await asyncio.gather(*(lanes.drain(_DRAIN_S) for lanes in self._lanes))
                for task in sending:
                    task.cancel()

    async def _read(self) -> None:
        desk = Desk(self.ledger, self._forum, self._market, self._pulse, self._words, now_ms)
        bell = asyncio.Event()
        group_id = self._settings.telegram_group_id
        menu = partial(set_menu, self._bot, group_id, self._words)
        async with asyncio.TaskGroup() as tasks:
            intake = Intake(
                self._bot,
                ledger=self.ledger,
                words=self._words,
                clock=now_ms,
                pulse=self._pulse,
                bell=bell,
            )
            tasks.create_task(intake.run())
            tasks.create_task(Dispatch(self._bot, desk, group_id=group_id, bell=bell).run())
            tasks.create_task(self._watch.run())
            tasks.create_task(until_done("The menu of commands", menu))
            tasks.create_task(self._keep_house())
            tasks.create_task(look_over(self._settings, self._bot, self._market, self._words).run())

    async def _keep_house(self) -> None:
        while True:
            forget = partial(self.ledger.forget_updates, now_ms() - _UPDATES_KEPT_MS)
            await until_done("Tidying up", forget)
            await asyncio.sleep(_HOUR_S)

    def _runner(
        self,
        queue: Queue,
        works: dict[str, Work],
        source: Source,
        *,
        parallel: int = 1,
        pace: Pace | None = None,
    ) -> Lanes:
        return Lanes(
            queue,
            works,
            ledger=self.ledger,
            clock=now_ms,
            bell=self._bells.of(queue),
            pulse=self._pulse,
            source=source,
            parallel=parallel,
            pace=pace,
        )

    def _posts(self) -> dict[str, Work]:
        settle_ms = int(self._settings.settle_seconds * 1000)
        finder = Finder(self._forum, self.ledger, self._pace, now_ms, int(settle_ms * _POST_SETTLE))
        topics = Topics(
            forum=self._forum,
            ledger=self.ledger,
            pace=self._pace,
            words=self._words,
            clock=now_ms,
            pulse=self._pulse,
            settle_ms=int(settle_ms * _TOPIC_SETTLE),
        )
        landing = Landing(self._forum)
        post, card = (
            kind(
                landing=landing,
                ledger=self.ledger,
                topics=topics,
                finder=finder,
                words=self._words,
                clock=now_ms,
            )
            for kind in (PostWork, CardWork)
        )
        link = LinkWork(
            forum=self._forum,
            landing=landing,
            ledger=self.ledger,
            topics=topics,
            finder=finder,
            words=self._words,
        )
        notice = NoticeWork(landing=landing, ledger=self.ledger, finder=finder)
        return {
            POST: post,
            CARD: card,
            LINK: link,
            NOTICE: notice,
            CLOSE: CloseWork(forum=self._forum, topics=topics, clock=now_ms),
            SHUT: ShutWork(self._forum),
            BUTTONS: ButtonsWork(self._forum),
        }

    def _say(self) -> SayWork:
        return SayWork(
            market=self._market,
            ledger=self.ledger,
            look=self._watch.look,
            words=self._words,
            clock=now_ms,
            settle_ms=int(self._settings.settle_seconds * 1000),
        )

    def _asked(self) -> dict[str, Work]:
        return {
            OPEN: OpenWork(market=self._market, watch=self._watch, words=self._words),
            HISTORY: HistoryWork(market=self._market, words=self._words, clock=now_ms),
        }


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[App]:
    """Everything opened and wired. Raises a `StorageError` where the database can't be used."""
    bells = Bells()
    async with (
        open_ledger(
            settings.database_url,
            business_id=settings.market_business_id,
            group_id=settings.telegram_group_id,
            bot_id=settings.bot_id,
            ring=bells.ring,
            clock=now_ms,
        ) as ledger,
        connected_market(settings) as market,
        connected_bot(settings) as bot,
    ):
        yield App(settings, market, ledger, bot, bells)


async def relay(settings: Settings) -> None:
    """Relay until cancelled; a database that is away at start is waited for."""
    attempts = 0
    while True:
        try:
            async with open_app(settings) as app:
                return await app.run()
        except DatabaseUnreachable as error:
            if not attempts:
                log.warning("%s Trying again until it works", error)
            attempts += 1
            await asyncio.sleep(backoff_ms(attempts) / 1000)


def look_over(settings: Settings, bot: Connection, market: YandexMarket, words: Words) -> Preflight:
    has_key = bool(settings.market_api_key.get_secret_value())
    return Preflight(bot, settings.telegram_group_id, market, words, has_key=has_key)


def connected_market(settings: Settings) -> AbstractAsyncContextManager[YandexMarket]:
    return open_market(
        base_url=settings.market_api_url,
        business_id=settings.market_business_id,
        api_key=settings.market_api_key.get_secret_value(),
        oauth_token=settings.market_oauth_token.get_secret_value(),
        max_parallel=settings.market_max_parallel,
        request_timeout=settings.request_timeout,
        clock=now_ms,
    )


def connected_bot(settings: Settings) -> AbstractAsyncContextManager[Connection]:
    token = settings.telegram_bot_token.get_secret_value()
    return connect(token, settings.telegram_api_url, settings.request_timeout)
