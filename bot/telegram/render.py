"""Spans → text and entities. Foreign words stay as they are and can't act. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.relay.posts import Button, Post, Span, Style
from bot.relay.text import clean, units

# Telegram itself turns these into something that acts: a mention calls a member, a command is
# sent by whoever taps it. Inside a code entity it looks for neither.
_ACTING = re.compile(r"(?<!\w)@\w+|(?<![\w/])/\w+(?:@\w+)?")

# Telegram heeds 100 entities of a message: with more, the rest of the words would act again.
_ENTITIES_AT_MOST = 90

_STYLES = {
    Style.LABEL: "bold",
    Style.FOREIGN_LABEL: "bold",
    Style.HINT: "italic",
}


def rendered(post: Post) -> tuple[str, list[MessageEntity]]:
    """The text of a post and its entities; offsets in UTF-16 units."""
    text, entities = _rendered(post, is_coarse=False)
    return (
        _rendered(post, is_coarse=True) if len(entities) > _ENTITIES_AT_MOST else (text, entities)
    )


def _rendered(post: Post, *, is_coarse: bool) -> tuple[str, list[MessageEntity]]:
    text = ""
    entities: list[MessageEntity] = []
    for span in post.spans:
        words = clean(span.text)
        entities += _entities(Span(words, span.style), units(text), is_coarse)
        text += words
    return text, entities


def _entities(span: Span, start: int, is_coarse: bool) -> Iterator[MessageEntity]:
    if span.style in (Style.FOREIGN, Style.FOREIGN_LABEL):
        inert = [(found.start(), found.end()) for found in _ACTING.finditer(span.text)]
        if is_coarse and inert:
            inert = [(0, len(span.text))]
        for begin, end in inert:
            yield _entity("code", span.text, begin, end, start)
        if inert:
            return  # a code entity can't lie within another
    if style := _STYLES.get(span.style):
        begin = len(span.text) - len(span.text.lstrip())
        if end := len(span.text.rstrip()):
            yield _entity(style, span.text, begin, end, start)


def _entity(kind: str, text: str, begin: int, end: int, start: int) -> MessageEntity:
    offset = start + units(text[:begin])
    return MessageEntity(type=kind, offset=offset, length=units(text[begin:end]))


def keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """The buttons in one row."""
    if not buttons:
        return None
    row = [InlineKeyboardButton(text=b.label, callback_data=b.action) for b in buttons]
    return InlineKeyboardMarkup(inline_keyboard=[row])
