"""Texts are cut and cleaned as both services count, and nothing of them is lost."""

from __future__ import annotations

import time
import unicodedata
from itertools import accumulate

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bot.relay.text import clean, is_blank, normalised, numbered, split, units, unturned
from tests.relay.writing import PIECES, TEXTS


@given(TEXTS, st.integers(8, 40))
def test_pieces_put_together_are_the_text_and_none_is_over_the_limit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert "".join(pieces) == text
    assert all(units(piece) <= limit for piece in pieces)
    assert all(pieces) or pieces == [""]


@given(TEXTS, st.integers(8, 40))
@example("word word \u0301word", 10)
@example("xxxxxxxx1\ufe0f\u20e3", 9)
@example("xxxxxxx\u0915\u093e", 8)
def test_nothing_seen_as_one_character_is_torn_but_what_is_too_long(text: str, limit: int) -> None:
    cuts = set(accumulate(len(piece) for piece in split(text, limit)))
    at = 0
    for one in regex.findall(r"\X", text):
        assert units(one) > limit or not cuts & set(range(at + 1, at + len(one)))
        at += len(one)


@pytest.mark.parametrize("text", ["\ud83d\ude00" * 9, "\U0001f600" * 9, "\u0301" + "😀\u0301" * 9])
@pytest.mark.parametrize("limit", [2, 3, 5])
def test_no_pair_is_torn_however_small_the_limit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert "".join(pieces) == text
    assert all(units(piece) <= limit for piece in pieces)
    assert not any("\ud800" <= piece[-1] <= "\udbff" for piece in pieces)


@pytest.mark.parametrize("unit", [*PIECES, "x", "👩\u200d", " \u0301", "a. \u0301", "🇷", "क्ष"])
def test_a_text_of_any_kind_is_split_in_linear_time(unit: str) -> None:
    text = (unit * 60_000)[:60_000]
    start = time.process_time()
    pieces = split(text, 4096)
    assert time.process_time() - start < 1.5  # about 0.05 s; by the square it would be minutes
    assert "".join(pieces) == text


@pytest.mark.parametrize("together", ["👩\u200d👩\u200d👧", "❤\ufe0f\u200d🔥", "🇷🇺"])
def test_an_emoji_of_several_characters_is_not_torn(together: str) -> None:
    for before in range(12):
        pieces = split("x" * before + together + "x" * 12, 12)
        assert any(together in piece for piece in pieces), pieces


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("первый абзац\n\nвторой абзац. Ещё", "первый абзац\n\n"),
        ("первая строка\nвторая строка", "первая строка\n"),
        ("Раз предложение. Два предложение", "Раз предложение. "),
        ("слово за словом, без точек", "слово за словом, "),
        ("оченьдлинноесловобезпробелов", "оченьдлинноесловобез"),
    ],
)
def test_the_cut_is_after_a_paragraph_else_a_line_a_sentence_a_word(text: str, first: str) -> None:
    assert split(text, 20)[0] == first


def test_a_text_that_fits_stays_whole_and_an_empty_one_is_one_piece() -> None:
    assert split("точно двадцать букв!", 20) == ["точно двадцать букв!"]
    assert split("", 20) == [""]


def test_the_cut_falls_back_to_an_earlier_word_where_the_last_would_tear() -> None:
    assert split("раз два три \u0301четыре", 12)[0] == "раз два "


@given(TEXTS, st.integers(16, 60))
def test_of_several_parts_each_bears_its_number_and_fits_with_it(text: str, limit: int) -> None:
    parts = numbered(text, limit)
    assert all(units(part) <= limit for part in parts)
    if len(parts) == 1:
        assert parts == [text]
    else:
        marks = [f"({at}/{len(parts)}) " for at in range(1, len(parts) + 1)]
        assert all(part.startswith(mark) for part, mark in zip(parts, marks, strict=True))
        bare = [part.removeprefix(mark) for part, mark in zip(parts, marks, strict=True)]
        assert "".join(bare) == text


def test_a_text_that_fits_bears_no_number() -> None:
    assert numbered("x" * 20, 20) == ["x" * 20]
    assert numbered("", 20) == [""]
    assert numbered("раз два три", 10) == ["(1/3) раз ", "(2/3) два ", "(3/3) три"]


def test_numbers_of_more_digits_take_more_room() -> None:
    parts = numbered("x" * 900, 16)
    assert parts[0] == "(1/150) xxxxxx"
    assert parts[149] == "(150/150) xxxxxx"
    assert max(map(len, parts)) <= 16


def test_where_a_number_leaves_no_room_nothing_is_made_up() -> None:
    with pytest.raises(ValueError, match="too few"):
        numbered("x" * 100, 7)


@pytest.mark.parametrize(
    "blank",
    [
        *("", " ", "\n\t\r", "\x00\x07", "\u00a0", "\u2003\u3000", "\u2028", "\u00ad"),
        *("\u200b\u200c\u200d", "\u2060", "\ufeff", "\u202e", "\u2066\u2069", "\u180e"),
        *("\u2800", "\u3164", "\u115f\u1160", "\uffa0", "\ufffc", "\ufe0f", "\U000e0100"),
        *("\u034f", "\u17b4", "\U000e0041", "\ud83d", "\u0333", "\u030a", " \n\u3164 \u200b"),
    ],
)
def test_where_nobody_sees_anything_the_text_is_blank(blank: str) -> None:
    assert is_blank(blank)


@pytest.mark.parametrize("seen", ["0", ".", "й", "😀", "❤\ufe0f", "\u200b.", "한", "\u0301", "☐"])
def test_whatever_is_seen_is_not_blank(seen: str) -> None:
    assert not is_blank(seen)


def test_what_turns_the_reading_around_is_taken_out_and_nothing_else() -> None:
    turning = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert unturned(f"Иван{turning} \u200dשלום\n") == "Иван \u200dשלום\n"


def test_length_is_counted_in_utf_16_units() -> None:
    assert [units(text) for text in ("", "abc", "ы", "😀", "👍🏽")] == [0, 3, 1, 2, 4]
    assert units("\ud83d") == 1


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_the_result_can_be_written(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    cleaned.encode()


def test_cleaning_takes_only_what_no_message_can_hold() -> None:
    assert clean("до\x00\ud83dпосле\x07") == "допосле"
    assert clean("a\r\nb\rc\n\td") == "a\nb\nc\n\td"
    assert clean("<b>&amp; *x* ё\u00a0😀") == "<b>&amp; *x* ё\u00a0😀"


@given(st.text())
def test_a_comparison_ignores_form_and_white_space(text: str) -> None:
    spaced = "\n  " + unicodedata.normalize("NFD", text).replace(" ", " \u00a0 ") + " "
    assert normalised(spaced) == normalised(text)


def test_a_comparison_tells_different_words_and_case_apart() -> None:
    assert normalised("Будет завтра") != normalised("будет завтра")
    assert normalised("ещё") != normalised("еще")
