"""Telegram's webhook: set and removed by the program, and nothing lost between the two modes."""

from __future__ import annotations

import asyncio
from io import BytesIO

import pytest

from bot.relay.errors import Unreachable
from bot.storage.ledger import TortoiseLedger
from tests.web.side import Side
from tests.world import ADMIN, OPERATOR, World

PATH = "/telegram/webhook"


async def test_answers_that_come_by_the_webhook_reach_the_buyer_in_order(side: Side) -> None:
    world = side.world
    async with side.relay(telegram_webhook_url=side.url + PATH), world.sim.pushes.running():
        await side.until_ready()
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        for number in range(20):
            world.sim.staff.say(OPERATOR, f"ответ {number}", world.thread_of(chat))
        await world.quiet()
    assert world.sent_to(chat) == [f"ответ {number}" for number in range(20)]
    assert world.is_clean()


async def test_changing_the_mode_and_back_loses_nothing(side: Side) -> None:
    world = side.world
    modes = ({}, {"telegram_webhook_url": side.url + PATH}, {})
    chat = world.buyer()
    world.sim.market.say(chat.id, "вопрос")
    async with world.sim.pushes.running():
        for number, mode in enumerate(modes):
            async with side.relay(**mode):
                await world.until(lambda: world.posts(chat))
                world.sim.staff.say(ADMIN, f"ответ {number}", world.thread_of(chat))
                await world.quiet()
            world.sim.staff.say(ADMIN, f"пока никто не слушает {number}", world.thread_of(chat))
        async with side.relay():
            await world.quiet()
    assert world.sim.updates.webhook == ""
    said = [f"{word} {n}" for n in range(3) for word in ("ответ", "пока никто не слушает")]
    assert world.sent_to(chat) == said
    assert world.is_clean()


@pytest.mark.parametrize(
    ("elsewhere", "said"),
    [("http://127.0.0.1:1/elsewhere", "by a webhook"), ("", "Another program reads")],
    ids=["another webhook", "removed by who polls"],
)
async def test_a_webhook_that_another_program_took_is_taken_back_and_told(
    side: Side, monkeypatch: pytest.MonkeyPatch, elsewhere: str, said: str
) -> None:
    monkeypatch.setattr("bot.telegram.webhook._LOOKED_AFTER_S", 0.1)
    world = side.world
    async with side.relay(telegram_webhook_url=side.url + PATH), world.sim.pushes.running():
        await side.until_ready()
        for _ in range(2):
            world.sim.updates.set_webhook(elsewhere)
            await world.until(lambda: world.sim.updates.webhook == side.url + PATH)
        await world.until(world.bot_says)
        await world.quiet()
    [told] = world.bot_says()
    assert said in told.text


async def test_a_webhook_that_was_there_before_is_replaced_without_a_word(side: Side) -> None:
    world = side.world
    world.sim.updates.set_webhook("http://127.0.0.1:1/of-our-former-address")
    async with side.relay(telegram_webhook_url=side.url + PATH), world.sim.pushes.running():
        await side.until_ready()
        await world.until(lambda: world.sim.updates.webhook == side.url + PATH)
        await world.quiet()
    assert not world.bot_says()


async def test_nobody_else_can_put_words_into_the_group(side: Side) -> None:
    world = side.world
    async with side.relay(telegram_webhook_url=side.url + PATH):
        await side.until_ready()
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guessed"}):
            answer = await side.call("POST", PATH, data=b'{"update_id": 1}', headers=headers)
            assert answer.status == 404
        assert not (await side.get("/metrics")).text.count('what="updates_aside"} 1')
    assert world.is_clean()


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b'{"no": "id"}', b"[" * 60_000])
async def test_an_update_that_cannot_be_read_does_not_hold_up_those_behind_it(
    side: Side, body: bytes
) -> None:
    async with side.relay(telegram_webhook_url=side.url + PATH):
        await side.until_ready()
        headers = {"X-Telegram-Bot-Api-Secret-Token": side.world.sim.updates.webhook_secret}
        assert (await side.call("POST", PATH, data=body, headers=headers)).status == 200
        too_long = BytesIO(b'{"update_id": 5, "x": "' + b"x" * 1_100_000 + b'"}')
        assert (await side.call("POST", PATH, data=too_long, headers=headers)).status == 413


async def test_an_update_is_taken_only_once_it_is_stored(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> int:
        raise Unreachable("database_unreachable")

    async with side.relay(telegram_webhook_url=side.url + PATH):
        await side.until_ready()
        headers = {"X-Telegram-Bot-Api-Secret-Token": side.world.sim.updates.webhook_secret}
        with monkeypatch.context() as patch:
            patch.setattr(TortoiseLedger, "store_updates", away)
            answer = await side.call("POST", PATH, data=b'{"update_id": 1}', headers=headers)
            assert answer.status == 500
        answer = await side.call("POST", PATH, data=b'{"update_id": 1}', headers=headers)
        assert answer.status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 2\r\nX-Telegram-Bot-Api-Secret-Token: \xff\xfe\r\n\r\n{}",
        b"Content-Length: 60000\r\n\r\n{",
    ],
    ids=["no words at all", "a body that never comes"],
)
async def test_a_stranger_is_turned_away_at_once(
    side: Side, head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with side.relay(telegram_webhook_url=side.url + PATH):
        await side.until_ready()
        async with asyncio.timeout(3):
            assert b" 404 " in await raw(side, head)
    assert "met a bug" not in caplog.text


async def test_who_hangs_up_or_is_too_slow_is_no_bug(
    side: Side, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.pushed._BODY_S", 0.2)
    async with side.relay(telegram_webhook_url=side.url + PATH), side.world.sim.pushes.running():
        await side.until_ready()
        secret = side.world.sim.updates.webhook_secret.encode()
        head = b"X-Telegram-Bot-Api-Secret-Token: " + secret + b"\r\nContent-Length: 60000\r\n\r\n{"
        await raw(side, head, is_patient=False)
        async with asyncio.timeout(3):
            assert b" 408 " in await raw(side, head)
    assert "met a bug" not in caplog.text


async def test_a_rival_is_told_although_the_webhook_was_ours_at_the_start(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And something came before it was looked at."""
    monkeypatch.setattr("bot.telegram.webhook._LOOKED_AFTER_S", 0.1)
    world, mode = side.world, {"telegram_webhook_url": side.url + PATH}
    async with world.sim.pushes.running():
        async with side.relay(**mode):
            await side.until_ready()
        world.sim.staff.say(OPERATOR, "// пока никто не слушает")
        world.sim.faults.add("telegram", "slow", "getWebhookInfo", times=1, seconds=2)
        async with side.relay(**mode):
            await side.until_ready()
            await world.until(lambda: world.sim.updates.pending == 0)
            await world.until(lambda: webhook_looks(world) > 2)
            world.sim.updates.set_webhook("http://127.0.0.1:1/elsewhere")
            await world.until(lambda: any("webhook" in one.text for one in world.bot_says()))


async def raw(side: Side, head: bytes, *, is_patient: bool = True) -> bytes:
    """The answer to a request of which this much comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", side.port)
    writer.write(b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\n" + head)
    await writer.drain()
    answer = await reader.read(100) if is_patient else b""
    writer.close()
    return answer


def webhook_looks(world: World) -> int:
    return sum(call.method == "getWebhookInfo" for call in world.sim.telegram.calls)
