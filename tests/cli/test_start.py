"""Starting `market-relay`: help, version, and settings that are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bot
from bot.simulator.server import Simulator
from tests.cli.program import ROOT, Programs, settings

REQUIRED = ("TELEGRAM_BOT_TOKEN", "TELEGRAM_GROUP_ID", "MARKET_API_KEY", "MARKET_BUSINESS_ID")


def test_as_a_module_it_names_every_missing_setting_and_ends_with_2(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "run"]
    environment = {"PYTHONPATH": str(ROOT), "LOCALE": "en"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert sorted(line.split()[0] for line in done.stderr.splitlines()) == sorted(REQUIRED)
    assert list(tmp_path.iterdir()) == []


async def test_the_forked_program_does_what_the_module_does(programs: Programs) -> None:
    ended = await programs.run("run", {"LOCALE": "en"})

    assert ended.code == 2
    assert ended.out == ""
    assert sorted(line.split()[0] for line in ended.complaints) == sorted(REQUIRED)
    assert all("is not set: " in line for line in ended.complaints)


async def test_what_is_missing_is_said_in_russian_unless_english_is_asked_for(
    programs: Programs,
) -> None:
    russian = await programs.run("run", {})
    english = await programs.run("run", {"LOCALE": "en"})

    assert russian.code == english.code == 2
    for said, asked in zip(russian.complaints, english.complaints, strict=True):
        assert said.split()[0] == asked.split()[0]
        assert any("а" <= letter <= "я" for letter in said.lower()), said
        assert asked.isascii() or "…" in asked or "→" in asked


async def test_help_names_every_command(programs: Programs) -> None:
    ended = await programs.run("--help", {"LOCALE": "en"})

    assert (ended.code, ended.err) == (0, "")
    assert all(f"\n    {command} " in ended.out for command in ("run", "check", "demo"))


async def test_the_version_is_that_of_the_package(programs: Programs) -> None:
    ended = await programs.run("--version", {})

    assert (ended.code, ended.out, ended.err) == (0, f"{bot.__version__}\n", "")


async def test_an_unknown_command_is_refused_with_the_ones_that_there_are(
    programs: Programs,
) -> None:
    ended = await programs.run("runn", {"LOCALE": "en"})

    assert ended.code == 2
    assert "run | check | backup | audit | demo" in ended.err
    assert "Traceback" not in ended.said


async def test_without_a_command_it_says_which_there_are(programs: Programs) -> None:
    ended = await programs.run("", {"LOCALE": "en"})

    assert ended.code == 2
    assert "run | check | backup | audit | demo" in ended.err


async def test_settings_are_read_from_the_working_directory(
    programs: Programs, simulator: Simulator
) -> None:
    lines = [f"{name}={value}" for name, value in settings(simulator).items()]
    (programs.folder / ".env").write_text("\n".join(lines), encoding="utf-8")

    ended = await programs.run("check", {})

    assert ended.code == 0, ended.said
    assert "ok" in ended.out  # LOCALE=en stands in the file


async def test_the_environment_wins_over_the_file(programs: Programs, simulator: Simulator) -> None:
    wrong = settings(simulator, TELEGRAM_GROUP_ID="12", MARKET_BUSINESS_ID="x", LOCALE="ru")
    lines = [f"{name}={value}" for name, value in wrong.items()]
    (programs.folder / ".env").write_text("\n".join(lines), encoding="utf-8")

    ended = await programs.run("check", settings(simulator))

    assert ended.code == 0, ended.said


async def test_an_empty_value_in_the_environment_leaves_the_file_its_say(
    programs: Programs, simulator: Simulator
) -> None:
    lines = [f"{name}={value}" for name, value in settings(simulator).items()]
    (programs.folder / ".env").write_text("\n".join(lines), encoding="utf-8")

    ended = await programs.run("check", {"TELEGRAM_GROUP_ID": "", "LOCALE": "en"})

    assert ended.code == 0, ended.said


async def test_what_else_stands_in_the_file_is_nobodys_business(
    programs: Programs, simulator: Simulator
) -> None:
    lines = [f"{name}={value}" for name, value in settings(simulator).items()]
    foreign = ["# a comment", "POSTGRES_PASSWORD=x", "", "export TZ=Europe/Moscow"]
    (programs.folder / ".env").write_text("\n".join([*lines, *foreign]), encoding="utf-8")

    assert (await programs.run("check", {})).code == 0
