"""Wordings come out of the catalogs, in the right form, whatever the values hold."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from bot.texts import catalog as catalogs
from bot.texts.catalog import PLACEHOLDER, Catalog, catalog_path, fill, languages

MADE_UP = """
msgid ""
msgstr ""
"Language: ru\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 "
"|| n%100>=20) ? 1 : 2);\\n"

msgid "Buyer {name}"
msgstr "Покупатель {name}"

msgid "{n} message for {name}"
msgid_plural "{n} messages for {name}"
msgstr[0] "{n} сообщение для {name}"
msgstr[1] "{n} сообщения для {name}"
msgstr[2] "{n} сообщений для {name}"

msgid "Unfinished"
msgstr ""

#, fuzzy
msgid "Doubtful"
msgstr "Сомнительно"
"""


@pytest.fixture
def russian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    monkeypatch.setattr(catalogs, "LOCALES", tmp_path)
    path = catalogs.catalog_path("ru")
    path.parent.mkdir(parents=True)
    path.write_text(MADE_UP, encoding="utf-8")
    return Catalog("ru")


def test_a_translated_wording_is_said_with_its_values(russian: Catalog) -> None:
    assert russian.say("Buyer {name}", name="Иван") == "Покупатель Иван"


@pytest.mark.parametrize("msgid", ["Unfinished", "Doubtful", "Never heard of"])
def test_a_wording_without_a_sure_translation_is_said_in_english(
    russian: Catalog, msgid: str
) -> None:
    assert russian.say(msgid) == msgid


def test_an_empty_wording_is_not_the_header_of_the_catalog(russian: Catalog) -> None:
    assert russian.say("") == ""


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, "0 сообщений для Иван"),
        (1, "1 сообщение для Иван"),
        (2, "2 сообщения для Иван"),
        (5, "5 сообщений для Иван"),
        (11, "11 сообщений для Иван"),
        (21, "21 сообщение для Иван"),
        (112, "112 сообщений для Иван"),
    ],
)
def test_russian_counts_in_three_forms(russian: Catalog, n: int, expected: str) -> None:
    one, many = "{n} message for {name}", "{n} messages for {name}"
    assert russian.count(one, many, n, name="Иван") == expected


def test_an_untranslated_count_is_english_singular_for_one_only(russian: Catalog) -> None:
    counted = [russian.count("{n} day", "{n} days", n) for n in (0, 1, 2, 21)]
    assert counted == ["0 days", "1 day", "2 days", "21 days"]


@pytest.mark.parametrize("value", ["{", "}", "{}", "{name}", "{other}", "{0!r:>{1}}", "\\1 \\g<0>"])
def test_a_value_is_data_whatever_it_looks_like(russian: Catalog, value: str) -> None:
    assert russian.say("Buyer {name}", name=value, other="leak") == f"Покупатель {value}"


def test_a_place_without_a_value_stays_as_it_is_written() -> None:
    assert fill("{a} and {b}", {"a": "one"}) == "one and {b}"


def test_nothing_of_a_value_but_its_text_can_be_reached() -> None:
    assert fill("{a.real} {a[0]} {a!r}", {"a": 5}) == "{a.real} {a[0]} {a!r}"


@pytest.mark.parametrize(
    ("zone", "language", "expected"),
    [
        ("Europe/Moscow", "ru", "21 нояб., 14:05"),
        ("Europe/Moscow", "en", "21 Nov, 14:05"),
        ("Asia/Vladivostok", "ru", "21 нояб., 21:05"),
    ],
)
def test_a_date_is_told_in_the_language_and_the_zone_of_the_process(
    monkeypatch: pytest.MonkeyPatch, zone: str, language: str, expected: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert Catalog(language).date(1_795_259_100_000) == expected
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_number_has_the_groups_of_its_language() -> None:
    told = [Catalog(language).number(912_345) for language in ("en", "ru")]
    assert told == ["912,345", "912\u00a0345"]


def test_a_date_of_summer_is_told_in_summer_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        told = [Catalog("en").date(at_ms) for at_ms in (1_795_259_100_000, 1_782_039_900_000)]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert told == ["21 Nov, 12:05", "21 Jun, 13:05"]


def test_a_language_without_a_catalog_is_an_error_at_once() -> None:
    with pytest.raises(FileNotFoundError):
        Catalog("tlh")


def test_russian_and_english_are_there() -> None:
    assert {"en", "ru"} <= set(languages())


@pytest.mark.parametrize("language", languages())
def test_every_translation_has_the_places_of_its_msgid(language: str) -> None:
    with catalog_path(language).open("rb") as source:
        entries = [entry for entry in read_po(source) if entry.id]
    assert entries
    assert [problem for entry in entries for problem in _misplaced(entry)] == []


def test_a_translation_with_another_place_is_found() -> None:
    assert _misplaced(Message("to {name}", "для {nmae}"))
    assert _misplaced(Message(("{n} day", "{n} days"), ("{n} день", "дня", "{n} дней")))
    # "1" may be left to the word itself, as in "a message".
    assert not _misplaced(Message(("a day", "{n} days"), ("{n} день", "{n} дня", "{n} дней")))


def _misplaced(entry: Message) -> list[str]:
    """Translations of an entry whose places are those of none of its msgids."""
    msgids = [entry.id] if isinstance(entry.id, str) else entry.id
    strings = [entry.string] if isinstance(entry.string, str) else entry.string
    wanted = [_places(msgid) for msgid in msgids]
    return [said for said in strings if said and _places(said) not in wanted]


def _places(wording: str) -> set[str]:
    return set(PLACEHOLDER.findall(wording))
