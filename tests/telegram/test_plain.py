"""Formatted text as plain text: nothing is lost, and what its looks said is put into words."""

from __future__ import annotations

import pytest
from aiogram.enums import MessageEntityType
from aiogram.types import MessageEntity
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.plain import added, plain

URL = "https://example.ru/a"


def entity(kind: str, offset: int, length: int, url: str | None = None) -> MessageEntity:
    return MessageEntity(type=kind, offset=offset, length=length, url=url)


def link(offset: int, length: int, url: str = URL) -> MessageEntity:
    return entity("text_link", offset, length, url)


def quote(offset: int, length: int, kind: str = "blockquote") -> MessageEntity:
    return entity(kind, offset, length)


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("сюда!", [link(0, 4)], f"сюда ({URL})!"),
        ("😀 сюда!", [link(3, 4)], f"😀 сюда ({URL})!"),
        ("😀", [link(0, 2)], f"😀 ({URL})"),
        (
            "раз два",
            [link(4, 3, "http://b"), link(0, 3, "http://a")],
            "раз (http://a) два (http://b)",
        ),
        (URL, [link(0, len(URL))], URL),
        ("http://a", [link(0, 8, "http://a/")], "http://a"),
        ("example.ru/a", [link(0, 12)], "example.ru/a"),
        ("сюда ", [link(0, 5)], f"сюда ({URL}) "),
        ("сюда\nтам", [link(0, 5)], f"сюда ({URL})\nтам"),
        ("жирно", [link(0, 5), entity("bold", 0, 5)], f"жирно ({URL})"),
        ("сюда", [link(0, 4, "")], "сюда"),
        ("без", [], "без"),
    ],
)
def test_an_address_behind_words_is_written_out(
    text: str, entities: list[MessageEntity], expected: str
) -> None:
    assert plain(text, entities) == expected


@pytest.mark.parametrize("kind", ["blockquote", "expandable_blockquote"])
@pytest.mark.parametrize(
    ("text", "quotes", "expected"),
    [
        ("раз\nдва\nтри", [(0, 7)], "> раз\n> два\nтри"),
        ("раз\nдва\nтри", [(4, 7)], "раз\n> два\n> три"),
        ("раз\n\nдва", [(0, 8)], "> раз\n> \n> два"),
        ("раз\nдва", [(0, 4)], "> раз\nдва"),
        ("раз два три", [(4, 3)], "раз \n> два\n три"),
        ("раздва", [(0, 3), (3, 3)], "> раз\n> два"),
        ("раз два", [(0, 5), (2, 5)], "> раз два"),
        ("раз\nдва", [(0, 7), (4, 3)], "> раз\n> два"),
        ("😀\n😀", [(3, 2)], "😀\n> 😀"),
        ("раз", [(0, 0)], "раз"),
    ],
)
def test_every_line_of_a_quote_is_marked(
    text: str, quotes: list[tuple[int, int]], expected: str, kind: str
) -> None:
    assert plain(text, [quote(*reach, kind) for reach in quotes]) == expected


def test_an_address_stands_within_the_quote_that_its_words_end() -> None:
    assert plain("цитата ответ", [quote(0, 6), link(0, 6)]) == f"> цитата ({URL})\n ответ"
    assert plain("да цитата", [link(0, 2), quote(2, 7)]) == f"да ({URL})\n>  цитата"


@pytest.mark.parametrize(
    "kind", sorted(set(MessageEntityType) - {"text_link", "blockquote", "expandable_blockquote"})
)
def test_whatever_else_is_set_off_is_its_words(kind: str) -> None:
    text = "@anna /start 5️⃣ 👍\n  код\n"
    assert plain(text, [entity(kind, 0, 12), entity(kind, 3, 9)]) == text


TEXTS = st.text(alphabet="аб😀\u0301 \n\ud83d", max_size=30) | st.text(max_size=30)
ENTITIES = st.lists(
    st.builds(
        entity,
        st.sampled_from(["text_link", "blockquote", "expandable_blockquote", "bold", "new_kind"]),
        st.integers(-5, 50) | st.integers(-(2**70), 2**70),
        st.integers(-5, 50) | st.integers(-(2**70), 2**70),
        st.sampled_from([None, "", URL, "http://😀"]),
    ),
    max_size=8,
)


@given(TEXTS, ENTITIES)
def test_without_what_was_added_it_is_the_text(text: str, entities: list[MessageEntity]) -> None:
    left, kept = plain(text, entities), ""
    for at, words in added(text, entities):
        here = at - len(kept)
        kept += left[:here]
        assert left[here:].startswith(words)
        left = left[here + len(words) :]
    assert kept + left == text


@given(TEXTS, ENTITIES)
def test_every_character_stays_in_its_order(text: str, entities: list[MessageEntity]) -> None:
    said = iter(plain(text, entities))
    assert all(character in said for character in text)


@given(TEXTS, ENTITIES)
def test_every_line_that_holds_a_quoted_character_is_marked(
    text: str, entities: list[MessageEntity]
) -> None:
    quoted = [one for one in entities if one.type.endswith("blockquote")]
    said = plain(text.replace(">", ""), quoted)
    for line in said.split("\n"):
        assert line.count("> ") <= 1
        assert line.startswith("> ") or "> " not in line


@given(TEXTS)
def test_a_text_without_entities_stays_as_it_is(text: str) -> None:
    assert plain(text, []) == text
