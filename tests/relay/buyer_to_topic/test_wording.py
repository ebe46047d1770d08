"""How an incoming message reads in its topic, and that it always fits into a post."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.relay.buyer_to_topic.wording import (
    HEADER_UNITS,
    PIECE_UNITS,
    Piece,
    body,
    header,
    joined_units,
    pieces,
)
from bot.relay.model import Attachment, Nature, Sender, Sifted
from bot.relay.posts import Span, Style
from bot.relay.text import POST_UNITS, clean, units
from tests.relay.samples import CHAT, ENGLISH, NOW_MS, chat, incoming, sifted

LATE_MS = NOW_MS + 600_001
NAMES = st.text(alphabet="аb😀 .", min_size=1, max_size=150)


def read(spans: list[Span]) -> str:
    return "".join(span.text for span in spans)


def piece(text: str = "Где заказ?", **changed: object) -> Piece:
    [made] = pieces(sifted(incoming(1, text)))
    return replace(made, **changed)  # type: ignore[arg-type]


def with_files(text: str, *files: tuple[str, int]) -> Sifted:
    attachments = tuple(Attachment(name, "https://files/1", size) for name, size in files)
    return sifted(replace(incoming(1, text), attachments=attachments))


def test_a_fresh_message_of_the_buyer_stands_alone() -> None:
    assert body([piece()], NOW_MS, ENGLISH) == [Span("Где заказ?", Style.FOREIGN)]


def test_a_late_message_says_whose_it_is_and_when_it_was_written() -> None:
    spans = body([piece()], LATE_MS, ENGLISH)
    assert spans[0] == Span(f"Buyer · {ENGLISH.date(NOW_MS)}\n", Style.LABEL)
    assert spans[1] == Span("Где заказ?", Style.FOREIGN)


@pytest.mark.parametrize(
    ("sender", "nature", "label"),
    [
        (Sender.MARKET, Nature.NEW, "🤖 Market, automatic message"),
        (Sender.SUPPORT, Nature.NEW, "🛟 Market support"),
        (Sender.PARTNER, Nature.COLLEAGUE, "🏪 Colleague in the seller's cabinet"),
        (Sender.PARTNER, Nature.OLD, "🏪 Shop"),
        (Sender.OTHER, Nature.NEW, "Somebody the relay doesn't know"),
    ],
)
def test_everybody_but_the_buyer_is_named(sender: Sender, nature: Nature, label: str) -> None:
    said = body([piece(sender=sender, nature=nature)], NOW_MS, ENGLISH)
    assert read(said) == f"{label}\nГде заказ?"


def test_joined_messages_are_named_and_dated_each() -> None:
    spans = body([piece("раз"), piece("два", sender=Sender.MARKET)], NOW_MS, ENGLISH)
    when = ENGLISH.date(NOW_MS)
    assert read(spans) == (f"Buyer · {when}\nраз\n\n🤖 Market, automatic message · {when}\nдва")


def test_a_long_text_comes_whole_in_numbered_pieces_with_the_files_last() -> None:
    text = "слово " * 1200
    parts = pieces(with_files(text, ("чек.pdf", 2048)))
    assert "".join(part.text for part in parts) == text
    assert [part.part for part in parts] == list(range(len(parts)))
    assert {part.parts for part in parts} == {len(parts)}
    assert [bool(part.files) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert read(body(parts[:1], NOW_MS, ENGLISH)).startswith(f"part 1 of {len(parts)}\n")


def test_files_are_named_with_their_sizes_and_their_names_are_foreign() -> None:
    [part] = pieces(with_files("вот", ("@anna\n.pdf", 2048), ("", 1)))
    spans = body([part], NOW_MS, ENGLISH)
    assert read(spans) == "вот\n📎 @anna.pdf (2 KB)\n📎 file without a name (1 byte)"
    assert Span("@anna.pdf", Style.FOREIGN) in spans


def test_a_message_of_files_alone_is_not_called_empty_and_one_of_nothing_is() -> None:
    assert (
        read(body(pieces(with_files(" ", ("a.png", 1))), NOW_MS, ENGLISH)) == "\n📎 a.png (1 byte)"
    )
    assert read(body(pieces(with_files("\x00")), NOW_MS, ENGLISH)) == "(an empty message)"


def test_a_name_of_a_file_cannot_turn_its_line_around() -> None:
    [part] = pieces(with_files("вот", ("invoice\u202efdp.exe", 1), ("\u202e", 1)))
    said = read(body([part], NOW_MS, ENGLISH))
    assert said == "вот\n📎 invoicefdp.exe (1 byte)\n📎 file without a name (1 byte)"


@pytest.mark.parametrize(
    "blank", ["\u200b\ufeff", "\u3164", "\u2800", "\u2063", "\ufe0f", "\ufffc"]
)
def test_a_message_of_which_nobody_would_see_anything_is_said_to_be_empty(blank: str) -> None:
    assert read(body(pieces(with_files(blank)), NOW_MS, ENGLISH)) == "(an empty message)"


def test_what_is_seen_of_a_message_stands_as_it_was_written() -> None:
    text = " \u200bда\u202e \u3164\n"
    assert body([piece(text)], NOW_MS, ENGLISH) == [Span(text, Style.FOREIGN)]


def test_a_name_of_a_buyer_can_neither_turn_the_header_around_nor_be_invisible() -> None:
    said = read(header(chat(customer="\u202eИван\u2067\u200f Петров"), ENGLISH))
    assert said.startswith("Иван Петров\n")
    assert read(header(chat(customer="\u3164\u202e"), ENGLISH)).startswith("Buyer\n")


def test_foreign_words_are_foreign_and_ours_are_not() -> None:
    parts = pieces(with_files("@anna", ("@b", 1)))
    spans = header(chat(customer="@boss"), ENGLISH) + body(parts, LATE_MS, ENGLISH)
    foreign = [s.text for s in spans if s.style in (Style.FOREIGN, Style.FOREIGN_LABEL)]
    assert foreign == ["@boss", "@anna", "@b"]
    assert not any("@" in s.text for s in spans if s.text not in foreign)


def test_the_header_says_who_about_what_and_how_to_answer() -> None:
    said = read(header(chat(), ENGLISH))
    assert said.startswith(f"Иван Петров\nOrder 123456 · chat {CHAT}\n")
    assert "//" in said
    assert read(header(chat(customer=""), ENGLISH)).startswith("Buyer\n")


@given(st.builds(with_files, st.text(max_size=50)), st.integers(0, 2**40))
def test_a_piece_survives_the_ledger(message: Sifted, at_ms: int) -> None:
    for one in pieces(message):
        dated = replace(one, at_ms=at_ms)
        assert Piece.from_json(json.loads(json.dumps(dated.to_json()))) == dated


@given(
    st.integers(0, 9000),
    st.lists(st.tuples(NAMES, st.integers(0, 5 * 1024 * 1024)), max_size=12),
    st.text(alphabet="Ая😀 ", max_size=400),
    st.sampled_from(list(Sender)),
)
@example(PIECE_UNITS, [("я" * 90, 1)] * 8, "Иван", Sender.CUSTOMER)
@example(0, [("я" * 90, 1)] * 40, "Иван", Sender.CUSTOMER)
@example(0, [], "Я" * 1000, Sender.CUSTOMER)
def test_every_piece_fits_into_a_post_with_the_header(
    length: int, files: list[tuple[str, int]], name: str, sender: Sender
) -> None:
    message = with_files("ы" * length, *files)
    message = replace(message, message=replace(message.message, sender=sender))
    top = units(read(header(chat(customer=name), ENGLISH)))
    assert top <= HEADER_UNITS
    for part in pieces(message):
        shown = units(read(body([part], LATE_MS, ENGLISH)))
        assert shown <= joined_units(part, ENGLISH)
        assert shown + HEADER_UNITS <= POST_UNITS


@given(st.lists(st.text(alphabet="ы😀 \n", max_size=40), min_size=2, max_size=8))
def test_joined_messages_take_what_was_reckoned(texts: list[str]) -> None:
    parts = [part for text in texts for part in pieces(sifted(incoming(1, text)))]
    shown = units(read(body(parts, LATE_MS, ENGLISH)))
    assert shown + len("\n\n") == sum(joined_units(part, ENGLISH) for part in parts)


def test_a_piece_holds_clean_text_within_the_limit() -> None:
    parts = pieces(sifted(incoming(1, "😀\x00" * 4000)))
    assert "".join(part.text for part in parts) == clean("😀\x00" * 4000)
    assert all(units(part.text) <= PIECE_UNITS for part in parts)
