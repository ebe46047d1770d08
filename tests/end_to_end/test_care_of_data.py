"""Copies, room on the disk, words that are not kept for ever, and a chat that is erased."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from bot.relay import housekeeping
from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.faults import clocks
from tests.world import ADMIN, OPERATOR, World

A_DAY_MS = 86_400_000
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "_EVERY_S", 0.1)
    monkeypatch.setattr("bot.relay.alarms.disk._EVERY_S", 0.05)


def database(world: World) -> Path:
    return Path(world.database_url.removeprefix("sqlite://"))


def holds(world: World, words: str) -> list[str]:
    """The files of the database in which these words stand, in whichever form."""
    forms = (words.encode(), words.encode("unicode_escape").replace(b"\\\\", b"\\"))
    files = database(world).parent.glob("*.db*")
    return [file.name for file in files if any(form in file.read_bytes() for form in forms)]


def pressed(world: World, post: GroupMessage, person: int = ADMIN) -> str:
    """The word said to who presses the first button."""
    count = len(world.sim.group.popups)
    world.sim.staff.press(post.id, person, post.buttons[0][0]["callback_data"])
    return str(count)


# The disk


async def test_a_full_disk_stops_the_intake_is_told_and_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 10**12
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free))
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "раз")
        await world.until(lambda: world.posts(chat))
        free = 199_999_999
        await world.until(lambda: any("nearly full" in post.text for post in world.bot_says()))
        world.sim.market.say(chat.id, "два")
        world.sim.staff.say(OPERATOR, "ответ", world.thread_of(chat))
        await asyncio.sleep(1)
        assert "два" not in world.reads(chat)
        assert world.sent_to(chat) == []
        free = 10**12
        await world.until(lambda: any("room on the disk" in post.text for post in world.bot_says()))
        await world.quiet()
    assert len(world.bot_says()) == 2
    assert world.is_clean()


# Copies


async def test_a_copy_is_made_once_a_day_and_the_last_ones_are_kept(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"relay-2020-01-0{day}.db").touch()
    for _ in range(2):
        async with world.relay(backup_dir=folder, backups_kept=2):
            await world.until(lambda: len(list(folder.iterdir())) == 2)
            await world.looked()
    names = sorted(path.name for path in folder.iterdir())
    assert names[0] == "relay-2020-01-03.db"
    assert (folder / names[1]).stat().st_mode & 0o777 == 0o600


async def test_where_no_copy_can_be_made_that_is_said_once(world: World, tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.touch()
    async with world.relay(backup_dir=file / "copies", backups_kept=7):
        await world.until(lambda: world.bot_says())
        await world.looked()
    [said] = world.bot_says()
    assert "BACKUP_DIR" in said.text


async def test_an_answer_that_waited_in_a_copy_and_was_sent_since_is_not_sent_again(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        fault = world.sim.faults.add("market", "throttled", "sendMessageToChat", seconds=0.2)
        for words in ("спасибо", "ответ"):
            world.sim.staff.say(OPERATOR, words, world.thread_of(chat))
        await world.until(lambda: world.sim.faults.fired)
        await world.until(lambda: world.sim.updates.pending == 0)
    async with world.relay(backup_dir=folder, backups_kept=7):
        await world.until(lambda: folder.exists() and list(folder.glob("*.db")))
        world.sim.faults.remove(fault)
        await world.until(lambda: len(world.sent_to(chat)) == 2, 30)
    [copy] = folder.glob("*.db")
    shutil.rmtree(database(world).parent)
    database(world).parent.mkdir()
    shutil.copy(copy, database(world))
    async with world.relay():
        world.sim.staff.say(OPERATOR, "новый ответ", world.thread_of(chat))
        await world.until(lambda: len(world.sent_to(chat)) > 2, 30)
        await world.looked()
    assert world.sent_to(chat) == ["спасибо", "ответ", "новый ответ"]


# Words


async def conversation(world: World) -> tuple[MarketChat, GroupMessage]:
    """A chat with a failed answer, whose notice has a button."""
    chat = world.buyer("Тайный Покупатель")
    world.sim.market.say(chat.id, "слова покупателя")
    await world.until(lambda: world.posts(chat))
    world.sim.staff.say(OPERATOR, "слова сотрудника", world.thread_of(chat))
    await world.quiet()
    await world.looked()  # and our answer has been recognised
    world.sim.market_http.refusals[chat.id] = ("BAD_REQUEST", "нельзя")
    failed = world.sim.staff.say(OPERATOR, "слова отказа", world.thread_of(chat))
    await world.until(lambda: world.answers_to(failed))
    world.sim.market_http.refusals.clear()
    [notice] = [post for post in world.posts(chat) if post.reply_to == failed.id]
    return chat, notice


def kept(world: World) -> set[str]:
    """The tables in which words of the past month, or older, are to be read."""
    query = {
        "incoming": "SELECT count(*) FROM incoming WHERE text <> ''",
        "reply": "SELECT count(*) FROM reply WHERE text <> ''",
        "outbox": "SELECT count(*) FROM outbox WHERE payload LIKE '%parts%'",
    }
    with closing(sqlite3.connect(database(world))) as file:
        return {table for table, asked in query.items() if file.execute(asked).fetchone()[0]}


WORDS = ("слова покупателя", "слова сотрудника", "слова отказа")


async def test_words_are_not_kept_for_ever(world: World) -> None:
    async with clocks.adjustable() as clock, world.relay(keep_texts_days=30):
        chat, notice = await conversation(world)
        assert kept(world) == {"incoming", "reply", "outbox"}
        clock.move(31 * A_DAY_MS)
        await world.until(lambda: not kept(world))
        pressed(world, notice)
        await world.until(lambda: "not kept" in " ".join(world.sim.group.popups))
        world.sim.market.say(chat.id, "и снова я")
        world.sim.staff.say(OPERATOR, "и снова мы", world.thread_of(chat))
        await world.quiet()
    async with world.relay():
        await world.looked()
    assert world.sent_to(chat) == ["слова сотрудника", "и снова мы"]
    assert world.reads(chat).count("слова покупателя") == 1


async def test_words_are_kept_for_ever_where_that_is_wanted(world: World) -> None:
    async with clocks.adjustable() as clock, world.relay(keep_texts_days=0):
        await conversation(world)
        clock.move(400 * A_DAY_MS)
        await world.looked()
        assert kept(world) == {"incoming", "reply", "outbox"}


async def test_a_chat_that_is_erased_leaves_no_word_behind_and_goes_on(world: World) -> None:
    async with world.relay():
        chat, _ = await conversation(world)
        other = world.buyer("Другой")
        world.sim.market.say(other.id, "слова другого")
        await world.until(lambda: world.posts(other))
        asked = world.sim.staff.say(ADMIN, "/erase", world.thread_of(chat))
        await world.until(lambda: world.answers_to(asked))
        [question] = [post for post in world.posts(chat) if post.reply_to == asked.id]
        pressed(world, question, OPERATOR)
        await world.until(lambda: "administrators" in " ".join(world.sim.group.popups))
        assert holds(world, "слова покупателя")
        while (
            "Erased." not in world.sim.group.popups
        ):  # what was sent has to be seen in the history
            pressed(world, question)
            before = len(world.sim.group.popups)
            await world.until(lambda n=before: len(world.sim.group.popups) > n)
            await asyncio.sleep(0.1)
        # the button is answered a moment before what it means is committed
        erased = (*WORDS, "Тайный")
        await world.until(lambda: not any(holds(world, words) for words in erased))
        assert holds(world, "слова другого")
        world.sim.market.say(chat.id, "и снова я")
        world.sim.staff.say(OPERATOR, "и снова мы", world.thread_of(chat))
        await world.quiet()
    async with world.relay():
        await world.looked()
    assert world.sent_to(chat) == ["слова сотрудника", "и снова мы"]
    assert world.reads(chat).count("слова покупателя") == 1


async def test_nothing_is_erased_before_what_was_sent_shows_in_the_history(world: World) -> None:
    """Else nobody would know it for ours, and its words would come back as a colleague's."""
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        unread = world.sim.faults.add("market", "error_html", "getChatHistory")
        said = world.sim.staff.say(OPERATOR, "слова сотрудника", world.thread_of(chat))
        await world.until(lambda: said.reactions)
        asked = world.sim.staff.say(ADMIN, "/erase", world.thread_of(chat))
        await world.until(lambda: world.answers_to(asked))
        [question] = [post for post in world.posts(chat) if post.reply_to == asked.id]
        pressed(world, question)
        await world.until(lambda: "still waits" in " ".join(world.sim.group.popups))
        world.sim.faults.remove(unread)
        await world.quiet()
        while "Erased." not in world.sim.group.popups:
            pressed(world, question)
            await asyncio.sleep(0.2)
        await world.quiet()
        await world.looked()
    assert "слова сотрудника" not in world.reads(chat)


async def test_only_an_admin_may_ask_to_erase(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        asked = world.sim.staff.say(OPERATOR, "/erase", world.thread_of(chat))
        await world.until(lambda: world.answers_to(asked))
    assert "administrators" in world.answers_to(asked)[0]
