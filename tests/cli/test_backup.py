"""Copies of the database as the README tells to make and to restore them."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import signal
import subprocess
import sys

from bot.simulator.server import Simulator
from tests.cli.program import ROOT, Programs, settings
from tests.world import FAST


def command_of_the_readme() -> list[str]:
    """The one that needs no other program, for this Python."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^venv/bin/python (-c .*VACUUM INTO.*)$", text, re.M)
    return [sys.executable, *shlex.split(line)]


async def test_a_copy_made_while_the_relay_runs_can_be_started_from(
    programs: Programs, simulator: Simulator
) -> None:
    wanted = settings(simulator, TELEGRAM_GROUP_RATE=FAST, TELEGRAM_TOTAL_RATE=FAST)
    first = programs.start("run", wanted)
    chat = simulator.market.open_chat("Вера")
    simulator.market.say(chat.id, "Здравствуйте")
    await first.until(lambda: simulator.judge.report().is_done)

    command, folder = command_of_the_readme(), programs.folder
    await asyncio.to_thread(subprocess.run, command, cwd=folder, check=True, timeout=30)
    first.signal(signal.SIGTERM)
    await first.end()
    data = folder / "data"
    shutil.rmtree(data)
    data.mkdir()
    shutil.move(folder / "copy.db", data / "market-relay.db")
    second = programs.start("run", wanted)
    simulator.market.say(chat.id, "Вы тут?")
    await second.until(lambda: simulator.judge.report().is_done)

    assert simulator.judge.report().is_clean
    assert len(simulator.group.topics) == 1
