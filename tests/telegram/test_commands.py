"""Menu, help, lines of right use and handlers speak of the same commands."""

from __future__ import annotations

import pytest
from aiogram import Bot
from aiogram.filters import Command as CommandFilter

from bot.simulator.server import Simulator
from bot.telegram.commands import commands, help_text, set_menu, usage
from bot.telegram.handlers import router
from tests.telegram.samples import ENGLISH

SILENT = {"start"}  # answered, but nothing to be offered: Telegram's own button sends it


def handled() -> set[str]:
    """The commands that some handler listens to."""
    found: set[str] = set()
    for handler in router(-1001, 7).message.handlers:
        for each in handler.filters or []:
            if isinstance(each.callback, CommandFilter):
                found |= {str(name) for name in each.callback.commands}
    return found


def test_every_command_of_the_table_has_a_handler_and_every_handler_its_row() -> None:
    assert {command.name for command in commands(ENGLISH)} == handled() - SILENT


def test_the_help_has_a_line_for_every_command_and_no_other() -> None:
    lines = [line for line in help_text(ENGLISH).splitlines() if line.startswith("/")]
    named = [line.partition(" ")[0].removeprefix("/") for line in lines]
    assert named == [command.name for command in commands(ENGLISH)]
    for command, line in zip(commands(ENGLISH), lines, strict=True):
        assert command.purpose in line
        assert ("administrators" in line) == command.is_for_admins


async def test_the_menu_of_the_group_offers_every_command(simulator: Simulator, bot: Bot) -> None:
    await set_menu(bot, simulator.group_id, ENGLISH)
    [(scope, menu)] = simulator.telegram.account.commands.items()
    assert scope == "chat/"
    offered = [(entry["command"], entry["description"]) for entry in menu]
    assert offered == [(command.name, command.purpose) for command in commands(ENGLISH)]


@pytest.mark.parametrize("command", commands(ENGLISH), ids=lambda command: command.name)
def test_the_line_of_right_use_begins_with_the_command(command: object) -> None:
    name = command.name  # type: ignore[attr-defined]
    assert usage(name, ENGLISH).startswith(f"Right use: /{name}")
