"""Looks at chats that the Market hinted at, and how far its hints can be relied on.

A hint is never believed: it leads to a look at the chat, which finds what is there. It is kept in
memory alone, because whatever a lost hint spoke of is found by the next look at the lists.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.relay.errors import RelayError, Unreachable
from bot.relay.model import ChatId

log = logging.getLogger(__name__)

_APART_S = 5.0  # R10: at most one look a chat in so many seconds
_AT_ONCE = 3  # looks beside each other; the Market's places for reads (R10)
_WAITING_AT_MOST = 10_000
_LATE_S = 30.0  # a hint that comes so long after its message was found by polling is no use
_PROOFS = 3  # messages that hints led to, until the lists are looked at less often


class Trust:
    """Do hints come, for every message and in time? Then the lists need not be looked at so often.

    Polling that finds a message first is no proof against hints yet, for one may be on its way;
    but until it has come they are not relied on, and once it is late they begin from nothing.
    """

    def __init__(self) -> None:
        self._proofs = 0
        self._found: OrderedDict[ChatId, float] = OrderedDict()

    def hinted(self, chat_id: ChatId) -> None:
        self._found.pop(chat_id, None)

    def led(self) -> None:
        """A hint led to something new."""
        self._proofs += 1

    def polled(self, chat_id: ChatId, now: float) -> None:
        """Something new was found without a hint."""
        self._found.setdefault(chat_id, now)

    def is_earned(self, now: float) -> bool:
        if any(found < now - _LATE_S for found in self._found.values()):
            self._proofs = 0
            self._found.clear()
        return self._proofs >= _PROOFS and not self._found


class Hints:
    """`look` reads one chat, and says how many messages it found that were not known."""

    def __init__(self, look: Callable[[ChatId], Awaitable[int]], trust: Trust) -> None:
        self._look = look
        self._trust = trust
        self._due: dict[ChatId, float] = {}
        self._looked: OrderedDict[ChatId, float] = OrderedDict()
        self._bell = asyncio.Event()

    def give(self, chat_id: ChatId) -> None:
        """Enqueues a look; at most one look of a chat waits. Raises `Unreachable` where too many
        chats wait, so that the Market repeats it."""
        if len(self._due) >= _WAITING_AT_MOST:
            raise Unreachable("too_many_hints")
        self._trust.hinted(chat_id)
        now = asyncio.get_running_loop().time()
        last = self._looked.get(chat_id)
        self._due.setdefault(chat_id, now if last is None else max(now, last + _APART_S))
        self._bell.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as readers:
            for _ in range(_AT_ONCE):
                readers.create_task(self._read())

    async def _read(self) -> None:
        while True:
            chat_id = await self._next()
            try:
                if await self._look(chat_id):
                    self._trust.led()
            except RelayError as error:
                log.info("A look at chat %s has to wait for the lists: %s", chat_id, error)
            finally:  # polling may have found what the hint was about while the look was waiting
                self._trust.hinted(chat_id)

    async def _next(self) -> ChatId:
        while True:
            self._bell.clear()
            now = asyncio.get_running_loop().time()
            chat_id = min(self._due, key=self._due.__getitem__, default=None)
            if chat_id is not None and self._due[chat_id] <= now:
                del self._due[chat_id]
                self._remember(chat_id, now)
                return chat_id
            wait = self._due[chat_id] - now if chat_id is not None else None
            try:
                async with asyncio.timeout(wait):
                    await self._bell.wait()
            except TimeoutError:
                pass

    def _remember(self, chat_id: ChatId, now: float) -> None:
        self._looked[chat_id] = now
        self._looked.move_to_end(chat_id)
        while next(iter(self._looked.values())) < now - _APART_S:
            self._looked.popitem(last=False)
