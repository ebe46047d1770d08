"""What is wrong with the database, in words, with the remedy."""

from __future__ import annotations

from bot.relay.ports import Words
from bot.storage.errors import StorageError


def remedy(error: StorageError, words: Words) -> str:
    """One line that names DATABASE_URL or what else has to be mended; never a password."""
    said = {
        "database_address_wrong": words.say(
            "DATABASE_URL can't be used: give sqlite://path/to/file.db or "
            "postgres://user:password@host:5432/database."
        ),
        "database_denied": words.say(
            "{database} does not let the relay in ({reason}): check user, password and database "
            "in DATABASE_URL; for a file, the rights to it and to its folder.",
            **error.details,
        ),
        "database_in_use": words.say(
            "Another relay works with {database} already ({holder}). Stop that one first: "
            "two would send everything twice.",
            **error.details,
        ),
        "database_newer": words.say(
            "{database} was changed by a newer market-relay (it has {migrations}). Install that "
            "version again, or restore the backup made before the change.",
            **error.details,
        ),
        "database_damaged": words.say(
            "{database} is damaged ({reason}). Keep a copy of the file and restore a backup; the "
            "relay does not touch it.",
            **error.details,
        ),
        "database_unreachable": words.say(
            "{database} can't be reached ({reason}). See whether the server runs and whether "
            "DATABASE_URL names it.",
            **error.details,
        ),
    }
    return said.get(error.key, str(error))
