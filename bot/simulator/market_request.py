"""What a request to the Market asks for: its body, numbers, filters and page, or a refusal."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from aiohttp import web

from bot.simulator.market_world import CONTEXTS, STATUSES, MarketChat

_Row = TypeVar("_Row")
_CHOICES = {"statuses": STATUSES, "types": ("CHAT", "ARBITRAGE"), "contextTypes": CONTEXTS}


class Refusal(Exception):
    """The request is not served; `status` and the words go into the answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def bad(message: str) -> Refusal:
    return Refusal(400, "BAD_REQUEST", message)


def is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


async def json_body(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise bad("Content-Type application/json is expected")
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise bad("JSON is expected") from None
    if not isinstance(body, dict):
        raise bad("an object is expected")
    return body


def query_id(request: web.Request, name: str) -> int:
    value = request.query.get(name, "")
    if not value.isdigit() or int(value) < 1:
        raise bad(f"{name} must be a positive number")
    return int(value)


def limit(request: web.Request, default: int, most: int) -> int:
    value = request.query.get("limit")
    if value is None:
        return default
    if not value.isdigit() or not 1 <= int(value) <= most:
        raise bad(f"limit: 1 to {most} are expected")
    return int(value)


def page(
    request: web.Request, rows: Sequence[_Row], size: int
) -> tuple[Sequence[_Row], dict[str, str]]:
    """The asked page and its pager. The token is opaque to clients; here it is an offset."""
    token = request.query.get("pageToken") or request.query.get("page_token")
    start = _offset(token) if token else 0
    end = start + size
    paging = {"nextPageToken": _token(end)} if end < len(rows) else {}
    return rows[start:end], paging


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode()


def _offset(token: str) -> int:
    try:
        name, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        if name == "from" and number.isdigit():
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise bad("pageToken is not valid")


def filtered(chats: Sequence[MarketChat], body: dict[str, Any]) -> list[MarketChat]:
    """The chats that the filters of getChats let through. An empty list is refused."""
    for name, known in _CHOICES.items():
        _check_list(name, body.get(name), known)
    statuses, kinds = body.get("statuses"), body.get("types")
    contexts, orders = body.get("contextTypes"), body.get("orderIds")
    about = body.get("contexts")
    return [
        one
        for one in chats
        if (statuses is None or one.status in statuses)
        and (kinds is None or one.kind in kinds)
        and (contexts is None or one.context in contexts)
        and (orders is None or one.order_id in orders)
        and (about is None or _is_about(one, about))
    ]


def _check_list(name: str, values: object, known: Sequence[str]) -> None:
    if values is None:
        return
    if not isinstance(values, list) or not values or len(set(values)) != len(values):
        raise bad(f"{name}: a list of different values is expected")
    for value in values:
        if value not in known:
            raise bad(f"{name}: unknown value")


def _is_about(chat: MarketChat, contexts: Sequence[dict[str, Any]]) -> bool:
    number = chat.return_id if chat.context == "RETURN" else chat.order_id
    return any(one.get("type") == chat.context and one.get("id") == number for one in contexts)
