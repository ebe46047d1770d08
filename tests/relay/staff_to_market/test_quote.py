"""A quote of what is answered, where the buyer could mistake it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.relay.changes import SaveChat, Settle, StoreMessages
from bot.relay.model import Attachment, Incoming, Nature, PostId, Sender, Sifted, State, Topic
from bot.relay.staff_to_market.quote import Quotes
from tests.relay.bench import Bench
from tests.relay.samples import CHAT, THREAD, incoming, known, sifted, written

TOPIC = Topic(CHAT, "Иван", THREAD)
SHOWN = PostId(700)  # the post that shows the message 10


@pytest.fixture
async def chat(bench: Bench) -> Bench:
    """The buyer asked twice; the first question, message 10, stands in the post 700."""
    await bench.ledger.commit(
        SaveChat(known(cursor=11)),
        StoreMessages(CHAT, [sifted(incoming(10, "Когда приедет?")), sifted(incoming(11, "Ау"))]),
    )
    await shows(bench, SHOWN, f"post/{CHAT}/10/0")
    return bench


async def shows(bench: Bench, post: int, *keys: str) -> None:
    await bench.put(*keys, lane="topic", kind="post", chat_id=CHAT)
    for key in keys:
        row = await bench.row(key)
        await bench.ledger.commit(Settle((row.id,), State.SENT, post))


async def needed(bench: Bench, **changed: Any) -> str:
    message = written("Завтра", **{"reply_to": SHOWN, **changed})
    return await Quotes(bench.ledger, is_on=True).needed(message, TOPIC)


async def possible(bench: Bench, **changed: Any) -> str:
    message = written("Завтра", **{"reply_to": SHOWN, **changed})
    return await Quotes(bench.ledger, is_on=True).possible(message, TOPIC)


async def test_without_the_setting_nothing_is_quoted(chat: Bench) -> None:
    message = written("Завтра", reply_to=SHOWN)
    assert await Quotes(chat.ledger, is_on=False).needed(message, TOPIC) == ""
    assert await Quotes(chat.ledger, is_on=False).possible(message, TOPIC) == ""


@pytest.mark.parametrize("reply_to", [None, PostId(701)])
async def test_what_answers_no_message_of_the_buyer_quotes_nothing(
    chat: Bench, reply_to: PostId | None
) -> None:
    assert await needed(chat, reply_to=reply_to) == ""


async def test_a_message_of_another_chat_is_never_quoted(chat: Bench) -> None:
    await shows(chat, 702, f"post/{CHAT + 1}/10/0")
    assert await needed(chat, reply_to=PostId(702)) == ""


@pytest.mark.parametrize("sender", [Sender.PARTNER, Sender.MARKET, Sender.SUPPORT])
async def test_only_the_buyers_own_words_are_quoted(chat: Bench, sender: Sender) -> None:
    theirs = sifted(incoming(9, "Не ваше", sender), Nature.COLLEAGUE)
    await chat.ledger.commit(StoreMessages(CHAT, [theirs]))
    await shows(chat, 703, f"post/{CHAT}/9/0")
    assert await needed(chat, reply_to=PostId(703)) == ""


async def test_the_last_word_of_the_chat_needs_no_quote(chat: Bench) -> None:
    await shows(chat, 704, f"post/{CHAT}/11/0")
    assert await needed(chat, reply_to=PostId(704)) == ""
    assert await possible(chat, reply_to=PostId(704)) == "> Ау\n\n"


async def test_where_the_chat_has_moved_on_the_answer_says_what_it_answers(chat: Bench) -> None:
    assert await needed(chat) == "> Когда приедет?\n\n"


async def test_the_words_that_the_author_picked_are_quoted(chat: Bench) -> None:
    assert await needed(chat, quote="приедет?") == "> приедет?\n\n"


async def test_a_long_question_is_cut_and_stands_on_one_line(chat: Bench) -> None:
    quoted = await needed(chat, quote="раз\n\nдва  " + "три " * 100)
    assert quoted.startswith("> раз два три")
    assert quoted.endswith("…\n\n")
    assert len(quoted) <= len("> ") + 80 + len("\n\n")


def with_file(number: int, text: str = "") -> Sifted:
    files = (Attachment("фото.jpg", "https://files.example/1", 5),)
    return sifted(replace(incoming(number, text), attachments=files))


@pytest.mark.parametrize("kind", ["show", "file", "refetch"])
async def test_an_answer_to_a_file_names_the_file(chat: Bench, kind: str) -> None:
    await chat.ledger.commit(StoreMessages(CHAT, [with_file(9)]))
    await shows(chat, 705, f"{kind}/{CHAT}/9/0")
    assert await needed(chat, reply_to=PostId(705)) == "> фото.jpg\n\n"


async def test_of_several_messages_in_one_post_only_picked_words_are_sure(chat: Bench) -> None:
    await shows(chat, 706, f"post/{CHAT}/10/1", f"post/{CHAT}/11/0")
    await chat.ledger.commit(SaveChat(known(cursor=12)))
    assert await needed(chat, reply_to=PostId(706)) == ""
    assert await needed(chat, reply_to=PostId(706), quote="Ау") == "> Ау\n\n"


async def test_an_edit_finds_the_quote_that_its_first_wording_had(chat: Bench) -> None:
    before = await needed(chat)
    later: Incoming = incoming(12, "Ещё")
    await chat.ledger.commit(SaveChat(known(cursor=12)), StoreMessages(CHAT, [sifted(later)]))
    assert await possible(chat) == before
