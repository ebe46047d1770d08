"""Columns give back what was put in, as far as any database can."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.storage.columns import JsonField, WordsField, storable
from bot.storage.tables import EffectRow

ANY_TEXT = st.text(st.characters())  # lone surrogates and NUL among them
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
)


@given(JSON)
def test_json_comes_back_as_it_was_and_can_be_kept(value: object) -> None:
    written = JsonField().to_db_value(value, EffectRow)
    if value is None:  # an empty column
        assert written is JsonField().to_python_value(written) is None
        return

    assert written is not None
    assert "\0" not in written
    assert written.encode().decode() == written
    assert JsonField().to_python_value(written) == value
    assert json.loads(written) == value


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_words_are_kept_as_they_are(words: str) -> None:
    assert storable(words) == words


@given(ANY_TEXT)
def test_only_what_no_database_can_hold_is_replaced(words: str) -> None:
    kept = WordsField().to_db_value(words, EffectRow)

    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert len(kept) <= len(words)


def test_a_pair_of_surrogates_is_the_character_it_means() -> None:
    assert storable("\ud83d\ude00 \ud83d") == "😀 \ufffd"
