"""Every kind of fault, seen over a real socket: what the caller gets, and whether it was done."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from bot.simulator.faults import KINDS, BadFault
from bot.simulator.server import Simulator
from tests.simulator.callers import BotCaller, CabinetCaller

SHORES = ("telegram", "market")


class Shore:
    """One send at either shore, and how many of them were done."""

    def __init__(self, sim: Simulator, bot: BotCaller, cabinet: CabinetCaller, name: str) -> None:
        self.sim, self.bot, self.cabinet, self.name = sim, bot, cabinet, name
        self.method = "sendMessage" if name == "telegram" else "sendMessageToChat"
        self.chat = sim.market.open_chat()

    async def send(self) -> int:
        if self.name == "telegram":
            return (await self.bot.call("sendMessage", text="да")).status
        return (await self.cabinet.send(self.chat.id, "да")).status

    @property
    def done(self) -> int:
        return len(self.sim.group.posts()) + len(self.chat.messages)


@pytest.fixture(params=SHORES)
def shore(
    request: pytest.FixtureRequest, sim: Simulator, bot: BotCaller, cabinet: CabinetCaller
) -> Shore:
    return Shore(sim, bot, cabinet, request.param)


@pytest.mark.parametrize("kind", ["refused", "outage"])
async def test_a_refused_call_is_reset_and_not_done(shore: Shore, kind: str) -> None:
    shore.sim.faults.add(shore.name, kind, times=1)
    with pytest.raises(aiohttp.ClientOSError) as caught:
        await shore.send()
    assert isinstance(caught.value, ConnectionResetError | aiohttp.ClientOSError)
    assert shore.done == 0
    assert await shore.send() == 200


async def test_a_call_dropped_before_is_not_done(shore: Shore) -> None:
    shore.sim.faults.add(shore.name, "dropped_before", times=1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await shore.send()
    assert shore.done == 0


async def test_a_call_dropped_after_is_done_without_an_answer(shore: Shore) -> None:
    shore.sim.faults.add(shore.name, "dropped_after", times=1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await shore.send()
    assert shore.done == 1


async def test_a_truncated_answer_is_of_something_done(shore: Shore) -> None:
    shore.sim.faults.add(shore.name, "truncated", times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await shore.send()
    assert shore.done == 1


async def test_a_page_of_html_is_of_nothing_done(shore: Shore) -> None:
    shore.sim.faults.add(shore.name, "error_html", times=1)
    with pytest.raises(aiohttp.ContentTypeError) as caught:
        await shore.send()
    assert caught.value.status == 502
    assert shore.done == 0


async def test_a_slow_call_is_done_at_once_and_a_late_one_afterwards(shore: Shore) -> None:
    for kind, done in (("slow", 1), ("late", 0)):
        fault = shore.sim.faults.add(shore.name, kind, times=1, seconds=0.2)
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
            sending = tasks.create_task(shore.send())
            before = shore.done
            while not fault.fired or (kind == "slow" and shore.done == before):
                assert await shore.sim.version.above(shore.sim.version.number, 5)
            assert not sending.done()
            assert shore.done - before == done
        assert sending.result() == 200
        assert shore.done - before == 1


async def test_telegram_throttles_with_seconds(sim: Simulator, bot: BotCaller) -> None:
    sim.faults.add("telegram", "throttled", times=1, seconds=7)
    answer = await bot.call("sendMessage", text="да")
    assert (answer.status, answer.body["parameters"]) == (429, {"retry_after": 7})
    assert sim.group.posts() == []


async def test_the_market_throttles_until_a_time(sim: Simulator, cabinet: CabinetCaller) -> None:
    chat = sim.market.open_chat()
    sim.faults.add("market", "throttled", times=1, seconds=90)
    answer = await cabinet.send(chat.id, "да")
    assert answer.status == 420
    until = parsedate_to_datetime(answer.headers["X-RateLimit-Resource-Until"]).timestamp()
    assert 85 < until - sim.market.clock() / 1000 <= 90
    assert chat.messages == []


async def test_a_fault_hits_its_method_only_and_an_outage_hits_all(
    sim: Simulator, bot: BotCaller
) -> None:
    sim.faults.add("telegram", "error_html", "getMe")
    assert (await bot.call("sendMessage", text="да")).status == 200
    with pytest.raises(aiohttp.ContentTypeError):
        await bot.call("getMe")
    sim.faults.clear()
    sim.faults.add("telegram", "outage", "getMe")
    with pytest.raises(aiohttp.ClientError):
        await bot.call("sendMessage", text="да")
    sim.faults.clear()
    assert (await bot.call("getMe")).status == 200


async def test_files_and_attachments_can_fail_too(sim: Simulator, bot: BotCaller) -> None:
    sim.market_http.attachment_auth = "none"
    stored = sim.shelf.put("чек.pdf", b"pdf")
    urls = (
        ("telegram", "file", f"{sim.telegram_url}/file/bot{sim.token}/documents/{stored.id}"),
        ("market", "attachment", f"{sim.url}/attachments/{stored.path}"),
    )
    for shore, method, url in urls:
        sim.faults.add(shore, "error_html", method, times=1)
        for status in (502, 200):
            async with bot.http.get(url) as response:
                assert response.status == status


async def test_a_seed_repeats_the_same_misfortunes() -> None:
    async def misfortunes(seed: int) -> list[int]:
        async with Simulator(seed=seed) as sim, BotCaller(sim) as bot:
            sim.faults.add("telegram", "throttled", probability=0.3)
            return [(await bot.call("getMe")).status for _ in range(40)]

    first = await misfortunes(1)
    assert set(first) == {200, 429}
    assert first == await misfortunes(1)
    assert first != await misfortunes(2)


async def test_faults_run_out_and_are_counted(sim: Simulator, bot: BotCaller) -> None:
    sim.faults.add("telegram", "throttled", "getMe", times=2)
    statuses = [(await bot.call("getMe")).status for _ in range(3)]
    assert statuses == [429, 429, 200]
    assert sim.faults.fired == {("telegram", "getMe", "throttled"): 2}
    assert sim.faults.listed() == []


async def test_the_control_side_never_fails_by_a_fault(sim: Simulator, bot: BotCaller) -> None:
    for shore in SHORES:
        sim.faults.add(shore, "outage")
    assert (await bot.request("GET", f"{sim.url}/sim/state")).status == 200


async def test_too_many_at_once_are_refused_by_the_market(
    sim: Simulator, cabinet: CabinetCaller
) -> None:
    chat = sim.market.open_chat()
    sim.faults.add("market", "slow", seconds=0.2, times=4)
    async with asyncio.TaskGroup() as tasks:
        sends = [tasks.create_task(cabinet.send(chat.id, "да")) for _ in range(5)]
    assert sorted(one.result().status for one in sends) == [200, 200, 200, 200, 420]
    assert len(chat.messages) == 4
    assert sim.market_http.quota.most_running == 4


async def test_a_caller_killed_in_the_middle_of_a_request_did_nothing_and_breaks_nothing(
    sim: Simulator, bot: BotCaller, caplog: pytest.LogCaptureFixture
) -> None:
    head = f"POST /telegram/bot{sim.token}/sendMessage HTTP/1.1\r\nHost: x\r\n"
    for kind in ("application/json", "multipart/form-data; boundary=x"):
        sim.faults.add("telegram", "late", times=1, seconds=0.05)
        before = sim.version.number
        _, writer = await asyncio.open_connection("127.0.0.1", sim.port)
        writer.write(f"{head}Content-Type: {kind}\r\nContent-Length: 99\r\n\r\n--x".encode())
        assert await sim.version.above(before, 5)
        writer.transport.abort()
        sim.faults.add("telegram", "slow", times=1, seconds=0.1)
        assert (await bot.call("getMe")).status == 200
    assert sim.group.posts() == []
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == []


def test_what_is_no_fault_cannot_be_set(sim: Simulator) -> None:
    for shore, kind in (("sea", KINDS[0]), ("market", "earthquake")):
        with pytest.raises(BadFault):
            sim.faults.add(shore, kind)
