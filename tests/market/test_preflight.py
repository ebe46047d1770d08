"""`check` says what is wrong with the Market's side, and where to mend it."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest

from bot.market.preflight import Finding, findings, plain_scope

NOW_MS = 1_795_338_000_000
KEY = "ACMA:9pX3kQ:51ab77fe"


class English:
    """The source wording, as it stands in the code."""

    def say(self, msgid: str, /, **values: object) -> str:
        return msgid.format(**values)

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        return (one if n == 1 else many).format(n=n, **values)

    def date(self, at_ms: int, /) -> str:
        return f"<{at_ms}>"


async def check(market: Any, has_key: bool = True) -> dict[str, Finding]:
    found = [finding async for finding in findings(market, English(), has_key=has_key)]
    assert all(KEY not in finding.text for finding in found)
    return {finding.name: finding for finding in found}


def headers(skew_s: int = 0, remaining: int = 4990, limit: int = 5000) -> dict[str, str]:
    at = NOW_MS / 1000 + skew_s
    return {
        "Date": formatdate(at, usegmt=True),
        "X-RateLimit-Resource-Limit": str(limit),
        "X-RateLimit-Resource-Remaining": str(remaining),
        "X-RateLimit-Resource-Until": formatdate(at + 600, usegmt=True),
    }


async def test_a_sound_cabinet_passes_every_check(server: Any, market: Any) -> None:
    server.answers("getAuthTokenInfo", "token", headers=headers())
    server.answers("getChats", "chats_page_2", headers=headers())
    found = await check(market)
    assert list(found) == ["market_key", "market_chats", "market_quota", "market_clock"]
    assert all(finding.is_ok for finding in found.values())
    assert "market-relay" in found["market_key"].text
    assert "4990 of 5000" in found["market_quota"].text
    assert server.seen[1].query == {"limit": "1"}


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        ("token_read_only", "“отчёты” may only read (all-methods:read-only, pricing)"),
        ("token_without_chats", "it has: pricing, promotion:read-only"),
    ],
)
async def test_a_key_without_the_right_is_told_which_one_to_get(
    server: Any, market: Any, answer: str, part: str
) -> None:
    server.answers("getAuthTokenInfo", answer)
    server.answers("getChats", "chats_page_2")
    key = (await check(market))["market_key"]
    assert not key.is_ok
    assert part in key.text
    assert "«" not in key.text
    assert "Общение с покупателями” (communication)" in key.text
    assert "API and modules" in key.text


async def test_a_key_for_everything_is_enough(server: Any, market: Any) -> None:
    body = {"name": "all", "authScopes": ["ALL_METHODS", "BRAND_NEW"]}
    server.answers("getAuthTokenInfo", {"status": "OK", "result": {"apiKey": body}})
    server.answers("getChats", "chats_page_2")
    assert (await check(market))["market_key"].is_ok


async def test_a_key_that_the_market_does_not_know_is_said_to_be_wrong(
    server: Any, market: Any
) -> None:
    server.answers("getAuthTokenInfo", "error_403_right", status=403)
    server.answers("getChats", "error_403_key", status=403)
    found = await check(market)
    for name in ("market_key", "market_chats"):
        assert not found[name].is_ok
        assert "MARKET_API_KEY" in found[name].text


async def test_another_cabinets_chats_name_the_setting_to_compare(server: Any, market: Any) -> None:
    server.answers("getAuthTokenInfo", "token")
    server.answers("getChats", "error_403_right", status=403)
    chats = (await check(market))["market_chats"]
    assert not chats.is_ok
    assert "MARKET_BUSINESS_ID" in chats.text
    assert "scope communication is required" in chats.text


async def test_a_cabinet_that_does_not_exist_names_the_setting(server: Any, market: Any) -> None:
    server.answers("getAuthTokenInfo", "token")
    server.answers("getChats", "error_404", status=404)
    chats = (await check(market))["market_chats"]
    assert not chats.is_ok
    assert "MARKET_BUSINESS_ID" in chats.text


async def test_with_a_token_alone_the_key_is_not_asked_for(server: Any, connect: Any) -> None:
    server.answers("getChats", "chats_page_2")
    market = await connect(server.url, api_key="", oauth_token="y0_A")
    found = await check(market, has_key=False)
    assert all(finding.is_ok for finding in found.values())
    assert server.count("getAuthTokenInfo") == 0


async def test_a_market_that_is_away_says_what_to_look_at(connect: Any, full_queue: str) -> None:
    found = await check(await connect(full_queue, request_timeout=0.2))
    assert list(found) == ["market_key"]
    assert not any(finding.is_ok for finding in found.values())
    assert "MARKET_API_URL" in found["market_key"].text


async def test_a_pause_is_told_in_seconds(server: Any, market: Any) -> None:
    server.answers("getAuthTokenInfo", "token")
    server.answers("getChats", "error_420", status=420, headers=headers(remaining=0))
    found = await check(market)
    assert "600 s" in found["market_chats"].text
    assert not found["market_quota"].is_ok


async def test_a_quota_nearly_used_up_is_a_problem(server: Any, market: Any) -> None:
    server.answers("getAuthTokenInfo", "token", headers=headers(remaining=99, limit=100))
    server.answers("getChats", "chats_page_2", headers=headers(remaining=499))
    quota = (await check(market))["market_quota"]
    assert not quota.is_ok
    assert "Of 5000 requests of getChats only 499 are left" in quota.text
    assert f"<{NOW_MS + 600_000}>" in quota.text


@pytest.mark.parametrize(
    ("skew_s", "is_ok", "part"),
    [(60, True, ""), (-60, True, ""), (61, False, "61 s behind"), (-75, False, "75 s ahead")],
)
async def test_a_clock_that_is_off_by_more_than_a_minute_is_a_problem(
    server: Any, market: Any, skew_s: int, is_ok: bool, part: str
) -> None:
    server.answers("getAuthTokenInfo", "token", headers=headers(skew_s))
    server.answers("getChats", "chats_page_2", headers=headers(skew_s))
    clock = (await check(market))["market_clock"]
    assert clock.is_ok is is_ok
    assert part in clock.text
    assert is_ok or "NTP" in clock.text


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("ALL_METHODS", "all-methods"),
        ("ALL_METHODS_READ_ONLY", "all-methods:read-only"),
        ("all-methods:read-only", "all-methods:read-only"),
        ("COMMUNICATION", "communication"),
        ("communication", "communication"),
    ],
)
def test_scopes_are_understood_in_both_spellings(written: str, plain: str) -> None:
    assert plain_scope(written) == plain
