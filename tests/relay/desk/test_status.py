"""`/status`: both services, queues, trouble, quotas, a line a fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.relay.desk.status import Status, wording
from bot.relay.figures import QueueDepth, QuotaLeft
from bot.relay.meter import Unmetered
from bot.relay.model import Queue
from bot.relay.pulse import Sign, Source
from bot.relay.tally import Counted, Tally
from bot.web.metrics import Prometheus
from tests.relay.samples import ENGLISH, NOW_MS

EMPTY = QueueDepth(0, 0, 0, None)
WORKS = Sign(worked_ms=NOW_MS)


def status(**changed: object) -> Status:
    quiet = Status(
        signs={source: WORKS for source in Source},
        queues={Queue.GROUP: EMPTY, Queue.MARKET: EMPTY},
        counts={"chats": 120, "topics": 45, "updates_aside": 0},
        quota={},
        counted=Counted(NOW_MS, {}, {}),
        has_room=True,
        now_ms=NOW_MS,
    )
    return replace(quiet, **changed)  # type: ignore[arg-type]


def test_all_is_well() -> None:
    assert wording(status(), ENGLISH).splitlines() == [
        "🟢 Market: works",
        "🟢 Telegram: works",
        "To the group: waiting: 0",
        "To the buyers: waiting: 0",
        "Chats: 120, with a topic: 45",
    ]


def test_a_disk_that_is_nearly_full_is_said() -> None:
    assert "🔴 The disk is nearly full" in wording(status(has_room=False), ENGLISH)


def test_a_service_that_is_down_says_since_when() -> None:
    down = Sign(worked_ms=NOW_MS - 9, down_ms=NOW_MS - 5)
    signs = {source: WORKS for source in Source} | {Source.MARKET_READS: down}
    assert f"🔴 Market: no answer since {ENGLISH.date(NOW_MS - 5)}" in wording(
        status(signs=signs), ENGLISH
    )


def test_a_service_that_was_not_asked_yet_says_so() -> None:
    signs = {source: WORKS for source in Source} | {Source.TELEGRAM_READS: Sign()}
    assert "⚪ Telegram: not asked yet" in wording(status(signs=signs), ENGLISH)


@pytest.mark.parametrize(
    ("age_ms", "said"),
    [
        (0, "0 seconds"),
        (1_000, "1 second"),
        (119_999, "119 seconds"),
        (120_000, "2 minutes"),
        (-5_000, "0 seconds"),
    ],
)
def test_a_queue_says_how_far_behind_it_is(age_ms: int, said: str) -> None:
    depth = QueueDepth(waiting=7, unknown=2, failed=1, oldest_ms=NOW_MS - age_ms)
    queues = {Queue.GROUP: depth, Queue.MARKET: EMPTY}
    line = f"To the group: waiting: 7, the oldest for {said}, unknown: 2, failed: 1"
    assert line in wording(status(queues=queues), ENGLISH).splitlines()


def test_what_was_set_aside_is_said() -> None:
    counts = {"chats": 0, "topics": 0, "updates_aside": 3}
    assert "⚠️ 3 messages of Telegram could not be read and were set aside" in wording(
        status(counts=counts), ENGLISH
    )


def counted(tell: Callable[[Tally], None]) -> list[str]:
    """The lines about what was counted since the start."""
    tally = Tally(Unmetered(), lambda: NOW_MS)
    tell(tally)
    first, *lines = wording(status(counted=tally.counted()), ENGLISH).splitlines()[5:]
    assert first == f"Since the start, {ENGLISH.date(NOW_MS)}:"
    return lines


def test_how_long_it_took_is_said_of_each_way() -> None:
    def tell(tally: Tally) -> None:
        for number in range(100):
            tally.delivered(Queue.GROUP, number / 10)
        tally.delivered(Queue.MARKET, 200.0)
        tally.delivered(Queue.MARKS, 1.0)  # nobody waits for these

    assert counted(tell) == [
        "To the group: 100 delivered, half of them within 5.0 s, nearly all within 9.5 s",
        "To the buyers: 1 delivered, half of them within 3 minutes, nearly all within 3 minutes",
    ]


def test_requests_are_said_by_method_the_most_frequent_first() -> None:
    def tell(tally: Tally) -> None:
        for method in ("getChats", "getChatHistory", "getChatHistory"):
            tally.requested("market", method, "ok")
        tally.requested("telegram", "sendMessage", "throttled")

    assert counted(tell) == [
        "Requests, Market: getChatHistory 2, getChats 1",
        "Requests, Telegram: sendMessage 1",
        "Asked to slow down (429, 420): 1",
    ]


def test_what_is_rare_is_said_where_it_happened() -> None:
    def tell(tally: Tally) -> None:
        tally.joined(3)
        tally.joined(4)
        tally.doubted(Queue.MARKET)
        tally.repeated()

    assert counted(tell) == [
        "Joined under backlog: 7 messages in 2 posts",
        "Answers that got lost: 1",
        "Possible repeats: 1",
    ]


def test_a_tally_tells_another_meter_all_it_hears() -> None:
    prometheus = Prometheus()
    tally = Tally(prometheus, lambda: NOW_MS)
    tally.requested("market", "getChats", "throttled")
    tally.delivered(Queue.GROUP, 0.2)
    tally.doubted(Queue.GROUP)
    tally.repeated()
    tally.joined(3)
    text = prometheus.text(None).decode()

    for line in (
        'market_relay_requests_total{method="getChats",outcome="throttled",service="market"} 1.0',
        'market_relay_delivery_seconds_count{queue="group"} 1.0',
        'market_relay_unknown_outcomes_total{queue="group"} 1.0',
        "market_relay_possible_repeats_total 1.0",
        "market_relay_joined_rows_total 3.0",
    ):
        assert line in text


def test_quotas_are_said_as_far_as_the_market_said_them() -> None:
    quota = {
        "getChats": QuotaLeft(5000, 4321, NOW_MS + 1),
        "getChatHistory": QuotaLeft(1000, 3, NOW_MS),  # of an hour that is over
        "sendMessageToChat": QuotaLeft(1000, 0, NOW_MS + 1),
        "getOrder": QuotaLeft(1, 1, NOW_MS + 1),
    }
    assert wording(status(quota=quota), ENGLISH).splitlines()[5:] == [
        "Quota of getChats: 4321 of 5000 left",
        "Quota of sendMessageToChat: 0 of 1000 left",
    ]
