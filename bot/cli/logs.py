"""Logging of the process: one line a record, for people or as JSON, no secret in any of them."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

_HIDDEN = "[hidden]"
_CONSOLE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
# Whatever looks like a bot token in an address, known to the settings or not.
_TOKEN_IN_ADDRESS = re.compile(r"bot\d+:[\w-]+")

# As they are, and as they stand inside an address, inside JSON and inside a repr.
_FORMS = (
    str,
    partial(quote, safe=""),
    lambda said: json.dumps(said, ensure_ascii=False)[1:-1],
    lambda said: repr(said)[1:-1],
)


class Redacting(logging.Formatter):
    """Formats with another formatter, then hides secrets: in messages and in tracebacks alike."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        written = {form(secret) for secret in secrets if secret for form in _FORMS}
        self._secrets = sorted(written, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = self._inner.format(record)
        for secret in self._secrets:
            line = line.replace(secret, _HIDDEN)
        return _TOKEN_IN_ADDRESS.sub(f"bot{_HIDDEN}", line)


class Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def set_up(level: str, form: str, secrets: Iterable[str]) -> None:
    """`form` is `console` or `json`; everything goes to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    inner = Json() if form == "json" else logging.Formatter(_CONSOLE)
    handler.setFormatter(Redacting(inner, secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # They say every update and every query, with what people wrote in it.
    for noisy in ("aiogram", "aiohttp", "aiosqlite", "asyncio", "tortoise"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
