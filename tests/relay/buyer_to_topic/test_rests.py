"""Which histories are left alone after reading them failed, and for how long."""

from __future__ import annotations

from dataclasses import replace

from bot.relay.buyer_to_topic.rests import Rests
from bot.relay.errors import AccessDenied, LedgerAway, Throttled, Unreachable
from bot.relay.model import ChatId, KnownChat
from tests.relay.samples import known

AWAY = Unreachable("market_unreachable")
ONE, TWO, THREE, FOUR = (ChatId(number) for number in (1, 2, 3, 4))
LONG = 1000.0


def unread(*chats: ChatId) -> list[KnownChat]:
    return [replace(known(), chat=replace(known().chat, id=chat)) for chat in chats]


def due(rests: Rests, now: float, *chats: ChatId, reading: tuple[ChatId, ...] = ()) -> list[ChatId]:
    return [one.chat.id for one in rests.due(unread(*chats), reading, now)]


def test_a_chat_that_failed_rests_longer_each_time_and_nobody_else_does() -> None:
    rests = Rests()
    for _ in range(20):
        assert not rests.failed(ONE, AWAY, 0)
    assert due(rests, 0, ONE, TWO) == [TWO]
    assert due(rests, 60, ONE, TWO) == [TWO, ONE]
    assert not rests.are_all_resting(0)


def test_two_chats_are_no_outage_and_the_third_in_a_row_is() -> None:
    rests = Rests()
    said = [rests.failed(chat, AccessDenied("market_key_lacks_right"), 0) for chat in (ONE, TWO)]
    assert said == [False, False]
    assert rests.failed(THREE, AWAY, 0)
    assert rests.are_all_resting(0)
    assert not rests.are_all_resting(10.1)


def test_chats_that_failed_while_others_were_read_are_no_outage_however_many() -> None:
    rests = Rests()
    for number in range(10, 60):
        rests.failed(ChatId(number), AWAY, 0)
    rests.worked(ONE, 5)
    assert not any(rests.failed(ChatId(number), AWAY, 20) for number in range(10, 60))
    assert not rests.are_all_resting(20)


def test_at_the_end_of_an_outage_all_that_failed_are_asked_at_once() -> None:
    rests = Rests()
    chats = (TWO, THREE, FOUR)
    for _ in range(9):
        for chat in chats:
            rests.failed(chat, AWAY, 0)
    rests.worked(ONE, 11)
    assert due(rests, 11, *chats) == [*chats]


def test_of_those_that_failed_few_are_asked_at_a_time() -> None:
    rests = Rests()
    chats = tuple(ChatId(number) for number in range(10, 20))
    for chat in chats:
        rests.failed(chat, AWAY, 0)
    assert len(due(rests, LONG, *chats)) == 2
    assert len(due(rests, LONG, *chats, reading=chats[:1])) == 1
    assert due(rests, LONG, *chats, ONE, reading=chats[:2]) == [ONE]


def test_a_quota_that_is_used_up_and_a_database_that_is_away_are_everybodys() -> None:
    for error in (Throttled("market_throttled", 30.0), LedgerAway("database_unreachable")):
        rests = Rests()
        assert rests.failed(ONE, error, 0)
        assert rests.are_all_resting(0.1)
        assert due(rests, 0, ONE) == [ONE]
    rests.failed(ONE, Throttled("market_throttled", 30.0), 0)
    assert rests.are_all_resting(29)


def test_what_fails_for_long_is_to_be_told_once_until_it_was_read() -> None:
    rests = Rests()
    for _ in range(2):
        rests.failed(ONE, AWAY, 0)
        assert not rests.is_to_be_told(ONE, 119)
        assert rests.is_to_be_told(ONE, 120)
        rests.told(ONE)
        assert not rests.is_to_be_told(ONE, LONG)
        rests.worked(ONE, LONG)
        assert not rests.is_to_be_told(ONE, LONG)


def test_no_more_chats_are_known_than_are_unread() -> None:
    rests = Rests()
    for number in range(10, 1000):
        rests.failed(ChatId(number), AWAY, 0)
    due(rests, 0, ONE, ChatId(10))
    assert len(rests._failing) == 1
