"""Column types that both databases hold alike; what stands in which table lives in `tables`."""

from __future__ import annotations

import json
from typing import Any

from tortoise import fields
from tortoise.models import Model


def storable(text: str) -> str:
    """The text with U+FFFD for what neither database nor UTF-8 can carry: NUL, lone surrogates.

    Both can come in JSON (`"\\u0000"`, `"\\ud83d"`); such a message could never be stored.
    """
    if text.isascii() and "\0" not in text:
        return text
    return (
        text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


class WordsField(fields.TextField):
    """What people wrote, of any length."""

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        return storable(value) if isinstance(value, str) else value


class JsonField(fields.Field[Any]):
    """JSON kept as text, exactly: PostgreSQL's own type reorders keys and refuses `\\u0000`."""

    SQL_TYPE = "TEXT"
    field_type = object

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> str | None:
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if text.isascii() or storable(text) == text:
            return text
        return json.dumps(value, separators=(",", ":"))

    def to_python_value(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value
