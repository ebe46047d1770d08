"""The client against a Market on loopback: what it asks, and what it makes of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import Any

import pytest

from bot.relay.errors import AccessDenied, Gone, Refused, Throttled, Unreachable
from bot.relay.figures import QuotaLeft
from bot.relay.model import ChatId, ChatStatus, Context, ContextKind, MessageId

NOW_MS = 1_795_338_000_000
KEY = "ACMA:9pX3kQ:51ab77fe"
CHAT = ChatId(9001)


async def all_of(pages: AsyncIterator[Any]) -> list[Any]:
    return [chat async for page in pages for chat in page]


async def test_all_pages_of_chats_are_walked(server: Any, market: Any) -> None:
    server.answers("getChats", "chats_page_1", "chats_page_2")
    chats = await all_of(market.chats([ChatStatus.NEW, ChatStatus.OTHER]))
    assert [chat.id for chat in chats] == [9001, 9002, 9003]
    assert [seen.query for seen in server.seen] == [
        {"limit": "20"},
        {"limit": "20", "pageToken": "eyJvcCI6Ij4iLCJrIjo5MDAyfQ"},
    ]
    assert [seen.json for seen in server.seen] == [{"statuses": ["NEW"]}] * 2


async def test_all_chats_are_asked_for_without_a_filter(server: Any, market: Any) -> None:
    server.answers("getChats", "chats_page_2")
    await all_of(market.chats())
    assert server.seen[0].json == {}


async def test_a_page_that_names_itself_as_the_next_ends_the_walk(
    server: Any, market: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers("getChats", "chats_page_1")
    chats = await all_of(market.chats())
    assert [chat.id for chat in chats] == [9001, 9002, 9001, 9002]
    assert "read already" in caplog.text


async def test_a_chat_and_a_message_are_asked_for_by_id(server: Any, market: Any) -> None:
    server.answers("getChat", "chat")
    server.answers("getChatMessage", "message")
    assert (await market.chat(CHAT)).customer == "Мария П."
    assert (await market.message(CHAT, MessageId(36))).text.startswith("Здравствуйте")
    assert server.seen[1].query == {"chatId": "9001", "messageId": "36"}


async def test_history_comes_sorted_and_without_repeats(server: Any, market: Any) -> None:
    server.answers("getChatHistory", "history_page_1", "history_page_2")
    messages = await market.history(CHAT, MessageId(0))
    assert [message.id for message in messages] == [36, 37, 38, 39, 40]
    assert server.seen[0].json == {}
    assert server.seen[0].query == {"chatId": "9001", "limit": "100"}
    assert server.seen[1].query["pageToken"] == "eyJvcCI6IjwiLCJrIjozOH0"


async def test_history_after_a_message_leaves_it_out(server: Any, market: Any) -> None:
    server.answers("getChatHistory", "history_page_1", "history_page_2")
    messages = await market.history(CHAT, MessageId(38))
    assert [message.id for message in messages] == [39, 40]
    assert [seen.json for seen in server.seen] == [{"messageIdFrom": 38}] * 2


async def test_starting_a_chat_tells_its_number(server: Any, market: Any) -> None:
    server.answers("createChat", "created")
    assert await market.create_chat(Context(ContextKind.RETURN, 330011)) == 9004
    assert server.seen[0].json == {"context": {"type": "RETURN", "id": 330011}}


@pytest.mark.parametrize("text", ["Привет! 👍", "a\0b", "\ud83d", "x" * 4096])
async def test_text_goes_out_to_the_letter(server: Any, market: Any, text: str) -> None:
    server.answers("sendMessageToChat", "sent")
    await market.send_text(CHAT, text)
    assert server.seen[0].json == {"message": text}
    assert server.seen[0].query == {"chatId": "9001"}


async def test_a_file_goes_out_whole_under_a_safe_name(server: Any, market: Any) -> None:
    server.answers("sendFileToChat", "sent")
    content = bytes(range(256)) * 1000
    await market.send_file(CHAT, "../Чек\r\n №5.pdf", content)
    body = server.seen[0].body
    assert 'name="file"; filename="Чек №5.pdf"'.encode() in body
    assert b"Content-Type: application/pdf" in body
    assert content in body


async def test_the_key_is_in_every_request(server: Any, market: Any) -> None:
    server.answers("sendMessageToChat", "sent")
    server.answers("getAuthTokenInfo", "token")
    await market.send_text(CHAT, "hi")
    info = await market.token_scopes()
    assert (info.name, info.scopes) == ("market-relay", ("COMMUNICATION",))
    assert [seen.headers["Api-Key"] for seen in server.seen] == [KEY, KEY]
    assert all("Authorization" not in seen.headers for seen in server.seen)


async def test_a_token_is_used_only_where_there_is_no_key(server: Any, connect: Any) -> None:
    server.answers("sendMessageToChat", "sent")
    await (await connect(server.url, api_key="", oauth_token="y0_A")).send_text(CHAT, "hi")
    await (await connect(server.url, oauth_token="y0_A")).send_text(CHAT, "hi")
    assert server.seen[0].headers["Authorization"] == "Bearer y0_A"
    assert "Api-Key" not in server.seen[0].headers
    assert "Authorization" not in server.seen[1].headers


async def test_a_base_address_may_have_a_path(server: Any, connect: Any) -> None:
    market = await connect(server.url + "proxy/market/")
    with pytest.raises(Gone):
        await market.send_text(CHAT, "hi")
    assert server.seen[0].path == "/proxy/market/v2/businesses/4242/chats/message"


async def test_a_redirect_is_not_followed_with_the_key(server: Any, market: Any) -> None:
    server.answers("getChat", b"", status=307, headers={"Location": "/elsewhere"})
    with pytest.raises(Unreachable):
        await market.chat(CHAT)
    assert len(server.seen) == 1


ERRORS = [
    ("error_400", 400, Refused, "market_refused"),
    ("error_401", 401, AccessDenied, "market_key_invalid"),
    ("error_403_key", 403, AccessDenied, "market_key_invalid"),
    ("error_403_right", 403, AccessDenied, "market_key_lacks_right"),
    ("error_404", 404, Gone, "chat_gone"),
    ("error_500", 500, Unreachable, "market_unreachable"),
]


@pytest.mark.parametrize(("body", "status", "kind", "key"), ERRORS)
async def test_recorded_errors_are_understood(
    server: Any, market: Any, body: str, status: int, kind: type[Exception], key: str
) -> None:
    server.answers("getChat", body, status=status)
    with pytest.raises(kind) as caught:
        await market.chat(CHAT)
    assert type(caught.value) is kind
    assert caught.value.key == key


async def test_the_markets_words_come_along_without_the_key(server: Any, market: Any) -> None:
    body = {"status": "ERROR", "errors": [{"code": "BAD", "message": f"{KEY} is no good"}]}
    server.answers("sendMessageToChat", body, status=400)
    with pytest.raises(Refused) as caught:
        await market.send_text(CHAT, "secret words")
    assert caught.value.details == {"code": "BAD", "message": "*** is no good"}
    assert "secret words" not in f"{caught.value!r}"


@pytest.mark.parametrize("result", [None, [], {}, {"chatId": "x"}])
async def test_an_answer_without_its_core_is_no_success(
    server: Any, market: Any, result: object
) -> None:
    server.answers("createChat", {"status": "OK", "result": result})
    with pytest.raises(Unreachable) as caught:
        await market.create_chat(Context(ContextKind.ORDER, 1))
    assert caught.value.key == "market_unreadable"


# Limits


def limits(remaining: int) -> dict[str, str]:
    return {
        "Date": formatdate(NOW_MS / 1000 + 90, usegmt=True),
        "X-RateLimit-Resource-Limit": "1000",
        "X-RateLimit-Resource-Remaining": str(remaining),
        "X-RateLimit-Resource-Until": formatdate(NOW_MS / 1000 + 690, usegmt=True),
    }


async def test_quotas_are_remembered_by_method(server: Any, market: Any) -> None:
    server.answers("getChat", "chat", headers=limits(998))
    server.answers("sendMessageToChat", "sent", headers=limits(12))
    assert market.quota() == {}
    assert market.skew_ms() is None
    await market.chat(CHAT)
    await market.send_text(CHAT, "hi")
    assert market.quota() == {
        "getChat": QuotaLeft(1000, 998, NOW_MS + 600_000),
        "sendMessageToChat": QuotaLeft(1000, 12, NOW_MS + 600_000),
    }
    assert market.skew_ms() == 90_000


async def test_a_method_that_rests_makes_no_request(server: Any, market: Any) -> None:
    server.answers("sendMessageToChat", "error_420", status=420, headers=limits(0))
    server.answers("getChat", "chat")
    for _ in range(3):
        with pytest.raises(Throttled) as caught:
            await market.send_text(CHAT, "hi")
        assert 590 < caught.value.retry_after <= 600
    await market.chat(CHAT)
    assert server.count("sendMessageToChat") == 1
    assert server.count("getChat") == 1


async def test_a_rest_that_begins_while_a_call_waits_holds_for_it_too(
    server: Any, connect: Any
) -> None:
    market = await connect(server.url, max_parallel=1)
    door = server.hold("getChat")
    server.answers("getChat", "error_420", status=420, headers=limits(0))
    ended: list[Exception] = []

    async def ask() -> None:
        with pytest.raises(Throttled) as caught:
            await market.chat(CHAT)
        ended.append(caught.value)

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(ask())
        await server.until(lambda: server.count("getChat") == 1)
        door.set()
    assert len(ended) == 3
    assert server.count("getChat") == 1


# Parallel requests


async def settle() -> None:
    for _ in range(50):  # turns of the loop: enough for a request that wants to leave
        await asyncio.sleep(0)


async def test_reads_keep_a_place_free_for_a_send(server: Any, market: Any) -> None:
    server.answers("getChat", "chat")
    server.answers("sendMessageToChat", "sent")
    door = server.hold("getChat")
    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(market.chat(CHAT))
        await server.until(lambda: server.running.count("getChat") == 3)
        async with asyncio.timeout(5):
            await market.send_text(CHAT, "hi")  # done while seven reads still wait
        await settle()
        assert server.count("getChat") == 3
        door.set()
    assert server.count("getChat") == 10
    assert server.peaks["getChat"] == 3
    assert server.peaks["all"] == 4


async def test_sends_and_reads_together_stay_within_the_limit(server: Any, market: Any) -> None:
    server.answers("getChat", "chat")
    server.answers("sendMessageToChat", "sent")
    doors = [server.hold("getChat"), server.hold("sendMessageToChat")]
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(market.send_text(CHAT, "hi"))
            group.create_task(market.chat(CHAT))
        await server.until(lambda: len(server.running) == 4)
        await settle()
        for door in doors:
            door.set()
    assert server.peaks["all"] == 4
    assert server.count("getChat") + server.count("sendMessageToChat") == 16


async def test_one_place_serves_everybody_and_the_send_goes_first(
    server: Any, connect: Any
) -> None:
    market = await connect(server.url, max_parallel=1)
    server.answers("getChat", "chat")
    server.answers("sendMessageToChat", "sent")
    door = server.hold("getChat")
    async with asyncio.TaskGroup() as group:
        group.create_task(market.chat(CHAT))
        await server.until(lambda: len(server.running) == 1)
        group.create_task(market.chat(CHAT))
        await settle()
        group.create_task(market.send_text(CHAT, "hi"))
        await settle()
        door.set()
    assert [seen.name for seen in server.seen] == ["getChat", "sendMessageToChat", "getChat"]
    assert server.peaks["all"] == 1


async def test_a_cancelled_call_gives_its_place_back(server: Any, connect: Any) -> None:
    market = await connect(server.url, max_parallel=1)
    server.answers("getChat", "chat")
    server.answers("sendMessageToChat", "sent")
    server.hold("getChat")
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(market.chat(CHAT))
        await server.until(lambda: len(server.running) == 1)
        reading.cancel()
    async with asyncio.timeout(5):
        await market.send_text(CHAT, "hi")
