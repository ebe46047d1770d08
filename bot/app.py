"""Composition root: the only place that builds and wires everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from bot.market import preflight as market_preflight
from bot.market.client import YandexMarket, open_market
from bot.relay.bells import Bells
from bot.relay.buyer_to_topic.post import CARD, CardWork, PostWork
from bot.relay.buyer_to_topic.post import KIND as POST
from bot.relay.buyer_to_topic.watch import Tempo, Watch
from bot.relay.desk.answers import CLOSE, SHUT, CloseWork, LinkWork, ShutWork
from bot.relay.desk.history import HISTORY, HistoryWork
from bot.relay.desk.open_chat import LINK, OPEN, OpenWork
from bot.relay.finder import Finder
from bot.relay.findings import Finding
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
from bot.relay.topics import Topics
from bot.relay.work import Work
from bot.settings import Settings
from bot.storage.database import open_ledger
from bot.storage.errors import DatabaseUnreachable
from bot.telegram import preflight as telegram_preflight
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
        self._ledger = ledger
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
            self._runner(
                Queue.MARKET,
                self._sends(),
                Source.MARKET_SENDS,
                parallel=settings.market_max_parallel,
            ),
        ]

    async def run(self) -> None:
        """Relay. Cancelled, it takes no new work and lets the calls under way come to their end."""
        if unknown := await self._ledger.recover(now_ms()):
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
        desk = Desk(self._ledger, self._forum, self._market, self._pulse, self._words, now_ms)
        bell = asyncio.Event()
        group_id = self._settings.telegram_group_id
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Intake(self._bot, self._ledger, now_ms, self._pulse, bell).run())
            tasks.create_task(Dispatch(self._bot, desk, group_id=group_id, bell=bell).run())
            tasks.create_task(self._watch.run())
            tasks.create_task(until_done("The menu of commands", self._set_menu))
            tasks.create_task(self._keep_house())
            tasks.create_task(self._look_around())

    async def _keep_house(self) -> None:
        while True:
            await until_done("Tidying up", self._forget)
            await asyncio.sleep(_HOUR_S)

    async def _look_around(self) -> None:
        """What a person has to mend is said at the start and when it changes (R30)."""
        said: set[str] = set()
        while True:
            found = preflight(self._settings, self._bot, self._market, self._words)
            wrong = [one.text async for one in found if not (one.is_ok or one.is_passing)]
            for text in wrong:
                if text not in said:
                    log.error("%s", text)
            said = set(wrong)
            await asyncio.sleep(_HOUR_S)

    async def _set_menu(self) -> None:
        await set_menu(self._bot, self._settings.telegram_group_id, self._words)

    async def _forget(self) -> None:
        await self._ledger.forget_updates(now_ms() - _UPDATES_KEPT_MS)

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
            ledger=self._ledger,
            clock=now_ms,
            bell=self._bells.of(queue),
            pulse=self._pulse,
            source=source,
            parallel=parallel,
            pace=pace,
        )

    def _posts(self) -> dict[str, Work]:
        settle_ms = int(self._settings.settle_seconds * 1000)
        finder = Finder(
            self._forum, self._ledger, self._pace, now_ms, int(settle_ms * _POST_SETTLE)
        )
        topics = Topics(
            forum=self._forum,
            ledger=self._ledger,
            pace=self._pace,
            words=self._words,
            clock=now_ms,
            settle_ms=int(settle_ms * _TOPIC_SETTLE),
        )
        post, card = (
            kind(
                forum=self._forum,
                ledger=self._ledger,
                topics=topics,
                finder=finder,
                words=self._words,
                clock=now_ms,
            )
            for kind in (PostWork, CardWork)
        )
        link = LinkWork(
            forum=self._forum,
            ledger=self._ledger,
            topics=topics,
            finder=finder,
            words=self._words,
        )
        notice = NoticeWork(forum=self._forum, ledger=self._ledger, finder=finder)
        return {
            POST: post,
            CARD: card,
            LINK: link,
            NOTICE: notice,
            CLOSE: CloseWork(forum=self._forum, topics=topics, clock=now_ms),
            SHUT: ShutWork(self._forum),
            BUTTONS: ButtonsWork(self._forum),
        }

    def _sends(self) -> dict[str, Work]:
        say = SayWork(
            market=self._market,
            ledger=self._ledger,
            look=self._watch.look,
            words=self._words,
            clock=now_ms,
            settle_ms=int(self._settings.settle_seconds * 1000),
        )
        return {
            SAY: say,
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


async def preflight(
    settings: Settings, bot: Connection, market: YandexMarket, words: Words
) -> AsyncIterator[Finding]:
    """What both services say of the settings, a finding a question."""
    group_id = settings.telegram_group_id
    async for finding in telegram_preflight.findings(bot, group_id, words):
        yield finding
    has_key = bool(settings.market_api_key.get_secret_value())
    async for finding in market_preflight.findings(market, words, has_key=has_key):
        yield finding


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
