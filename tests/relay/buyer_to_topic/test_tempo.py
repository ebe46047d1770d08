"""How often the lists are looked at, and what is due of a chat that is seen for the first time."""

from __future__ import annotations

import pytest

from bot.relay.buyer_to_topic.tempo import Tempo
from bot.relay.buyer_to_topic.watch import _welcome
from bot.relay.figures import QuotaLeft
from bot.relay.model import ChatStatus, KnownChat
from tests.relay.samples import NOW_MS, chat

AN_HOUR_MS = 3_600_000
QUOTA = 5_000


def an_hour(
    tempo: Tempo, *, requests: int = 1, is_lively: bool, is_all: bool = False
) -> list[float]:
    """The pauses between the looks of an hour."""
    now, pauses = 0.0, []
    while now < 3600:
        if is_lively:
            tempo.changed(now)
        pauses.append(tempo.after(requests, now, is_all=is_all))
        now += pauses[-1]
    return pauses


@pytest.mark.parametrize("is_lively", [False, True])
def test_twenty_live_chats_among_thousands_take_less_than_a_third_of_the_quota(
    is_lively: bool,
) -> None:
    tempo = Tempo()
    full = 251 * 3600 / tempo.full(251)
    assert len(an_hour(tempo, is_lively=is_lively)) + full < QUOTA / 3


@pytest.mark.parametrize("is_lively", [False, True])
def test_a_shop_of_one_page_takes_less_than_a_third_of_the_quota(is_lively: bool) -> None:
    assert len(an_hour(Tempo(), is_lively=is_lively, is_all=True)) < QUOTA / 3


@pytest.mark.parametrize("requests", [1, 5, 9, 50])
def test_the_quota_is_never_used_up(requests: int) -> None:
    tempo = Tempo()
    looks = len(an_hour(tempo, requests=requests, is_lively=True))
    assert looks * requests + 1000 * 3600 / tempo.full(1000) < QUOTA


def test_a_lively_chat_is_looked_at_every_second_and_a_half() -> None:
    assert an_hour(Tempo(), is_lively=True)[0] == 1.5


def test_an_idle_shop_is_looked_at_every_five_seconds() -> None:
    assert set(an_hour(Tempo(), is_lively=False)) == {5.0}


def test_quiet_minutes_are_saved_for_lively_ones() -> None:
    tempo = Tempo()
    spent = an_hour(tempo, is_lively=True)
    assert spent[-1] > 3
    tempo.after(0, 7200, is_all=False)
    tempo.changed(7200)
    assert tempo.after(1, 7200, is_all=False) == 1.5


def test_what_others_spend_of_the_quota_makes_the_looks_rarer() -> None:
    tempo = Tempo()
    tempo.allowed(QuotaLeft(5_000, 100, NOW_MS + AN_HOUR_MS), NOW_MS)
    assert len(an_hour(tempo, is_lively=True)) <= 100


@pytest.mark.parametrize("left_s", [10, 600])
def test_a_quota_that_others_used_up_holds_up_the_looks_until_the_next_hour_begins(
    left_s: int,
) -> None:
    tempo = Tempo()
    tempo.allowed(QuotaLeft(5_000, 0, NOW_MS + left_s * 1000), NOW_MS)
    assert tempo.after(1, 0, is_all=True) <= left_s + 5
    assert tempo.full(50) <= left_s + Tempo().full(50)


@pytest.mark.parametrize(
    "left", [None, QuotaLeft(5_000, 0, NOW_MS), QuotaLeft(5_000, 4_999, NOW_MS + 1)]
)
def test_a_quota_that_says_nothing_of_the_hour_changes_nothing(left: QuotaLeft | None) -> None:
    tempo = Tempo()
    tempo.allowed(left, NOW_MS)
    assert an_hour(tempo, is_lively=True) == an_hour(Tempo(), is_lively=True)


def test_a_quota_that_is_used_up_still_lets_the_relay_look_one_day() -> None:
    tempo = Tempo()
    tempo.allowed(QuotaLeft(5_000, 0, NOW_MS + AN_HOUR_MS), NOW_MS)
    assert 0 < tempo.after(1, 0, is_all=False) < 2 * 3600


@pytest.mark.parametrize("interval", [0.05, 3.0, 60.0])
def test_the_interval_that_was_set_is_kept(interval: float) -> None:
    assert Tempo(interval).after(500, 0, is_all=False) == interval
    assert Tempo(interval).full(1) >= interval


@pytest.mark.parametrize(("interval", "hinted"), [(0.5, 3.0), (None, 30.0), (60.0, 60.0)])
def test_hints_that_can_be_relied_on_make_the_looks_rarer(
    interval: float | None, hinted: float
) -> None:
    assert Tempo(interval).after(1, 0, is_all=False, is_hinted=True) == hinted


def test_a_list_in_order_needs_the_whole_of_it_less_often() -> None:
    assert Tempo().full(250, is_ordered=True) == 4 * Tempo().full(250)


STATUSES = [status for status in ChatStatus if status is not ChatStatus.FINISHED]


@pytest.mark.parametrize("status", STATUSES)
def test_a_chat_that_waits_for_somebody_is_wholly_due(status: ChatStatus) -> None:
    old = chat(status=status, updated_ms=NOW_MS - 100 * AN_HOUR_MS)
    assert _welcome(old, NOW_MS) == KnownChat(old)


def test_a_finished_chat_has_nothing_due_until_something_new_happens() -> None:
    lately = chat(status=ChatStatus.FINISHED, updated_ms=NOW_MS - 5)
    known = _welcome(lately, NOW_MS)
    assert (known.since_ms, known.read_ms) == (NOW_MS - 5, -1)


def test_a_chat_finished_long_ago_need_not_even_be_read() -> None:
    old = chat(status=ChatStatus.FINISHED, updated_ms=NOW_MS - AN_HOUR_MS - 1)
    known = _welcome(old, NOW_MS)
    assert (known.since_ms, known.read_ms) == (old.updated_ms, old.updated_ms)


def test_a_chat_that_finished_after_the_first_start_is_wholly_due() -> None:
    new = chat(status=ChatStatus.FINISHED, updated_ms=NOW_MS + 1)
    assert _welcome(new, NOW_MS) == KnownChat(new)


def test_a_chat_that_an_admin_asked_for_is_wholly_due() -> None:
    old = chat(status=ChatStatus.FINISHED, updated_ms=NOW_MS - 100 * AN_HOUR_MS)
    assert _welcome(old, None) == KnownChat(old)
