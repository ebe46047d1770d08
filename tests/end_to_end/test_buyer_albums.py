"""Files that Telegram does not take as they come: albums refused half-way, photos refused, topics
that are closed, deleted or switched off. Each stands in the topic once."""

from __future__ import annotations

import asyncio

import pytest

from bot.app import open_app
from bot.relay.changes import Hurry
from bot.simulator.files import StoredFile
from bot.simulator.telegram_albums import FLOOD
from tests.end_to_end.parcels import albums, carried, content, on_disk, picture, put, whole
from tests.world import OPERATOR, World

OTHER = "Bad Request: group send failed: MEDIA_INVALID"


def papers(world: World, count: int, seed: int = 0) -> list[StoredFile]:
    return [put(world, f"{seed}-{n}.pdf", content(300, 100 * seed + n)) for n in range(count)]


def photos(world: World, count: int) -> list[StoredFile]:
    return [put(world, f"{n}.jpg", picture(60, 40, seed=n)) for n in range(count)]


@pytest.mark.parametrize("sentence", [FLOOD.replace("3", "1"), OTHER], ids=["flood", "other"])
@pytest.mark.parametrize("after", [0, 1, 3, 4])
async def test_the_rest_of_an_album_refused_half_way_goes_item_by_item(
    world: World, after: int, sentence: str
) -> None:
    world.sim.telegram.albums.refuse(after, sentence)
    async with world.relay():
        chat = world.buyer()
        files = photos(world, 5)
        world.sim.market.say(chat.id, "вот", files=files)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat))
        await world.until(lambda: not on_disk(world))
    posts = world.posts(chat)
    assert whole(posts) == [one.content for one in files]
    assert world.sim.telegram.albums.refused == 1
    assert world.sim.judge.report().buyer_to_topic.repeats == 0
    assert world.is_clean()


@pytest.mark.parametrize("is_headed", [True, False], ids=["in its topic", "in a new topic"])
async def test_albums_refused_always_still_arrive(any_world: World, is_headed: bool) -> None:
    world = any_world
    world.sim.telegram.albums.refuse(2, OTHER, times=None)
    async with world.relay():
        chat = world.buyer()
        if is_headed:
            world.sim.market.say(chat.id, "начало")
            await world.until(lambda: world.posts(chat))
        files = [*photos(world, 4), *papers(world, 12)]
        world.sim.market.say(chat.id, files=files)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat), 30)
    assert whole(world.posts(chat)) == [one.content for one in files]
    assert world.reads(chat).count("Write here and the buyer gets it") == 1
    assert world.is_clean()


async def test_half_an_album_is_told_from_what_others_write_meanwhile(world: World) -> None:
    world.sim.telegram.albums.refuse(3, OTHER)
    async with world.relay():
        chat, other = world.buyer(), world.buyer("Другой")
        world.sim.market.say(chat.id, "начало")
        await world.until(lambda: world.posts(chat))
        files = papers(world, 6)
        world.sim.market.say(chat.id, files=files)
        for number in range(8):
            world.sim.staff.say(OPERATOR, f"// заметка {number}", world.thread_of(chat))
            world.sim.market.say(other.id, f"вопрос {number}")
        world.sim.market.say(chat.id, "конец")
        await world.quiet(20)
    assert whole(world.posts(chat)) == [one.content for one in files]
    assert world.is_clean()


@pytest.mark.parametrize("is_album", [False, True], ids=["alone", "in an album"])
async def test_a_photo_that_telegram_refuses_comes_as_a_document(
    world: World, is_album: bool
) -> None:
    refusal = "Bad Request: IMAGE_PROCESS_FAILED"
    world.sim.telegram.refusals |= {"sendPhoto": refusal, "sendMediaGroup": refusal}
    async with world.relay():
        chat = world.buyer()
        named = {"1.jpg": picture(seed=1), "2.jpg": picture(seed=2), "3.pdf": picture(seed=3)}
        files = [put(world, name, bytes_) for name, bytes_ in named.items()]
        for some in [files] if is_album else [[one] for one in files]:
            world.sim.market.say(chat.id, files=some)
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat))
        await world.until(lambda: not on_disk(world))
    expected = [("document", name, bytes_) for name, bytes_ in named.items()]
    assert carried(world.posts(chat)) == expected
    assert world.is_clean()


async def test_a_document_that_telegram_refuses_is_told_and_holds_up_nothing(world: World) -> None:
    world.sim.telegram.refusals["sendDocument"] = "Bad Request: FILE_PARTS_INVALID"
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, files=[put(world, "чек.pdf", b"paper")])
        world.sim.market.say(chat.id, "конец")
        await world.until(lambda: "конец" in world.reads(chat))
        await world.until(lambda: not on_disk(world))
        assert "Telegram refused it (Bad Request: FILE_PARTS_INVALID)" in world.reads(chat)
        world.sim.telegram.refusals.clear()
        [line] = [post for post in world.posts(chat) if post.buttons]
        world.sim.staff.press(line.id, OPERATOR, line.buttons[0][0]["callback_data"])
        await world.until(lambda: whole(world.posts(chat)) == [b"paper"])
        await world.until(lambda: not line.buttons)
        await world.until(lambda: not on_disk(world))
    assert world.is_clean()


async def test_files_bring_their_topic_back(any_world: World) -> None:
    world = any_world
    async with world.relay(), asyncio.TaskGroup() as chats:
        for what in ("deleted", "closed", "closed unheard"):
            for count in (1, 4):
                chats.create_task(bring_a_topic_back(world, what, count))


async def bring_a_topic_back(world: World, what: str, count: int) -> None:
    chat = world.buyer()
    world.sim.market.say(chat.id, f"первое {chat.id}")
    await world.until(lambda: world.posts(chat))
    thread = world.thread_of(chat) or 0
    if what == "deleted":
        world.sim.staff.delete_topic(thread)
    elif what == "closed":
        world.sim.staff.close_topic(thread, OPERATOR)
    else:
        world.sim.group.topics[thread].is_closed = True
        world.sim.telegram.posts.is_closed_refused = True
    files = papers(world, count, seed=chat.id)
    world.sim.market.say(chat.id, files=files)
    world.sim.market.say(chat.id, f"конец {chat.id}")
    await world.until(lambda: "конец" in world.reads(chat), 30)
    assert whole(world.posts(chat)) == [one.content for one in files]
    assert albums(world.posts(chat)) == [count]
    if what == "deleted":
        assert world.posts(chat)[0].text.startswith("Иван Петров\n")
    else:
        assert not world.sim.group.topics[thread].is_closed


@pytest.mark.parametrize("count", [1, 3])
async def test_with_topics_switched_off_files_wait_and_none_stands_in_the_open(
    world: World, count: int
) -> None:
    files = photos(world, count)
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "начало")
        await world.until(lambda: world.posts(chat))
        world.sim.group.is_forum = False
        world.sim.market.say(chat.id, files=files)
        await world.until(lambda: any("has no topics" in m.text for m in world.bot_says()))
        assert not [m for m in world.bot_says() if m.file and not m.is_deleted]
    world.sim.group.is_forum = True
    async with open_app(world.settings()) as app:  # a minute is over
        await app.ledger.commit(Hurry(f"topic/{chat.id}", 0))
    async with world.relay():
        await world.until(lambda: whole(world.posts(chat)) == [one.content for one in files])
    assert albums(world.posts(chat)) == [count]
