"""`market-relay`: its commands. Exits with 0 as asked, 1 unexpected, 2 configuration."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Coroutine, Sequence
from typing import NoReturn

from bot import __version__
from bot.cli.database_words import remedy
from bot.relay.ports import Words
from bot.settings import SettingsWrong, language
from bot.storage.errors import StorageError
from bot.texts.catalog import Catalog

log = logging.getLogger(__name__)

OK, UNEXPECTED, CONFIGURATION = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    words = Catalog(language())
    asked = _parser(words).parse_args(arguments)
    sys.exit(_outcome(_command(asked, words), words))


async def _command(asked: argparse.Namespace, words: Words) -> int:
    """What is asked for is imported when it is: the libraries behind it take seconds to load,
    and a wrong word on the command line is told at once."""
    match asked.command:
        case "run":
            from bot.cli.run import run as command
        case "check":
            from bot.cli.check import check as command
        case "backup":
            from bot.cli.backup import backup as command
        case "audit":
            from bot.cli.audit import audit as command
        case _:
            from bot.cli.demo import demo as command
    return await command(asked, words)


def _outcome(work: Coroutine[object, object, int], words: Words) -> int:
    """Runs a command; whatever goes wrong becomes lines on stderr and an exit code."""
    try:
        return asyncio.run(work)
    except SettingsWrong as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return CONFIGURATION
    except StorageError as error:
        print(remedy(error, words), file=sys.stderr)
        return CONFIGURATION
    except KeyboardInterrupt:
        return OK
    except Exception:
        log.exception("Unexpected failure")
        return UNEXPECTED


def _parser(words: Words) -> argparse.ArgumentParser:
    about = words.say("Sellers on Yandex Market answer their buyers from a Telegram forum group.")
    parser = argparse.ArgumentParser(prog="market-relay", description=about)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="run | check | backup | audit | demo")
    texts = {
        "run": words.say("relay until stopped; settings come from the environment or .env"),
        "check": words.say("look at every setting and both services, and say what to mend"),
        "backup": words.say("make a copy of the database, also while a relay works with it"),
        "audit": words.say("tell who answered what, and what became of it"),
        "demo": words.say("play buyer and seller in the browser, without any account"),
    }
    for name, text in texts.items():
        command_parser = commands.add_parser(name, help=text, description=text)
        command_parser.set_defaults(command=name)
        if name == "backup":
            command_parser.add_argument("file", help=words.say("where the copy is to lie"))
        if name == "audit":
            chat = words.say("only this chat of the Market")
            days = words.say("of so many days; 30 if it is left out")
            command_parser.add_argument("--chat", type=int, help=chat)
            command_parser.add_argument("--days", type=int, default=30, help=days)
        if name == "demo":
            port = words.say("port of the page; a free one by default")
            command_parser.add_argument("--port", type=int, default=0, help=port)
    return parser
