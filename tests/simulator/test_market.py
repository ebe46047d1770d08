"""The simulated Market keeps to what the real one promises, and to nothing more."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from hashlib import sha256

from bot.simulator.server import Simulator
from tests.simulator.callers import CabinetCaller


async def test_chats_come_in_pages_of_ten_unless_asked_for_up_to_twenty(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    made = [sim.market.open_chat(at_ms=n * 1000).id for n in range(25)]
    first = await cabinet.chats()
    assert [one["chatId"] for one in first["chats"]] == made[:-11:-1]
    token = first["paging"]["nextPageToken"]
    second = await cabinet.chats(limit=20, pageToken=token)
    assert [one["chatId"] for one in second["chats"]] == made[-11::-1]
    assert "nextPageToken" not in second["paging"]
    assert (await cabinet.call("POST", "chats", {}, limit=21)).status == 400
    assert (await cabinet.call("POST", "chats", {}, pageToken="nonsense")).status == 400


async def test_the_older_name_of_the_page_token_is_understood(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    for _ in range(3):
        sim.market.open_chat()
    token = (await cabinet.chats(limit=2))["paging"]["nextPageToken"]
    assert len((await cabinet.chats(limit=2, page_token=token))["chats"]) == 1


async def test_the_order_of_chats_can_be_any_and_loses_none(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    made = [sim.market.open_chat(at_ms=n * 1000).id for n in range(20)]
    orders = {}
    for order in ("newest", "oldest", "shuffled"):
        sim.market_http.chat_order = order
        chats, token = [], None
        while True:
            query = {"pageToken": token} if token else {}
            page = await cabinet.chats(limit=7, **query)
            chats += [one["chatId"] for one in page["chats"]]
            token = page["paging"].get("nextPageToken")
            if token is None:
                break
        assert sorted(chats) == made
        orders[order] = chats
    assert orders["oldest"] == made
    assert orders["newest"] == made[::-1]
    assert orders["shuffled"] not in (made, made[::-1])


async def test_filters_stand_in_the_body(sim: Simulator, cabinet: CabinetCaller) -> None:
    waiting = sim.market.open_chat("Ирина")
    sim.market.say(waiting.id, "Где заказ?")
    dispute = sim.market.open_chat(kind="ARBITRAGE", context="RETURN", status="WAITING_FOR_ARBITER")
    direct = sim.market.open_chat(context="DIRECT")

    async def ids(**body: object) -> list[int]:
        return sorted(one["chatId"] for one in (await cabinet.chats(body))["chats"])

    assert await ids(statuses=["WAITING_FOR_PARTNER"]) == [waiting.id]
    assert await ids(statuses=["NEW", "WAITING_FOR_PARTNER"]) == [waiting.id, direct.id]
    assert await ids(types=["ARBITRAGE"]) == [dispute.id]
    assert await ids(contextTypes=["DIRECT", "RETURN"]) == [dispute.id, direct.id]
    assert await ids(contexts=[{"type": "ORDER", "id": waiting.order_id}]) == [waiting.id]
    assert await ids(contexts=[{"type": "RETURN", "id": dispute.return_id}]) == [dispute.id]
    assert await ids(orderIds=[waiting.order_id]) == [waiting.id]
    for wrong in ({"statuses": []}, {"statuses": ["ASLEEP"]}, {"types": "CHAT"}):
        assert (await cabinet.call("POST", "chats", wrong)).status == 400


async def test_history_pages_and_the_first_message_of_it(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    chat = sim.market.open_chat()
    ids = [sim.market.say(chat.id, f"сообщение {n}").id for n in range(120)]

    async def listed(body: object = None, **query: object) -> list[int]:
        result = await cabinet.history(chat.id, body, **query)
        return [one["messageId"] for one in result["messages"]]

    assert await listed() == ids[:50]
    page = await cabinet.history(chat.id, limit=100)
    rest = await listed(limit=100, pageToken=page["paging"]["nextPageToken"])
    assert rest == ids[100:]
    assert await listed({"messageIdFrom": ids[-2]}) == ids[-2:]
    sim.market_http.is_from_inclusive = False
    assert await listed({"messageIdFrom": ids[-2]}) == ids[-1:]
    sim.market_http.history_order = "newest"
    assert await listed(limit=3) == ids[:-4:-1]
    sim.market_http.history_order = "shuffled"
    shuffled = await listed(limit=100)
    assert shuffled != ids[:100]
    assert set(shuffled) < set(ids)
    answer = await cabinet.call("POST", "chats/history", {"messageIdFrom": 0}, chatId=chat.id)
    assert answer.status == 400


async def test_message_ids_grow_over_all_chats(sim: Simulator) -> None:
    one, two = sim.market.open_chat(), sim.market.open_chat()
    ids = [sim.market.say(chat.id, "да").id for chat in (one, two, one)]
    assert ids == sorted(set(ids))


async def test_who_spoke_last_is_who_is_waited_for(sim: Simulator, cabinet: CabinetCaller) -> None:
    chat = sim.market.open_chat(at_ms=1_000_000)

    async def status() -> str:
        return (await cabinet.call("GET", "chat", chatId=chat.id)).result["status"]

    assert await status() == "NEW"
    sim.market.say(chat.id, "Здравствуйте")
    assert await status() == "WAITING_FOR_PARTNER"
    await cabinet.send(chat.id, "Добрый день")
    assert await status() == "WAITING_FOR_CUSTOMER"
    sim.market.say(chat.id, "Заказ передан в доставку", "MARKET")
    assert await status() == "WAITING_FOR_CUSTOMER"


async def test_updated_at_is_the_last_message_with_offset_and_precision(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    chat = sim.market.open_chat(at_ms=1_700_000_000_000)
    sim.market.say(chat.id, "да", at_ms=1_700_000_061_234)
    shown = (await cabinet.call("GET", "chat", chatId=chat.id)).result
    assert shown["createdAt"] == "2023-11-15T01:13:20+03:00"
    assert shown["updatedAt"] == "2023-11-15T01:14:21+03:00"
    sim.market_http.wire.precision = "milliseconds"
    shown = (await cabinet.call("GET", "chat", chatId=chat.id)).result
    assert shown["updatedAt"] == "2023-11-15T01:14:21.234+03:00"


async def test_a_chat_of_the_same_order_is_returned_not_made(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    order = sim.market.add_order("Вера")
    body = {"context": {"type": "ORDER", "id": order}}
    first = await cabinet.call("POST", "chats/new", body)
    again = await cabinet.call("POST", "chats/new", body)
    older = await cabinet.call("POST", "chats/new", {"orderId": order})
    assert first.result == again.result == older.result
    assert len(sim.market.chats) == 1
    assert sim.market.chats[first.result["chatId"]].customer == "Вера"
    returned = sim.market.add_return("Вера", order)
    body = {"context": {"type": "RETURN", "id": returned}}
    assert (await cabinet.call("POST", "chats/new", body)).result != first.result


async def test_an_unknown_order_has_no_chat(sim: Simulator, cabinet: CabinetCaller) -> None:
    body = {"context": {"type": "ORDER", "id": 1}}
    assert (await cabinet.call("POST", "chats/new", body)).status == 404
    direct = {"context": {"type": "DIRECT", "id": 1}}
    assert (await cabinet.call("POST", "chats/new", direct)).status == 400
    assert sim.market.chats == {}


async def test_a_send_tells_no_id_and_stands_in_the_history(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    chat = sim.market.open_chat()
    assert (await cabinet.send(chat.id, "Отправим завтра")).body == {"status": "OK"}
    (message,) = (await cabinet.history(chat.id))["messages"]
    assert (message["sender"], message["message"]) == ("PARTNER", "Отправим завтра")
    one = await cabinet.call("GET", "chats/message", chatId=chat.id, messageId=message["messageId"])
    assert one.result == message


async def test_a_text_has_1_to_4096_characters(sim: Simulator, cabinet: CabinetCaller) -> None:
    chat = sim.market.open_chat()
    assert (await cabinet.send(chat.id, "я" * 4096)).status == 200
    assert (await cabinet.send(chat.id, "я" * 4097)).status == 400
    assert (await cabinet.send(chat.id, "")).status == 400
    assert len(chat.messages) == 1


async def test_a_file_has_5_megabytes_at_most(sim: Simulator, cabinet: CabinetCaller) -> None:
    chat = sim.market.open_chat()
    content = b"\x00\xff" * (5 * 512 * 1024)
    assert (await cabinet.send_file(chat.id, "чек.pdf", content)).body == {"status": "OK"}
    assert (await cabinet.send_file(chat.id, "чек.pdf", content + b"1")).status == 400
    (message,) = chat.messages
    assert message.files[0].name == "чек.pdf"
    assert message.files[0].digest == sha256(content).digest()
    payload = (await cabinet.history(chat.id))["messages"][0]["payload"]
    assert [(one["name"], one["size"]) for one in payload] == [("чек.pdf", len(content))]


async def test_phone_numbers_are_masked_where_the_market_does_so(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    chat = sim.market.open_chat()
    sim.market.masks_phones = True
    await cabinet.send(chat.id, "Звоните +7 (912) 345-67-89 до семи")
    (message,) = (await cabinet.history(chat.id))["messages"]
    assert message["message"] == "Звоните *** до семи"


async def test_credentials_scopes_and_cabinet_are_checked(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    chat = sim.market.open_chat()
    assert (await cabinet.call("POST", "chats", {}, headers={})).status == 401
    assert (await cabinet.call("POST", "chats", {}, headers={"Api-Key": "wrong"})).status == 403
    assert (await cabinet.call("POST", "chats", {}, business=1)).status == 403
    assert (await cabinet.call("GET", "chat", chatId=chat.id + 1)).status == 404
    sim.market_http.scopes = ["ALL_METHODS_READ_ONLY"]
    assert (await cabinet.call("GET", "chat", chatId=chat.id)).status == 200
    assert (await cabinet.send(chat.id, "да")).status == 403
    sim.market_http.scopes = ["PRICING"]
    assert (await cabinet.call("GET", "chat", chatId=chat.id)).status == 403


async def test_an_oauth_token_opens_the_cabinet_but_says_nothing_of_a_key() -> None:
    async with Simulator(oauth_token="y0_of_no_value") as sim, CabinetCaller(sim) as cabinet:
        bearer = {"Authorization": "Bearer y0_of_no_value"}
        assert (await cabinet.call("POST", "chats", {}, headers=bearer)).status == 200
        wrong = {"Authorization": "Bearer another"}
        assert (await cabinet.call("POST", "chats", {}, headers=wrong)).status == 403
        url = f"{sim.market_url}/v2/auth/token"
        assert (await cabinet.request("POST", url, headers=bearer)).status == 401
        key = {"Api-Key": sim.api_key}
        told = (await cabinet.request("POST", url, headers=key)).result["apiKey"]
        assert told["authScopes"] == ["COMMUNICATION"]


async def test_every_answer_tells_the_quota_and_an_empty_one_is_420(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    chat = sim.market.open_chat()
    sim.market_http.quota.hourly["sendMessageToChat"] = 2
    left = []
    for _ in range(3):
        answer = await cabinet.send(chat.id, "да")
        left.append((answer.status, answer.headers["X-RateLimit-Resource-Remaining"]))
    assert left == [(200, "1"), (200, "0"), (420, "0")]
    assert answer.headers["X-RateLimit-Resource-Limit"] == "2"
    until = parsedate_to_datetime(answer.headers["X-RateLimit-Resource-Until"]).timestamp()
    assert 3500 < until - sim.market.clock() / 1000 <= 3600
    assert (await cabinet.call("GET", "chat", chatId=chat.id)).status == 200
    sim.market_http.quota.reset()
    assert (await cabinet.send(chat.id, "да")).status == 200


async def test_attachments_need_the_credential_that_their_host_takes() -> None:
    async with Simulator(oauth_token="y0_of_no_value") as sim, CabinetCaller(sim) as cabinet:
        chat = sim.market.open_chat()
        stored = sim.shelf.put("фото 1.jpg", b"jpeg", "image/jpeg")
        sim.market.say(chat.id, files=[stored])
        (message,) = (await cabinet.history(chat.id))["messages"]
        assert "message" not in message
        url = message["payload"][0]["url"]
        key, bearer = {"Api-Key": sim.api_key}, {"Authorization": "OAuth y0_of_no_value"}

        async def status(headers: dict[str, str]) -> int:
            async with cabinet.http.get(url, headers=headers) as response:
                return response.status

        assert [await status(one) for one in (key, bearer, {})] == [200, 200, 401]
        sim.market_http.attachment_auth = "oauth"
        assert [await status(one) for one in (key, bearer)] == [403, 200]
        sim.market_http.attachment_auth = "api-key"
        assert [await status(one) for one in (key, bearer)] == [200, 403]
        async with cabinet.http.get(url, headers=key) as response:
            assert await response.read() == b"jpeg"
