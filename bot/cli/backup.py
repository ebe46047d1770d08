"""`market-relay backup FILE`: a copy of the database, also while a relay works with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot import settings
from bot.relay.ports import Words
from bot.storage.database import copy_database

DONE, NOT_DONE = 0, 1


async def backup(asked: argparse.Namespace, words: Words) -> int:
    wanted = settings.load(words)
    target = Path(asked.file)
    if _is_taken(target):  # perhaps by the database itself
        print(words.say("{file} is there already: name another file.", file=str(target)))
        return NOT_DONE
    try:
        is_done = await copy_database(wanted.database_url, target)
    except OSError:
        print(words.say("{file} can't be written: name another file.", file=str(target)))
        return NOT_DONE
    if not is_done:
        print(words.say("Copies of a PostgreSQL database are made by pg_dump."))
        return NOT_DONE
    print(words.say("A copy of the database lies in {file}", file=str(target)))
    return DONE


def _is_taken(target: Path) -> bool:
    return target.exists()
