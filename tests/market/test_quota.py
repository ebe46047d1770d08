"""Quotas and rests are learnt from headers, believed only where they make sense."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from bot.market.quota import Quotas, http_date
from bot.relay.figures import QuotaLeft

NOW_MS = 1_795_338_000_000
SERVER_S = NOW_MS // 1000 + 300  # the Market's clock is five minutes ahead of ours


class Hands:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.ticks = 1000.0

    def pass_seconds(self, seconds: float) -> None:
        self.ticks += seconds
        self.now_ms += int(seconds * 1000)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def quotas(hands: Hands) -> Quotas:
    return Quotas(lambda: hands.now_ms, lambda: hands.ticks, jitter=lambda cap: cap)


def headers(
    limit: object = 5000, remaining: object = 0, until: object = None, date: object = None
) -> dict[str, str]:
    given = {
        "Date": formatdate(SERVER_S, usegmt=True) if date is None else date,
        "X-RateLimit-Resource-Limit": limit,
        "X-RateLimit-Resource-Remaining": remaining,
        "X-RateLimit-Resource-Until": until or formatdate(SERVER_S + 1200, usegmt=True),
    }
    return {name: str(value) for name, value in given.items()}


def test_what_is_left_is_told_by_our_clock(quotas: Quotas) -> None:
    quotas.note("getChats", 200, headers(remaining=4999))
    assert quotas.left() == {"getChats": QuotaLeft(5000, 4999, NOW_MS + 1_200_000)}
    assert quotas.skew_ms == 300_000
    assert quotas.rest("getChats") == 0


def test_a_refused_method_rests_until_its_window_resets(quotas: Quotas, hands: Hands) -> None:
    quotas.note("getChats", 420, headers())
    assert quotas.rest("getChats") == 1200
    assert quotas.rest("getChatHistory") == 0
    hands.pass_seconds(1199)
    assert quotas.rest("getChats") == 1
    hands.pass_seconds(1)
    assert quotas.rest("getChats") == 0


def test_a_method_with_nothing_left_rests_before_it_is_refused(quotas: Quotas) -> None:
    quotas.note("getChats", 200, headers(remaining=0))
    assert quotas.rest("getChats") == 1200


def test_a_clock_set_back_does_not_make_a_rest_longer(quotas: Quotas, hands: Hands) -> None:
    quotas.note("getChats", 420, headers())
    hands.now_ms -= 3_600_000
    hands.ticks += 1200
    assert quotas.rest("getChats") == 0


def test_too_many_at_once_does_not_cost_the_rest_of_the_hour(quotas: Quotas) -> None:
    quotas.note("getChats", 420, headers(remaining=4000))
    assert quotas.rest("getChats") == 1


@pytest.mark.parametrize("status", [420, 429])
def test_without_a_window_rests_grow_to_a_minute(quotas: Quotas, hands: Hands, status: int) -> None:
    rests = []
    for _ in range(8):
        quotas.note("getChats", status, {})
        rests.append(quotas.rest("getChats"))
        hands.pass_seconds(60)
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_success_makes_the_next_rest_short_again(quotas: Quotas, hands: Hands) -> None:
    for status in (420, 420, 420, 200, 420):
        hands.pass_seconds(60)
        quotas.note("getChats", status, {})
    assert quotas.rest("getChats") == 1


def test_jitter_takes_any_part_of_the_rest() -> None:
    taken = []
    for _ in range(200):
        quotas = Quotas(lambda: NOW_MS, lambda: 0.0)
        quotas.note("getChats", 420, {})
        taken.append(quotas.rest("getChats"))
    assert 0 <= min(taken) < 0.2
    assert 0.8 < max(taken) <= 1


def test_a_shorter_rest_does_not_end_a_longer_one(quotas: Quotas) -> None:
    quotas.note("getChats", 420, headers())
    quotas.note("getChats", 420, {})
    assert quotas.rest("getChats") == 1200


def test_without_a_date_the_skew_seen_last_corrects_the_window(quotas: Quotas) -> None:
    quotas.note("getChats", 200, headers(remaining=9))
    quotas.note("getChats", 420, headers(date="nonsense"))
    assert quotas.rest("getChats") == 1200


@pytest.mark.parametrize("status", [200, 420])
def test_a_window_of_more_than_an_hour_is_nonsense(
    quotas: Quotas, hands: Hands, status: int
) -> None:
    quotas.note("getChats", status, headers(until=formatdate(SERVER_S + 3602, usegmt=True)))
    assert quotas.left() == {}
    assert quotas.rest("getChats") <= 1


NONSENSE = ["", "soon", "-1", "1e3", "9" * 5000, "Sun, 99 Foo 2026 99:99:99 GMT", "0"]


@pytest.mark.parametrize("value", NONSENSE)
@pytest.mark.parametrize(
    "name",
    [
        "X-RateLimit-Resource-Limit",
        "X-RateLimit-Resource-Until",
    ],
)
def test_nonsense_in_a_header_is_ignored(quotas: Quotas, name: str, value: str) -> None:
    quotas.note("getChats", 200, headers() | {name: value})
    assert quotas.left() == {}
    assert quotas.rest("getChats") == 0


@pytest.mark.parametrize("value", NONSENSE[:-1])
def test_nonsense_for_what_is_left_is_ignored(quotas: Quotas, value: str) -> None:
    quotas.note("getChats", 200, headers(remaining=value))
    assert quotas.left() == {}


def test_a_window_that_is_over_makes_nobody_rest(quotas: Quotas) -> None:
    quotas.note("getChats", 200, headers(until=formatdate(SERVER_S - 5, usegmt=True)))
    assert quotas.rest("getChats") == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sun, 22 Nov 2026 09:00:00 GMT", NOW_MS),
        ("Sun, 22 Nov 2026 12:00:00 +0300", NOW_MS),
        ("22 Nov 26 09:00:00 GMT", NOW_MS),
        ("Sun, 22 Nov 2026 09:00:00 -0000", NOW_MS),
        ("2026-11-22T09:00:00Z", None),
        (None, None),
        ("Sun, 22 Nov 99999 09:00:00 GMT", None),
    ],
)
def test_dates_of_mail_and_http_are_read(value: str | None, expected: int | None) -> None:
    assert http_date(value) == expected
