"""Spans → text and entities. Foreign words stay as they are and can't act. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyParameters,
)

from bot.relay.model import PostId
from bot.relay.posts import Button, Post, Span, Style
from bot.relay.text import clean, units

# Telegram itself turns these into something that acts: a mention calls a member, a command is
# sent by whoever taps it. Inside a code entity it looks for neither.
_ACTING = re.compile(r"(?<!\w)@\w+|(?<![\w/])/\w+(?:@\w+)?")

# Telegram drops these before it looks for what acts: left in, they would hide it from us alone.
_DROPPED = re.compile("[\u030a\u0333\u033f\u2028-\u202e]")

# Telegram heeds 100 entities of a message: with more, the rest of the words would act again.
_ENTITIES_AT_MOST = 90

_STYLES = {
    Style.LABEL: "bold",
    Style.FOREIGN_LABEL: "bold",
    Style.HINT: "italic",
}


def rendered(post: Post) -> tuple[str, list[MessageEntity]]:
    """The text of a post and its entities; offsets in UTF-16 units."""
    return captioned(post.spans)


def captioned(spans: Sequence[Span]) -> tuple[str, list[MessageEntity]]:
    """The same of what stands under a file."""
    text, entities = _rendered(spans, is_coarse=False)
    return (
        _rendered(spans, is_coarse=True) if len(entities) > _ENTITIES_AT_MOST else (text, entities)
    )


def _rendered(spans: Sequence[Span], *, is_coarse: bool) -> tuple[str, list[MessageEntity]]:
    text = ""
    entities: list[MessageEntity] = []
    for span in spans:
        words = _DROPPED.sub("", clean(span.text))
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


def reply(post_id: PostId | None) -> ReplyParameters | None:
    """The message answered may be deleted meanwhile; the words matter all the same."""
    if post_id is None:
        return None
    return ReplyParameters(message_id=post_id, allow_sending_without_reply=True)
