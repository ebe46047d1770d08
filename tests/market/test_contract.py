"""The official contract judges every request that the client makes, and our recorded answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from bot.market.operations import OPERATIONS
from bot.relay.model import ChatId, ChatStatus, Context, ContextKind, MessageId

CHAT = ChatId(9001)
HOST = "https://api.partner.market.yandex.ru"


@cache
def contract(specs: Path) -> OpenAPI:
    return OpenAPI.from_file_path(str(specs / "market-chats.openapi.yaml"))


def as_sent(seen: Any) -> MockRequest:
    return MockRequest(
        HOST,
        seen.verb,
        seen.path,
        args=seen.query,
        headers=seen.headers,
        data=seen.body,
        content_type=seen.headers.get("Content-Type", ""),
    )


async def call_everything(market: Any) -> None:
    async for _ in market.chats([*ChatStatus]):
        pass
    async for _ in market.chats():
        pass
    await market.chat(CHAT)
    await market.message(CHAT, MessageId(36))
    await market.history(CHAT, MessageId(0))
    await market.history(CHAT, MessageId(38))
    await market.create_chat(Context(ContextKind.ORDER, 501009001))
    await market.create_chat(Context(ContextKind.RETURN, 330011))
    await market.send_text(CHAT, "Здравствуйте! 👍")
    await market.send_text(CHAT, "x" * 4096)
    await market.send_file(CHAT, 'Чек "№5".pdf', bytes(range(256)))
    await market.send_file(CHAT, "empty", b"")
    await market.token_scopes()
    await market.try_reading()


@pytest.fixture
def scripted(server: Any) -> Any:
    server.answers("getChats", "chats_page_1", *["chats_page_2"] * 10)
    server.answers("getChat", "chat")
    server.answers("getChatMessage", "message")
    server.answers("getChatHistory", "history_page_1", *["history_page_2"] * 10)
    server.answers("createChat", "created")
    server.answers("sendMessageToChat", "sent")
    server.answers("sendFileToChat", "sent")
    server.answers("getAuthTokenInfo", "token")
    return server


async def test_every_request_keeps_to_the_contract(scripted: Any, market: Any, specs: Path) -> None:
    await call_everything(market)
    assert {seen.name for seen in scripted.seen} == {operation.name for operation in OPERATIONS}
    for seen in scripted.seen:
        contract(specs).validate_request(as_sent(seen))


async def test_the_contract_finds_fault_with_a_text_too_long(
    scripted: Any, market: Any, specs: Path
) -> None:
    await market.send_text(CHAT, "x" * 4097)
    with pytest.raises(OpenAPIError):
        contract(specs).validate_request(as_sent(scripted.seen[0]))


RECORDED = [
    ("post", "/v2/businesses/4242/chats", 200, "chats_page_1"),
    ("post", "/v2/businesses/4242/chats", 200, "chats_page_2"),
    ("get", "/v2/businesses/4242/chat", 200, "chat"),
    ("get", "/v2/businesses/4242/chats/message", 200, "message"),
    ("post", "/v2/businesses/4242/chats/history", 200, "history_page_1"),
    ("post", "/v2/businesses/4242/chats/history", 200, "history_page_2"),
    ("post", "/v2/businesses/4242/chats/new", 200, "created"),
    ("post", "/v2/businesses/4242/chats/message", 200, "sent"),
    ("post", "/v2/businesses/4242/chats/file/send", 200, "sent"),
    ("post", "/v2/auth/token", 200, "token"),
    ("post", "/v2/auth/token", 200, "token_read_only"),
    ("post", "/v2/auth/token", 200, "token_without_chats"),
    ("post", "/v2/businesses/4242/chats/message", 400, "error_400"),
    ("post", "/v2/businesses/4242/chats", 401, "error_401"),
    ("post", "/v2/businesses/4242/chats", 403, "error_403_key"),
    ("post", "/v2/businesses/4242/chats", 403, "error_403_right"),
    ("post", "/v2/businesses/4242/chats/message", 404, "error_404"),
    ("post", "/v2/businesses/4242/chats", 420, "error_420"),
    ("post", "/v2/businesses/4242/chats", 500, "error_500"),
]


@pytest.mark.parametrize(("verb", "path", "status", "name"), RECORDED)
def test_our_recorded_answers_keep_to_the_contract(
    specs: Path, fixture_bytes: Callable[[str], bytes], verb: str, path: str, status: int, name: str
) -> None:
    answer = MockResponse(fixture_bytes(name), status_code=status)
    contract(specs).validate_response(MockRequest(HOST, verb, path), answer)


def test_every_recorded_answer_is_judged() -> None:
    files = {path.stem for path in (Path(__file__).parent / "fixtures").glob("*.json")}
    judged = {name for _, _, _, name in RECORDED}
    assert files - judged == {"chats_of_tomorrow", "history_of_tomorrow"}
