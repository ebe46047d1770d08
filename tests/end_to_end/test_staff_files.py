"""Files of staff reach the buyer byte for byte, as what they are, or it is said why not."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from PIL import Image

from bot.simulator import telegram_wire
from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import FILE_LIMIT
from tests.files.samples import encoded
from tests.files.samples import noise as picture_of
from tests.staffing import (
    MB,
    as_sent,
    got,
    heard,
    is_liked,
    noise,
    notices,
    papers,
    press,
    put,
    told,
    with_topic,
)
from tests.world import ADMIN, OPERATOR, OUTSIDER, World

HOSTILE = [
    '"; filename="evil.exe',
    "../../etc/passwd",
    "C:\\Windows\\system32\\чек.pdf",
    "чек\r\nX-Header: 1.pdf",
    "nul\x00l.pdf",
    "\u202egpj.exe",
    "%22%0d%0a.pdf",
    "я" * 200 + ".pdf",
    "👨‍👩‍👧‍👦" * 20 + ".jpg",
    ".htaccess",
    "   ",
    "a;b=c,d'e.pdf",
    "\ud83d.pdf",
]


def calls(world: World, method: str) -> int:
    return len([call for call in world.sim.telegram.calls if call.method == method])


async def test_every_kind_arrives_once_with_its_bytes_and_a_name(any_world: World) -> None:
    world = any_world
    kinds = {
        "photo": ("снимок.png", "photo.png"),
        "document": ("договор.pdf", "договор.pdf"),
        "video": ("обзор.mp4", "обзор.mp4"),
        "audio": ("песня.mp3", "песня.mp3"),
        "animation": ("смех.mp4", "смех.mp4"),
        "voice": ("", "voice.ogg"),
        "video_note": ("", "video_note.mp4"),
        "sticker": ("s.webp", "sticker.webp"),
    }
    mimes = {"voice": "audio/ogg", "video_note": "video/mp4"}
    sticker = encoded(Image.new("RGB", (512, 512)), "WEBP")
    contents = {"photo": encoded(picture_of((400, 300)), "PNG"), "sticker": sticker}
    written, expected = [], []
    async with world.relay():
        chat, thread = await with_topic(world)
        for number, (kind, (name, shown)) in enumerate(kinds.items()):
            content = contents.get(kind, noise(1000 + number, number))
            file = put(world, name, content, mime=mimes.get(kind, ""))
            written.append(world.sim.staff.say(OPERATOR, kind, thread, files=[file], kind=kind))
            expected += [kind, (shown, content)]
        await world.until(lambda: all(map(is_liked, written)), 30)
        await world.looked()
    assert got(world, chat) == expected
    assert len(world.posts(chat)) == 1  # nothing of it came back
    assert world.is_clean()


async def test_a_document_of_any_size_that_fits_arrives_whole(any_world: World) -> None:
    world = any_world
    sizes = (0, 1, FILE_LIMIT - 1, FILE_LIMIT)
    files = [put(world, f"{size}.bin", noise(size)) for size in sizes]
    async with world.relay():
        chat, thread = await with_topic(world)
        written = [world.sim.staff.say(OPERATOR, "", thread, files=[file]) for file in files]
        await world.until(lambda: all(map(is_liked, written)))
        await world.looked()
    for file, (name, content) in zip(files, got(world, chat), strict=True):
        assert name == file.name
        assert isinstance(content, bytes)
        assert hashlib.sha256(content).digest() == file.digest
    assert len(world.posts(chat)) == 1
    assert world.is_clean()


async def test_hostile_names_harm_nobody(any_world: World) -> None:
    world = any_world
    files = [
        put(world, name, f"harmless {number}".encode(), mime="application/pdf")
        for number, name in enumerate(HOSTILE)
    ]
    async with world.relay():
        chat, thread = await with_topic(world)
        written = [world.sim.staff.say(OPERATOR, "", thread, files=[file]) for file in files]
        await world.until(lambda: all(map(is_liked, written)))
        await world.looked()
    sent = got(world, chat)
    assert [content for _, content in sent] == [file.content for file in files]
    for name, _ in sent:
        assert 0 < len(name.encode()) <= 100
        assert not set(name) & set('\r\n\0\u202e"/\\')
    assert len(world.posts(chat)) == 1
    assert world.is_clean()


@pytest.mark.parametrize(
    ("name", "kind", "size"),
    [("архив.zip", "document", 5 * MB + 1), ("обзор.mp4", "video", 6 * MB)],
)
async def test_a_file_too_big_is_refused_at_once_with_the_sizes(
    world: World, name: str, kind: str, size: int
) -> None:
    file = put(world, name, noise(size))
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "вот", thread, files=[file], kind=kind)
        notice = await told(world, message, f"{name} has {'5' if size < 6 * MB else '6'} MB")
        assert "at most 5 MB" in notice.text
        await world.quiet()
    assert got(world, chat) == []
    assert calls(world, "getFile") == 0
    assert world.is_clean()


async def test_a_picture_over_twenty_megabytes_is_refused_without_a_download(world: World) -> None:
    file = put(world, "плакат.png", noise(20 * MB + 1), mime="image/png")
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "", thread, files=[file])
        notice = await told(world, message, "плакат.png has 20 MB")
        assert "at most 20 MB" in notice.text
    assert got(world, chat) == []
    assert calls(world, "getFile") == 0


async def test_a_big_picture_is_made_to_fit_and_its_author_sees_how(any_world: World) -> None:
    world = any_world
    content = encoded(picture_of((1700, 1650)), "PNG")
    assert len(content) > 8_000_000
    file = put(world, "витрина.png", content, mime="image/png")
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "наша витрина", thread, files=[file])
        notice = await told(world, message, "pixels")
        await world.until(lambda: is_liked(message))
        await world.looked()
    [text, (name, sent)] = got(world, chat)
    assert (text, name) == ("наша витрина", "витрина.jpg")
    assert isinstance(sent, bytes)
    assert len(sent) <= 5_000_000
    with Image.open(BytesIO(sent)) as shown:
        assert (shown.format, shown.size[0] * 1650 // shown.size[1]) == ("JPEG", 1700)
        assert f"{shown.width} × {shown.height}" in notice.text
    assert "had 8 MB" in notice.text
    assert not any(post.file for post in world.posts(chat))  # nothing came back
    assert world.is_clean()


async def test_what_only_calls_itself_a_picture_is_refused(world: World) -> None:
    file = put(world, "обман.png", noise(6 * MB), mime="image/png")
    small = put(world, "мал.png", noise(6000), mime="image/png")
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "вот", thread, files=[file])
        other = world.sim.staff.say(OPERATOR, "", thread, files=[small])
        notice = await told(world, message, "at most 5 MB")
        await world.until(lambda: is_liked(other))
    assert "обман.png" in notice.text
    assert got(world, chat) == ["вот", as_sent(small)]


async def test_of_the_sizes_of_a_photo_the_largest_that_fits_is_sent(world: World) -> None:
    """Telegram's own largest is over the limit: the next one goes rather than none."""
    big = put(world, "a.png", encoded(picture_of((1400, 1300)), "PNG"), kind="photo")
    assert big.size > FILE_LIMIT
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "", thread, files=[big], kind="photo")
        await world.until(lambda: is_liked(message))
    [(_, sent)] = got(world, chat)
    assert isinstance(sent, bytes)
    with Image.open(BytesIO(sent)) as shown:
        assert max(shown.size) == 320


async def test_a_file_under_a_note_or_a_command_stays_inside(world: World) -> None:
    captions = ("// для нас", " \u200b// для нас", "/нет такой", "/close")
    async with world.relay():
        chat, thread = await with_topic(world)
        for caption, paper in zip(captions, papers(world, 4), strict=True):
            world.sim.staff.say(OPERATOR, caption, thread, files=[paper])
        await heard(world, thread)
        await world.until(lambda: world.sim.group.topics[thread].is_closed)
        world.sim.staff.reopen_topic(thread, OPERATOR)
        last = world.sim.staff.say(OPERATOR, "добрый день", thread)
        await world.until(lambda: is_liked(last))
    assert got(world, chat) == ["добрый день"]
    assert calls(world, "getFile") == 0


async def test_a_note_set_off_as_a_quote_stays_inside(world: World) -> None:
    text = "\u200b// закупка 300 р."
    quote = {"type": "blockquote", "offset": 0, "length": len(text)}
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.staff.say(OPERATOR, text, thread, entities=[quote])
        last = world.sim.staff.say(OPERATOR, "добрый день", thread)
        await world.until(lambda: is_liked(last))
    assert got(world, chat) == ["добрый день"]


async def test_contacts_and_places_arrive_as_text(any_world: World) -> None:
    world = any_world
    async with world.relay():
        chat, thread = await with_topic(world)
        written = [
            world.sim.staff.share(OPERATOR, thread, kind)
            for kind in ("contact", "location", "venue")
        ]
        await world.until(lambda: all(map(is_liked, written)))
    contact, location, venue = got(world, chat)
    assert contact == "Склад Посуда\n+79161234567"
    assert "55.753215, 37.622504" in location
    assert venue[0:2] == "Пу"
    assert "Никольская улица, 10" in venue
    assert world.is_clean()


async def test_a_place_that_moves_is_told_once(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.share(OPERATOR, thread, "location", {"live_period": 900})
        await world.until(lambda: is_liked(message))
        for step in range(3):
            message.details["latitude"] += 0.001 * (step + 1)
            world.sim.group.rewrite(message, "", [])
        await heard(world, thread)
        last = world.sim.staff.say(OPERATOR, "уже тут", thread)
        await world.until(lambda: is_liked(last))
    assert [str(one)[:9] for one in got(world, chat)] == ["55.753215", "уже тут"]
    assert notices(world, message) == []


async def test_what_no_buyer_can_see_is_refused_by_name(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        for kind in ("poll", "dice", "story", "game"):
            message = world.sim.staff.share(OPERATOR, thread, kind)
            await told(world, message, f"a {kind} can't be sent to a buyer")
            world.sim.group.rewrite(message, "", [])
        await heard(world, thread)
    assert got(world, chat) == []


async def test_a_moving_sticker_is_refused_by_name(world: World) -> None:
    sticker = put(world, "танец.tgs", noise(900), kind="sticker")
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "", thread, files=[sticker])
        await told(world, message, "an animated sticker can't be sent")
    assert got(world, chat) == []


async def test_files_of_people_without_the_right_stay_inside(any_world: World) -> None:
    world = any_world
    [paper] = papers(world, 1)
    async with world.relay():
        chat, thread = await with_topic(world)
        stranger = world.sim.staff.say(OUTSIDER, "вот", thread, files=[paper])
        place = world.sim.staff.share(OUTSIDER, thread, "contact")
        hidden = anonymous(world, thread)
        await told(world, stranger, "no right to answer")
        await told(world, place, "no right to answer")
        await told(world, hidden, "anonymously")
        world.sim.staff.edit(stranger.id, "а так?")
        await heard(world, thread)
        await world.quiet()
    assert got(world, chat) == []
    assert calls(world, "getFile") == 0


def anonymous(world: World, thread: int) -> GroupMessage:
    """An admin who hides behind the group sends a file."""
    told_before = world.sim.group.on_message
    file = put(world, "тайна.pdf", b"secret")

    def hide(message: GroupMessage) -> None:
        body = telegram_wire.message(world.sim.group, message)
        body["sender_chat"] = body["chat"]
        body["from"] = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
        world.sim.updates.put("message", body)

    world.sim.group.on_message = hide
    try:
        return world.sim.staff.say(ADMIN, "", thread, files=[file])
    finally:
        world.sim.group.on_message = told_before


async def test_a_file_that_telegram_lost_is_told_and_goes_again_by_button(world: World) -> None:
    first, second = papers(world, 2)
    world.sim.telegram.account.gone.add(first.id)
    world.sim.telegram.expired.add(second.id)
    async with world.relay():
        chat, thread = await with_topic(world)
        written = [
            world.sim.staff.say(OPERATOR, "", thread, files=[file]) for file in (first, second)
        ]
        after = world.sim.staff.say(OPERATOR, "и текст", thread)
        lost = [await told(world, message, "Not delivered") for message in written]
        await world.until(lambda: is_liked(after))
        world.sim.telegram.account.gone.clear()
        world.sim.telegram.expired.clear()
        for notice in lost:
            press(world, notice, "Send again")
        await world.until(lambda: all(map(is_liked, written)))
    assert got(world, chat)[0] == "и текст"
    assert sorted(map(str, got(world, chat)[1:])) == sorted(map(str, map(as_sent, (first, second))))
    assert world.is_clean()


async def test_a_file_under_the_command_that_opens_a_chat_is_not_lost_in_silence(
    world: World,
) -> None:
    [paper] = papers(world, 1)
    order = world.sim.market.add_order("Пётр")
    async with world.relay():
        message = world.sim.staff.say(ADMIN, f"/chat {order} вот счёт", files=[paper])
        await told(world, message, "a file can't go along")
    assert world.sim.market.chats == {}


async def test_what_the_market_renames_and_remakes_does_not_come_back(any_world: World) -> None:
    world = any_world
    photo = put(world, "a.png", encoded(picture_of((64, 48)), "PNG"), kind="photo")
    [paper] = papers(world, 1)
    remade = encoded(picture_of((32, 24)), "JPEG")
    world.sim.market_http.remaking = lambda name, content: (
        ("img_7731.jpg", remade) if content == photo.content else (name.upper(), content)
    )
    async with world.relay():
        chat, thread = await with_topic(world)
        written = [
            world.sim.staff.say(OPERATOR, "", thread, files=[file])
            for file in (photo, paper, photo)
        ]
        await world.until(lambda: all(map(is_liked, written)))
        world.sim.market.say(chat.id, "спасибо")
        await world.until(lambda: "спасибо" in world.reads(chat))
        await world.looked()
        posts = world.posts(chat)
    assert [post for post in posts if post.file] == []
    assert "img_7731" not in world.reads(chat)
    assert len(world.sent_to(chat)) == 3
    assert world.is_clean()


async def test_a_file_of_a_colleague_appears_beside_ours_of_the_same_name(world: World) -> None:
    ours = put(world, "чек.pdf", noise(500, 1))
    theirs = put(world, "чек.pdf", noise(777, 2))
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "", thread, files=[ours])
        await world.until(lambda: is_liked(message))
        world.sim.market.say(chat.id, "", "PARTNER", files=[theirs])
        await world.until(lambda: any(post.file for post in world.posts(chat)), 20)
        await world.quiet()
        shown = [post for post in world.posts(chat) if post.file]
    assert [post.file.content for post in shown if post.file] == [theirs.content]
    assert got(world, chat) == [as_sent(ours)]
