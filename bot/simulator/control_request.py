"""What a control request asks for: its fields and files, from JSON or from a form."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import BodyPartReader, web

from bot.simulator.files import Shelf, StoredFile

_Value = TypeVar("_Value")


class BadRequest(ValueError):
    """The request can't be understood; the words say why."""


@dataclass(slots=True)
class Asked:
    values: dict[str, Any]
    files: Sequence[StoredFile] = field(default_factory=list)

    def text(self, name: str, default: str | None = None) -> str:
        return self._value(name, str, default)

    def number(self, name: str) -> int:
        return self._value(name, int, None)

    def number_or_none(self, name: str) -> int | None:
        return None if self.values.get(name) in (None, "") else self.number(name)

    def real(self, name: str, default: float) -> float:
        return self._value(name, float, default)

    def real_or_none(self, name: str) -> float | None:
        return None if self.values.get(name) in (None, "") else self.real(name, 0.0)

    def fields(self, name: str) -> dict[str, Any]:
        """An object, from a form as JSON; empty where only the name is given."""
        value = self.values.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value or "{}")
            except ValueError:
                raise BadRequest(f"{name} is not understood") from None
        if value is not None and not isinstance(value, dict):
            raise BadRequest(f"{name}: an object is expected")
        return value or {}

    def _value(self, name: str, kind: Callable[[Any], _Value], default: _Value | None) -> _Value:
        value = self.values.get(name)
        if value is None:
            if default is None:
                raise BadRequest(f"{name} is missing")
            return default
        try:
            return kind(value)
        except (TypeError, ValueError):
            raise BadRequest(f"{name} is not understood") from None


async def asked(request: web.Request, shelf: Shelf) -> Asked:
    if request.content_type.startswith("multipart/"):
        return await _form(request, shelf)
    try:
        values = json.loads(await request.text() or "{}")
    except ValueError:
        raise BadRequest("JSON is expected") from None
    if not isinstance(values, dict):
        raise BadRequest("an object is expected")
    return Asked(values)


async def _form(request: web.Request, shelf: Shelf) -> Asked:
    values: dict[str, Any] = {}
    files: list[StoredFile] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        if part.filename is None:
            values[part.name] = await part.text()
        elif content := bytes(await part.read()):
            mime = part.headers.get("Content-Type", "")
            files.append(shelf.put(part.filename, content, mime, _kind(mime)))
    return Asked(values, files)


def _kind(mime: str) -> str:
    """What Telegram's clients make of a file of that type."""
    if mime in ("image/jpeg", "image/png", "image/webp"):
        return "photo"
    if mime == "image/gif":
        return "animation"
    kind = mime.partition("/")[0]
    return kind if kind in ("video", "audio") else "document"
