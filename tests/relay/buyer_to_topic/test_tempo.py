"""How often the lists are looked at, and what is due of a chat that is seen for the first time."""

from __future__ import annotations

import pytest

from bot.relay.buyer_to_topic.tempo import Tempo
from bot.relay.buyer_to_topic.watch import _welcome
from bot.relay.model import ChatStatus, KnownChat
from tests.relay.samples import NOW_MS, chat

AN_HOUR_MS = 3_600_000
QUOTA = 5_000


@pytest.mark.parametrize("waiting", [0, 5, 20, 40, 60])
@pytest.mark.parametrize("chats", [0, 19, 500, 20_000])
def test_the_quota_of_an_hour_is_never_used_up(waiting: int, chats: int) -> None:
    tempo = Tempo()
    short, full = waiting // 20 + 1, chats // 20 + 1
    spent = short * 3600 / tempo.waiting(waiting) + full * 3600 / tempo.full(chats)
    assert spent <= QUOTA


@pytest.mark.parametrize("waiting", [80, 140, 1000])
def test_more_waiting_chats_than_the_quota_bears(waiting: int) -> None:
    tempo = Tempo()
    spent = (waiting // 20 + 1) * 3600 / tempo.waiting(waiting) + 3600 / tempo.full(21)
    assert spent <= QUOTA


@pytest.mark.parametrize("waiting", [0, 20, 80])
def test_a_changed_chat_is_seen_within_five_seconds(waiting: int) -> None:
    assert 1.0 <= Tempo().waiting(waiting) <= 5.0


@pytest.mark.parametrize("interval", [0.05, 3.0, 60.0])
def test_the_interval_that_was_set_is_kept(interval: float) -> None:
    assert Tempo(interval).waiting(10_000) == interval
    assert Tempo(interval).full(0) >= interval


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
