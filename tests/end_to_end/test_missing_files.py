"""Files of buyers that can't be brought: a line in their place, and the file under it, once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.simulator.attachments import Behaviour
from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.end_to_end.parcels import MB, answer, content, on_disk, picture, put, whole
from tests.world import ADMIN, OPERATOR, OUTSIDER, World

REASONS: dict[str, tuple[dict[str, Any], str]] = {
    "gone": ({"status": 404}, "it is no longer there."),
    "denied": ({"status": 403}, "its server does not let the bot have it."),
    "no address": ({"address": ""}, "the Market gave no address for it."),
    "private": ({"address": "https://10.0.0.1/x"}, "its address leads to where the bot must not"),
    "metadata": ({"address": "http://169.254.169.254/x"}, "its address leads to where the bot"),
    "file": ({"address": "file:///etc/passwd"}, "its address leads to where the bot must not go"),
    "led away": (
        {"hops": 1, "leads_to": "http://192.168.0.1/x"},
        "its address leads to where the bot must not go",
    ),
    "four hops": ({"hops": 4}, "its address leads to where the bot must not go"),
}


def line_of(world: World, chat: MarketChat) -> GroupMessage:
    [line] = [post for post in world.posts(chat) if "Not brought here" in post.text]
    return line


def press(world: World, line: GroupMessage, who: int = OPERATOR) -> None:
    world.sim.staff.press(line.id, who, line.buttons[0][0]["callback_data"])


async def sent(world: World, stored: StoredFile, seconds: float = 20) -> MarketChat:
    """A chat with the file and a last word, which has arrived."""
    chat = world.buyer()
    world.sim.market.say(chat.id, "вот файл", files=[stored])
    world.sim.market.say(chat.id, "конец")
    await world.until(lambda: "конец" in world.reads(chat), seconds)
    return chat


@pytest.mark.parametrize("name", ["чек.pdf", "фото.jpg"])
async def test_a_file_that_cannot_be_fetched_is_told_and_fetched_by_button(
    world: World, name: str
) -> None:
    async with world.relay():
        async with asyncio.TaskGroup() as chats:
            for number, why in enumerate(REASONS):
                paper = picture(seed=number) if name.endswith("jpg") else f"paper {why}".encode()
                chats.create_task(tell_and_fetch_by_button(world, name, paper, why))
        await world.until(lambda: not on_disk(world))
    assert world.is_clean()


async def tell_and_fetch_by_button(world: World, name: str, paper: bytes, why: str) -> None:
    behaviour, reason = REASONS[why]
    stored = put(world, name, paper, **behaviour)
    chat = await sent(world, stored)
    line = line_of(world, chat)
    assert line.text.startswith(f"📎 {name} ({stored.size}" if stored.size < 1024 else "📎 ")
    assert reason in line.text
    assert [post.text for post in world.posts(chat)].index(line.text) == 1
    assert "keeps trying" not in line.text
    press(world, line)
    await world.until(lambda: f"Still not brought here: {reason}" in world.reads(chat))
    answer(world, stored)
    press(world, line, ADMIN)
    await world.until(lambda: whole(world.posts(chat)) == [stored.content])
    await world.until(lambda: not line.buttons)
    [file] = [post for post in world.posts(chat) if post.file]
    assert file.reply_to == line.id


async def test_a_file_that_comes_back_with_a_hitch_is_no_line(any_world: World) -> None:
    world = any_world
    async with world.relay():
        stored = put(world, "чек.pdf", b"paper", failures=2)
        chat = await sent(world, stored)
        assert whole(world.posts(chat)) == [b"paper"]
        assert "Not brought here" not in world.reads(chat)
    assert world.is_clean()


@pytest.mark.slow
async def test_a_server_that_recovers_after_the_patience_gives_the_file_once(world: World) -> None:
    async with world.relay(settle_seconds=0.3, request_timeout=1):
        stored = put(world, "чек.pdf", b"paper", pause=3600)
        chat = await sent(world, stored, 40)
        line = line_of(world, chat)
        assert "its server does not answer as it should." in line.text
        assert "The bot keeps trying for a day." in line.text
        answer(world, stored)
        await world.until(lambda: whole(world.posts(chat)) == [b"paper"], 30)
        await world.until(lambda: not line.buttons)
    assert world.is_clean()


async def test_the_button_hurries_what_the_bot_would_try_later(world: World) -> None:
    async with world.relay(settle_seconds=0.3, request_timeout=1):
        stored = put(world, "чек.pdf", b"paper", pause=3600)
        chat = await sent(world, stored)
        line = line_of(world, chat)
        calls = world.sim.market_http.attachments.calls
        await world.until(lambda: len(calls) == 2)  # the first try under the line
        answer(world, stored)
        while len(calls) == 2:  # a press while that try is under way hurries nothing
            pressed = len(world.sim.group.popups)
            press(world, line)
            await world.until(lambda n=pressed: len(world.sim.group.popups) > n)
        await world.until(lambda: whole(world.posts(chat)) == [b"paper"], 3)
        await world.until(lambda: not line.buttons)
    assert world.is_clean()


async def test_the_button_pressed_by_many_and_often_brings_the_file_once(world: World) -> None:
    async with world.relay():
        stored = put(world, "чек.pdf", content(MB), status=404)
        chat = await sent(world, stored)
        line = line_of(world, chat)
        answer(world, stored, pause=0.02)
        for who in (OPERATOR, ADMIN, OPERATOR, ADMIN):
            press(world, line, who)
        await world.until(lambda: len(world.sim.group.popups) == 4)
        await world.until(lambda: not line.buttons)
        await world.quiet()
    assert whole(world.posts(chat)) == [stored.content]
    assert set(world.sim.group.popups) <= {"Fetching…", "It is there."}
    assert world.is_clean()


async def test_an_outsiders_press_fetches_nothing(world: World) -> None:
    async with world.relay():
        stored = put(world, "чек.pdf", b"paper", status=404)
        chat = await sent(world, stored)
        answer(world, stored)
        calls = len(world.sim.market_http.attachments.calls)
        press(world, line_of(world, chat), OUTSIDER)
        await world.until(lambda: world.sim.group.popups)
        world.sim.market.say(chat.id, "и ещё")
        await world.until(lambda: "и ещё" in world.reads(chat))
    assert world.sim.group.popups == ["You have no right to answer buyers."]
    assert len(world.sim.market_http.attachments.calls) == calls
    assert not whole(world.posts(chat))


async def test_the_button_brings_the_file_into_a_topic_made_anew(world: World) -> None:
    async with world.relay():
        stored = put(world, "чек.pdf", b"paper", status=404)
        chat = await sent(world, stored)
        line = line_of(world, chat)
        world.sim.staff.close_topic(world.thread_of(chat) or 0, OPERATOR)
        answer(world, stored)
        press(world, line)
        await world.until(lambda: whole(world.posts(chat)) == [b"paper"])


@pytest.mark.parametrize("kind", ["error_html", "dropped_before"])
async def test_a_file_lost_on_its_way_to_telegram_again_and_again_is_told(
    world: World, kind: str
) -> None:
    """Or each of its uploads would hold up the whole group, for ever: three, then a line, then one
    now and then."""
    async with world.relay(settle_seconds=0.3):
        stored = put(world, "чек.pdf", b"paper")
        fault = world.sim.faults.add("telegram", kind, "sendDocument")
        chat = await sent(world, stored)
        line = line_of(world, chat)
        assert "Telegram did not answer in time." in line.text
        assert "The bot keeps trying for a day." in line.text
        await world.until(lambda: fault.fired == 4)  # the first one under the line
        for number in range(5):
            world.sim.market.say(chat.id, f"дальше {number}")
        await world.until(lambda: "дальше 4" in world.reads(chat), 5)
        assert fault.fired == 4
        world.sim.faults.clear()
        press(world, line)
        await world.until(lambda: whole(world.posts(chat)) == [b"paper"])
        await world.until(lambda: not line.buttons and not on_disk(world))
    assert world.is_clean()


@pytest.mark.parametrize("is_sized", [True, False], ids=["with its length", "without a length"])
@pytest.mark.parametrize("said", [None, 100], ids=["told", "not told"])
async def test_too_big_a_file_is_told_whatever_was_announced(
    world: World, is_sized: bool, said: int | None
) -> None:
    async with world.relay():
        huge = put(world, "фильм.mp4", bytes(60 * MB), is_sized=is_sized, said_size=said)
        chat = await sent(world, huge)
        assert "a bot can post files of at most 50 MB." in line_of(world, chat).text
        assert not on_disk(world)
    assert world.is_clean()


@pytest.mark.parametrize("is_sized", [True, False], ids=["with its length", "without a length"])
async def test_a_download_that_breaks_off_is_begun_anew(world: World, is_sized: bool) -> None:
    async with world.relay():
        chat = world.buyer()
        stored = put(world, "чек.pdf", content(MB), cut_at=MB // 2, is_sized=is_sized)
        world.sim.market.say(chat.id, files=[stored])
        calls = world.sim.market_http.attachments.calls
        await world.until(lambda: calls)
        answer(world, stored, is_sized=is_sized)
        await world.until(lambda: whole(world.posts(chat)) == [stored.content])
    assert world.is_clean()


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_address_that_has_run_out_is_asked_anew(world: World, status: int) -> None:
    async with world.relay():
        base = f"{world.sim.url}/attachments/0/old"
        stored = put(world, "чек.pdf", b"paper", address=base)
        attachments = world.sim.market_http.attachments
        chat = world.buyer()
        world.sim.market.say(chat.id, files=[stored])
        await world.until(lambda: attachments.calls or world.posts(chat))
        attachments.behaviours.clear()
        attachments.usual = Behaviour()
        await world.until(lambda: world.posts(chat))
        if line := next((p for p in world.posts(chat) if p.buttons), None):
            press(world, line)
        await world.until(lambda: whole(world.posts(chat)) == [b"paper"])
    assert status


@pytest.mark.slow
async def test_a_server_that_stalls_holds_up_no_other_and_its_own_chat_not_for_long(
    world: World,
) -> None:
    async with world.relay(request_timeout=2, settle_seconds=2):
        chat, other = world.buyer(), world.buyer("Другой")
        stalled = [put(world, f"{n}.pdf", content(300, n), pause=3600) for n in range(6)]
        world.sim.market.say(chat.id, "вот", files=stalled)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "вот" in world.reads(chat), 3)
        calls = world.sim.market_http.attachments.calls
        await world.until(lambda: calls)
        quick = put(world, "быстро.pdf", b"quick")
        world.sim.market.say(other.id, "и вот", files=[quick])
        await world.until(lambda: whole(world.posts(other)) == [b"quick"], 4)
        await world.until(lambda: "конец" in world.reads(chat), 12)
    assert world.reads(chat).count("Not brought here") == 6
