"""`make fix` brings the catalogs into step with the code; `make check` sees where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.texts import catalog as catalogs
from bot.texts.catalog import Catalog, catalog_path
from tools import catalogs as upkeep

HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"""
CODE = """
say("Buyer")
words.count("{n} day", "{n} days", n)
REASONS = {"late": words.say("Too " "late")}
"text".count("t")
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(upkeep, "CODE", tmp_path / "bot")
    monkeypatch.setattr(catalogs, "LOCALES", tmp_path / "locales")
    for language in ("en", "ru"):
        path = catalog_path(language)
        path.parent.mkdir(parents=True)
        path.write_text(HEADER.format(language=language), encoding="utf-8")
    code = tmp_path / "bot" / "code.py"
    code.parent.mkdir()
    code.write_text(CODE, encoding="utf-8")
    return code


def translate() -> None:
    """Do a translator's work on the Russian catalog."""
    path = catalog_path("ru")
    text = path.read_text(encoding="utf-8")
    for form in range(3):
        text = text.replace(f'msgstr[{form}] ""', f'msgstr[{form}] "{{n}} д."')
    for said in ("Buyer", "Too late"):
        text = text.replace(f'msgid "{said}"\nmsgstr ""', f'msgid "{said}"\nmsgstr "Да"')
    path.write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("code")
def test_new_wordings_are_taken_in_and_wait_for_a_translator() -> None:
    assert upkeep.main("update") == 0

    assert upkeep.main("check") == 1
    translate()
    assert upkeep.main("check") == 0
    assert Catalog("ru").say("Too late") == "Да"


@pytest.mark.usefixtures("code")
def test_english_is_complete_by_itself_and_lends_nothing_to_russian() -> None:
    upkeep.main("update")

    assert Catalog("en").count("{n} day", "{n} days", 2) == "2 days"
    assert 'msgid "Buyer"\nmsgstr "Buyer"' in catalog_path("en").read_text(encoding="utf-8")
    assert 'msgid "Buyer"\nmsgstr ""' in catalog_path("ru").read_text(encoding="utf-8")


def test_a_wording_that_left_the_code_leaves_the_catalogs(code: Path) -> None:
    upkeep.main("update")
    translate()
    code.write_text(CODE.replace('say("Buyer")', ""), encoding="utf-8")

    assert upkeep.main("check") == 1
    upkeep.main("update")
    assert upkeep.main("check") == 0
    assert "Buyer" not in catalog_path("ru").read_text(encoding="utf-8")


def test_code_that_only_moved_leaves_the_catalogs_in_step(code: Path) -> None:
    upkeep.main("update")
    translate()
    code.write_text("\n\n\n" + CODE, encoding="utf-8")

    assert upkeep.main("check") == 0


@pytest.mark.usefixtures("code")
def test_a_fuzzy_translation_is_not_good_enough(capsys: pytest.CaptureFixture[str]) -> None:
    upkeep.main("update")
    translate()
    path = catalog_path("ru")
    marked = path.read_text(encoding="utf-8").replace('msgid "Buyer"', '#, fuzzy\nmsgid "Buyer"')
    path.write_text(marked, encoding="utf-8")

    assert upkeep.main("check") == 1
    assert "fuzzy" in capsys.readouterr().out


@pytest.mark.usefixtures("code")
def test_one_missing_plural_form_is_a_missing_translation() -> None:
    upkeep.main("update")
    translate()
    path = catalog_path("ru")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('msgstr[2] "{n} д."', 'msgstr[2] ""'), encoding="utf-8")

    assert upkeep.main("check") == 1
