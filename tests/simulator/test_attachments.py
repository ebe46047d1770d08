"""The host of the buyers' files: every way in which an address can look, lead and answer."""

from __future__ import annotations

import asyncio
import time
from hashlib import sha256

import aiohttp
import pytest

from bot.simulator.attachments import Behaviour
from bot.simulator.files import StoredFile
from bot.simulator.server import Simulator
from tests.simulator.callers import CabinetCaller

CONTENT = bytes(range(256)) * 1000


class Buyer:
    """One file of a buyer, as a client of the Market meets it."""

    def __init__(self, sim: Simulator, cabinet: CabinetCaller) -> None:
        self.sim, self.cabinet = sim, cabinet
        self.chat = sim.market.open_chat()
        self.file: StoredFile = sim.shelf.put("фото.jpg", CONTENT, "image/jpeg")
        sim.market.say(self.chat.id, files=[self.file])

    def behaves(self, **how: object) -> None:
        self.sim.market_http.attachments.behaviours[self.file.id] = Behaviour(**how)  # type: ignore[arg-type]

    async def told(self) -> dict[str, object]:
        (message,) = (await self.cabinet.history(self.chat.id))["messages"]
        payload: dict[str, object] = message["payload"][0]
        return payload

    async def get(self, *, follow: bool = True) -> tuple[int, bytes]:
        url = str((await self.told())["url"])
        headers = {"Api-Key": self.sim.api_key}
        async with self.cabinet.http.get(url, headers=headers, allow_redirects=follow) as response:
            return response.status, await response.read()


@pytest.fixture
def buyer(sim: Simulator, cabinet: CabinetCaller) -> Buyer:
    return Buyer(sim, cabinet)


async def test_a_file_comes_whole_with_its_length_and_who_asked_is_on_record(buyer: Buyer) -> None:
    assert await buyer.get() == (200, CONTENT)
    (call,) = buyer.sim.market_http.attachments.calls
    assert (call.file_id, call.hop, call.status) == (buyer.file.id, 0, 200)
    assert call.headers["Api-Key"] == buyer.sim.api_key


async def test_a_payload_can_name_another_host_another_size_or_no_address(buyer: Buyer) -> None:
    buyer.behaves(base="http://files.example", said_size=7)
    told = await buyer.told()
    assert told["url"] == f"http://files.example/attachments/{buyer.file.path}"
    assert told["size"] == 7
    buyer.behaves(address="")
    assert (await buyer.told())["url"] == ""


async def test_redirects_lead_to_the_file_or_elsewhere(buyer: Buyer) -> None:
    buyer.behaves(hops=3)
    assert await buyer.get() == (200, CONTENT)
    calls = buyer.sim.market_http.attachments.calls
    assert [one.status for one in calls] == [302, 302, 302, 200]
    elsewhere = f"http://localhost:{buyer.sim.port}/attachments/{buyer.file.path}?hop=1"
    buyer.behaves(hops=1, leads_to=elsewhere)
    calls.clear()
    assert (await buyer.get())[0] in (200, 401)
    assert [one.headers["Host"].partition(":")[0] for one in calls] == ["127.0.0.1", "localhost"]


async def test_a_file_is_missing_denied_or_fine_after_some_failures(buyer: Buyer) -> None:
    for status in (404, 403):
        buyer.behaves(status=status)
        assert (await buyer.get())[0] == status
    buyer.behaves(failures=2)
    assert [(await buyer.get())[0] for _ in range(3)] == [500, 500, 200]


async def test_a_body_can_break_off_before_its_announced_end(buyer: Buyer) -> None:
    buyer.behaves(cut_at=100_000)
    with pytest.raises(aiohttp.ClientPayloadError):
        await buyer.get()
    buyer.behaves(cut_at=100_000, is_sized=False)
    with pytest.raises(aiohttp.ClientPayloadError):
        await buyer.get()


async def test_a_body_can_come_without_a_length_and_slowly(buyer: Buyer) -> None:
    buyer.behaves(is_sized=False, piece=100_000, pause=0.02)
    url = str((await buyer.told())["url"])
    began = time.monotonic()
    headers = {"Api-Key": buyer.sim.api_key}
    async with buyer.cabinet.http.get(url, headers=headers) as response:
        assert response.content_length is None
        assert await response.read() == CONTENT
    assert time.monotonic() - began > 0.05


async def test_the_usual_behaviour_is_that_of_every_file(buyer: Buyer) -> None:
    buyer.sim.market_http.attachments.usual = Behaviour(status=404)
    assert (await buyer.get())[0] == 404
    buyer.behaves()
    assert (await buyer.get())[0] == 200


@pytest.mark.parametrize("kind", ["truncated", "dropped_after", "refused", "slow"])
async def test_faults_hit_files_of_both_services(buyer: Buyer, kind: str) -> None:
    sim = buyer.sim
    sim.market_http.attachment_auth = "none"
    urls = {
        ("market", "attachment"): f"{sim.url}/attachments/{buyer.file.path}",
        ("telegram", "file"): f"{sim.telegram_url}/file/bot{sim.token}/documents/{buyer.file.id}",
    }

    async def fetch(url: str) -> bytes:
        async with buyer.cabinet.http.get(url) as response:
            return await response.read()

    for (shore, method), url in urls.items():
        # aiohttp's client repeats a GET by itself, once, where the connection ends without a word
        times = 2 if kind in ("dropped_after", "refused") else 1
        sim.faults.add(shore, kind, method, times=times, seconds=0.01)
        if kind == "slow":
            assert await fetch(url) == CONTENT
        else:
            with pytest.raises(aiohttp.ClientError):
                await fetch(url)
        assert await fetch(url) == CONTENT
        assert sim.faults.fired[shore, method, kind] == times


async def test_large_files_come_as_fast_as_they_are_read(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    sim.market_http.attachment_auth = "none"
    large = sim.shelf.put("видео.mp4", bytes(48 * 1024 * 1024), "video/mp4")
    async with asyncio.timeout(10):
        digest = sha256()
        async with cabinet.http.get(f"{sim.url}/attachments/{large.path}") as response:
            async for piece in response.content.iter_any():
                digest.update(piece)
    assert digest.digest() == large.digest


async def test_the_market_makes_another_file_of_what_it_takes(buyer: Buyer) -> None:
    buyer.sim.market_http.remaking = lambda name, content: (f"{name}.jpg", content[:9])
    assert (await buyer.cabinet.send_file(buyer.chat.id, "фото.png", CONTENT)).status == 200
    stored = buyer.chat.messages[-1].files[0]
    assert (stored.name, stored.size) == ("фото.png.jpg", 9)
    assert stored.origin == sha256(CONTENT).digest() != stored.digest


async def test_the_market_refuses_formats_and_chats(buyer: Buyer) -> None:
    buyer.sim.market_http.refused_formats = (".webp", ".tgs")
    chat, http = buyer.chat.id, buyer.cabinet
    assert (await http.send_file(chat, "СТИКЕР.WEBP", b"1")).status == 400
    assert (await http.send_file(chat, "чек.pdf", b"1")).status == 200
    buyer.sim.market_http.refusals[chat] = ("BAD_REQUEST", "The chat is closed")
    assert (await http.send_file(chat, "чек.pdf", b"1")).status == 400
    assert len(buyer.chat.messages) == 2
