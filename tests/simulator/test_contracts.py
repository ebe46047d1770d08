"""The simulator before its judges: the official contracts of both services."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from bot.simulator import story
from bot.simulator.server import Simulator
from bot.simulator.telegram_edits import REACTIONS
from tests.simulator.callers import Answer, BotCaller, CabinetCaller
from tests.simulator.conftest import ADMIN, OPERATOR
from tests.simulator.specs import market as market_contract
from tests.simulator.specs import missing_fields, needs_specs, parameters, telegram
from tests.simulator.specs import update_validator as validator

pytestmark = needs_specs
HOST = "https://api.partner.market.yandex.ru"


class Judged(CabinetCaller):
    """Every answer is held against the contract before it is handed on."""

    async def call(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        business: int | None = None,
        **query: Any,
    ) -> Answer:
        answer = await super().call(verb, path, body, headers=headers, business=business, **query)
        number = self.sim.business_id if business is None else business
        judge(verb, f"/v2/businesses/{number}/{path}", body, query, answer)
        return answer


def judge(
    verb: str,
    path: str,
    body: Any,
    query: Mapping[str, Any],
    answer: Answer,
    *,
    is_request_judged: bool = True,
) -> None:
    from openapi_core.testing import MockRequest, MockResponse

    texts = {name: str(value) for name, value in query.items()}
    data = None if body is None else json.dumps(body).encode()
    request = MockRequest(HOST, verb.lower(), path, args=texts, data=data)
    shown = MockResponse(json.dumps(answer.body).encode(), answer.status)
    if answer.status == 200 and is_request_judged:
        market_contract().validate_request(request)
    market_contract().validate_response(request, shown)


@pytest.fixture
async def judged(sim: Simulator) -> AsyncIterator[Judged]:
    async with Judged(sim) as caller:
        yield caller


async def test_every_answer_of_the_market_keeps_to_its_contract(
    sim: Simulator, judged: Judged
) -> None:
    story.tell(sim)
    order = {"context": {"type": "ORDER", "id": story.FREE_ORDER}}
    chat = (await judged.call("POST", "chats/new", order)).result["chatId"]
    assert (await judged.send(chat, "Здравствуйте")).status == 200
    listed = await judged.chats({"contextTypes": ["ORDER", "RETURN", "DIRECT"]}, limit=2)
    assert len(listed["chats"]) == 2
    assert (await judged.chats({}, pageToken=listed["paging"]["nextPageToken"]))["chats"]
    for one in sim.market.chats:
        assert (await judged.call("GET", "chat", chatId=one)).status == 200
        messages = (await judged.history(one, {"messageIdFrom": 1}, limit=100))["messages"]
        number = messages[0]["messageId"]
        shown = await judged.call("GET", "chats/message", chatId=one, messageId=number)
        assert shown.result == messages[0]


async def test_every_refusal_of_the_market_keeps_to_its_contract(
    sim: Simulator, judged: Judged
) -> None:
    chat = sim.market.open_chat().id
    calls = [
        await judged.call("GET", "chat", chatId=chat + 1),
        await judged.call("POST", "chats", {}, headers={}),
        await judged.call("POST", "chats", {}, headers={"Api-Key": "wrong"}),
        await judged.send(chat, ""),
    ]
    sim.market_http.quota.hourly["getChat"] = 0
    calls.append(await judged.call("GET", "chat", chatId=chat))
    sim.faults.add("market", "throttled", times=1)
    calls.append(await judged.call("GET", "chat", chatId=chat))
    assert [one.status for one in calls] == [404, 401, 403, 400, 420, 420]


async def test_what_the_contract_forbids_is_caught_here(sim: Simulator, judged: Judged) -> None:
    """Or the tests above would prove nothing."""
    from openapi_core.exceptions import OpenAPIError

    chat = sim.market.open_chat()
    chat.status = "ASLEEP"
    with pytest.raises(OpenAPIError):
        await judged.call("GET", "chat", chatId=chat.id)


async def test_a_sent_file_and_the_token_keep_to_the_contract(
    sim: Simulator, judged: Judged
) -> None:
    chat = sim.market.open_chat().id
    sent = await judged.send_file(chat, "чек.pdf", b"pdf")
    path = f"/v2/businesses/{sim.business_id}/chats/file/send"
    judge("POST", path, None, {"chatId": chat}, sent, is_request_judged=False)
    headers = {"Api-Key": sim.api_key}
    token = await judged.request("POST", f"{sim.market_url}/v2/auth/token", headers=headers)
    judge("POST", "/v2/auth/token", None, {}, token)
    assert token.status == 200
    await judged.history(chat)


async def test_every_update_keeps_to_the_strict_schema(sim: Simulator, bot: BotCaller) -> None:
    thread = await bot.topic("Ирина #1")
    again = {"inline_keyboard": [[{"text": "Ещё раз", "callback_data": "again:1"}]]}
    post = await bot.post("да", thread, reply_markup=again)
    files = [sim.shelf.put(f"файл.{kind}", b"1", "", kind) for kind in KINDS]
    first = sim.staff.say(OPERATOR, "смотрите https://example.com @somebody", thread)
    for stored in files:
        sim.staff.say(OPERATOR, "подпись #1", thread, files=[stored], reply_to=first.id)
    sim.staff.say(OPERATOR, "альбом", thread, files=files[:2])
    sim.staff.say(ADMIN, "в общую", reply_to=sim.staff.say(ADMIN, "общее").id)
    sim.staff.edit(first.id, "иначе")
    sim.staff.press(post, OPERATOR, "again:1")
    sim.staff.close_topic(thread)
    sim.staff.reopen_topic(thread, OPERATOR)
    sim.staff.rename_topic(thread, "Ирина, важно")
    await bot.call("pinChatMessage", message_id=post)
    sim.staff.set_bot_status("member")
    updates = await bot.updates()
    assert len(updates) == sim.updates.pending == 19
    for update in updates:
        assert [one.message for one in validator().iter_errors(update)] == [], update


KINDS = ("photo", "document", "video", "audio", "voice", "animation")


def test_a_wrong_update_is_caught_by_the_schema() -> None:
    assert list(validator().iter_errors({"update_id": 1, "message": {"message_id": 1}}))


async def test_every_message_that_a_method_returns_is_one(sim: Simulator, bot: BotCaller) -> None:
    thread = await bot.topic("Ирина #1")
    shown = (await bot.call("sendMessage", text="да", message_thread_id=thread)).result
    edited = (await bot.call("editMessageText", message_id=shown["message_id"], text="нет")).result
    for message in (shown, edited):
        update = {"update_id": 1, "message": message}
        assert [one.message for one in validator().iter_errors(update)] == []


async def test_what_the_methods_return_has_the_fields_of_its_type(
    sim: Simulator, bot: BotCaller
) -> None:
    made = (await bot.call("createForumTopic", name="Ирина #1")).result
    assert missing_fields("ForumTopic", made) == []
    assert missing_fields("User", (await bot.call("getMe", chat_id=None)).result) == []
    assert missing_fields("ChatFullInfo", (await bot.call("getChat")).result) == []
    assert missing_fields("WebhookInfo", (await bot.call("getWebhookInfo")).result) == []
    (sticker, *_) = (await bot.call("getForumTopicIconStickers")).result
    assert missing_fields("Sticker", sticker) == []
    for person, kind in ((ADMIN, "Administrator"), (OPERATOR, "Member")):
        member = (await bot.call("getChatMember", user_id=person)).result
        assert missing_fields(f"ChatMember{kind}", member) == []
    document = (await bot.form("sendDocument", document=b"1")).result["document"]
    told = (await bot.call("getFile", file_id=document["file_id"])).result
    assert missing_fields("File", told) == []


def test_the_simulated_methods_exist(sim: Simulator) -> None:
    assert sim.telegram.names <= set(telegram())


async def test_a_parameter_that_the_contract_requires_is_required_here(
    sim: Simulator, bot: BotCaller
) -> None:
    wanted = {
        "sendMessage": {"text": "да"},
        "sendDocument": {"document": "SIMd00000001"},
        "createForumTopic": {"name": "Ирина #1"},
        "closeForumTopic": {"message_thread_id": 101},
        "deleteMessage": {"message_id": 101},
        "setMessageReaction": {"message_id": 101},
        "pinChatMessage": {"message_id": 101},
        "getChatMember": {"user_id": OPERATOR},
        "getFile": {"file_id": "SIMd00000001"},
        "answerCallbackQuery": {"callback_query_id": "1"},
    }
    for method, params in wanted.items():
        known = parameters(method)
        required = {name for name, is_required in known.items() if is_required}
        assert required == set(params) | ({"chat_id"} & set(known)), method
        for name in required:
            left = {key: value for key, value in params.items() if key != name}
            chat = {"chat_id": None} if name == "chat_id" else {}
            assert (await bot.call(method, **left | chat)).status == 400, (method, name)


def test_the_list_of_reactions_is_as_long_as_the_contracts() -> None:
    description = next(
        one["description"]
        for one in telegram()["ReactionTypeEmoji"]["annotations"]
        if one["name"] == "emoji"
    )
    assert len(REACTIONS) == description.count('"') // 2
