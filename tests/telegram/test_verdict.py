"""What every way a call of the Bot API can fail means for the caller."""

from __future__ import annotations

import inspect
import ssl
from typing import Any

import aiohttp
import pytest
from aiogram import exceptions as aiogram_exceptions
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    RestartingTelegram,
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
    UnsupportedKeywordArgument,
)
from aiogram.methods import SendMessage
from aiohttp import client_exceptions
from aiohttp.client_reqrep import ConnectionKey, RequestInfo
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from bot.relay.errors import (
    AccessDenied,
    Gone,
    OutcomeUnknown,
    Refused,
    RelayError,
    Throttled,
    Unreachable,
)
from bot.telegram.verdict import SENTENCES, told
from tests.telegram.samples import TOKEN

METHOD = SendMessage(chat_id=-1001, text="слова покупателя")
ADDRESS = URL(f"https://api.telegram.org/bot{TOKEN}/sendMessage")
HOST = ConnectionKey("api.telegram.org", 443, True, True, None, None, None)
INFO = RequestInfo(ADDRESS, "POST", CIMultiDictProxy(CIMultiDict()), ADDRESS)
REFUSED = ConnectionRefusedError(111, "Connection refused")

# By class of aiohttp: an example of what says that the request never left, and of what does not.
NEVER_SENT: list[Exception] = [
    aiohttp.ClientConnectorError(HOST, REFUSED),
    aiohttp.ClientConnectorDNSError(HOST, OSError(-2, "Name or service not known")),
    aiohttp.ClientProxyConnectionError(HOST, REFUSED),
    client_exceptions.UnixClientConnectorError("/tmp/socket", HOST, REFUSED),
    aiohttp.ClientSSLError(HOST, ssl.SSLError(1, "wrong version number")),
    aiohttp.ClientConnectorSSLError(HOST, ssl.SSLError(1, "wrong version number")),
    aiohttp.ClientConnectorCertificateError(HOST, ssl.SSLCertVerificationError(1, "expired")),
    aiohttp.ConnectionTimeoutError(f"Connection timeout to host {ADDRESS}"),
    aiohttp.InvalidURL(str(ADDRESS)),
    aiohttp.InvalidUrlClientError(str(ADDRESS)),
    aiohttp.InvalidUrlRedirectClientError(str(ADDRESS)),
]
MAYBE_SENT: list[Exception] = [
    aiohttp.ClientError(str(ADDRESS)),
    aiohttp.ClientResponseError(INFO, (), status=400, message="bad header"),
    aiohttp.ContentTypeError(INFO, (), status=200, message="html"),
    aiohttp.WSServerHandshakeError(INFO, (), status=400),
    aiohttp.ClientHttpProxyError(INFO, (), status=407, message="proxy"),
    aiohttp.TooManyRedirects(INFO, ()),
    aiohttp.ClientConnectionError("Connection closed"),
    aiohttp.ClientConnectionResetError("Cannot write to closing transport"),
    aiohttp.ClientOSError(104, "Connection reset by peer"),
    aiohttp.ServerConnectionError(),
    aiohttp.ServerDisconnectedError(),
    aiohttp.ServerTimeoutError("read timeout"),
    aiohttp.SocketTimeoutError("read timeout"),
    aiohttp.ServerFingerprintMismatch(b"a", b"b", "api.telegram.org", 443),
    aiohttp.ClientPayloadError("not enough data"),
    client_exceptions.RedirectClientError(str(ADDRESS)),
    aiohttp.NonHttpUrlClientError(str(ADDRESS)),
    aiohttp.NonHttpUrlRedirectClientError(str(ADDRESS)),
    client_exceptions.UploadAbortedError("upload"),
    client_exceptions.WSMessageTypeError("ws"),
]
# What aiohttp lets through although it is not its own.
PLAIN: list[Exception] = [
    TimeoutError(),
    ConnectionResetError(104, "Connection reset by peer"),
    BrokenPipeError(32, "Broken pipe"),
    OSError(5, "Input/output error"),
    ValueError("CR in a file name"),
    RuntimeError(f"Session is closed {ADDRESS}"),
]


def bad(said: str) -> TelegramBadRequest:
    return TelegramBadRequest(METHOD, f"Bad Request: {said}")


def network(cause: Exception | None) -> TelegramNetworkError:
    """As aiogram's session raises it: the cause's words, address and all, are its message."""
    error = TelegramNetworkError(METHOD, f"HTTP Client says - {type(cause).__name__}: {cause}")
    error.__cause__ = cause
    return error


# By class of aiogram: an example, and what it means.
AIOGRAM: list[tuple[Exception, type[RelayError], str]] = [
    (TelegramRetryAfter(METHOD, "Flood control", 17), Throttled, "telegram_throttled"),
    (TelegramMigrateToChat(METHOD, "migrated", -1002), AccessDenied, "telegram_migrated"),
    (TelegramUnauthorizedError(METHOD, "Unauthorized"), AccessDenied, "telegram_token_invalid"),
    (TelegramNotFound(METHOD, "Not Found"), AccessDenied, "telegram_token_invalid"),
    (TelegramConflictError(METHOD, "terminated by other"), Unreachable, "telegram_conflict"),
    (TelegramForbiddenError(METHOD, "bot was kicked"), AccessDenied, "telegram_forbidden"),
    (TelegramNetworkError(METHOD, "Request timeout error"), OutcomeUnknown, "telegram_broken"),
    (TelegramServerError(METHOD, "Internal Server Error"), OutcomeUnknown, "telegram_broken"),
    (RestartingTelegram(METHOD, "restart"), OutcomeUnknown, "telegram_broken"),
    (
        ClientDecodeError("Failed to decode", ValueError(), "<html>"),
        OutcomeUnknown,
        "telegram_broken",
    ),
    (TelegramBadRequest(METHOD, "Bad Request: something"), Refused, "telegram_refused"),
    (TelegramAPIError(METHOD, "Payment Required"), Refused, "telegram_refused"),
    (AiogramError("?"), OutcomeUnknown, "telegram_broken"),
    (aiogram_exceptions.DetailedAiogramError("?"), OutcomeUnknown, "telegram_broken"),
    (UnsupportedKeywordArgument("?"), OutcomeUnknown, "telegram_broken"),
    (aiogram_exceptions.DataNotDictLikeError("?"), OutcomeUnknown, "telegram_broken"),
    (aiogram_exceptions.SceneException("?"), OutcomeUnknown, "telegram_broken"),
    (aiogram_exceptions.CallbackAnswerException("?"), OutcomeUnknown, "telegram_broken"),
]

# Sentences as the server words them, and what they mean.
SAID: list[tuple[str, type[RelayError], str]] = [
    ("message thread not found", Gone, "topic_gone"),
    ("TOPIC_DELETED", Gone, "topic_gone"),
    ("TOPIC_ID_INVALID", Gone, "topic_gone"),
    ("TOPIC_CLOSED", Refused, "topic_closed"),
    ("TOPIC_NOT_MODIFIED", Refused, "not_modified"),
    (
        "message is not modified: specified new message content and reply markup are exactly the "
        "same as a current content and reply markup of the message",
        Refused,
        "not_modified",
    ),
    ("file is too big", Refused, "file_too_big_to_fetch"),
    ("wrong file_id or the file is temporarily unavailable", Refused, "file_gone"),
    ("invalid file_id", Refused, "file_gone"),
    ("wrong file identifier/HTTP URL specified", Refused, "file_gone"),
    ("message to edit not found", Gone, "post_gone"),
    ("message to delete not found", Gone, "post_gone"),
    ("message to react not found", Gone, "post_gone"),
    ("MESSAGE_ID_INVALID", Gone, "post_gone"),
    ("message can't be edited", Refused, "not_ours"),
    ("not enough rights to create a topic", AccessDenied, "telegram_lacks_right"),
    ("not enough rights to send text messages to the chat", AccessDenied, "telegram_lacks_right"),
    ("need administrator rights in the channel chat", AccessDenied, "telegram_lacks_right"),
    ("CHAT_ADMIN_REQUIRED", AccessDenied, "telegram_lacks_right"),
    ("have no rights to send a message", AccessDenied, "telegram_lacks_right"),
    ("CHAT_WRITE_FORBIDDEN", AccessDenied, "telegram_lacks_right"),
    ("chat not found", AccessDenied, "telegram_group_unknown"),
    ("the chat is not a forum", Refused, "topics_off"),
    ("user not found", Gone, "user_gone"),
    ("PARTICIPANT_ID_INVALID", Gone, "user_gone"),
    ("USER_NOT_PARTICIPANT", Gone, "user_gone"),
    ("message is too long", Refused, "telegram_refused"),
    ("REACTION_INVALID", Refused, "telegram_refused"),
    ("BUTTON_DATA_INVALID", Refused, "telegram_refused"),
]


@pytest.mark.parametrize(("said", "meaning", "key"), SAID, ids=[said[:40] for said, *_ in SAID])
def test_a_refusal_means_what_its_sentence_says(
    said: str, meaning: type[RelayError], key: str
) -> None:
    verdict = told(bad(said))
    assert (type(verdict), verdict.key) == (meaning, key)
    assert verdict.certain
    assert verdict.details["said"].endswith(said)


def test_every_row_of_the_table_has_a_case() -> None:
    for row in SENTENCES:
        fits = [case for case in SAID if row[0] in case[0].lower()]
        assert [(meaning, key) for _, meaning, key in fits][:1] == [row[1:]], row


@pytest.mark.parametrize(
    ("error", "meaning", "key"), AIOGRAM, ids=[type(error).__name__ for error, *_ in AIOGRAM]
)
def test_every_exception_of_aiogram_is_understood(
    error: Exception, meaning: type[RelayError], key: str
) -> None:
    verdict = told(error)
    assert (type(verdict), verdict.key) == (meaning, key)


def test_a_body_that_is_too_big_was_certainly_not_taken() -> None:
    assert type(told(TelegramEntityTooLarge(METHOD, "Request Entity Too Large"))) is Refused


@pytest.mark.parametrize("cause", NEVER_SENT, ids=lambda cause: type(cause).__name__)
def test_what_never_left_was_certainly_not_done(cause: Exception) -> None:
    for error in (network(cause), cause):
        verdict = told(error)
        assert (type(verdict), verdict.key) == (Unreachable, "telegram_unreachable")


@pytest.mark.parametrize("cause", [*MAYBE_SENT, *PLAIN], ids=lambda cause: type(cause).__name__)
def test_what_may_have_left_is_unknown_unless_repeating_it_is_harmless(cause: Exception) -> None:
    for error in (network(cause), cause):
        assert type(told(error)) is OutcomeUnknown
        assert type(told(error, is_harmless=True)) is Unreachable


@pytest.mark.parametrize(
    ("module", "table"),
    [
        (
            aiogram_exceptions,
            [*[error for error, *_ in AIOGRAM], TelegramEntityTooLarge(METHOD, "")],
        ),
        (client_exceptions, [*NEVER_SENT, *MAYBE_SENT]),
    ],
    ids=["aiogram", "aiohttp"],
)
def test_no_exception_of_the_libraries_is_missing_here(module: Any, table: list[Exception]) -> None:
    def own(kind: object) -> bool:
        return (
            inspect.isclass(kind)
            and issubclass(kind, Exception)
            and kind.__module__ == module.__name__
        )

    classes = {kind for _, kind in inspect.getmembers(module, own)}
    assert len(classes) > 10
    assert classes - {type(error) for error in table} == set()


@pytest.mark.parametrize(
    "error",
    [network(cause) for cause in [*NEVER_SENT, *MAYBE_SENT, *PLAIN]]
    + [*NEVER_SENT, *MAYBE_SENT, *PLAIN],
    ids=lambda error: f"{type(error).__name__} {type(error.__cause__).__name__}",
)
def test_the_token_is_in_no_verdict(error: Exception) -> None:
    verdict = told(error)
    for shown in (str(verdict), repr(verdict), str(verdict.details), str(verdict.args)):
        assert TOKEN not in shown
        assert "secret-of-the-bot" not in shown


def test_a_pause_is_as_long_as_asked() -> None:
    verdict = told(TelegramRetryAfter(METHOD, "Flood control", 17))
    assert isinstance(verdict, Throttled)
    assert verdict.retry_after == 17


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("Too Many Requests: retry after 42", 42.0), ("too many requests", 30.0)],
)
def test_a_flood_inside_a_refusal_is_a_flood(said: str, seconds: float) -> None:
    verdict = told(bad(said))
    assert isinstance(verdict, Throttled)
    assert verdict.retry_after == seconds


def test_a_move_tells_where_to() -> None:
    verdict = told(TelegramMigrateToChat(METHOD, "migrated", -1002))
    assert verdict.details == {"to": "-1002"}


def test_a_sentence_without_end_is_cut() -> None:
    assert len(told(bad("x" * 5000)).details["said"]) == 200


def test_harmless_calls_keep_their_refusals() -> None:
    assert type(told(bad("message to edit not found"), is_harmless=True)) is Gone
    flood = TelegramRetryAfter(METHOD, "Flood control", 17)
    assert type(told(flood, is_harmless=True)) is Throttled
