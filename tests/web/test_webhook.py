"""Telegram's webhook: set and removed by the program, and nothing lost between the two modes."""

from __future__ import annotations

from io import BytesIO

import pytest

from bot.relay.errors import Unreachable
from bot.storage.ledger import TortoiseLedger
from tests.web.side import Side
from tests.world import ADMIN, OPERATOR

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
