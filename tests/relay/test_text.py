"""Texts are cut and cleaned as both services count, and nothing of them is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.relay.text import clean, normalised, split, units

# Letters, breaks, marks that belong to the character before, pairs, joined emoji, flags.
PIECES = ["a", "ы", " ", "\n", "\n\n", ". ", "и\u0306", "e\u0301\u0323", "😀", "👍🏽", "❤\ufe0f"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=120).map("".join)


@given(TEXTS, st.integers(8, 40))
def test_pieces_put_together_are_the_text_and_none_is_over_the_limit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert "".join(pieces) == text
    assert all(units(piece) <= limit for piece in pieces)
    assert all(pieces) or pieces == [""]


@given(TEXTS, st.integers(8, 40))
@example("word word \u0301word", 10)
def test_no_piece_begins_with_what_belongs_to_the_character_before(text: str, limit: int) -> None:
    for piece in split(text, limit)[1:]:
        assert not unicodedata.combining(piece[0])
        assert piece[0] not in "\u200d\ufe0f"
        assert not 0x1F3FB <= ord(piece[0]) <= 0x1F3FF


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
