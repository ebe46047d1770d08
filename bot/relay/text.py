"""Text as both services count and allow it: cleaning and splitting. Pure."""

from __future__ import annotations

import re
import unicodedata

POST_UNITS = 4096  # UTF-16 units of a message (Bot API: sendMessage)
REPLY_CHARACTERS = 4096  # of a message to the buyer (Market: sendMessageToChat)

# What Telegram refuses or swallows: control characters but for tab and newline, and halves of
# surrogate pairs, which can't be written as UTF-8 at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

_JOINER = "\u200d"
_SELECTORS = "\ufe0e\ufe0f"
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


def split(text: str, at_most: int) -> list[str]:
    """Pieces of at most `at_most` UTF-16 units whose concatenation is the text.

    Cut after a paragraph, else a line, a sentence, a word; never inside a surrogate pair or
    before a combining character.
    """
    pieces = []
    while units(text) > at_most:
        cut = _cut(text, at_most)
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text] if text or not pieces else pieces


def _cut(text: str, at_most: int) -> int:
    end = _characters_within(text, at_most)
    for mark in _BREAKS:
        at = text.rfind(mark, end // 2, end)
        if at > 0 and not _is_torn(text, at + len(mark)):
            return at + len(mark)
    whole = end
    while whole > 1 and _is_torn(text, whole):
        whole -= 1
    return whole if whole > 1 else end  # nothing but one endless sequence


def _characters_within(text: str, at_most: int) -> int:
    """How many characters from the start fit into `at_most` UTF-16 units."""
    room = at_most
    for index, character in enumerate(text):
        room -= 2 if ord(character) > 0xFFFF else 1
        if room < 0:
            return index
    return len(text)


def _is_torn(text: str, at: int) -> bool:
    """Would a cut before `text[at]` tear what is seen as one: a letter and its marks, an emoji of
    several, a flag?"""
    if at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    if before == _JOINER or after in _JOINER + _SELECTORS or _is_flag_letter(after):
        return not _is_flag_letter(after) or _flag_letters_before(text, at) % 2 == 1
    return unicodedata.combining(after) != 0 or "\U0001f3fb" <= after <= "\U0001f3ff"


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    """Flags are pairs of letters: an odd number before means that a cut parts a pair."""
    count = 0
    while at > count and _is_flag_letter(text[at - 1 - count]):
        count += 1
    return count
