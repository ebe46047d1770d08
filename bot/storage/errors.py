"""Why a database could not be opened, each with what to do about it; raised at start only.

StorageError
├── AddressWrong         DATABASE_URL cannot be read: it is mended there
├── DatabaseDenied       the database is there and does not let us in: a right has to be mended
├── DatabaseInUse        another relay works with it
├── DatabaseNewer        a newer relay has changed it
├── DatabaseDamaged      the file is broken
├── LeaseLost            another relay works for the cabinet now: stand by
├── MigrationFailed      this relay could not change it to what it needs
└── DatabaseUnreachable  it is not there now: try again later

What a ledger raises once it is open stands in `bot.relay.errors`.
"""

from __future__ import annotations


class StorageError(Exception):
    """The database could not be opened.

    `key` and `details` are for the tables of words; `str()` is for logs. Neither ever holds a user
    or a password.
    """

    key = "database_error"
    message = "The database could not be opened."

    def __init__(self, **details: str) -> None:
        super().__init__(self.key, details)
        self.details = details

    def __str__(self) -> str:
        return self.message.format_map(self.details)


class AddressWrong(StorageError):
    key = "database_address_wrong"
    message = (
        "DATABASE_URL is not an address of a database: {reason}. Give"
        " sqlite://path/to/file.db or postgres://user:password@host:5432/database."
    )


class DatabaseDenied(StorageError):
    key = "database_denied"
    message = (
        "{database} does not let the relay in ({reason}). Check user, password and database in"
        " DATABASE_URL, for a file the rights to it and to its folder."
    )


class DatabaseInUse(StorageError):
    key = "database_in_use"
    message = (
        "Another relay works with {database} already ({holder}). Stop that one first;"
        " two would send everything twice."
    )


class DatabaseNewer(StorageError):
    key = "database_newer"
    message = (
        "{database} was changed by a newer market-relay (it has {migrations}). Install that"
        " version again, or restore the backup made before the change."
    )


class DatabaseDamaged(StorageError):
    key = "database_damaged"
    message = (
        "{database} is damaged ({reason}). Keep a copy of the file and restore a backup; the"
        " relay does not touch it."
    )


class LeaseLost(StorageError):
    """Raised while the database is open, too."""

    key = "database_lease_lost"
    message = "Another relay works for this cabinet now. This one stands by, and sends nothing."


class MigrationFailed(StorageError):
    key = "database_migration_failed"
    message = (
        "{database} could not be brought to this version of market-relay ({reason}). Nothing in it"
        " was changed: go back to the version before, and report this."
    )


class DatabaseUnreachable(StorageError):
    key = "database_unreachable"
    message = "{database} cannot be reached ({reason}). The relay can try again later."
