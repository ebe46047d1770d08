"""Composition root: the only place that builds and wires everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from bot.alarms import alarms_of
from bot.files.pictures import PillowPictures
from bot.files.spool import DiskSpool
from bot.market.client import YandexMarket
from bot.market.notifications import read_notification
from bot.relay.alarms.group import told_of_number
from bot.relay.bells import Bells
from bot.relay.buyer_to_topic.hints import Hints, Trust
from bot.relay.buyer_to_topic.lists import Lists
from bot.relay.buyer_to_topic.reconcile import Reconcile
from bot.relay.buyer_to_topic.tempo import Tempo
from bot.relay.buyer_to_topic.watch import Watch
from bot.relay.deeds import MoveGroup
from bot.relay.desk.status import Status, gather
from bot.relay.errors import AccessDenied
from bot.relay.fetching import Fetcher
from bot.relay.figures import QueueDepth, Unhandled
from bot.relay.housekeeping import Housekeeping, Keeping
from bot.relay.lanes import Lanes
from bot.relay.meter import Meter, Unmetered
from bot.relay.model import Queue
from bot.relay.pacing import Pace
from bot.relay.parking import Parking
from bot.relay.ports import Ledger, Words
from bot.relay.pulse import Pulse, Sign, Source
from bot.relay.retry import until_done
from bot.relay.staff_to_market.quote import Quotes
from bot.relay.steady import SteadyClock
from bot.relay.tally import Tally
from bot.settings import Settings
from bot.shores import connected_bot, connected_market, files_of, look_over
from bot.storage.database import open_ledger
from bot.telegram.commands import set_menu
from bot.telegram.connection import Connection
from bot.telegram.desk import Desk
from bot.telegram.dispatch import Dispatch
from bot.telegram.files import Files
from bot.telegram.forum import TelegramForum
from bot.telegram.inbox import Inbox
from bot.telegram.intake import Intake
from bot.telegram.webhook import Webhook
from bot.texts.catalog import Catalog
from bot.works import Parts, works_of

log = logging.getLogger(__name__)

_DRAIN_S = 8.0  # R38: what a stop may take, less the closing of connections


now_ms = SteadyClock()


class GroupMoved(Exception):
    """All that is known of the group stands under its other number now."""


class App:
    """One cabinet, one group, one bot, relaying until `run` is cancelled."""

    def __init__(
        self,
        settings: Settings,
        market: YandexMarket,
        ledger: Ledger,
        bot: Connection,
        spool: DiskSpool,
        bells: Bells,
        tally: Tally,
    ) -> None:
        self._settings = settings
        self._market = market
        self.ledger = ledger
        self._bot = bot
        self._bells = bells
        self._tally = tally
        self._words: Words = Catalog(settings.locale)
        self._pulse = Pulse(now_ms)
        self._forum = TelegramForum(
            bot,
            ledger.group_id,
            admins=settings.telegram_admin_ids,
            operators=settings.telegram_operator_ids,
            clock=now_ms,
            files=Files(bot, ledger.group_id, settings.request_timeout),
        )
        rates = (settings.telegram_group_rate, settings.telegram_total_rate)
        self._pace = Pace(rates, ledger, now_ms)
        trust = Trust()
        self._watch = Watch(
            market=market,
            ledger=ledger,
            words=self._words,
            clock=now_ms,
            pulse=self._pulse,
            trust=trust,
        )
        self._lists = Lists(
            market=market,
            watch=self._watch,
            tempo=Tempo(settings.poll_interval),
            trust=trust,
            pulse=self._pulse,
            clock=now_ms,
        )
        self._reconcile = Reconcile(ledger, self._watch.look_back, now_ms, self._pulse)
        self._hints = Hints(self._watch.look_at_hint, trust)
        self._updates_bell = asyncio.Event()
        self._inbox = Inbox(
            ledger=ledger,
            words=self._words,
            clock=now_ms,
            pulse=self._pulse,
            bell=self._updates_bell,
        )
        url = settings.telegram_webhook_url
        self._webhook = Webhook(bot, url, self._inbox) if url else None
        self._parts = Parts(
            market=market,
            forum=self._forum,
            ledger=ledger,
            spool=spool,
            pictures=PillowPictures(),
            words=self._words,
            clock=now_ms,
            pulse=self._pulse,
            pace=self._pace,
            watch=self._watch,
            answered=self._lists.answered,
            settle_ms=int(settings.settle_seconds * 1000),
        )
        self._housekeeping = Housekeeping(
            ledger=ledger,
            words=self._words,
            clock=now_ms,
            keeping=Keeping(settings.backup_dir, settings.backups_kept, settings.keep_texts_days),
        )
        self._fetchers: list[Fetcher[Any]] = []
        self._lanes = [
            self._runner(Queue.GROUP, Source.TELEGRAM_SENDS, pace=self._pace),
            self._runner(Queue.MARKS, Source.TELEGRAM_SENDS),
            # The Market's own limit is kept where the calls are made: more lanes than places let
            # one that only waits for a history hold up no send.
            self._runner(
                Queue.MARKET, Source.MARKET_SENDS, parallel=2 * settings.market_max_parallel
            ),
            self._runner(Queue.DESK, Source.DESK),
        ]

    async def run(self) -> None:
        """Relay until cancelled, or until the group has another number: open it again then. No new
        work is taken, and the calls under way come to their end."""
        if unknown := await self.ledger.recover(now_ms()):
            log.info("%s calls were under way when the relay ended; looking for them", unknown)
        await self._pace.restore()
        log.info("Relaying cabinet %s", self._settings.market_business_id)
        try:
            await self._work()
        except* GroupMoved:
            pass

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            workers = [*(each.run for each in self._fetchers), *(each.run for each in self._lanes)]
            sending = [tasks.create_task(work()) for work in workers]
            try:
                await self._read()
            finally:
                seconds = _DRAIN_S if self.ledger.is_ours else 0.0
                await asyncio.gather(*(lanes.drain(seconds) for lanes in self._lanes))
                for task in sending:
                    task.cancel()

    async def _read(self) -> None:
        desk = Desk(
            self.ledger,
            self._forum,
            self._market,
            self._pulse,
            self._tally,
            self._words,
            now_ms,
            Quotes(self.ledger, is_on=self._settings.quote_replies),
        )
        group_id = self.ledger.group_id
        menu = partial(set_menu, self._bot, group_id, self._words)
        async with asyncio.TaskGroup() as tasks:
            reading = self._webhook or Intake(self._bot, self._inbox)
            tasks.create_task(reading.run())
            tasks.create_task(
                Dispatch(self._bot, desk, group_id=group_id, bell=self._updates_bell).run()
            )
            tasks.create_task(self._lists.run())
            tasks.create_task(self._hints.run())
            tasks.create_task(self._reconcile.run())
            tasks.create_task(until_done("The menu of commands", menu))
            tasks.create_task(self._housekeeping.run())
            shores = (self._bot, group_id, self._market)
            preflight = look_over(self._settings, *shores, self._words)
            for alarm in alarms_of(self._parts, preflight.findings):
                tasks.create_task(alarm())
            tasks.create_task(self._follow())

    async def _follow(self) -> None:
        """The group has another number: all that is known of it moves, then the relay with it."""
        await self._pulse.moved.wait()
        to = self._pulse.moved_to
        log.warning("The group has another number now: %s. Set TELEGRAM_GROUP_ID to it", to)
        move = partial(self.ledger.commit, told_of_number(to, self._words), MoveGroup(to))
        await until_done("Moving to the group's other number", move)
        raise GroupMoved

    def _runner(
        self, queue: Queue, source: Source, *, parallel: int = 1, pace: Pace | None = None
    ) -> Lanes:
        bell = self._bells.of(queue)
        parking = Parking(bell)
        works = works_of(queue, self._parts, parking)
        if works.fetcher:
            self._fetchers.append(works.fetcher)
        return Lanes(
            queue,
            works.of,
            ledger=self.ledger,
            clock=now_ms,
            bell=bell,
            pulse=self._pulse,
            source=source,
            parallel=parallel,
            pace=pace,
            parking=parking,
            meter=self._tally,
        )

    # For the HTTP side

    @property
    def signs(self) -> Mapping[Source, Sign]:
        return self._pulse.signs

    async def depths(self) -> Mapping[Queue, QueueDepth]:
        return {queue: await self.ledger.depth(queue) for queue in Queue}

    async def unhandled(self) -> Unhandled:
        return await self.ledger.unhandled()

    async def status(self) -> Status:
        return await gather(self._market, self.ledger, self._pulse, self._tally, now_ms)

    def notified(self, body: bytes) -> None:
        said = read_notification(body, self._settings.market_business_id)
        if said.chat_id:
            self._hints.give(said.chat_id)

    def check(self, secret: str) -> None:
        if self._webhook is None:
            raise AccessDenied("webhook_off")
        self._webhook.check(secret)

    async def updated(self, secret: str, body: bytes) -> None:
        self.check(secret)
        if self._webhook:
            await self._webhook.updated(body)


@asynccontextmanager
async def open_app(
    settings: Settings,
    meter: Meter | None = None,
    waits: Callable[[bool], None] = lambda _: None,
) -> AsyncIterator[App]:
    """Everything opened and wired. Raises a `StorageError` where the database can't be used;
    `waits` is told while another relay works for the cabinet."""
    bells, tally = Bells(), Tally(meter or Unmetered(), now_ms)
    async with (
        open_ledger(
            settings.database_url,
            business_id=settings.market_business_id,
            group_id=settings.telegram_group_id,
            bot_id=settings.bot_id,
            ring=bells.ring,
            clock=now_ms,
            waits=waits,
        ) as ledger,
        connected_market(settings, now_ms, tally) as market,
        connected_bot(settings, tally) as bot,
    ):
        with files_of(settings) as spool:  # inside: nobody else works for the cabinet now
            yield App(settings, market, ledger, bot, spool, bells, tally)
