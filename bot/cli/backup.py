"""`market-relay backup FILE`: a copy of the database, also while a relay works with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot import settings
from bot.relay.ports import Words
from bot.storage.database import copy_database

DONE, NOT_OURS = 0, 1


async def backup(asked: argparse.Namespace, words: Words) -> int:
    wanted = settings.load(words)
    target = Path(asked.file)
    if await copy_database(wanted.database_url, target):
        print(words.say("A copy of the database lies in {file}", file=str(target)))
        return DONE
    print(words.say("Copies of a PostgreSQL database are made by pg_dump."))
    return NOT_OURS
