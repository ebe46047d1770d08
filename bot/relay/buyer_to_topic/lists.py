"""Which lists of chats are read, and when; what becomes of the chats on them `watch` knows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from bot.relay.buyer_to_topic.hints import Trust
from bot.relay.buyer_to_topic.order import Order, newest
from bot.relay.buyer_to_topic.tempo import Tempo
from bot.relay.buyer_to_topic.watch import Watch
from bot.relay.errors import RelayError
from bot.relay.model import Chat, ChatId, ChatStatus
from bot.relay.ports import Clock, Market
from bot.relay.pulse import Pulse, Source
from bot.relay.retry import rest_s

_WAITING = (
    ChatStatus.NEW,
    ChatStatus.WAITING_FOR_PARTNER,
    ChatStatus.WAITING_FOR_ARBITER,
    ChatStatus.WAITING_FOR_MARKET,
)
_LIVE = (*_WAITING, ChatStatus.WAITING_FOR_CUSTOMER)
_LIVE_EVERY = 6  # looks at those that wait; an answer takes a chat from among them unseen
_LIVE_AT_MOST = 60  # chats, or that look would cost too many requests
_CHECKED_EVERY = 12  # looks at the top of the list; a wrong guess costs no longer than that


class Lists:
    """Looks at what changes, often, and at all chats, slowly, neither waiting for the other."""

    def __init__(
        self,
        *,
        market: Market,
        watch: Watch,
        tempo: Tempo,
        trust: Trust,
        pulse: Pulse,
        clock: Clock,
    ) -> None:
        self._market = market
        self._watch = watch
        self._tempo = tempo
        self._trust = trust
        self._pulse = pulse
        self._clock = clock
        self._order = Order()
        self._newest_ms = 0  # whatever changed before it was seen, if the list comes newest first
        self._looks = 0
        self._live = 0  # chats that are not finished
        self._answered: set[ChatId] = set()
        self._is_large = asyncio.Event()  # more than one request for all chats
        self._is_large.set()

    def answered(self, chat_id: ChatId) -> None:
        """We wrote in the chat: if the buyer did just before, no list of those that wait shows it
        any more. The next look reads it, unless it is sure to see it anyway."""
        if self._is_large.is_set() and not self._order.is_proven:
            self._answered.add(chat_id)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as readers:
            readers.create_task(self._in_turn(self._whole, readers))
            await self._in_turn(self._quick, readers)

    async def _in_turn(
        self, look: Callable[[asyncio.TaskGroup], Awaitable[float]], readers: asyncio.TaskGroup
    ) -> None:
        """`look` says after how many seconds it is due again."""
        failures = 0
        while True:
            try:
                pause = await look(readers)
                self._pulse.worked(Source.MARKET_READS)
                failures = 0
            except RelayError as error:
                self._pulse.failed(Source.MARKET_READS, error)
                failures += 1
                pause = rest_s(error, failures)
            await asyncio.sleep(pause)

    async def _quick(self, readers: asyncio.TaskGroup) -> float:
        """All chats where one request shows them; else the top of the list, if it comes newest
        first, or the list of those that wait for somebody, now and then of all that are not
        finished."""
        is_all = not self._is_large.is_set()
        if is_all:
            requests = await self._listed((), readers)
            self._count(requests)
        elif self._order.is_proven and self._looks % _CHECKED_EVERY:
            requests = await self._top(readers)
        else:
            is_live_due = self._looks % _LIVE_EVERY == 0 and self._live <= _LIVE_AT_MOST
            requests = await self._listed(_LIVE if is_live_due else _WAITING, readers)
        self._looks += 1
        answered, self._answered = self._answered, set()
        await self._watch.read_again(list(answered), readers)
        now = asyncio.get_running_loop().time()
        self._tempo.allowed(self._market.quota().get("getChats"), self._clock())
        is_hinted = self._trust.is_earned(now)
        return self._tempo.after(requests, now, is_all=is_all, is_hinted=is_hinted)

    async def _whole(self, readers: asyncio.TaskGroup) -> float:
        await self._is_large.wait()
        self._order.begin()
        newest_ms = requests = live = 0
        async for page in self._market.chats():
            live += sum(chat.status is not ChatStatus.FINISHED for chat in page)
            newest_ms = newest_ms or newest(page)
            self._order.page(page)
            await self._seen(page, readers)
            requests += 1
        self._order.end()
        self._live = live
        self._newest_ms = max(self._newest_ms, newest_ms)
        self._count(requests)
        return self._tempo.full(requests, is_ordered=self._order.is_proven)

    async def _listed(self, statuses: Sequence[ChatStatus], readers: asyncio.TaskGroup) -> int:
        """How many requests it took."""
        requests = 0
        async for page in self._market.chats(statuses):
            await self._seen(page, readers)
            requests += 1
        return requests

    async def _top(self, readers: asyncio.TaskGroup) -> int:
        newest_ms = requests = 0
        async with aclosing(self._market.chats()) as listed:
            async for page in listed:
                if not requests:
                    self._order.top(page)
                    newest_ms = newest(page)
                await self._seen(page, readers)
                requests += 1
                if self._order.is_past(page, self._newest_ms):
                    break
        self._newest_ms = max(self._newest_ms, newest_ms)
        return requests

    async def _seen(self, page: Sequence[Chat], readers: asyncio.TaskGroup) -> None:
        """What changed is read as soon as its page is there."""
        self._order.seen(page)
        if await self._watch.note(page):
            self._tempo.changed(asyncio.get_running_loop().time())
        await self._watch.read_unread(readers)

    def _count(self, requests: int) -> None:
        if requests > 1:
            self._is_large.set()
        else:
            self._is_large.clear()
