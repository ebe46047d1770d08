"""Copies of the database as the README tells to make and to restore them."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess

import pytest

from bot.simulator.server import Simulator
from tests.cli.program import ROOT, Programs, settings
from tests.world import FAST, OPERATOR

QUICK = {"TELEGRAM_GROUP_RATE": FAST, "TELEGRAM_TOTAL_RATE": FAST, "SETTLE_SECONDS": "1"}


def readme(beginning: str) -> str:
    """The command of the README that begins so."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    [line] = re.findall(rf"^({re.escape(beginning)}.*)$", text, re.M)
    return str(line)


async def test_a_lost_database_is_restored_from_a_copy_as_the_readme_says(
    programs: Programs, simulator: Simulator
) -> None:
    wanted = settings(simulator, **QUICK)
    first = programs.start("run", wanted)
    chat = simulator.market.open_chat("Вера")
    simulator.market.say(chat.id, "Здравствуйте")
    await first.until(lambda: simulator.judge.report().is_done)
    [thread] = simulator.group.topics
    simulator.staff.say(OPERATOR, "добрый день", thread)
    await first.until(lambda: simulator.judge.report().is_done)

    command = readme("venv/bin/market-relay backup").removeprefix("venv/bin/market-relay ")
    copied = await programs.run(command, wanted)
    assert (copied.code, copied.err) == (0, "")
    assert "copy.db" in copied.out
    simulator.staff.say(OPERATOR, "уже после копии", thread)
    await first.until(lambda: simulator.judge.report().is_done)
    first.signal(signal.SIGTERM)
    await first.end()

    for command in (readme("rm -f data/"), readme("cp data/backups/")):
        there = re.sub(r"data/backups/\S+", "copy.db", command)
        await asyncio.to_thread(
            subprocess.run, there, shell=True, cwd=programs.folder, check=True, timeout=30
        )
    second = programs.start("run", wanted)
    simulator.market.say(chat.id, "Вы тут?")
    await second.until(lambda: simulator.judge.report().is_done)
    second.signal(signal.SIGTERM)
    await second.end()

    assert simulator.market.texts(chat.id, "PARTNER") == ["добрый день", "уже после копии"]
    posts = [post.text for post in simulator.group.posts(thread)]
    assert sum("Здравствуйте" in text for text in posts) == 1
    assert sum("Вы тут?" in text for text in posts) == 1
    assert len(simulator.group.topics) == 1


async def test_a_copy_that_cannot_be_made_is_told(programs: Programs, simulator: Simulator) -> None:
    missing = await programs.run("backup copy.db", settings(simulator))
    assert missing.code == 2
    assert "Traceback" not in missing.err
    assert not (programs.folder / "copy.db").exists()


@pytest.mark.parametrize("file", ["data/market-relay.db", "nowhere/copy.db"])
async def test_a_copy_replaces_no_file_and_needs_its_folder(
    programs: Programs, simulator: Simulator, file: str
) -> None:
    relay = programs.start("run", settings(simulator))
    await relay.until(lambda: "Relaying" in relay.err)
    before = (programs.folder / "data/market-relay.db").stat().st_ino
    ended = await programs.run(f"backup {file}", settings(simulator))
    assert ended.code == 1
    assert "name another file" in ended.out
    assert (programs.folder / "data/market-relay.db").stat().st_ino == before


async def test_copies_of_a_server_are_made_by_its_own_program(
    programs: Programs, simulator: Simulator, postgres_url: str
) -> None:
    ended = await programs.run("backup copy.db", settings(simulator, DATABASE_URL=postgres_url))
    assert ended.code == 1
    assert "pg_dump" in ended.out
