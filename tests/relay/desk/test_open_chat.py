"""`/chat`: what an admin asked for."""

from __future__ import annotations

import pytest

from bot.relay.changes import Enqueue
from bot.relay.deeds import Reword
from bot.relay.desk.open_chat import Wanted, ask, edited, first_message, parse
from bot.relay.model import Context, ContextKind, Queue, ThreadId
from tests.relay.samples import ENGLISH, NOW_MS, THREAD, effect, written

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


ASKED = {"kind": "ORDER", "id": 123456, "text": "Здравствуйте", "post": 501}


@pytest.mark.parametrize(
    ("text", "for_the_buyer"),
    [
        ("/chat 123456 Доброе утро", "Доброе утро"),
        ("/chat@relay_bot #123456\nДоброе утро", "Доброе утро"),
        ("/chat 123456", ""),
        ("/chat 654321 Доброе утро", "//"),
        ("/chat return 123456 Доброе утро", "//"),
        ("/chats 123456 Доброе утро", "//"),
        ("Заказ 123456 Доброе утро", "//"),
        ("Доброе утро", "//"),
        ("", "//"),
    ],
)
def test_of_an_edited_command_only_words_for_the_same_number_are_for_the_buyer(
    text: str, for_the_buyer: str
) -> None:
    said = first_message(written(text), effect("open/501", payload=ASKED))
    assert said.text == for_the_buyer


def test_of_a_command_that_was_emptied_long_ago_no_edit_reaches_the_buyer() -> None:
    emptied = effect("open/501", payload={})
    assert first_message(written("/chat 123456 Доброе утро"), emptied).text == "//"
    [change] = edited(written("/chat 123456 Доброе утро"), emptied, ENGLISH)
    assert isinstance(change, Reword)  # closed: too late, as it will say


def test_an_edit_that_changes_nothing_is_none() -> None:
    opening = effect("open/501", payload=ASKED)
    assert edited(written("/chat  #123456  Здравствуйте"), opening, ENGLISH) == []
