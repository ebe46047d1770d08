"""Reading DATABASE_URL; the only place that sees its password in one piece with the rest."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from bot.storage.engine import Engine
from bot.storage.errors import AddressWrong
from bot.storage.postgres import PostgresDatabase
from bot.storage.sqlite import SqliteFile

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def engine_at(url: str) -> Engine:
    """`sqlite://data/relay.db` is relative to the working directory, `sqlite:///srv/relay.db` is
    not. Raises `AddressWrong`, which never quotes the address."""
    scheme, _, rest = url.partition("://")
    match scheme:
        case "sqlite":
            return _sqlite(rest)
        case "postgres" | "postgresql":
            return _postgres(url)
    raise AddressWrong(reason="it begins neither with sqlite:// nor with postgres://")


def _sqlite(path: str) -> SqliteFile:
    if path == ":memory:":
        raise AddressWrong(reason="a database in memory would forget everything at a restart")
    if not path or path.endswith("/"):
        raise AddressWrong(reason="it names no file")
    if "?" in path:
        raise AddressWrong(reason="a SQLite address takes no options after a ?")
    return SqliteFile(Path(path))


def _postgres(url: str) -> PostgresDatabase:
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        port = parts.port or 5432
    except ValueError:  # its words quote the address
        reason = "it cannot be taken apart; percent-encode special characters of the password"
        raise AddressWrong(reason=reason) from None
    host, ssl = options.pop("host", parts.hostname), options.pop("sslmode", None)
    database = unquote(parts.path.removeprefix("/"))
    if not host or not database:
        raise AddressWrong(reason="it names no host or no database")
    if options or (ssl and ssl not in _SSL_MODES):
        raise AddressWrong(reason="of options it takes host and sslmode, as PostgreSQL knows them")
    return PostgresDatabase(
        host, port, database, _decoded(parts.username), _decoded(parts.password), ssl
    )


def _decoded(part: str | None) -> str | None:
    return None if part is None else unquote(part)
