"""A topic's name is short enough, unique, and nobody's markup."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.relay.model import ChatId, ChatKind, ContextKind
from bot.relay.titles import name_of, subject, title
from bot.simulator.telegram_text import clean as as_telegram_keeps_it
from bot.simulator.telegram_text import detected
from tests.relay.samples import CHAT, ENGLISH, chat


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Order 123456"),
        ({"order_id": None}, "Order ?"),
        ({"context": ContextKind.RETURN, "return_id": 8104}, "Return 8104"),
        ({"context": ContextKind.RETURN}, "Return 123456"),
        ({"context": ContextKind.RETURN, "order_id": None}, "Return ?"),
        ({"context": ContextKind.DIRECT}, "Question"),
        ({"context": ContextKind.OTHER}, "Chat"),
        ({"kind": ChatKind.ARBITRAGE}, "Dispute · Order 123456"),
        ({"kind": ChatKind.OTHER}, "Order 123456"),
    ],
)
def test_the_title_says_what_the_chat_is_about(changed: dict[str, Any], said: str) -> None:
    assert subject(chat(**changed), ENGLISH) == said
    assert title(chat(**changed), ENGLISH) == f"Иван Петров · {said} · #{CHAT}"


@pytest.mark.parametrize("nobody", ["", "  ", "\x00", "_ _", "\n"])
def test_a_buyer_whom_the_market_does_not_name_is_a_buyer(nobody: str) -> None:
    assert title(chat(customer=nobody), ENGLISH) == f"Buyer · Order 123456 · #{CHAT}"


def test_a_name_in_several_lines_is_one_line() -> None:
    assert name_of(chat(customer="  Иван\r\n\tПетров\x00 ")) == "Иван Петров"


def test_an_underscore_within_a_word_is_kept() -> None:
    assert title(chat(customer="_ivan_ petr_off"), ENGLISH).startswith("ivan petr_off · ")


@given(st.text(max_size=300), st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_a_title_is_within_the_limit_and_ends_in_the_chats_number(
    name: str, number: int, order: int
) -> None:
    made = title(chat(id=ChatId(number), customer=name, order_id=order), ENGLISH)
    assert 1 <= len(made) <= 128
    assert made.endswith(f" · Order {order} · #{number}")
    assert "\n" not in made


@given(st.text(alphabet="<>&*`[]~|@\\ab ", max_size=60))
def test_no_character_of_markup_is_left_of_a_name(name: str) -> None:
    assert not set(title(chat(customer=name), ENGLISH)) & set("<>&*`[]~|@\\")


@pytest.mark.parametrize("name", ["/close", "@anna_posuda", "привет /close@relay_bot"])
def test_nothing_in_a_title_acts_where_it_is_quoted(name: str) -> None:
    quoted = title(chat(customer=name), ENGLISH)
    acting = {entity["type"] for entity in detected(quoted, [])}
    assert acting & {"mention", "bot_command"} == set()


@pytest.mark.parametrize("name", ["Иван\u202eПетров", "А\u030aса", "Иван\u2028Петров", "Иван\x85П"])
def test_telegram_keeps_a_title_as_it_is_so_that_the_topic_is_known_again(name: str) -> None:
    made = title(chat(customer=name), ENGLISH)
    assert as_telegram_keeps_it(made).strip() == made
