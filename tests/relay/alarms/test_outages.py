"""Which failures are an outage of a service, and how long it has to last to be said."""

from __future__ import annotations

import pytest

from bot.relay.alarms.outages import Outages, Shore, down
from bot.relay.changes import SaveChat
from bot.relay.errors import AccessDenied, RelayError, Unreachable
from bot.relay.model import Queue
from bot.relay.notices import from_json
from bot.relay.pulse import Pulse, Source
from tests.relay.bench import Bench
from tests.relay.samples import ENGLISH, NOW_MS
from tests.storage.samples import known_chat

AWAY = Unreachable("market_unreachable")
DENIED = AccessDenied("market_key_invalid")
RIVAL = Unreachable("telegram_conflict", said="terminated by other getUpdates request")
THRESHOLD_MS = 60


@pytest.mark.parametrize(
    ("failures", "shore", "is_down"),
    [
        ({}, Shore.MARKET, False),
        ({Source.MARKET_READS: AWAY}, Shore.MARKET, True),
        ({Source.MARKET_HISTORIES: AWAY}, Shore.MARKET, True),
        ({Source.MARKET_SENDS: AWAY}, Shore.MARKET, False),  # told on the answers themselves
        ({Source.DESK: AWAY}, Shore.MARKET, False),
        ({Source.MARKET_READS: AWAY}, Shore.TELEGRAM, False),
        ({Source.TELEGRAM_READS: AWAY}, Shore.TELEGRAM, True),
        ({Source.TELEGRAM_READS: RIVAL}, Shore.TELEGRAM, False),
        ({Source.MARKET_READS: DENIED}, Shore.MARKET, False),
        ({Source.MARKET_READS: DENIED, Source.MARKET_HISTORIES: AWAY}, Shore.MARKET, False),
    ],
)
def test_an_outage_is_what_no_person_has_to_mend(
    failures: dict[Source, RelayError], shore: Shore, is_down: bool
) -> None:
    pulse = Pulse(lambda: NOW_MS)
    for source, error in failures.items():
        pulse.failed(source, error)
    assert (down(pulse.signs, shore) is not None) is is_down


class Telegram:
    """Whether it answers, and how often that was asked."""

    def __init__(self) -> None:
        self.is_there = True
        self.asked = 0

    async def is_forum(self) -> bool:
        self.asked += 1
        if not self.is_there:
            raise Unreachable("telegram_unreachable")
        return True


class Watched:
    def __init__(self, bench: Bench) -> None:
        self.bench, self.pulse, self.telegram = bench, Pulse(bench.clock), Telegram()
        self.outages = Outages(
            forum=self.telegram,  # type: ignore[arg-type]
            ledger=bench.ledger,
            words=ENGLISH,
            clock=bench.clock,
            pulse=self.pulse,
            threshold_ms=THRESHOLD_MS,
        )

    def fails(self, source: Source, after_ms: int) -> None:
        self.bench.now_ms += after_ms
        self.pulse.failed(source, AWAY)

    async def said(self) -> list[str]:
        lanes = await self.bench.ledger.heads(Queue.GROUP)
        rows = [row for h in lanes for row in await self.bench.ledger.waiting_in_lane(h.lane, 9)]
        return [from_json(row.payload).text for row in rows]


@pytest.fixture
def watched(bench: Bench) -> Watched:
    return Watched(bench)


async def test_a_hiccup_is_not_said_and_neither_is_its_end(watched: Watched) -> None:
    watched.pulse.worked(Source.MARKET_READS)
    for _ in range(2):
        watched.fails(Source.MARKET_READS, THRESHOLD_MS - 1)
        await watched.outages.look()
        watched.pulse.worked(Source.MARKET_READS)
        await watched.outages.look()
    assert await watched.said() == []
    assert watched.telegram.asked == 0


async def test_what_fails_no_more_once_telegram_is_back_is_said_as_over_alone(
    watched: Watched,
) -> None:
    watched.telegram.is_there = False
    watched.fails(Source.MARKET_READS, 0)
    for _ in range(3):
        watched.fails(Source.MARKET_READS, THRESHOLD_MS)
        await watched.outages.look()
    watched.telegram.is_there = True
    await watched.outages.look()  # the Market was not asked again yet
    assert await watched.said() == []
    watched.bench.now_ms += 1
    watched.pulse.worked(Source.MARKET_READS)
    await watched.outages.look()
    [said] = await watched.said()
    assert said.startswith("🟢 The Market could not be read from")


async def test_an_outage_is_over_only_when_waiting_histories_were_read_too(
    watched: Watched,
) -> None:
    await watched.bench.ledger.commit(SaveChat(known_chat()))
    watched.fails(Source.MARKET_HISTORIES, 0)
    watched.fails(Source.MARKET_HISTORIES, THRESHOLD_MS)
    await watched.outages.look()
    watched.fails(Source.MARKET_HISTORIES, 1)
    await watched.outages.look()
    again = Watched(watched.bench)  # after a restart
    again.pulse.worked(Source.MARKET_READS)
    await again.outages.look()
    assert len(await again.said()) == 1
    again.pulse.worked(Source.MARKET_HISTORIES)
    await again.outages.look()
    assert [said[0] for said in await again.said()] == ["🔴", "🟢"]
