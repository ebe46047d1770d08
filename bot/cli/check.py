"""`market-relay check`: one line a check, ok or what to press to mend it."""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator

from bot import settings
from bot.app import now_ms
from bot.cli import logs
from bot.cli.database_words import remedy
from bot.relay.findings import Finding
from bot.relay.ports import Words
from bot.remedies import problem
from bot.settings import Settings
from bot.shores import connected_bot, connected_market, look_over
from bot.storage.database import check_database
from bot.storage.errors import StorageError
from bot.texts.catalog import Catalog, missing

PROBLEMS = 1


async def check(asked: argparse.Namespace, words: Words) -> int:
    """0 where all holds, else 1; settings that can't be used are told as they are everywhere."""
    wanted = settings.load(words)
    logs.set_up("ERROR", wanted.log_format, wanted.secrets)
    is_fine = True
    async for finding in findings(wanted, Catalog(wanted.locale)):
        _print(finding, words)
        is_fine = is_fine and finding.is_ok
    return 0 if is_fine else PROBLEMS


def _print(finding: Finding, words: Words) -> None:
    mark = words.say("ok") if finding.is_ok else words.say("PROBLEM")
    print(f"{mark:<9} {finding.text}", flush=True)


async def findings(wanted: Settings, words: Words) -> AsyncIterator[Finding]:
    yield Finding("settings", True, words.say("Settings can be read"))
    yield _catalogs(words)
    yield await _database(wanted, words)
    yield _files(wanted, words)
    async with connected_bot(wanted) as bot, connected_market(wanted, now_ms) as market:
        shores = (bot, wanted.telegram_group_id, market)
        async for finding in look_over(wanted, *shores, words).findings():
            yield finding


def _catalogs(words: Words) -> Finding:
    if gaps := {language: count for language in ("ru", "en") if (count := missing(language))}:
        languages = ", ".join(gaps)
        text = words.say("Wordings are missing in: {languages}. Install again", languages=languages)
        return Finding("catalogs", False, text)
    return Finding("catalogs", True, words.say("Wordings are complete in Russian and English"))


async def _database(wanted: Settings, words: Words) -> Finding:
    try:
        name = await check_database(wanted.database_url)
    except StorageError as error:
        return Finding("database", False, remedy(error, words))
    return Finding("database", True, words.say("Database {name} can be used", name=name))


def _files(wanted: Settings, words: Words) -> Finding:
    """Can the folder be written in, or made? Nothing is made."""
    folder = wanted.files_dir.absolute()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        text = words.say("Files can lie in {folder} on their way", folder=str(wanted.files_dir))
        return Finding("files", True, text)
    return Finding("files", False, problem("FILES_DIR", False, words))
