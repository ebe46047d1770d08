"""The Market's notifications: taken from the Market alone, and turned into looks at chats."""

from __future__ import annotations

import json
import time
from datetime import datetime
from ipaddress import ip_network
from typing import Any

import pytest
import yaml

from bot.web.sources import caller, is_within
from tests.simulator.specs import FOLDER, needs_specs
from tests.web.side import Side

SECRET = "n3xT-8fKqW2pZ"
PATH = f"/market/notification/{SECRET}"
LOOPBACK = "127.0.0.0/8"
TAKING = {"market_notification_secret": SECRET, "market_notification_sources": LOOPBACK}
SELDOM = 20  # seconds between two looks at the lists: what is seen sooner was notified


def sent(side: Side, chat_id: int) -> dict[str, Any]:
    return {
        "notificationType": "CHAT_MESSAGE_SENT",
        "chatId": chat_id,
        "messageId": "91",
        "businessId": side.world.sim.business_id,
        "sentAt": "2026-11-22T12:00:00+03:00",
    }


async def test_a_ping_is_answered_within_a_second_as_the_contract_says(side: Side) -> None:
    async with side.relay(**TAKING):
        await side.until_ready()
        for path in (PATH, f"{PATH}/notification"):
            began = time.monotonic()
            answer = await side.call("POST", path, json={"notificationType": "PING"})
            assert time.monotonic() - began < 1
            assert answer.status == 200
            assert sorted(answer.json) == ["name", "time", "version"]
            assert datetime.fromisoformat(answer.json["time"]).utcoffset() is not None


async def test_a_message_is_there_long_before_the_next_look_at_the_lists(side: Side) -> None:
    world = side.world
    async with side.relay(poll_interval=SELDOM, **TAKING), world.sim.pushes.running():
        await side.until_ready()
        world.sim.pushes.market_url = side.url + PATH
        new = world.buyer("Новый")
        world.sim.market.say(new.id, "первое")
        await world.until(lambda: "первое" in world.reads(new), 5)
    assert world.sim.pushes.answers == [200]
    assert world.is_clean()


async def test_what_comes_several_times_is_posted_once(side: Side) -> None:
    world = side.world
    async with side.relay(poll_interval=SELDOM, **TAKING):
        await side.until_ready()
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        for _ in range(5):
            assert (await side.call("POST", PATH, json=sent(side, chat.id))).status == 200
        await world.until(lambda: world.posts(chat), 5)
    assert world.reads(chat).count("вопрос") == 1
    reads = [call for call in world.sim.market_http.calls if call.method == "getChatHistory"]
    assert len(reads) == 1


async def test_one_about_a_chat_that_is_not_there_does_no_harm(side: Side) -> None:
    world = side.world
    async with side.relay(poll_interval=0.2, **TAKING):
        await side.until_ready()
        assert (await side.call("POST", PATH, json=sent(side, 999))).status == 200
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.quiet()
    assert world.is_clean()


@needs_specs
async def test_every_type_of_the_contract_is_taken(side: Side) -> None:
    contract = yaml.safe_load((FOLDER / "market-notifications.openapi.yaml").read_text("utf-8"))
    kinds = contract["components"]["schemas"]["NotificationType"]["enum"]
    async with side.relay(**TAKING):
        await side.until_ready()
        for kind in [*kinds, "MOON_LANDED"]:
            body = {**sent(side, 1), "notificationType": kind}
            assert (await side.call("POST", PATH, json=body)).status == 200, kind


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"notificationType": 7}', b"\xff"])
async def test_what_is_none_is_answered_as_the_contract_says(side: Side, body: bytes) -> None:
    async with side.relay(**TAKING):
        await side.until_ready()
        answer = await side.call("POST", PATH, data=body)
    assert answer.status == 400
    assert answer.json["error"]["type"] == "WRONG_EVENT_FORMAT"


async def test_one_that_is_too_long_is_not_read_to_its_end(side: Side) -> None:
    async with side.relay(**TAKING):
        await side.until_ready()
        body = json.dumps({"notificationType": "PING", "more": "x" * 66_000})
        assert (await side.call("POST", PATH, data=body)).status == 413


@pytest.mark.parametrize(
    ("path", "sources"),
    [
        ("/market/notification/wrong", LOOPBACK),
        (f"{PATH}x", LOOPBACK),
        ("/market/notification/", LOOPBACK),
        (PATH, "5.45.207.0/25"),
    ],
)
async def test_a_wrong_secret_and_a_stranger_look_alike(
    side: Side, path: str, sources: str
) -> None:
    async with side.relay(**TAKING | {"market_notification_sources": sources}):
        await side.until_ready()
        answer = await side.call("POST", path, json={"notificationType": "PING"})
        nowhere = await side.call("POST", "/nowhere")
    assert (answer.status, answer.text) == (nowhere.status, nowhere.text) == (404, nowhere.text)


@pytest.mark.parametrize(
    ("source", "told"), [("5.45.207.7", 1), ("8.8.8.8", 0)], ids=["the Market", "a stranger"]
)
async def test_that_notifications_come_and_the_secret_is_missing_is_said_once(
    side: Side, source: str, told: int, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"X-Forwarded-For": source}
    async with side.relay(http_trusted_proxies=LOOPBACK):
        await side.until_ready()
        for _ in range(2):
            assert (await side.call("POST", PATH, data=b"{}", headers=headers)).status == 404
    assert caplog.text.count("set MARKET_NOTIFICATION_SECRET") == told
    assert SECRET not in caplog.text


async def test_behind_a_proxy_that_is_trusted_its_word_of_the_source_counts(side: Side) -> None:
    behind = {"market_notification_sources": "5.45.207.0/25", "http_trusted_proxies": LOOPBACK}
    async with side.relay(**TAKING | behind):
        await side.until_ready()
        ping = {"notificationType": "PING"}
        for forwarded, status in (
            ("5.45.207.7", 200),
            ("8.8.8.8, 5.45.207.7", 200),
            ("5.45.207.7, 8.8.8.8", 404),
            ("5.45.207.7, 8.8.8.8, 127.0.0.1", 404),
            ("nonsense", 404),
        ):
            headers = {"X-Forwarded-For": forwarded}
            answer = await side.call("POST", PATH, json=ping, headers=headers)
            assert answer.status == status, forwarded


async def test_without_the_database_the_market_is_asked_to_come_again(side: Side) -> None:
    side.world.database_url = "postgres://nobody:nothing@127.0.0.1:1/none"
    async with side.relay(**TAKING):
        answer = await side.call("POST", PATH, json={"notificationType": "PING"})
    assert answer.status == 500
    assert answer.json["error"]["type"] == "UNKNOWN"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("8.8.8.8", ["5.45.207.7"], "8.8.8.8"),  # whoever calls himself may write what he likes
        ("10.0.0.1", ["5.45.207.7"], "5.45.207.7"),
        ("10.0.0.1", ["1.1.1.1, 5.45.207.7", "10.0.0.2"], "5.45.207.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.1", ["unknown, 10.0.0.2"], "unknown"),
    ],
)
def test_the_right_most_address_that_is_not_trusted_wins(
    peer: str, forwarded: list[str], address: str
) -> None:
    assert caller(peer, forwarded, [ip_network("10.0.0.0/8")]) == address


def test_an_address_that_is_none_is_in_no_network() -> None:
    assert not is_within("unknown", [ip_network("0.0.0.0/0")])


async def test_the_lists_are_looked_at_seldom_while_notifications_prove_themselves(
    side: Side,
) -> None:
    world = side.world
    async with side.relay(poll_interval=0.3, **TAKING), world.sim.pushes.running():
        await side.until_ready()
        world.sim.pushes.market_url = side.url + PATH
        for number in range(3):
            chat = world.buyer(f"Покупатель {number}")
            world.sim.market.say(chat.id, "вопрос")
            await world.until(lambda c=chat: world.posts(c))
        began, seen = time.monotonic(), lists(side)
        await world.until(lambda: lists(side) >= seen + 3)
        assert time.monotonic() - began > 2  # three times 0.3 s if they were not relied on
        world.sim.pushes.is_deaf = True
        chat = world.buyer("Не объявленный")
        world.sim.market.say(chat.id, "меня никто не объявил")
        await world.until(lambda: world.posts(chat), 5)
        seen = lists(side)
        await world.until(lambda: lists(side) > seen)  # this one was due before
        began = time.monotonic()
        await world.until(lambda: lists(side) > seen + 3)
        assert time.monotonic() - began < 1.7
    assert world.is_clean()


def lists(side: Side) -> int:
    return sum(call.method == "getChats" for call in side.world.sim.market_http.calls)
