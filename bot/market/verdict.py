"""What became of a call: one pure function from what came back to the error tree (R17).

No traffic, no clock. Nothing of what it makes holds a key, a token, or a body's other words than
the Market's own error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import aiohttp
from aiohttp.client_exceptions import UnixClientConnectorError

from bot.market.operations import Kind, Operation
from bot.relay.errors import (
    AccessDenied,
    Gone,
    OutcomeUnknown,
    Refused,
    RelayError,
    Throttled,
    Unreachable,
)

_LONGEST_WORDS = 200
# The Market's page of error codes: a key that does not work is answered with 403, as is a missing
# right; only the words tell them apart.
_BAD_KEY = re.compile(
    r"\b(invalid|expired|revoked|unknown|bad) ((api-?|access|oauth)[ -]?)?(token|key)\b"
    r"|\b(token|key)( (is|was|has|been))* "
    r"(invalid|expired|revoked|disabled|blacklisted|not (found|valid|active))\b",
    re.IGNORECASE,
)
# "The client closed the connection before the request was processed", and the like: 4xx, but no
# word on whether it was processed after all.
_DOUBTFUL_4XX = frozenset({408, 499})
_TOO_MANY = frozenset({420, 429})
NO_ACCESS = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is None where it is no JSON object or could not be read to its end."""

    status: int
    body: Mapping[str, object] | None


class Fate(Enum):
    NOT_SENT = auto()  # not a byte of the request left
    MAYBE_SENT = auto()


# Looked up by the nearest class in the exception's line of descent; a test walks aiohttp's classes
# and fails on one that has no row of its own.
FATES: Mapping[type[BaseException], Fate] = {
    aiohttp.ClientConnectorError: Fate.NOT_SENT,
    aiohttp.ClientConnectorDNSError: Fate.NOT_SENT,
    aiohttp.ClientConnectorSSLError: Fate.NOT_SENT,
    aiohttp.ClientConnectorCertificateError: Fate.NOT_SENT,
    aiohttp.ClientSSLError: Fate.NOT_SENT,
    UnixClientConnectorError: Fate.NOT_SENT,
    aiohttp.ClientProxyConnectionError: Fate.NOT_SENT,
    aiohttp.ClientHttpProxyError: Fate.NOT_SENT,
    aiohttp.ConnectionTimeoutError: Fate.NOT_SENT,
    aiohttp.ServerFingerprintMismatch: Fate.NOT_SENT,
    aiohttp.InvalidURL: Fate.NOT_SENT,
    aiohttp.InvalidUrlClientError: Fate.NOT_SENT,
    aiohttp.NonHttpUrlClientError: Fate.NOT_SENT,
    UnicodeError: Fate.NOT_SENT,  # a host name that no resolver can be asked for
    aiohttp.ClientError: Fate.MAYBE_SENT,
    aiohttp.ClientConnectionError: Fate.MAYBE_SENT,
    aiohttp.ClientConnectionResetError: Fate.MAYBE_SENT,
    aiohttp.ClientOSError: Fate.MAYBE_SENT,
    aiohttp.ClientPayloadError: Fate.MAYBE_SENT,
    aiohttp.ClientResponseError: Fate.MAYBE_SENT,
    aiohttp.ContentTypeError: Fate.MAYBE_SENT,
    aiohttp.ServerConnectionError: Fate.MAYBE_SENT,
    # Also what a POST gets on a kept connection that the server closed a moment before: aiohttp
    # asks again by itself only for GET and its like. Nothing was done then, most likely, but a
    # server that died after it took the message looks exactly the same.
    aiohttp.ServerDisconnectedError: Fate.MAYBE_SENT,
    aiohttp.ServerTimeoutError: Fate.MAYBE_SENT,
    aiohttp.SocketTimeoutError: Fate.MAYBE_SENT,
    aiohttp.UploadAbortedError: Fate.MAYBE_SENT,
    # A redirect is an answer: somebody read the request.
    aiohttp.TooManyRedirects: Fate.MAYBE_SENT,
    aiohttp.RedirectClientError: Fate.MAYBE_SENT,
    aiohttp.InvalidUrlRedirectClientError: Fate.MAYBE_SENT,
    aiohttp.NonHttpUrlRedirectClientError: Fate.MAYBE_SENT,
    aiohttp.WSServerHandshakeError: Fate.MAYBE_SENT,
    aiohttp.WSMessageTypeError: Fate.MAYBE_SENT,
    TimeoutError: Fate.MAYBE_SENT,  # the total ran out: nobody knows where
    OSError: Fate.MAYBE_SENT,
}


def judge(
    operation: Operation,
    outcome: Answer | Exception,
    *,
    rest: float = 0.0,
    secrets: Sequence[str] = (),
) -> RelayError | None:
    """None where it was done. `rest`: seconds that the method is to be left alone if the Market
    says so. `secrets` are blotted out of the Market's words."""
    if isinstance(outcome, Exception):
        return _unanswered(operation, outcome)
    if outcome.status in _TOO_MANY:
        return Throttled("market_throttled", rest, method=operation.name)
    if 200 <= outcome.status < 300 and outcome.body and outcome.body.get("status") == "OK":
        return None
    if outcome.body is None or not _is_certain_no(outcome.status):
        return _doubt(operation, status=str(outcome.status))
    return _no(operation, outcome.status, *_words(outcome.body, secrets))


def judge_file(status: int, *, rest: float) -> RelayError | None:
    """Of the answer to a download, whose body is the file; None where it is there."""
    if status == 200:
        return None
    if status in _TOO_MANY:
        return Throttled("file_unreachable", rest, status=str(status))
    if status in NO_ACCESS:
        return Refused("file_denied", status=str(status))
    if _is_certain_no(status):
        return Refused("file_gone", status=str(status))
    return Unreachable("file_unreachable", status=str(status))


def file_unreachable(error: Exception) -> RelayError:
    """Of a download that broke, wherever it did: there is no harm in asking again."""
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):  # no address, and it stays none
        return Refused("file_unsafe")
    return Unreachable("file_unreachable", error=type(error).__name__)


def fate(error: BaseException) -> Fate:
    for kind in type(error).__mro__:
        if kind in FATES:
            return FATES[kind]
    return Fate.MAYBE_SENT


def _unanswered(operation: Operation, error: Exception) -> RelayError:
    # The class alone: aiohttp puts addresses into the text and request headers into the repr.
    name = type(error).__name__
    if fate(error) is Fate.NOT_SENT:
        return Unreachable("market_unreachable", method=operation.name, error=name)
    return _doubt(operation, error=name)


def _doubt(operation: Operation, **details: str) -> RelayError:
    if operation.kind is Kind.SEND:
        return OutcomeUnknown("market_outcome_unknown", method=operation.name, **details)
    return Unreachable("market_unreachable", method=operation.name, **details)


def _is_certain_no(status: int) -> bool:
    return 400 <= status < 500 and status not in _DOUBTFUL_4XX


def _no(operation: Operation, status: int, code: str, message: str) -> RelayError:
    if status == 401 or (status == 403 and _BAD_KEY.search(f"{code} {message}".replace("_", " "))):
        return AccessDenied("market_key_invalid", code=code, message=message)
    if status == 403:
        return AccessDenied("market_key_lacks_right", code=code, message=message)
    if status == 404 and operation.is_of_chat:
        return Gone("chat_gone", code=code, message=message)
    return Refused("market_refused", code=code, message=message)


def _words(body: Mapping[str, object], secrets: Sequence[str]) -> tuple[str, str]:
    """Code and message of the first error, each fit for a log line and a database."""
    errors = body.get("errors")
    listed = errors if isinstance(errors, list) else [body.get("error")]
    first = next((error for error in listed if isinstance(error, Mapping)), {})
    return _clean(first.get("code"), secrets), _clean(first.get("message"), secrets)


def _clean(said: object, secrets: Sequence[str]) -> str:
    if not isinstance(said, str | int):
        return ""
    text = str(said)
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    # Lone surrogates, NUL and bidi marks are not printable.
    return "".join(sign if sign.isprintable() else " " for sign in text)[:_LONGEST_WORDS]
