"""The control side: what a page plays with, and the whole world as it sees it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.simulator import story
from bot.simulator.server import Simulator
from tests.simulator.callers import Answer, BotCaller
from tests.simulator.conftest import ADMIN, OPERATOR


class Page:
    """What a page does: JSON or forms to `/sim/…`."""

    def __init__(self, sim: Simulator, bot: BotCaller) -> None:
        self.sim, self.bot = sim, bot

    async def do(self, path: str, verb: str = "POST", **body: Any) -> Answer:
        return await self.bot.request(verb, f"{self.sim.url}/sim/{path}", json=body)

    async def form(self, path: str, files: dict[str, bytes], **fields: object) -> Answer:
        form = aiohttp.FormData(quote_fields=False)
        for name, value in fields.items():
            form.add_field(name, str(value))
        for name, content in files.items():
            kind = "image/jpeg" if name.endswith(".jpg") else "application/pdf"
            form.add_field("file", content, filename=name, content_type=kind)
        return await self.bot.request("POST", f"{self.sim.url}/sim/{path}", data=form)

    async def state(self) -> dict[str, Any]:
        return (await self.bot.request("GET", f"{self.sim.url}/sim/state")).body


@pytest.fixture
def page(sim: Simulator, bot: BotCaller) -> Page:
    return Page(sim, bot)


async def test_a_buyer_starts_a_chat_and_goes_on_in_it(page: Page) -> None:
    started = await page.do("buyer/chat", customer="Ирина", text="Есть чайник?", context="DIRECT")
    chat = started.body["chat"]
    await page.do("buyer/message", chat=chat, text="Чёрный")
    await page.form("buyer/message", {"фото.jpg": b"jpeg"}, chat=chat, text="такой")
    (shown,) = (await page.state())["market"]["chats"]
    assert (shown["id"], shown["customer"], shown["context"]) == (chat, "Ирина", "DIRECT")
    assert [one["text"] for one in shown["messages"]] == ["Есть чайник?", "Чёрный", "такой"]
    (file,) = shown["messages"][2]["files"]
    assert (file["name"], file["size"]) == ("фото.jpg", 4)
    async with page.bot.http.get(page.sim.url + file["url"]) as response:
        assert await response.read() == b"jpeg"


@pytest.mark.parametrize("sender", ["MARKET", "SUPPORT", "PARTNER"])
async def test_others_speak_in_a_chat_without_the_api(page: Page, sender: str) -> None:
    chat = page.sim.market.open_chat().id
    await page.do("market/message", chat=chat, sender=sender, text="да")
    (message,) = (await page.state())["market"]["chats"][0]["messages"]
    assert (message["sender"], message["through_api"]) == (sender, False)


async def test_staff_write_edit_and_press(page: Page) -> None:
    thread = await page.bot.topic("Ирина #1")
    first = (await page.do("staff/message", thread=thread, person=OPERATOR, text="да")).body
    await page.do("staff/edit", message=first["message"], text="нет")
    await page.form(
        "staff/message",
        {"фото.jpg": b"jpeg", "чек.pdf": b"pdf"},
        thread=thread,
        person=ADMIN,
        text="подпись",
        reply_to=first["message"],
    )
    await page.do("staff/message", thread=None, person=ADMIN, text="общее", reply_to=None)
    markup = {"inline_keyboard": [[{"text": "Ещё раз", "callback_data": "again:1"}]]}
    post = await page.bot.post("не дошло", thread, reply_markup=markup)
    pressed = await page.do("staff/button", message=post, person=OPERATOR, data="again:1")
    query = pressed.body["press"]
    await page.bot.call("answerCallbackQuery", callback_query_id=query, text="Отправляю")
    state = await page.state()
    created, edited, photo, document, general, asked = state["group"]["messages"]
    assert created["service"] == "topic_created"
    assert (edited["text"], edited["is_edited"]) == ("нет", True)
    assert (photo["files"][0]["kind"], document["files"][0]["kind"]) == ("photo", "document")
    assert (photo["text"], photo["reply_to"]) == ("подпись", first["message"])
    assert general["thread"] is None
    assert asked["buttons"] == [[{"text": "Ещё раз", "data": "again:1"}]]
    assert asked["from"] == {"id": page.sim.group.bot.id, "name": "Реле Маркета", "is_bot": True}
    assert state["popups"] == ["Отправляю"]
    assert state["group"]["people"][0] == {"id": ADMIN, "name": "Анна", "role": "admin"}


async def test_staff_handle_topics(page: Page) -> None:
    thread = await page.bot.topic("Ирина #1")

    async def act(action: str, **more: object) -> dict[str, Any]:
        done = await page.do("staff/topic", thread=thread, action=action, **more)
        assert done.status == 200
        topic: dict[str, Any] = (await page.state())["group"]["topics"][0]
        return topic

    assert (await act("close"))["is_closed"] is True
    assert (await act("reopen"))["is_closed"] is False
    assert (await act("rename", name="Ирина"))["name"] == "Ирина"
    assert (await act("delete"))["is_deleted"] is True
    assert (await page.state())["group"]["messages"] == []
    assert (await page.do("staff/topic", thread=thread, action="close")).status == 404


async def test_faults_are_set_seen_and_cleared(page: Page) -> None:
    fault = {"shore": "market", "method": "*", "kind": "slow", "times": 2, "seconds": 3}
    assert (await page.do("faults", **fault)).status == 200
    (listed,) = (await page.state())["faults"]
    assert listed.items() >= fault.items()
    assert (await page.do("faults", verb="DELETE")).body == {"faults": []}
    assert (await page.state())["faults"] == []


async def test_what_is_wrong_or_unknown_is_said_so(page: Page) -> None:
    chat = page.sim.market.open_chat().id
    wrong = [
        await page.do("buyer/message", chat=chat),
        await page.do("buyer/message", chat="first", text="да"),
        await page.do("buyer/chat", customer="", text="да", context="PARTY"),
        await page.do("market/message", chat=chat, sender="CUSTOMER", text="да"),
        await page.do("faults", shore="market", kind="earthquake"),
        await page.do("relay", action="dance"),
        await page.do("staff/message", person=ADMIN, text=""),
    ]
    assert [one.status for one in wrong] == [400] * len(wrong)
    unknown = [
        await page.do("buyer/message", chat=chat + 1, text="да"),
        await page.do("staff/message", person=1, text="да"),
        await page.do("staff/message", person=ADMIN, text="да", thread=987),
        await page.do("staff/button", message=987, person=ADMIN, data="again"),
    ]
    assert [one.status for one in unknown] == [404] * len(unknown)
    assert all(one.body["error"] for one in wrong + unknown)


class Relay:
    """A relay of which only the handling counts."""

    def __init__(self) -> None:
        self.is_running = False
        self.pid: int | None = None
        self.starts = 0
        self.kills = 0

    async def start(self) -> None:
        self.is_running, self.pid, self.starts = True, 42, self.starts + 1

    async def stop(self) -> None:
        self.is_running, self.pid = False, None

    async def kill(self) -> None:
        self.kills += 1
        await self.stop()


async def test_the_relay_is_killed_and_started_where_there_is_one(page: Page) -> None:
    nobody = {"is_running": False, "pid": None, "starts": 0, "kills": 0}
    assert (await page.state())["relay"] == nobody
    assert (await page.do("relay", action="kill")).status == 409
    page.sim.relay = Relay()
    running = {"is_running": True, "pid": 42, "starts": 1, "kills": 0}
    assert (await page.do("relay", action="start")).body == running
    assert (await page.do("relay", action="kill")).body == nobody | {"starts": 1, "kills": 1}
    assert (await page.state())["relay"] == nobody | {"starts": 1, "kills": 1}


async def test_events_tell_of_changes_and_not_too_often(page: Page) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(10), page.bot.http.get(f"{page.sim.url}/sim/events") as events:
        assert events.content_type == "text/event-stream"
        assert await version(events) == page.sim.version.number
        began = loop.time()
        chat = page.sim.market.open_chat().id
        for number in range(50):
            page.sim.market.say(chat, str(number))
        assert await version(events) == page.sim.version.number
        page.sim.market.say(chat, "ещё")
        assert await version(events) == page.sim.version.number
        assert loop.time() - began > 0.15


async def version(events: aiohttp.ClientResponse) -> int:
    line = await events.content.readline()
    assert await events.content.readline() == b"\n"
    return int(line.removeprefix(b"data: "))


async def test_the_page_is_handed_out_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text("<title>да</title>", encoding="utf-8")
    (folder / "sim.js").write_text("export {}", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("тайна", encoding="utf-8")
    async with Simulator(page=folder) as sim, aiohttp.ClientSession() as http:

        async def get(path: str) -> tuple[int, str]:
            async with http.get(sim.url + path) as response:
                return response.status, response.content_type

        assert await get("/") == (200, "text/html")
        assert await get("/sim.js") == (200, "text/javascript")
        assert await get("/%2e%2e/secret.txt") == (404, "application/json")
        assert await get("/nothing.css") == (404, "application/json")


async def test_the_story_is_a_shop_with_every_kind_of_chat(sim: Simulator, page: Page) -> None:
    story.tell(sim)
    state = await page.state()
    chats = state["market"]["chats"]
    assert {one["context"] for one in chats} == {"ORDER", "RETURN", "DIRECT"}
    assert {one["kind"] for one in chats} == {"CHAT", "ARBITRAGE"}
    waiting = {"WAITING_FOR_PARTNER", "WAITING_FOR_ARBITER", "FINISHED"}
    assert {one["status"] for one in chats} == waiting
    assert story.FREE_ORDER in sim.market.orders
    due = state["judge"]["buyer_to_topic"]
    assert due["sent"] == due["waiting"] == 5
    json.dumps(state)
