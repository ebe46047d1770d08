"""An outage is said once, and so is its end."""

from __future__ import annotations

import logging

import pytest

from bot.relay.errors import AccessDenied, Unreachable
from bot.relay.pulse import Pulse, Source

AWAY = Unreachable("market_unreachable", type="ClientConnectorError")
LATE = Unreachable("market_timeout")


class Watched:
    def __init__(self) -> None:
        self.now_ms = 1_000_000
        self.pulse = Pulse(lambda: self.now_ms)

    def fails(self, *errors: Unreachable | AccessDenied) -> None:
        for error in errors:
            self.now_ms += 5_000
            self.pulse.failed(Source.MARKET_READS, error)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_an_outage_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    seen = Watched()
    seen.fails(*[AWAY] * 50)
    for _ in range(3):
        seen.pulse.worked(Source.MARKET_READS)
    started, ended = lines(caplog)
    assert started.startswith(f"{Source.MARKET_READS} fails: market_unreachable")
    assert ended == f"{Source.MARKET_READS} works again after 245 s"


def test_an_outage_that_changes_its_face_is_not_said_every_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Watched().fails(*[AWAY, LATE] * 25)
    assert len(lines(caplog)) <= 2


def test_the_next_outage_is_said_again(caplog: pytest.LogCaptureFixture) -> None:
    seen = Watched()
    for _ in range(2):
        seen.fails(AWAY)
        seen.pulse.worked(Source.MARKET_READS)
    assert len(lines(caplog)) == 4


def test_what_works_is_not_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Watched().pulse.worked(Source.TELEGRAM_READS)
    assert lines(caplog) == []


def test_a_right_that_is_missing_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    Watched().fails(AccessDenied("market_key_invalid"))
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_the_sign_tells_since_when_it_fails_and_when_it_last_worked() -> None:
    seen = Watched()
    sign = seen.pulse.signs[Source.MARKET_READS]
    seen.pulse.worked(Source.MARKET_READS)
    assert (sign.worked_ms, sign.down_ms) == (1_000_000, 0)
    seen.fails(AWAY, LATE)
    assert (sign.worked_ms, sign.down_ms) == (1_000_000, 1_005_000)
    assert seen.pulse.signs[Source.TELEGRAM_READS].down_ms == 0
    seen.pulse.worked(Source.MARKET_READS)
    assert (sign.worked_ms, sign.down_ms) == (1_010_000, 0)
