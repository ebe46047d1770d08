"""Wording of one language, from its gettext catalog; holds no sentence of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

DOMAIN = "market-relay"
PLACEHOLDER = re.compile(r"\{(\w+)\}")

_INSTALLED = Path(__file__).with_name("locales")
_CHECKOUT = Path(__file__).parents[2] / "locales"
LOCALES = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def languages() -> tuple[str, ...]:
    """What there is a catalog for, such as `en` and `ru`."""
    return tuple(sorted(path.parents[1].name for path in LOCALES.glob(f"*/*/{DOMAIN}.po")))


def catalog_path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def missing(language: str) -> int:
    """How many wordings of a language are not translated, or not surely."""
    with catalog_path(language).open("rb") as source:
        entries = [entry for entry in read_po(source) if entry.id]
    return len([entry for entry in entries if entry.fuzzy or not _is_whole(entry.string)])


def _is_whole(wording: str | Sequence[str] | None) -> bool:
    return bool(wording) if wording is None or isinstance(wording, str) else all(wording)


def fill(template: str, values: Mapping[str, object]) -> str:
    """Put values into `{name}` places. A value is data: braces in it mean nothing. A place that
    has no value stays as it is written, for a wrong wording must not stop a message."""
    return PLACEHOLDER.sub(lambda place: str(values.get(place[1], place[0])), template)


class Catalog:
    """`bot.relay.ports.Words` in one language. A wording that is not translated is English."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._translations = _read(catalog_path(language))

    def say(self, msgid: str, /, **values: object) -> str:
        # gettext keeps the header of the catalog under the empty msgid.
        return fill(self._translations.gettext(msgid), values) if msgid else ""

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        return fill(self._translations.ngettext(one, many, n), {**values, "n": n})

    def number(self, n: int, /) -> str:
        return format_decimal(n, locale=self._language)

    def date(self, at_ms: int, /) -> str:
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone()
        return format_datetime(local, "d MMM, HH:mm", locale=self._language)


def _read(path: Path) -> GNUTranslations:
    """Compile in memory: no compiled file can be stale, or missing from an installation."""
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return GNUTranslations(compiled)
