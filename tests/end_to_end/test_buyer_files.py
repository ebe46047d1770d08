"""Files of buyers reach the topic whole, in their place, as what they are."""

from __future__ import annotations

import pytest
from PIL import Image

from bot.simulator.telegram_upload import PHOTO_LIMIT
from tests.end_to_end.parcels import (
    MB,
    albums,
    carried,
    content,
    encoded,
    moving,
    on_disk,
    picture,
    put,
    whole,
)
from tests.world import World


async def test_a_picture_is_shown_and_everything_else_is_a_document(any_world: World) -> None:
    world = any_world
    shown, paper = picture(), b"%PDF-1.4 paper"
    async with world.relay():
        chat = world.buyer()
        files = [put(world, "чек.pdf", paper), put(world, "фото.jpg", shown)]
        world.sim.market.say(chat.id, "вот они", files=files)
        world.sim.market.say(chat.id, "и всё")
        await world.quiet()
        await world.until(lambda: "и всё" in world.reads(chat))
        posts = world.posts(chat)
    assert carried(posts) == [("document", "чек.pdf", paper), ("photo", "фото.jpg", shown)]
    assert posts[0].text.endswith("вот они")
    assert posts[-1].text.endswith("и всё")
    assert world.is_clean()


async def test_files_of_any_size_are_whole_and_none_stays_on_the_disk(world: World) -> None:
    sizes = [1, 4096, 5 * MB, 20 * MB]
    async with world.relay():
        chat = world.buyer()
        files = [put(world, f"{n}.bin", content(size)) for n, size in enumerate(sizes)]
        world.sim.market.say(chat.id, files=files)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat), 30)
        assert whole(world.posts(chat)) == [one.content for one in files]
        await world.until(lambda: not on_disk(world))
    assert world.is_clean()


async def test_an_empty_file_is_told_since_telegram_takes_none(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, files=[put(world, "пусто.txt", b"")])
        await world.until(lambda: "пусто.txt (0 bytes)" in world.reads(chat))
    assert "it is empty" in world.reads(chat)
    assert world.is_clean()


@pytest.mark.slow
async def test_fifty_megabytes_pass_and_a_byte_more_is_told(world: World) -> None:
    async with world.relay(request_timeout=20):
        chat = world.buyer()
        fits = put(world, "ровно.bin", content(50 * MB))
        world.sim.market.say(chat.id, files=[fits, put(world, "сверх.bin", content(50 * MB + 1))])
        await world.until(lambda: "сверх.bin" in world.reads(chat), 60)
        assert whole(world.posts(chat)) == [fits.content]
        await world.until(lambda: not on_disk(world))
    assert "сверх.bin (50 MB)\nNot brought here: a bot can post files of at most 50 MB." in (
        world.reads(chat)
    )
    assert world.is_clean()


PICTURES = {
    "small.jpg": (picture(), ["photo"]),
    "small.png": (picture(kind="PNG"), ["photo"]),
    "small.webp": (picture(kind="WEBP"), ["photo"]),
    "just.jpg": (picture(1280, 1280), ["photo"]),
    "large.jpg": (picture(1281, 700), ["photo", "document"]),
    "twenty.jpg": (picture(1200, 60), ["photo"]),
    "steep.jpg": (picture(1210, 60), ["document"]),
    "huge.png": (encoded(Image.new("RGB", (6000, 5000)), "PNG"), ["document"]),
    "wide.png": (encoded(Image.new("RGB", (8000, 1900)), "PNG"), ["photo", "document"]),
    "moving.png": (moving("PNG"), ["document"]),
    "moving.webp": (moving("WEBP"), ["document"]),
    "moving.gif": (moving("GIF"), ["document"]),
    "broken.jpg": (picture()[:100], ["document"]),
    "heavy.jpg": (picture().ljust(PHOTO_LIMIT, b"\0"), ["photo"]),
    "heavier.jpg": (picture().ljust(PHOTO_LIMIT + 1, b"\0"), ["photo", "document"]),
    "words.jpg": (b"no picture at all", ["document"]),
    "picture.pdf": (picture(seed=5), ["photo"]),
    "large.pdf": (picture(2000, 900, seed=5), ["document"]),
    "picture": (picture(seed=6), ["photo"]),
}


async def test_pictures_are_shown_and_no_byte_is_lost_where_less_is_shown(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        for name, (bytes_, _) in PICTURES.items():
            world.sim.market.say(chat.id, files=[put(world, name, bytes_)])
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat), 40)
    seen: dict[str, list[str]] = {name: [] for name in PICTURES}
    for kind, name, bytes_ in carried(world.posts(chat)):
        seen[name].append(kind)
        if kind == "document" or PICTURES[name][1] == ["photo"]:
            assert bytes_ == PICTURES[name][0], name
    assert seen == {name: kinds for name, (_, kinds) in PICTURES.items()}
    assert world.is_clean()


@pytest.mark.parametrize("count", [2, 10, 11, 25])
@pytest.mark.parametrize("is_picture", [True, False], ids=["pictures", "documents"])
async def test_files_of_a_message_are_albums_of_ten(
    world: World, count: int, is_picture: bool
) -> None:
    async with world.relay():
        chat = world.buyer()
        files = [
            put(world, f"{n}.jpg", picture(60, 40, seed=n))
            if is_picture
            else put(world, f"{n}.pdf", content(200, n))
            for n in range(count)
        ]
        world.sim.market.say(chat.id, "вот", files=files)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat))
    posts = world.posts(chat)
    assert whole(posts) == [one.content for one in files]
    assert albums(posts) == [10] * (count // 10) + [count % 10] * (count % 10 > 0)
    assert {post.file.kind for post in posts if post.file} == {
        "photo" if is_picture else "document"
    }
    assert world.is_clean()


async def test_large_pictures_are_an_album_of_previews_and_one_of_originals(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        files = [put(world, f"{n}.jpg", picture(1600, 900, seed=n)) for n in range(3)]
        world.sim.market.say(chat.id, files=files)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat))
    posts = [post for post in world.posts(chat) if post.file]
    assert [p.file.kind for p in posts if p.file] == ["photo"] * 3 + ["document"] * 3
    assert whole(posts[3:]) == [one.content for one in files]
    assert albums(posts) == [3, 3]
    assert world.is_clean()


async def test_mixed_kinds_keep_their_order_and_share_no_album(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        named = {
            "1.jpg": picture(seed=1),
            "2.png": picture(kind="PNG", seed=2),
            "3.pdf": b"paper",
            "4.txt": b"words",
            "5.mp4": b"film",
            "6.jpg": picture(seed=6),
            "7.gif": moving("GIF"),
        }
        files = [put(world, name, bytes_) for name, bytes_ in named.items()]
        world.sim.market.say(chat.id, "всё сразу", files=files)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat))
    posts = world.posts(chat)
    assert [name for _, name, _ in carried(posts)] == list(named)
    assert whole(posts) == list(named.values())
    assert albums(posts) == [2, 3, 1, 1]
    for album in {post.album for post in posts if post.album}:
        assert len({p.file.kind for p in posts if p.album == album and p.file}) == 1
    assert world.is_clean()


async def test_two_messages_never_share_an_album(world: World) -> None:
    chat = world.buyer()
    for message in range(3):
        files = [put(world, f"{n}.pdf", content(99, 10 * message + n)) for n in range(2)]
        world.sim.market.say(chat.id, files=files)
    async with world.relay():
        await world.quiet()
    assert albums(world.posts(chat)) == [2, 2, 2]
    assert world.is_clean()


@pytest.mark.parametrize("asks_for", ["api-key", "oauth", "none"])
async def test_the_market_gets_the_credential_that_it_asks_for(world: World, asks_for: str) -> None:
    world.sim.market_http.oauth_token = "y0_simulated-token"
    world.sim.market_http.attachment_auth = asks_for
    async with world.relay(market_oauth_token="y0_simulated-token"):
        chat = world.buyer()
        world.sim.market.say(chat.id, files=[put(world, "чек.pdf", b"paper")])
        await world.until(lambda: whole(world.posts(chat)) == [b"paper"])
    assert world.is_clean()


async def test_files_of_many_chats_reach_each_its_own(any_world: World) -> None:
    world = any_world
    chats = [world.buyer(f"Покупатель {n}") for n in range(12)]
    async with world.relay():
        for turn in range(3):
            for chat in chats:
                files = [
                    put(
                        world,
                        f"{chat.id}-{turn}-{n}.pdf",
                        content(5000, chat.id * 10 + turn * 3 + n),
                    )
                    for n in range(3)
                ]
                world.sim.market.say(chat.id, f"слово {turn}", files=files)
        await world.quiet(40)
        for chat in chats:
            sent = [f.content for m in world.sim.market.chat(chat.id).messages for f in m.files]
            assert whole(world.posts(chat)) == sent
            assert albums(world.posts(chat)) == [3, 3, 3]
        await world.until(lambda: not on_disk(world))
    assert world.is_clean()
