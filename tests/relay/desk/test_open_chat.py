"""`/chat`: what an admin asked for."""

from __future__ import annotations

import pytest

from bot.relay.changes import Enqueue
from bot.relay.desk.open_chat import Wanted, ask, parse
from bot.relay.model import Context, ContextKind, Queue, ThreadId
from tests.relay.samples import NOW_MS, THREAD, written

ORDER, RETURN = ContextKind.ORDER, ContextKind.RETURN


@pytest.mark.parametrize(
    ("arguments", "kind", "number", "text"),
    [
        ("123456", ORDER, 123456, ""),
        ("  #123456 ", ORDER, 123456, ""),
        ("return 8104", RETURN, 8104, ""),
        ("Возврат #8104", RETURN, 8104, ""),
        (
            "RETURN 8104 Здравствуйте!\nВаш возврат принят.",
            RETURN,
            8104,
            "Здравствуйте!\nВаш возврат принят.",
        ),
        ("123456 789 штук", ORDER, 123456, "789 штук"),
        ("123456\nЗдравствуйте", ORDER, 123456, "Здравствуйте"),
        ("1 \x00", ORDER, 1, ""),
        ("9" * 18, ORDER, 10**18 - 1, ""),
    ],
)
def test_a_number_and_perhaps_a_first_message(
    arguments: str, kind: ContextKind, number: int, text: str
) -> None:
    assert parse(arguments) == Wanted(Context(kind, number), text)


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "   ",
        "return",
        "привет",
        "123abc",
        "-5",
        "0",
        "#0",
        "return 0",
        "1.5",
        "9" * 19,
        "order 5",
    ],
)
def test_what_is_neither_is_wrong(arguments: str) -> None:
    assert parse(arguments) is None


@pytest.mark.parametrize("thread", [None, THREAD])
def test_the_wish_is_a_row_so_that_a_market_that_is_down_only_delays_it(
    thread: ThreadId | None,
) -> None:
    change = ask(Wanted(Context(RETURN, 8104), "Здравствуйте"), written("/chat …"), thread)
    assert isinstance(change, Enqueue)
    row = change.effect
    assert (row.queue, row.lane, row.key) == (Queue.DESK, "open/501", "open/501")
    assert dict(row.payload) == {
        "kind": "RETURN",
        "id": 8104,
        "text": "Здравствуйте",
        "post": 501,
        "thread": thread,
        "author": 502,
        "at": NOW_MS,
    }
