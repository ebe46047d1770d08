"""Text as both services count and allow it: cleaning and splitting. Pure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Set
from itertools import accumulate, count

from bot.relay import clusters

POST_UNITS = 4096  # UTF-16 units of a message (Bot API: sendMessage)
CAPTION_UNITS = 1024  # UTF-16 units of a caption (Bot API: sendMediaGroup)
REPLY_CHARACTERS = 4096  # of a message to the buyer (Market: sendMessageToChat)

# What Telegram refuses or swallows: control characters but for tab and newline, and halves of
# surrogate pairs, which can't be written as UTF-8 at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

# Marks of the direction of reading, and what overrides, embeds or isolates it: they reach beyond
# the words that hold them.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# Of what nobody sees, the categories (white space, control and format characters) and the
# characters of other categories: fillers, selectors, an empty Braille cell, a lost object, and
# three marks that Telegram drops.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_UNSEEN = re.compile(
    "[\u030a\u0333\u033f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\ufff0-\ufff8\ufffc\U000e0000-\U000e0fff]"
)

_ONE_AT_MOST = 2  # units of a character
_BREAKS = ("\n\n", "\n", ". ", "! ", "? ", "… ", " ")


def units(text: str) -> int:
    """Length in UTF-16 units, which is how Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """The text as it was written, less what no message can hold."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def normalised(text: str) -> str:
    """For comparing what was sent with what the history shows: form and white space don't count."""
    return " ".join(unicodedata.normalize("NFC", clean(text)).split())


def unturned(text: str) -> str:
    """Less what could turn the reading of a line around: for names, which stand on our lines."""
    return _TURNING.sub("", text)


def is_blank(text: str) -> bool:
    """Would nobody see anything? Telegram refuses most of such texts as empty."""
    return all(
        unicodedata.category(character) in _UNSEEN_CATEGORIES for character in _UNSEEN.sub("", text)
    )


def from_seen(text: str) -> str:
    """From the first character on that somebody sees."""
    return text[next((at for at, sign in enumerate(text) if not is_blank(sign)), len(text)) :]


def split(text: str, at_most: int) -> list[str]:
    """Pieces of at most `at_most` UTF-16 units (two or more) whose concatenation is the text.

    Cut after a paragraph, else a line, a sentence, a word; never inside what is seen as one
    character, unless that alone is over the limit. In linear time whatever the text.
    """
    if units(text) <= at_most:
        return [text]
    ends = clusters.ends(text)
    whole = frozenset(ends)
    offsets = list(accumulate((1 + (sign > "\uffff") for sign in text), initial=0))
    pieces, start = [], 0
    while offsets[-1] - offsets[start] > at_most:
        end = bisect_right(offsets, offsets[start] + at_most) - 1
        cut = _after_a_break(text, start, end, whole) or ends[bisect_right(ends, end) - 1]
        if not start < cut <= end:
            cut = _inside(text, start, end)
        pieces.append(text[start:cut])
        start = cut
    return [*pieces, text[start:]]


def _after_a_break(text: str, start: int, end: int, whole: Set[int]) -> int | None:
    """The best place in the second half of what fits."""
    middle = start + (end - start) // 2
    for mark in _BREAKS:
        at = text.rfind(mark, middle, end)
        while at > start:
            if at + len(mark) in whole:
                return at + len(mark)
            at = text.rfind(mark, middle, at + len(mark) - 1)
    return None


def _inside(text: str, start: int, end: int) -> int:
    """A place in what is seen as one and yet is too long; not between the halves of a pair."""
    is_torn = "\ud800" <= text[end - 1] <= "\udbff" and "\udc00" <= text[end] <= "\udfff"
    return max(end - is_torn, start + 1)


def numbered(text: str, at_most: int) -> list[str]:
    """As `split`; of several pieces each begins with its number, such as `(1/3) `, and is with it
    at most `at_most` units. Raises ValueError where a number leaves no room for words."""
    if units(text) <= at_most:
        return [text]
    for digits in count(1):
        room = at_most - len("(/) ") - 2 * digits
        if room < _ONE_AT_MOST:
            break
        pieces = split(text, room)
        if len(str(len(pieces))) <= digits:
            return [f"({at}/{len(pieces)}) {piece}" for at, piece in enumerate(pieces, 1)]
    raise ValueError(f"{at_most} units are too few to number {units(text)}")
