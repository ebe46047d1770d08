"""Foreign words arrive as they are and can't act; our own have their styles."""

from __future__ import annotations

import pytest
from aiogram.types import MessageEntity
from hypothesis import given
from hypothesis import strategies as st

from bot.relay.posts import Button, Post, Span, Style
from bot.relay.text import clean, units
from bot.simulator.telegram_text import clean as as_telegram_takes_it
from bot.simulator.telegram_text import detected, fault_of_entities
from bot.telegram.render import keyboard, rendered

ACTS = {"mention", "bot_command"}
HOSTILE = st.text(alphabet="aб_@/. \n😀1-:<>\u202e\u030a", max_size=40)


def marked(text: str, entities: list[MessageEntity]) -> list[tuple[str, str]]:
    """Each entity as Telegram reads it: its kind and the words under it."""
    raw = text.encode("utf-16-le")
    return [
        (e.type, raw[2 * e.offset : 2 * (e.offset + e.length)].decode("utf-16-le"))
        for e in entities
    ]


def shown(*spans: Span) -> list[tuple[str, str]]:
    return marked(*rendered(Post(spans)))


def acting(text: str, entities: list[MessageEntity]) -> set[str]:
    given_ = [{"type": e.type, "offset": e.offset, "length": e.length} for e in entities]
    return {entity["type"] for entity in detected(text, given_)} & ACTS


def test_styles_stand_under_their_own_words_behind_emoji() -> None:
    spans = (
        Span("😀👍🏽 ", Style.OURS),
        Span("метка\n", Style.LABEL),
        Span("Анна 😀", Style.FOREIGN_LABEL),
        Span("\n  тихо 🤫 \n", Style.HINT),
        Span("чужое", Style.FOREIGN),
    )
    assert shown(*spans) == [("bold", "метка"), ("bold", "Анна 😀"), ("italic", "тихо 🤫")]
    assert rendered(Post(spans))[0] == "".join(span.text for span in spans)


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("@anna_posuda", ["@anna_posuda"]),
        ("😀@anna, 😀 /close", ["@anna", "/close"]),
        ("/close@relay_bot сейчас", ["/close@relay_bot"]),
        ("(@a)/b", ["@a", "/b"]),
        ("пиши на a@b.ru или 1/2", []),
        ("http://a/b", []),
        ("без ничего", []),
    ],
)
def test_mentions_and_commands_of_others_are_inert(text: str, inert: list[str]) -> None:
    assert shown(Span("😀 "), Span(text, Style.FOREIGN)) == [("code", words) for words in inert]


@pytest.mark.parametrize("dropped", ["\u030a", "\u0333", "\u033f", "\u2028", "\u202a", "\u202e"])
@pytest.mark.parametrize("hidden", ["@{}anna", "/{}close", "/close@{}relay_bot", "@an{}na"])
def test_what_telegram_drops_hides_nothing_that_acts(hidden: str, dropped: str) -> None:
    text, entities = rendered(Post((Span(hidden.format(dropped), Style.FOREIGN),)))
    assert marked(text, entities) == [("code", hidden.format(""))]
    assert as_telegram_takes_it(text) == text


@pytest.mark.parametrize("style", [Style.FOREIGN, Style.FOREIGN_LABEL])
@given(text=HOSTILE, before=HOSTILE)
def test_nothing_foreign_acts_and_its_words_are_kept(style: Style, text: str, before: str) -> None:
    spans = (
        Span("метка\n", Style.LABEL),
        Span(before, Style.FOREIGN),
        Span("\n"),
        Span(text, style),
    )
    said, entities = rendered(Post(spans))
    assert said == as_telegram_takes_it("".join(clean(span.text) for span in spans))
    assert acting(said, entities) == set()
    given_ = [{"type": e.type, "offset": e.offset, "length": e.length} for e in entities]
    assert fault_of_entities(said, given_) is None
    assert all(e.length > 0 for e in entities)


def test_the_check_knows_what_acts() -> None:
    assert acting("привет @anna_posuda /close", []) == ACTS


@given(st.lists(st.builds(Span, st.text(max_size=20), st.sampled_from(list(Style))), max_size=6))
def test_entities_lie_within_the_text_whatever_it_holds(spans: list[Span]) -> None:
    said, entities = rendered(Post(tuple(spans)))
    for entity in entities:
        assert 0 <= entity.offset < entity.offset + entity.length <= units(said)
    said.encode()


def test_a_hundred_mentions_are_as_inert_as_one() -> None:
    """Telegram keeps a hundred entities of a message and drops those behind them."""
    text = " ".join(f"@anna_{number}" for number in range(150))
    said, entities = rendered(Post((Span(text, Style.FOREIGN),)))
    assert acting(said, entities[:100]) == set()


def test_buttons_stand_in_one_row_and_none_is_no_keyboard() -> None:
    made = keyboard((Button("Send again", "again say/1/0"), Button("It is there", "there say/1/0")))
    assert made is not None
    assert [[(b.text, b.callback_data) for b in row] for row in made.inline_keyboard] == [
        [("Send again", "again say/1/0"), ("It is there", "there say/1/0")]
    ]
    assert keyboard(()) is None
