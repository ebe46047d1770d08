"""What a failed call of the Bot API means. Pure; every exception of aiogram's session ends here.

The one question is whether the call may have taken effect (R17). aiogram's `TelegramNetworkError`
means both "never connected" and "answer lost": only its cause tells. Where Telegram gives nothing
but a sentence, the table below knows it.
"""

from __future__ import annotations

import asyncio
import re

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError, ClientError, ConnectionTimeoutError, InvalidURL

from bot.relay.errors import (
    AccessDenied,
    Gone,
    OutcomeUnknown,
    Refused,
    RelayError,
    Throttled,
    Unreachable,
)

NOT_MODIFIED = "not_modified"
NOT_OURS = "not_ours"
_SAID_AT_MOST = 200  # characters of Telegram's sentence that are kept

# Longest outage that is believed in a sentence without a number.
_PAUSE_S = 30.0

# A part of the sentence, lower case → what it means. The first that fits counts.
SENTENCES: tuple[tuple[str, type[RelayError], str], ...] = (
    ("message thread not found", Gone, "topic_gone"),
    ("topic_deleted", Gone, "topic_gone"),
    ("topic_id_invalid", Gone, "topic_gone"),
    ("topic_closed", Refused, "topic_closed"),
    ("topic_not_modified", Refused, NOT_MODIFIED),
    ("message is not modified", Refused, NOT_MODIFIED),
    ("file is too big", Refused, "file_too_big_to_fetch"),  # getFile; of what is posted it is 413
    ("wrong file_id", Refused, "file_gone"),
    ("invalid file_id", Refused, "file_gone"),
    ("wrong file identifier", Refused, "file_gone"),
    ("message to edit not found", Gone, "post_gone"),
    ("message to delete not found", Gone, "post_gone"),
    ("message to react not found", Gone, "post_gone"),
    ("message_id_invalid", Gone, "post_gone"),
    ("message can't be edited", Refused, NOT_OURS),
    ("not enough rights", AccessDenied, "telegram_lacks_right"),
    ("need administrator rights", AccessDenied, "telegram_lacks_right"),
    ("chat_admin_required", AccessDenied, "telegram_lacks_right"),
    ("have no rights to send", AccessDenied, "telegram_lacks_right"),
    ("chat_write_forbidden", AccessDenied, "telegram_lacks_right"),
    ("chat not found", AccessDenied, "telegram_group_unknown"),
    ("the chat is not a forum", Refused, "topics_off"),
    ("user not found", Gone, "user_gone"),
    ("participant_id_invalid", Gone, "user_gone"),
    ("user_not_participant", Gone, "user_gone"),
)


def told(error: Exception, *, is_harmless: bool = False) -> RelayError:
    """What it means; `is_harmless`: repeating the call changes nothing, so that an unknown outcome
    is no more than a service that did not answer."""
    meaning = _meaning(error)
    if is_harmless and isinstance(meaning, OutcomeUnknown):
        return Unreachable(meaning.key, **meaning.details)
    return meaning


def _meaning(error: Exception) -> RelayError:
    match error:
        case TelegramRetryAfter():
            return Throttled("telegram_throttled", error.retry_after)
        case TelegramMigrateToChat():
            return AccessDenied("telegram_migrated", to=str(error.migrate_to_chat_id))
        case TelegramUnauthorizedError() | TelegramNotFound():
            return AccessDenied("telegram_token_invalid")
        case TelegramConflictError():
            return Unreachable("telegram_conflict", said=_said(error))
        case TelegramForbiddenError():
            return AccessDenied("telegram_forbidden", said=_said(error))
        case TelegramEntityTooLarge():
            return Refused("file_too_big_to_post")
        case TelegramNetworkError():
            return _network(error.__cause__ or error)
        case TelegramServerError() | ClientDecodeError():
            return OutcomeUnknown("telegram_broken")
        case TelegramBadRequest() | TelegramAPIError():
            return _sentence(error)
        case ClientError() | TimeoutError() | OSError():
            return _network(error)
        case _:
            return OutcomeUnknown("telegram_broken", type=type(error).__name__)


def _network(cause: BaseException) -> RelayError:
    name = type(cause).__name__  # never its words: they hold the address, and that the token
    if isinstance(cause, ClientConnectorError | ConnectionTimeoutError | InvalidURL):
        return Unreachable("telegram_unreachable", type=name)
    if isinstance(cause, asyncio.TimeoutError):
        return OutcomeUnknown("telegram_timeout", type=name)
    return OutcomeUnknown("telegram_broken", type=name)


def _sentence(error: TelegramAPIError) -> RelayError:
    said = _said(error).lower()
    if "too many requests" in said:  # an album refused half-way: a flood inside a 400
        found = re.search(r"retry after (\d+)", said)
        return Throttled("telegram_throttled", float(found[1]) if found else _PAUSE_S)
    for part, meaning, key in SENTENCES:
        if part in said:
            return meaning(key, said=_said(error))
    return Refused("telegram_refused", said=_said(error))


def _said(error: TelegramAPIError) -> str:
    return error.message[:_SAID_AT_MOST]
