"""What `check` asks of the Market, and what to do where the answer is no. It changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.market.client import YandexMarket
from bot.market.wire import TokenInfo
from bot.relay.errors import AccessDenied, Refused, RelayError, Throttled, Unreachable
from bot.relay.findings import Finding
from bot.relay.ports import Words

_ENOUGH = frozenset({"communication", "all-methods"})
_READ_ONLY = "all-methods:read-only"
_SKEW_ALLOWED_MS = 60_000
_OF_NO_INTEREST = "getAuthTokenInfo"  # asked by `check` alone
_LOW = 0.1  # of an hourly quota: less is soon nothing


async def findings(market: YandexMarket, words: Words, *, has_key: bool) -> AsyncIterator[Finding]:
    """One check after the other, each as soon as it is done; no error comes out of it."""
    key = await _key(market, words) if has_key else _no_key(words)
    yield key
    if not key.is_ok and market.skew_ms() is None:  # not even an answer: once is enough
        return
    chats = await _chats(market, words)
    yield chats
    if chats.is_ok or market.quota():
        yield _quota(market, words)
    if market.skew_ms() is not None:
        yield _clock(market, words)


def _no_key(words: Words) -> Finding:
    text = words.say("Market key: only an OAuth token is set, its rights can't be asked for")
    return Finding("market_key", True, text)


async def _key(market: YandexMarket, words: Words) -> Finding:
    try:
        info = await market.token_scopes()
    except AccessDenied as error:
        return Finding("market_key", False, _key_unknown(error, words))
    except RelayError as error:
        # Whatever it objects to: the key itself it did not call wrong.
        return Finding("market_key", False, _trouble_text(error, words), is_passing=True)
    return _scopes(info, words)


def _scopes(info: TokenInfo, words: Words) -> Finding:
    scopes = [plain_scope(scope) for scope in info.scopes]
    listed = ", ".join(scopes) or "–"
    if _ENOUGH.intersection(scopes):
        text = words.say("Market key “{name}” may write to buyers", name=info.name)
        return Finding("market_key", True, text)
    if _READ_ONLY in scopes:
        text = words.say(
            "Market key “{name}” may only read ({scopes}), so no answer would reach a buyer. "
            "In the seller's cabinet open Settings → API and modules → Authorization tokens and "
            "give the key the access “Общение с покупателями” (communication), or make a new key "
            "with it",
            name=info.name,
            scopes=listed,
        )
    else:
        text = words.say(
            "Market key “{name}” lacks the access to chats; it has: {scopes}. "
            "In the seller's cabinet open Settings → API and modules → Authorization tokens and "
            "give the key the access “Общение с покупателями” (communication), or make a new key "
            "with it",
            name=info.name,
            scopes=listed,
        )
    return Finding("market_key", False, text)


def plain_scope(scope: str) -> str:
    """The contract writes scopes in two ways: ALL_METHODS_READ_ONLY is all-methods:read-only."""
    return scope.lower().replace("_", "-").replace("-read-only", ":read-only").replace("::", ":")


async def _chats(market: YandexMarket, words: Words) -> Finding:
    try:
        await market.try_reading()
    except AccessDenied as error:
        text = _key_unknown(error, words) if _is_key(error) else _no_right(error, words)
        return Finding("market_chats", False, text)
    except RelayError as error:
        return _trouble("market_chats", error, words)
    return Finding("market_chats", True, words.say("The chats of the cabinet can be read"))


def _is_key(error: RelayError) -> bool:
    return error.key == "market_key_invalid"


def _key_unknown(error: RelayError, words: Words) -> str:
    return words.say(
        "The Market does not accept the key ({said}). In the seller's cabinet open Settings → API "
        "and modules → Authorization tokens, copy a key that is active and put it into "
        "MARKET_API_KEY; with an OAuth token, get a new one for MARKET_OAUTH_TOKEN",
        said=_said(error),
    )


def _no_right(error: RelayError, words: Words) -> str:
    return words.say(
        "The Market refuses access to the chats of this cabinet ({said}). Compare "
        "MARKET_BUSINESS_ID with the number of the cabinet to which the key belongs, and see under "
        "Settings → API and modules → Authorization tokens that the key has the access “Общение с "
        "покупателями” (communication) and that the cabinet is not switched off",
        said=_said(error),
    )


def _trouble(name: str, error: RelayError, words: Words) -> Finding:
    is_passing = isinstance(error, Unreachable)
    return Finding(name, False, _trouble_text(error, words), is_passing)


def _trouble_text(error: RelayError, words: Words) -> str:
    if isinstance(error, Throttled):
        return words.say(
            "The Market asks for a pause of {seconds} s: its limit of requests is used up. Try "
            "again then; if it comes back, see which other programs use this cabinet's API",
            seconds=str(round(error.retry_after)),
        )
    if isinstance(error, Refused):
        return words.say(
            "The Market refuses the request ({said}). Compare MARKET_BUSINESS_ID with the number "
            "of the cabinet (Settings → API and modules) and MARKET_API_URL with the Market's "
            "address",
            said=_said(error),
        )
    return words.say(
        "The Market can't be reached ({said}). Check the network, the firewall and MARKET_API_URL; "
        "if they are right, the Market itself is down: the relay keeps trying",
        said=_said(error),
    )


def _said(error: RelayError) -> str:
    shown = [
        error.details.get(name, "") for name in ("code", "message", "status", "error", "field")
    ]
    return ", ".join(filter(None, shown)) or error.key


def _quota(market: YandexMarket, words: Words) -> Finding:
    quotas = {name: left for name, left in market.quota().items() if name != _OF_NO_INTEREST}
    if not quotas:
        return Finding("market_quota", True, words.say("The Market did not tell its limits"))
    name, quota = min(quotas.items(), key=lambda item: item[1].remaining / item[1].limit)
    values = {"method": name, "left": str(quota.remaining), "limit": str(quota.limit)}
    until = words.date(quota.until_ms)
    if quota.remaining < quota.limit * _LOW:
        text = words.say(
            "Of {limit} requests of {method} only {left} are left until {until}. Wait, raise "
            "POLL_INTERVAL, or see which other programs use this cabinet's API",
            until=until,
            **values,
        )
        return Finding("market_quota", False, text)
    text = words.say(
        "Requests of {method} left until {until}: {left} of {limit}", until=until, **values
    )
    return Finding("market_quota", True, text)


def _clock(market: YandexMarket, words: Words) -> Finding:
    skew_ms = market.skew_ms() or 0
    seconds = str(abs(skew_ms) // 1000)
    if abs(skew_ms) <= _SKEW_ALLOWED_MS:
        return Finding("market_clock", True, words.say("The clock agrees with the Market's"))
    if skew_ms > 0:
        text = words.say(
            "The clock of this computer is {seconds} s behind the Market's. Switch time "
            "synchronisation (NTP) on",
            seconds=seconds,
        )
    else:
        text = words.say(
            "The clock of this computer is {seconds} s ahead of the Market's. Switch time "
            "synchronisation (NTP) on",
            seconds=seconds,
        )
    return Finding("market_clock", False, text)
