"""When the order of the full list may be relied on."""

from __future__ import annotations

import pytest

from bot.relay.buyer_to_topic.order import Order
from bot.relay.model import Chat
from tests.relay.samples import NOW_MS, chat

A_MINUTE_MS = 60_000


def page(*minutes: tuple[float, float]) -> list[Chat]:
    """Chats by how long ago they changed, and were made."""
    return [
        chat(updated_ms=NOW_MS - int(changed * A_MINUTE_MS), created_ms=NOW_MS - int(made * 60_000))
        for changed, made in minutes
    ]


NEWEST_FIRST = [page((1, 90), (2, 10)), page((3, 80), (4, 20))]


def told(order: Order, *listed: list[Chat]) -> Order:
    order.begin()
    for one in listed:
        order.page(one)
    order.end()
    return order


def test_a_list_that_comes_newest_first_proves_it() -> None:
    assert told(Order(), *NEWEST_FIRST).is_proven


def test_one_that_might_be_in_the_order_of_making_proves_nothing() -> None:
    assert not told(Order(), page((1, 10), (2, 20)), page((3, 30), (4, 40))).is_proven


def test_a_quiet_time_is_no_proof_against_it() -> None:
    order = told(Order(), *NEWEST_FIRST)
    assert told(order, page((1, 10), (2, 20))).is_proven


@pytest.mark.parametrize(
    "listed", [[page((2, 9), (1, 8))], [page((1, 9)), page((4, 8)), page((2, 7))]]
)
def test_a_page_out_of_order_disproves_it_at_once(listed: list[list[Chat]]) -> None:
    order = told(Order(), *NEWEST_FIRST)
    order.begin()
    for one in listed:
        order.page(one)
    assert not order.is_proven
    order.end()
    assert not order.is_proven


def test_chats_of_the_same_seconds_may_come_in_any_order() -> None:
    assert told(Order(), page((1, 9), (1.05, 8), (1.02, 10), (3, 1))).is_proven


def test_a_chat_that_is_newer_than_all_at_the_top_disproves_it() -> None:
    order = told(Order(), *NEWEST_FIRST)
    order.seen(page((1, 9)))
    order.top(page((1.05, 9), (3, 9)))
    assert order.is_proven
    order.top(page((1.2, 9), (3, 9)))
    assert not order.is_proven


def test_what_lies_below_is_old_once_a_page_reaches_behind_the_newest_of_before() -> None:
    newest = NOW_MS - 2 * A_MINUTE_MS
    assert not Order.is_past(page((0, 9), (2, 9)), newest)
    assert Order.is_past(page((0, 9), (2.2, 9)), newest)
