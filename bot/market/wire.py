"""What the Market writes, read into the relay's words; tolerant, and no traffic here.

An entry that lacks what identifies it is left out with a warning, so that it can't take a whole
page with it; everything else is made the best of.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.relay.errors import Unreachable
from bot.relay.model import (
    Attachment,
    Chat,
    ChatId,
    ChatKind,
    ChatStatus,
    ContextKind,
    Incoming,
    MessageId,
    Sender,
)

log = logging.getLogger(__name__)

Json = Mapping[str, object]
_HIGHEST_ID = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What the Market knows of an Api-Key. `scopes` as written there, such as `COMMUNICATION`."""

    name: str
    scopes: tuple[str, ...]


def read_object(raw: bytes) -> Json | None:
    """The JSON object that an answer is; None where it is none."""
    try:
        parsed = _parse(raw)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _parse(raw: bytes) -> object:
    try:
        # By way of bytes, json lets a lone surrogate through whichever way it is written.
        return json.loads(raw)
    except UnicodeDecodeError:
        # One bad byte in one message must not hide a chat for ever.
        return json.loads(raw.decode(errors="replace"))


def result_of(answer: Json) -> Json:
    result = answer.get("result")
    if not isinstance(result, Mapping):
        raise _unreadable("result")
    return result


def chats_of(result: Json, now_ms: int) -> list[Chat]:
    listed = (read_chat(raw, now_ms) for raw in _objects(result, "chats"))
    return [chat for chat in listed if chat is not None]


def messages_of(result: Json, now_ms: int) -> list[Incoming]:
    listed = (read_message(raw, now_ms) for raw in _objects(result, "messages"))
    return [message for message in listed if message is not None]


def only_chat(result: Json, now_ms: int) -> Chat:
    chat = read_chat(result, now_ms)
    if chat is None:
        raise _unreadable("chatId")
    return chat


def only_message(result: Json, now_ms: int) -> Incoming:
    message = read_message(result, now_ms)
    if message is None:
        raise _unreadable("messageId")
    return message


def new_chat_id(result: Json) -> ChatId:
    number = whole_id(result.get("chatId"))
    if number is None:
        raise _unreadable("chatId")
    return ChatId(number)


_FIRST_YEAR, _LAST_YEAR = 1970, 9000  # what any zone of the world can show


def next_token(result: Json) -> str:
    token = _object(result.get("paging")).get("nextPageToken")
    return str(token) if isinstance(token, str | int) else ""


def token_info(result: Json) -> TokenInfo:
    key = _object(result.get("apiKey"))
    scopes = key.get("authScopes")
    if not isinstance(scopes, Sequence) or isinstance(scopes, str):
        raise _unreadable("authScopes")
    return TokenInfo(_text(key.get("name")), tuple(s for s in scopes if isinstance(s, str)))


def read_chat(raw: Json, now_ms: int) -> Chat | None:
    """A chat whose `updatedAt` can't be read counts as changed now: it costs a look at its history
    every time, where 0 would mean that nothing new is ever found. `createdAt` then is 0."""
    number = whole_id(raw.get("chatId"))
    if number is None:
        log.warning("The Market listed a chat without a readable id; it is left out")
        return None
    context = _object(raw.get("context"))
    return Chat(
        id=ChatId(number),
        context=ContextKind(_text(context.get("type"))),
        kind=ChatKind(_text(raw.get("type"))),
        status=ChatStatus(_text(raw.get("status"))),
        created_ms=_time(raw.get("createdAt"), 0, "chat", number),
        updated_ms=_time(raw.get("updatedAt"), now_ms, "chat", number),
        order_id=whole_id(context.get("orderId")) or whole_id(raw.get("orderId")),
        return_id=whole_id(context.get("returnId")),
        customer=_text(_object(context.get("customer")).get("name")),
    )


def read_message(raw: Json, now_ms: int) -> Incoming | None:
    """A message whose time can't be read was written now: as an old one it might never be shown.
    One without text and files is a message all the same (a sticker, or what comes next)."""
    number = whole_id(raw.get("messageId"))
    if number is None:
        log.warning("The Market listed a message without a readable id; it is left out")
        return None
    return Incoming(
        id=MessageId(number),
        sender=Sender(_text(raw.get("sender"))),
        at_ms=_time(raw.get("createdAt"), now_ms, "message", number),
        text=_text(raw.get("message")),
        attachments=tuple(_attachments(raw.get("payload"))),
    )


def _attachments(payload: object) -> Iterator[Attachment]:
    """One without an address is kept: staff should know that there was a file."""
    for raw in payload if isinstance(payload, list) else ():
        if isinstance(raw, Mapping):
            yield Attachment(
                _text(raw.get("name")), _text(raw.get("url")), whole_id(raw.get("size")) or 0
            )


def _objects(result: Json, name: str) -> Iterator[Json]:
    entries = result.get(name)
    if not isinstance(entries, list):
        raise _unreadable(name)
    for entry in entries:
        if isinstance(entry, Mapping):
            yield entry
        else:
            log.warning("The Market listed under %s what is no object; it is left out", name)


def _object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def whole_id(value: object) -> int | None:
    """A positive int64, also where it is written as a string (facts: notifications do)."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return number if 0 < number <= _HIGHEST_ID else None


def _time(value: object, fallback_ms: int, what: str, number: int) -> int:
    """ISO 8601 with any offset, UTC where there is none, in milliseconds UTC."""
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if not _FIRST_YEAR <= aware.year <= _LAST_YEAR:
            raise ValueError("nobody wrote then")
        return (aware - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        log.warning("The time of %s %s can't be read", what, number)
        return fallback_ms


def _unreadable(field: str) -> Unreachable:
    return Unreachable("market_unreadable", field=field)
