"""A round of reading again: what it does about chats that can't be read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.relay.buyer_to_topic import reconcile
from bot.relay.buyer_to_topic.reconcile import Reconcile
from bot.relay.changes import SaveChat
from bot.relay.errors import AccessDenied, RelayError, Throttled, Unreachable
from bot.relay.model import ChatId, KnownChat, MessageId
from bot.relay.pulse import Pulse, Source
from tests.relay.bench import Bench, until
from tests.relay.samples import NOW_MS, chat

AWAY = Unreachable("market_unreachable")


class Round:
    """Rounds over chats 1 to 4; `fails`: what looking at a chat raises."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.pulse = Pulse(bench.clock)
        self.pulse.worked(Source.MARKET_READS)
        self.looked: list[ChatId] = []
        self.fails: dict[int, RelayError] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        chats = [replace(chat(updated_ms=NOW_MS), id=ChatId(number)) for number in (1, 2, 3, 4)]
        known = [KnownChat(one, cursor=MessageId(5)) for one in chats]
        await self._bench.ledger.commit(*map(SaveChat, known))
        own = Reconcile(self._bench.ledger, self._look, self._bench.clock, self.pulse)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(own.run())
            yield
            running.cancel()

    async def _look(self, chat_id: ChatId) -> None:
        self.looked.append(chat_id)
        if error := self.fails.get(chat_id):
            raise error


@pytest.fixture
def rounds(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Round:
    for name in ("_QUICK_S", "_APART_S"):
        monkeypatch.setattr(reconcile, name, 0.001)
    monkeypatch.setattr(reconcile, "rest_s", lambda *_: 0.001)
    monkeypatch.setattr(reconcile, "_EVERY_MS", 50)
    return Round(bench)


@pytest.mark.parametrize("error", [AWAY, AccessDenied("market_key_lacks_right")])
async def test_a_round_goes_past_chats_that_cannot_be_read_and_the_next_comes_back_to_them(
    rounds: Round, error: RelayError
) -> None:
    rounds.fails = {2: error, 3: error}
    async with rounds.running():
        await until(lambda: 4 in rounds.looked)
        assert rounds.looked == [1, 2, 2, 2, 3, 3, 3, 4]
        rounds.fails.clear()
        await until(lambda: rounds.looked[8:] == [1, 2, 3, 4])


async def test_while_the_market_is_away_a_round_waits_where_it_is(rounds: Round) -> None:
    rounds.fails[2] = AWAY
    rounds.pulse.failed(Source.MARKET_READS, AWAY)
    async with rounds.running():
        await until(lambda: rounds.looked.count(ChatId(2)) > 9)
        assert set(rounds.looked) == {1, 2}
        rounds.pulse.worked(Source.MARKET_READS)
        await until(lambda: 4 in rounds.looked)


async def test_a_quota_that_is_used_up_is_waited_for(rounds: Round) -> None:
    rounds.fails[2] = Throttled("market_throttled", 0.0)
    async with rounds.running():
        await until(lambda: rounds.looked.count(ChatId(2)) > 9)
        assert set(rounds.looked) == {1, 2}
