"""What is seen as one character, after Unicode's UAX #29: a letter and its marks, an emoji of
several, a flag, a syllable. Pure.

The standard library knows only the categories of characters. Where it can't tell (what is a
pictograph, what an Indic consonant), rather more is kept together than less.
"""

from __future__ import annotations

import unicodedata
from enum import Enum, auto
from functools import lru_cache


class _Kind(Enum):
    PLAIN = auto()
    CONTROL = auto()  # nothing joins it
    RETURN = auto()
    NEWLINE = auto()
    MARK = auto()  # joins what is before it
    LINKER = auto()  # a mark that makes a syllable of two Indic letters
    JOINER = auto()  # a mark that makes an emoji of two
    PREFIX = auto()  # joins what is after it
    LETTER = auto()  # what a linker can link
    PICTOGRAPH = auto()
    FLAG = auto()  # one of the two letters of a flag
    LEADING, VOWEL, TRAILING = auto(), auto(), auto()  # jamo, of which Hangul syllables are made
    OPEN_SYLLABLE, SYLLABLE = auto(), auto()
    HIGH, LOW = auto(), auto()  # halves of a surrogate pair


_LINKERS = frozenset(
    "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d\u1039\u17d2\u1a60\u1b44\u1bab\u1cf5\u1cf6\ua9c0\uaaf6"
    "\U00010a3f\U00011133\U000113d0\U0001193e\U00011a3a\U00011a47\U00011a99\U00011f42"
)
_PREFIXES = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd"
    "\U000111c2\U000111c3\U000113d1\U0001193f\U00011941\U00011a84\U00011a85\U00011a86\U00011a87"
    "\U00011a88\U00011a89\U00011d46\U00011f02"
)
# Marks that go by another category: ZWNJ, Thai and Lao vowels, Japanese sound marks.
_ALSO_MARKS = frozenset("\u200c\u0e33\u0eb3\uff9e\uff9f")
_ALSO_PICTOGRAPHS = frozenset("‼⁉ℹ〰〽")
_RANGES = (
    ("\u1100", "\u115f", _Kind.LEADING),
    ("\ua960", "\ua97c", _Kind.LEADING),
    ("\u1160", "\u11a7", _Kind.VOWEL),
    ("\ud7b0", "\ud7c6", _Kind.VOWEL),
    ("\U00016d63", "\U00016d63", _Kind.VOWEL),
    ("\U00016d67", "\U00016d6a", _Kind.VOWEL),
    ("\u11a8", "\u11ff", _Kind.TRAILING),
    ("\ud7cb", "\ud7fb", _Kind.TRAILING),
    ("\ud800", "\udbff", _Kind.HIGH),
    ("\udc00", "\udfff", _Kind.LOW),
    ("\U0001f1e6", "\U0001f1ff", _Kind.FLAG),
    ("\U0001f3fb", "\U0001f3ff", _Kind.MARK),  # tones of skin
    ("\U000e0020", "\U000e007f", _Kind.MARK),  # tags, which spell the flags of regions
)
_SINGLES = {"\r": _Kind.RETURN, "\n": _Kind.NEWLINE, "\u200d": _Kind.JOINER}
_SINGLES |= dict.fromkeys(_LINKERS, _Kind.LINKER) | dict.fromkeys(_PREFIXES, _Kind.PREFIX)
_SINGLES |= dict.fromkeys(_ALSO_MARKS, _Kind.MARK)
_SINGLES |= dict.fromkeys(_ALSO_PICTOGRAPHS, _Kind.PICTOGRAPH)

_MARKS = {_Kind.MARK, _Kind.LINKER, _Kind.JOINER}
_UNJOINED = {_Kind.CONTROL, _Kind.RETURN, _Kind.NEWLINE, _Kind.HIGH, _Kind.LOW}
_JOINED = frozenset(
    {(_Kind.RETURN, _Kind.NEWLINE), (_Kind.HIGH, _Kind.LOW), (_Kind.LEADING, _Kind.LEADING)}
    | {(_Kind.LEADING, kind) for kind in (_Kind.VOWEL, _Kind.OPEN_SYLLABLE, _Kind.SYLLABLE)}
    | {(_Kind.OPEN_SYLLABLE, kind) for kind in (_Kind.VOWEL, _Kind.TRAILING)}
    | {(_Kind.VOWEL, kind) for kind in (_Kind.VOWEL, _Kind.TRAILING)}
    | {(kind, _Kind.TRAILING) for kind in (_Kind.SYLLABLE, _Kind.TRAILING)}
)


def ends(text: str) -> list[int]:
    """Where each of what is seen as one ends, in characters; the last is the end of the text.

    In linear time whatever the text.
    """
    found: list[int] = []
    before: _Kind | None = None
    base = _Kind.CONTROL  # what the marks before belong to
    is_linked = False  # a linker is among those marks
    is_half_flag = False
    for at, character in enumerate(text):
        kind = _kind(character)
        if before is not None and not (
            _is_joined(before, kind, base, is_linked) or (is_half_flag and kind is _Kind.FLAG)
        ):
            found.append(at)
        is_half_flag = kind is _Kind.FLAG and not (is_half_flag and before is _Kind.FLAG)
        is_linked = kind is _Kind.LINKER or (is_linked and kind in _MARKS)
        if kind not in _MARKS:
            base = kind
        before = kind
    return [*found, len(text)] if text else []


def _is_joined(before: _Kind, kind: _Kind, base: _Kind, is_linked: bool) -> bool:
    if kind is _Kind.PLAIN:
        return before is _Kind.PREFIX
    if (before, kind) in _JOINED:
        return True
    if before in _UNJOINED or kind in _UNJOINED:
        return False
    if kind in _MARKS or before is _Kind.PREFIX:
        return True
    if kind is _Kind.PICTOGRAPH:
        return before is _Kind.JOINER and base is _Kind.PICTOGRAPH
    return kind is _Kind.LETTER and is_linked and base is _Kind.LETTER


@lru_cache(maxsize=8192)
def _kind(character: str) -> _Kind:
    if kind := _SINGLES.get(character):
        return kind
    for first, last, kind in _RANGES:
        if first <= character <= last:
            return kind
    if "가" <= character <= "힣":
        is_open = (ord(character) - ord("가")) % 28 == 0
        return _Kind.OPEN_SYLLABLE if is_open else _Kind.SYLLABLE
    match unicodedata.category(character):
        case "Mn" | "Me" | "Mc":
            return _Kind.MARK
        case "Cc" | "Cf" | "Zl" | "Zp":
            return _Kind.CONTROL
        case "So" | "Sm" | "Cn":
            return _Kind.PICTOGRAPH
        case "Lo":
            return _Kind.LETTER
        case _:
            return _Kind.PLAIN
