"""`/history`: how many messages, on how many pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.relay.changes import Change, Enqueue
from bot.relay.desk.history import DEFAULT, MOST, HistoryWork, ask, parse
from bot.relay.errors import Gone, Refused
from bot.relay.model import Attachment, ChatId, Incoming, MessageId, State, Topic
from bot.relay.notices import from_json
from bot.relay.posts import Post
from bot.relay.text import POST_UNITS, units
from tests.relay.samples import CHAT, ENGLISH, NOW_MS, POST, THREAD, by_shop, effect, incoming


class Archive:
    """The Market as far as it can be read."""

    def __init__(self, messages: Sequence[Incoming]) -> None:
        self._messages = messages

    async def history(self, chat_id: ChatId, after: MessageId) -> Sequence[Incoming]:
        assert (chat_id, after) == (CHAT, 0)
        return self._messages


def work(messages: Sequence[Incoming]) -> HistoryWork:
    market = Archive(messages)
    return HistoryWork(market=market, words=ENGLISH, clock=lambda: NOW_MS)  # type: ignore[arg-type]


def asked(count: int = DEFAULT) -> list[object]:
    change = ask(Topic(CHAT, "Иван", THREAD), POST, count)
    assert isinstance(change, Enqueue)
    payload = change.effect.payload
    return [effect(change.effect.key, kind="history", payload=payload, chat_id=CHAT)]


def posts(changes: Sequence[Change]) -> list[Post]:
    return [from_json(c.effect.payload) for c in changes if isinstance(c, Enqueue)]


async def shown(messages: Sequence[Incoming], count: int = DEFAULT) -> list[Post]:
    done = await work(messages).perform(asked(count))  # type: ignore[arg-type]
    return posts(done.changes)


@pytest.mark.parametrize(
    ("arguments", "count"),
    [("", DEFAULT), ("  ", DEFAULT), ("1", 1), (" 50 ", 50), ("100", 100), ("9" * 40, MOST)],
)
def test_a_number_of_messages_is_asked_for(arguments: str, count: int) -> None:
    assert parse(arguments) == count


@pytest.mark.parametrize("arguments", ["0", "-1", "все", "5 6", "1.5", "²", "00"])
def test_what_is_no_number_is_wrong(arguments: str) -> None:
    assert parse(arguments) is None


async def test_the_last_messages_are_shown_in_order_silently_in_the_topic() -> None:
    [post] = await shown([incoming(n, f"сообщение {n}") for n in range(1, 6)], count=2)
    assert "сообщение 3" not in post.text
    assert post.text.index("сообщение 4") < post.text.index("сообщение 5")
    assert (post.thread_id, post.reply_to, post.is_silent) == (THREAD, POST, True)


async def test_what_the_shop_wrote_is_shown_as_the_shops() -> None:
    [post] = await shown([incoming(1, "вопрос"), by_shop(2, "ответ")])
    assert "🏪 Shop" in post.text


async def test_an_empty_chat_is_said_to_be_empty() -> None:
    [post] = await shown([])
    assert post.text == "Nothing has been written in this chat yet."


async def test_pages_are_full_but_never_too_long_and_keep_their_order() -> None:
    messages = [incoming(n, f"<{n}>" + "ы" * (n * 97 % 5000)) for n in range(100)]
    pages = await shown(messages, count=100)
    assert 1 < len(pages) < 100
    assert all(units(page.text) <= POST_UNITS for page in pages)
    text = "".join(page.text for page in pages)
    places = [text.index(f"<{n}>") for n in range(100)]
    assert places == sorted(places)


async def test_many_files_are_shown_too() -> None:
    files = tuple(Attachment("я" * 90, "https://f/1", 1) for _ in range(60))
    pages = await shown([replace(incoming(1), attachments=files)])
    assert all(units(page.text) <= POST_UNITS for page in pages)
    assert sum(page.text.count("📎") for page in pages) == 60


@pytest.mark.parametrize("error", [Gone("chat_gone"), Refused("market_refused", code="X")])
async def test_a_history_that_is_refused_is_said(error: Refused) -> None:
    changes = await work([]).refused(asked(), error)  # type: ignore[arg-type]
    [post] = posts(changes)
    assert post.text.startswith("❌ The history can't be shown: ")
    assert (post.thread_id, post.reply_to) == (THREAD, POST)
    assert any(getattr(change, "state", None) is State.FAILED for change in changes)
