"""What the documents say is what the program does: settings, commands, targets, links, version."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import bot
from bot.relay.pacing import Rate
from bot.settings import Settings
from bot.telegram.commands import commands
from bot.texts.catalog import Catalog
from tools import figures

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "README.ru.md", "CONTRIBUTING.md", "CHANGELOG.md")
SETTING = re.compile(r"[A-Z]+(?:_[A-Z]+)+|LOCALE")
_LINE = re.compile(rf"(#?)({SETTING.pattern})=(.*)")
_ROW = re.compile(rf"\| `({SETTING.pattern})` \| (.+?) \| (.+?) \|")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def defaults() -> dict[str, str]:
    """Every setting with its default as one writes it; empty where there is none."""
    return {name.upper(): _written(field.default) for name, field in Settings.model_fields.items()}


def required() -> set[str]:
    needed = {name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
    return needed | {"MARKET_API_KEY"}  # unless the older token is given


def _written(default: Any) -> str:
    match default:
        case Rate():
            return f"{default.calls}/{default.seconds:g}"
        case SecretStr() | frozenset() | None:
            assert default is None or not default or not default.get_secret_value()  # type: ignore[union-attr]
            return ""
        case bool():
            return str(default).lower()
        case tuple():
            return ",".join(map(str, default))
        case float():
            return f"{default:g}"
        case str() | int() | Path():
            return str(default)
    return ""  # required


def example() -> dict[str, tuple[bool, str]]:
    """`.env.example`: setting → whether it is commented out, and its value."""
    lines = [
        found for line in read(".env.example").splitlines() if (found := _LINE.fullmatch(line))
    ]
    assert len({line[2] for line in lines}) == len(lines), "a setting stands there twice"
    return {line[2]: (bool(line[1]), line[3]) for line in lines}


def table() -> dict[str, str]:
    """The settings' table of the README: setting → default."""
    rows = _ROW.findall(read("README.md"))
    assert len({name for name, _, _ in rows}) == len(rows), "a setting stands there twice"
    return {name: default for name, _, default in rows}


# Settings


def test_the_example_has_every_setting_and_no_other() -> None:
    assert sorted(example()) == sorted(defaults())


def test_the_example_shows_the_defaults_commented_out() -> None:
    shown = {name: value for name, (is_comment, value) in example().items() if is_comment}

    assert shown == {n: v for n, v in defaults().items() if n not in required()}


def test_the_example_leaves_what_is_required_to_be_filled_in() -> None:
    open_ = {name: value for name, (is_comment, value) in example().items() if not is_comment}

    assert open_ == dict.fromkeys(required(), "")


def test_the_example_explains_every_setting() -> None:
    lines = read(".env.example").splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if _LINE.fullmatch(line) and not re.match(r"# \S|# *\S+://", before)
    ]
    assert bare == []


def test_the_readme_has_every_setting_and_no_other() -> None:
    assert sorted(table()) == sorted(defaults())


@pytest.mark.parametrize("name", defaults())
def test_the_readme_tells_the_default(name: str) -> None:
    said, default = table()[name], defaults()[name]
    if name in required():
        assert said.startswith("required")
    elif default:
        assert said == f"`{default}`"
    else:
        assert said.startswith(("empty", "chosen"))


@pytest.mark.parametrize("document", ["README.md", "README.ru.md", "CHANGELOG.md"])
def test_no_document_names_a_setting_that_does_not_exist(document: str) -> None:
    named = set(
        re.findall(r"`((?:TELEGRAM|MARKET|HTTP|LOG|DATABASE|POLL)_[A-Z_]+)", read(document))
    )

    assert named - defaults().keys() == set()


# Commands


@pytest.mark.parametrize("document", ["README.md", "README.ru.md"])
def test_the_readme_has_every_command_of_the_group_and_no_other(document: str) -> None:
    known = {command.name for command in commands(Catalog("en"))}

    assert set(re.findall(r"^\| `/(\w+)[ `]", read(document), re.M)) == known


def test_the_readme_says_which_commands_are_for_admins() -> None:
    rows = dict(re.findall(r"^\| `/(\w+)[^|]*\| ([^|]+?) \|", read("README.md"), re.M))

    for command in commands(Catalog("en")):
        assert (rows[command.name] == "admins") is command.is_for_admins, command.name


def test_the_readme_has_every_command_of_the_program() -> None:
    source = read("bot/cli/main.py")
    known = re.search(r'metavar="([^"]+)"', source)
    assert known

    for name in known[1].split(" | "):
        assert f"| `market-relay {name}` |" in read("README.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_targets_of_make_that_are_named_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", read(document), re.M))

    assert named - targets == set()


# Files


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_linked_to_exist(document: str) -> None:
    links = [link.partition("#") for link in _LINK.findall(read(document))]
    files = [path for path, _, _ in links if path and "://" not in path]

    assert [path for path in files if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_headings_that_are_linked_to_exist(document: str) -> None:
    headings = {_anchor(line) for line in read(document).splitlines() if line.startswith("#")}
    wanted = {link[1:] for link in _LINK.findall(read(document)) if link.startswith("#")}

    assert wanted - headings == set()


def test_folders_of_the_map_exist() -> None:
    rows = re.findall(r"^\| (`[\w./]+/?`(?:, `[\w./]+`)*) \|", read("README.md"), re.M)
    folders = [name for row in rows for name in re.findall(r"`([\w.]+/[\w./]*)`", row)]

    assert len(folders) > 8
    assert [name for name in folders if not (ROOT / name).exists()] == []


def test_the_picture_of_the_demo_is_a_picture() -> None:
    assert "](docs/demo.png)" in read("README.md")
    assert (ROOT / "docs" / "demo.png").read_bytes().startswith(b"\x89PNG\r\n")


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    plain = re.sub(r"[^\w\- ]", "", heading.lstrip("#").strip().lower())
    return plain.replace(" ", "-")


# Figures


def block(document: str) -> str:
    return read(document).partition(figures.BEGIN)[2].partition(figures.END)[0]


def measured(document: str) -> list[list[str]]:
    """The figures of the block, row by row; what a row is called is left out."""
    rows = [line.split(" | ", 1)[1] for line in block(document).splitlines() if line[:2] == "| "]
    return [re.findall(r"[\d.+–]+", row) for row in rows]


def test_both_readmes_tell_what_was_measured() -> None:
    assert figures.main("check") == 0


def test_both_readmes_tell_the_same_figures_and_the_command() -> None:
    english, russian = measured("README.md"), measured("README.ru.md")
    assert sum(map(len, english)) > 70
    assert english == russian
    assert "`make soak`" in block("README.md")
    assert "`make soak`" in block("README.ru.md")


def test_the_figures_are_those_of_a_whole_soak() -> None:
    found = json.loads(read("docs/soak.json"))
    trials = {(one["relay"], one["database"]): one for one in found["kills"]}
    assert trials.keys() == {
        *((relay, "SQLite") for relay in ("market-relay", "naive")),
        ("market-relay", "PostgreSQL"),
    }
    for one in trials.values():
        assert one["kills"] >= 200
        assert one["buyer_to_topic"]["written"] >= 2000
        assert one["staff_to_buyer"]["written"] >= 2000
    assert [one["messages"] >= 10_000 for one in found["long"]] == [True, True]
    assert found["faulty_percent"] >= 20


# The rest


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    versions = re.findall(r"^## \[([^\]]+)\]", read("CHANGELOG.md"), re.M)

    assert next(version for version in versions if version != "Unreleased") == bot.__version__


def test_the_license_is_mit_as_the_package_says() -> None:
    assert read("LICENSE").startswith("MIT License\n")
    assert 'license = "MIT"' in read("pyproject.toml")


def test_the_unit_of_systemd_knows_the_exit_code_of_wrong_settings() -> None:
    unit = read("deploy/market-relay.service")

    assert "RestartPreventExitStatus=2" in unit
    assert "/market-relay run" in unit
