"""What every way a call can end means for the caller."""

from __future__ import annotations

import inspect
import ssl
from types import ModuleType
from typing import Any

import aiohttp
import pytest
from aiohttp import client_exceptions, http_exceptions
from aiohttp.client_reqrep import ConnectionKey, RequestInfo
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from bot.market.operations import (
    CREATE_CHAT,
    GET_CHATS,
    GET_HISTORY,
    GET_TOKEN,
    OPERATIONS,
    SEND_FILE,
    SEND_TEXT,
    Kind,
    Operation,
)
from bot.market.pieces import BROKEN
from bot.market.verdict import FATES, Answer, file_unreachable, judge, judge_file
from bot.relay.errors import (
    AccessDenied,
    Gone,
    OutcomeUnknown,
    Refused,
    Throttled,
    Unreachable,
)

SECRET = "ACMA:9pX3kQ:51ab77fe"
HOST = ConnectionKey("api.example", 443, True, True, None, None, None)
INFO = RequestInfo(
    URL("https://api.example/v2"),
    "POST",
    CIMultiDictProxy(CIMultiDict({"Api-Key": SECRET})),
    URL("https://api.example/v2"),
)
REFUSED = ConnectionRefusedError(111, "Connection refused")
OK = {"status": "OK"}


def error(code: str = "BAD_REQUEST", message: str = "no") -> dict[str, Any]:
    return {"status": "ERROR", "errors": [{"code": code, "message": message}]}


NEVER_SENT = [
    aiohttp.ClientConnectorError(HOST, REFUSED),
    aiohttp.ClientConnectorDNSError(HOST, OSError(-2, "Name or service not known")),
    aiohttp.ClientConnectorSSLError(HOST, ssl.SSLError(1, "wrong version number")),
    aiohttp.ClientConnectorCertificateError(HOST, ssl.SSLCertVerificationError(1, "expired")),
    aiohttp.ClientProxyConnectionError(HOST, REFUSED),
    aiohttp.ClientHttpProxyError(INFO, (), status=407, message="proxy"),
    aiohttp.ConnectionTimeoutError("Connection timeout to host"),
    aiohttp.ServerFingerprintMismatch(b"a", b"b", "api.example", 443),
    aiohttp.InvalidURL("http://"),
    aiohttp.NonHttpUrlClientError("ftp://api.example"),
    UnicodeError("label too long"),
]
MAYBE_SENT = [
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientOSError(104, "Connection reset by peer"),
    aiohttp.ClientOSError(32, "Broken pipe"),
    aiohttp.ClientConnectionResetError("Cannot write to closing transport"),
    aiohttp.ClientConnectionError("Connection closed"),
    aiohttp.ClientPayloadError("not enough data"),
    aiohttp.ClientResponseError(INFO, (), status=400, message="bad header"),
    aiohttp.ServerTimeoutError("read timeout"),
    aiohttp.SocketTimeoutError("read timeout"),
    aiohttp.TooManyRedirects(INFO, ()),
    TimeoutError(),
    ConnectionResetError(104, "Connection reset by peer"),
    OSError(5, "Input/output error"),
]
# Answers of which nobody can say whether the request was carried out.
IN_DOUBT = [
    Answer(200, None),
    Answer(200, {}),
    Answer(200, error()),
    Answer(200, {"status": None}),
    Answer(204, None),
    Answer(302, None),
    Answer(302, OK),
    Answer(307, error()),
    Answer(400, None),
    Answer(401, None),
    Answer(403, None),
    Answer(404, None),
    Answer(408, error("REQUEST_TIMEOUT")),
    Answer(499, error("CLIENT_CLOSED_REQUEST")),
    Answer(500, error("INTERNAL_SERVER_ERROR")),
    Answer(500, None),
    Answer(500, OK),
    Answer(502, None),
    Answer(503, error("SERVICE_UNAVAILABLE")),
    Answer(504, None),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("cause", NEVER_SENT, ids=repr)
def test_what_never_left_was_certainly_not_done(operation: Operation, cause: Exception) -> None:
    verdict = judge(operation, cause, secrets=(SECRET,))
    assert type(verdict) is Unreachable
    assert verdict.certain
    assert verdict.key == "market_unreachable"


@pytest.mark.parametrize("operation", [SEND_TEXT, SEND_FILE], ids=lambda each: each.name)
@pytest.mark.parametrize("outcome", [*MAYBE_SENT, *IN_DOUBT], ids=repr)
def test_a_send_that_may_have_been_done_is_unknown(operation: Operation, outcome: Any) -> None:
    verdict = judge(operation, outcome)
    assert type(verdict) is OutcomeUnknown
    assert not verdict.certain


@pytest.mark.parametrize("operation", [GET_CHATS, GET_HISTORY, CREATE_CHAT, GET_TOKEN])
@pytest.mark.parametrize("outcome", [*MAYBE_SENT, *IN_DOUBT], ids=repr)
def test_what_may_be_repeated_is_unreachable_where_a_send_would_be_unknown(
    operation: Operation, outcome: Any
) -> None:
    assert type(judge(operation, outcome)) is Unreachable


FIRM = [
    (Answer(200, OK), None, ""),
    (Answer(201, OK), None, ""),
    (Answer(420, error()), Throttled, "market_throttled"),
    (Answer(420, None), Throttled, "market_throttled"),
    (Answer(429, error()), Throttled, "market_throttled"),
    (Answer(429, None), Throttled, "market_throttled"),
    (Answer(401, error("UNAUTHORIZED")), AccessDenied, "market_key_invalid"),
    (Answer(401, {}), AccessDenied, "market_key_invalid"),
    (Answer(403, error("FORBIDDEN", "denied")), AccessDenied, "market_key_lacks_right"),
    (Answer(403, {}), AccessDenied, "market_key_lacks_right"),
    (
        Answer(403, error("FORBIDDEN", "Scope not found for token")),
        AccessDenied,
        "market_key_lacks_right",
    ),
    (
        Answer(403, error("FORBIDDEN", "Api-Key token is invalid")),
        AccessDenied,
        "market_key_invalid",
    ),
    (
        Answer(403, error("FORBIDDEN", "OAuth token has expired")),
        AccessDenied,
        "market_key_invalid",
    ),
    (Answer(403, error("INVALID_TOKEN", "")), AccessDenied, "market_key_invalid"),
    (Answer(403, error("FORBIDDEN", "Invalid Api-Key")), AccessDenied, "market_key_invalid"),
    (Answer(404, error("NOT_FOUND")), Gone, "chat_gone"),
    (Answer(404, {}), Gone, "chat_gone"),
    (Answer(400, error()), Refused, "market_refused"),
    (Answer(400, {"errors": None}), Refused, "market_refused"),
    (Answer(400, {"errors": ["x", 7]}), Refused, "market_refused"),
    (Answer(405, error()), Refused, "market_refused"),
    (Answer(413, error()), Refused, "market_refused"),
    (Answer(415, error()), Refused, "market_refused"),
    (Answer(423, error("LOCKED")), Refused, "market_refused"),
]


@pytest.mark.parametrize("operation", [SEND_TEXT, SEND_FILE, GET_HISTORY])
@pytest.mark.parametrize(("answer", "kind", "key"), FIRM)
def test_a_clear_answer_is_taken_at_its_word(
    operation: Operation, answer: Answer, kind: type[Exception] | None, key: str
) -> None:
    verdict = judge(operation, answer, rest=7.5)
    assert (type(verdict) if verdict else None) is kind
    assert verdict is None or (verdict.key == key and verdict.certain)
    assert not isinstance(verdict, Throttled) or verdict.retry_after == 7.5


@pytest.mark.parametrize("operation", [GET_CHATS, CREATE_CHAT, GET_TOKEN])
def test_not_found_means_no_chat_only_where_a_chat_was_asked_for(operation: Operation) -> None:
    assert type(judge(operation, Answer(404, error("NOT_FOUND")))) is Refused


def test_the_words_of_a_refusal_are_short_clean_and_without_the_key() -> None:
    said = f"key {SECRET} \x00\ud83d\u202e" + "я" * 500
    verdict = judge(SEND_TEXT, Answer(400, error("C" * 300, said)), secrets=(SECRET, ""))
    assert isinstance(verdict, Refused)
    assert verdict.details["code"] == "C" * 200
    assert verdict.details["message"].startswith("key ***    яя")
    assert len(verdict.details["message"]) == 200


def test_an_error_in_the_older_shape_is_read_too() -> None:
    body = {"error": {"code": 400, "message": "Order is cancelled"}}
    verdict = judge(SEND_TEXT, Answer(400, body))
    assert verdict is not None
    assert verdict.details == {"code": "400", "message": "Order is cancelled"}


def _client_classes() -> list[type[BaseException]]:
    return _classes(client_exceptions)


def _classes(module: ModuleType) -> list[type[BaseException]]:
    named = vars(module).values()
    return [kind for kind in named if inspect.isclass(kind) and issubclass(kind, BaseException)]


@pytest.mark.parametrize("kind", _client_classes(), ids=lambda kind: kind.__name__)
def test_every_exception_of_the_http_library_has_a_fate_of_its_own(
    kind: type[BaseException],
) -> None:
    assert kind in FATES


def test_the_walk_sees_the_exceptions_of_the_http_library() -> None:
    assert len(_client_classes()) > 20


def test_only_what_writes_to_the_buyer_is_a_send() -> None:
    sends = {operation.name for operation in OPERATIONS if operation.kind is Kind.SEND}
    assert sends == {"sendMessageToChat", "sendFileToChat"}


@pytest.mark.parametrize("cause", [*NEVER_SENT, *MAYBE_SENT], ids=repr)
def test_no_verdict_tells_the_key_that_an_exception_carries(cause: Exception) -> None:
    verdict = judge(SEND_TEXT, cause)
    assert SECRET not in f"{verdict!s} {verdict!r} {verdict.__cause__!r} {verdict.__context__!r}"


def test_the_cases_make_a_table() -> None:
    assert len(NEVER_SENT) + len(MAYBE_SENT) + len(IN_DOUBT) + len(FIRM) >= 40


@pytest.mark.parametrize("cause", [*NEVER_SENT, *MAYBE_SENT], ids=repr)
def test_a_download_that_broke_may_be_tried_again_unless_its_address_is_none(
    cause: Exception,
) -> None:
    is_no_address = isinstance(cause, aiohttp.InvalidURL | UnicodeError)
    verdict = file_unreachable(cause)
    assert type(verdict) is (Refused if is_no_address else Unreachable)
    assert SECRET not in repr(verdict)
    assert "api.example" not in repr(verdict)


@pytest.mark.parametrize(
    "kind", [*_client_classes(), *_classes(http_exceptions)], ids=lambda kind: kind.__name__
)
def test_no_exception_of_the_http_library_comes_out_of_a_download(
    kind: type[BaseException],
) -> None:
    is_of_websockets = kind is aiohttp.WSMessageTypeError
    assert issubclass(kind, BROKEN) or is_of_websockets


@given(st.integers(100, 999))
def test_every_status_of_a_download_has_a_verdict(status: int) -> None:
    verdict = judge_file(status, rest=7.5)
    assert (verdict is None) == (status == 200)
    assert verdict is None or verdict.details == {"status": str(status)}
    assert verdict is None or isinstance(verdict, Refused) <= (400 <= status < 500)
