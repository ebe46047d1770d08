"""What stands with a buyer's file: header, label, date, name. None of it acts."""

from __future__ import annotations

import pytest

from bot.simulator.market_world import MarketChat, now_ms
from bot.simulator.telegram_posts import CAPTION_LIMIT
from tests.end_to_end.parcels import albums, carried, content, picture, put, whole
from tests.world import OPERATOR, World

NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    'a"b.pdf': "a'b.pdf",
    "a\r\nX-Header: 1.pdf": "aX-Header: 1.pdf",
    "a\0b.pdf": "ab.pdf",
    "\u202efdp.exe": "fdp.exe",
    "x" * 300 + ".pdf": "x" * 96 + ".pdf",
    "ж" * 300 + ".pdf": "ж" * 48 + ".pdf",
    "👨‍👩‍👧.txt": "👨‍👩‍👧.txt",
    "": "file",
    "..": "file",
    "/": "file",
    ".htaccess": "file.htaccess",
    "<b>жирно</b> &amp;.txt": "b> &amp;.txt",
    "100%41; filename=x.txt": "100%41; filename=x.txt",
    "имя с пробелами и №.txt": "имя с пробелами и №.txt",
}
ACTING = ("@relay_bot", "/close", "https://evil.example", "#tag", "<a href='x'>x<", "`*_[")


def acting(entities: list[dict[str, object]]) -> set[object]:
    harmless = {"bold", "italic", "code"}
    return {one["type"] for one in entities} - harmless


async def test_hostile_names_are_made_safe_and_no_byte_is_touched(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        files = [put(world, name, content(50, n)) for n, name in enumerate(NAMES)]
        for stored in files:
            world.sim.market.say(chat.id, files=[stored])
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat))
    posts = world.posts(chat)
    assert whole(posts) == [one.content for one in files]
    assert [name for _, name, _ in carried(posts)] == list(NAMES.values())
    assert world.is_clean()


async def test_hostile_names_stand_in_lines_and_do_nothing(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        names = [*NAMES, *(f"см {words}.txt" for words in ACTING)]
        for n, name in enumerate(names):
            stored = put(world, name, content(50, n), status=404)
            world.sim.market.say(chat.id, files=[stored])
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat), 30)
    lines = [post for post in world.posts(chat) if post.buttons]
    assert len(lines) == len(names)
    for line in lines:
        assert not acting(line.entities) & {"mention", "bot_command"}, line.text
        assert not line.has_preview
        assert line.parse_mode == ""
        assert not set(line.text) & set("\0\r\u202e")
    assert world.is_clean()


@pytest.mark.parametrize(
    ("sender", "label"),
    [
        ("PARTNER", "🏪 Colleague in the seller's cabinet"),
        ("MARKET", "🤖 Market, automatic message"),
        ("SUPPORT", "🛟 Market support"),
    ],
)
async def test_a_file_says_who_sent_it(world: World, sender: str, label: str) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "начало")
        await world.until(lambda: world.posts(chat))
        files = [put(world, f"{n}.jpg", picture(60, 40, seed=n)) for n in range(3)]
        world.sim.market.say(chat.id, "", sender, files=files)
        world.sim.market.say(chat.id, "", sender, files=[put(world, "чек.pdf", b"paper")])
        await world.until(lambda: len(whole(world.posts(chat))) == 4)
    assert [post.text for post in world.posts(chat)][1:] == [label, "", "", label]
    assert world.is_clean()


async def test_an_old_file_says_when_it_was_sent(world: World) -> None:
    chat = world.buyer()
    long_ago = now_ms() - 3 * 86_400_000
    stored = put(world, "чек.pdf", b"paper")
    world.sim.market.say(chat.id, "начало", at_ms=long_ago)
    world.sim.market.say(chat.id, files=[stored], at_ms=long_ago + 1000)
    async with world.relay():
        await world.quiet()
    [file] = [post for post in world.posts(chat) if post.file]
    assert file.text.startswith("Buyer · ")
    assert world.is_clean()


@pytest.mark.parametrize("count", [1, 3])
async def test_a_chat_that_begins_with_files_has_its_header_in_the_caption(
    any_world: World, count: int
) -> None:
    world = any_world
    async with world.relay():
        chat = world.buyer("Иван " * 60, order_id=77)
        files = [put(world, f"{n}.jpg", picture(60, 40, seed=n)) for n in range(count)]
        world.sim.market.say(chat.id, files=files)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat))
    first, *others = world.posts(chat)
    assert first.text.startswith("Иван Иван")
    assert "Order 77" in first.text
    assert len(first.text.encode("utf-16-le")) // 2 <= CAPTION_LIMIT
    assert [post.text for post in others] == [""] * (count - 1) + ["конец"]
    assert albums(world.posts(chat)) == [count]
    assert world.is_clean()


async def test_a_buyers_hostile_name_does_nothing_in_a_caption(world: World) -> None:
    async with world.relay():
        chat = world.buyer("@relay_bot /close <b>x</b> https://evil.example")
        world.sim.market.say(chat.id, files=[put(world, "чек.pdf", b"paper")])
        await world.until(lambda: world.posts(chat))
    [post] = world.posts(chat)
    assert not acting(post.entities) & {"mention", "bot_command"}
    assert post.parse_mode == ""


async def test_a_backlog_with_files_keeps_every_word_and_file_in_order(any_world: World) -> None:
    world = any_world
    chat = world.buyer()
    sent: list[bytes] = []
    for number in range(40):
        files = [put(world, f"{number}.pdf", content(70, number))] if number % 8 == 0 else []
        sent += [one.content for one in files]
        text = f"слово {number:03d}" if number % 16 else ""
        world.sim.market.say(chat.id, text, files=files)
    async with world.relay():
        await world.quiet(30)
    assert whole(world.posts(chat)) == sent
    assert len(world.posts(chat)) < 20  # the words between two files are one post
    assert world.is_clean()


async def test_a_backlog_of_pictures_goes_out_in_albums(any_world: World) -> None:
    world = any_world
    chat, other = world.buyer(), world.buyer("Пётр")
    files = [put(world, f"{n}.jpg", picture(60, 40, seed=997 * n)) for n in range(14)]
    for number, file in enumerate(files):
        world.sim.market.say(chat.id, "" if number else "вот", files=[file])
    world.sim.market.say(other.id, "а мне?")
    async with world.relay(telegram_group_rate="6/1"):
        await world.quiet(60)
    assert whole(world.posts(chat)) == [file.content for file in files]
    assert len(albums(world.posts(chat))) < len(files) / 2
    assert world.reads(other).endswith("а мне?")
    assert world.is_clean()


async def test_a_picture_under_another_name_keeps_its_place_among_albums(world: World) -> None:
    chat = world.buyer()
    messages = [["0.jpg"], ["1.jpg", "scan.heic"], ["2.jpg"], ["3.jpg"]]
    in_their_places(world, chat, messages)
    async with world.relay(telegram_group_rate="6/1"):
        await world.until(lambda: "конец" in world.reads(chat), 30)
    assert names(world, chat) == [name for message in messages for name in message]


async def test_a_refused_photo_keeps_its_place_among_albums(world: World) -> None:
    chat = world.buyer()
    messages = [["a.jpg", "b.jpg"], *([f"{n}.jpg"] for n in range(16))]
    in_their_places(world, chat, messages)
    telegram, refusal = world.sim.telegram, "Bad Request: IMAGE_PROCESS_FAILED"
    telegram.refusals |= {"sendMediaGroup": refusal, "sendPhoto": refusal}
    async with world.relay(telegram_group_rate="12/3"):
        await world.until(lambda: any(c.method == "sendPhoto" for c in telegram.calls), 30)
        telegram.refusals.clear()
        world.sim.faults.add("telegram", "throttled", "sendPhoto", times=1)
        await world.until(lambda: "конец" in world.reads(chat), 60)
    shown = names(world, chat)
    assert shown.index("a.jpg") < shown.index("0.jpg")


def in_their_places(world: World, chat: MarketChat, messages: list[list[str]]) -> None:
    """Pictures with content of their own, a message a list."""
    seed = 0
    for message in messages:
        files = []
        for name in message:
            seed += 997  # neighbours would look the same
            files.append(put(world, name, picture(60, 40, seed=seed)))
        world.sim.market.say(chat.id, files=files)
    world.sim.market.say(chat.id, "конец")


def names(world: World, chat: MarketChat) -> list[str]:
    return [name for _, name, _ in carried(world.posts(chat))]


@pytest.mark.slow
async def test_a_backlog_within_telegrams_own_limit_meets_no_flood(world: World) -> None:
    world.sim.telegram.rate.limit = (18, 3.0)
    chat = world.buyer()
    sent = []
    for number in range(6):
        files = [
            put(world, f"{number}-{n}.jpg", picture(60, 40, seed=10 * number + n)) for n in range(7)
        ]
        sent += [one.content for one in files]
        world.sim.market.say(chat.id, f"слово {number}", files=files)
    async with world.relay(telegram_group_rate="18/3"):
        await world.quiet(60)
    assert whole(world.posts(chat)) == sent
    assert albums(world.posts(chat)) == [7] * 6
    assert world.sim.telegram.rate.floods == 0
    assert world.is_clean()


async def test_the_first_start_brings_old_files_of_chats_that_wait(world: World) -> None:
    long_ago = now_ms() - 20 * 86_400_000
    done, waiting = world.buyer("Готовый", at_ms=long_ago), world.buyer("Ждущий", at_ms=long_ago)
    world.sim.market.say(
        done.id, files=[put(world, "старое.pdf", b"old")], at_ms=long_ago, is_due=False
    )
    world.sim.market.finish(done.id)
    stored = put(world, "чек.pdf", b"paper")
    world.sim.market.say(waiting.id, "где?", files=[stored], at_ms=long_ago)
    async with world.relay():
        await world.quiet()
        await world.looked()
    assert whole(world.posts(waiting)) == [b"paper"]
    assert world.thread_of(done) is None
    assert world.is_clean()


async def test_a_file_that_staff_sent_through_the_bot_does_not_come_back(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, files=[put(world, "чек.pdf", b"paper")])
        await world.until(lambda: world.posts(chat))
        ours = put(world, "ответ.pdf", b"answer")
        message = world.sim.staff.say(OPERATOR, "вот", world.thread_of(chat), files=[ours])
        await world.until(lambda: message.reactions)
        world.sim.market.say(chat.id, "спасибо")
        await world.quiet()
    assert whole(world.posts(chat)) == [b"paper"]
    assert world.is_clean()
