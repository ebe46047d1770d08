"""Albums of staff: every file once, in order, or nothing at all, and a word on what is missing."""

from __future__ import annotations

import asyncio

import pytest

from bot.simulator.group_world import GroupMessage
from tests.staffing import (
    MB,
    as_sent,
    got,
    heard,
    hold,
    is_liked,
    noise,
    notices,
    papers,
    press,
    put,
    told,
    with_topic,
)
from tests.world import OPERATOR, World

REST = "Send the rest"


def items(world: World, first: GroupMessage) -> list[GroupMessage]:
    found = world.sim.group.messages.values()
    return [one for one in found if one.album and one.album == first.album]


async def test_an_album_goes_in_its_order_behind_its_caption(any_world: World) -> None:
    world = any_world
    files = papers(world, 10)
    async with world.relay():
        chat, thread = await with_topic(world)
        first = world.sim.staff.say(OPERATOR, "все листы", thread, files=files)
        after = world.sim.staff.say(OPERATOR, "это всё", thread)
        written = [*items(world, first), after]
        await world.until(lambda: all(map(is_liked, written)), 30)
    assert len(written) == 11
    assert got(world, chat) == ["все листы", *map(as_sent, files), "это всё"]
    assert world.is_clean()


@pytest.mark.slow
async def test_items_that_come_seconds_apart_all_arrive(world: World) -> None:
    files = papers(world, 3)
    async with world.relay():
        chat, thread = await with_topic(world)
        album = world.sim.staff.new_album()
        written = []
        for file in files:
            written.append(world.sim.staff.album_item(OPERATOR, file, thread, album, file.name))
            await asyncio.sleep(2)  # the gap is the test
        await world.until(lambda: all(map(is_liked, written)))
    assert got(world, chat) == [part for file in files for part in (file.name, as_sent(file))]
    assert world.is_clean()


INSIDE = (
    *(("// для нас", 0), ("// для нас", 2), ("/history 5", 1)),
    *(("/такой нет", 2), ("/x@other_bot", 0), ("/close", 0)),
)


async def test_an_album_with_a_note_or_a_command_under_it_stays_inside(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        for words, at in INSIDE:
            album = world.sim.staff.new_album()
            captions = ["", "", ""]
            captions[at] = words
            captions[at - 2] = "слова под другим листом"
            for file, caption in zip(papers(world, 3), captions, strict=True):
                world.sim.staff.album_item(OPERATOR, file, thread, album, caption)
        await heard(world, thread)
        await world.until(lambda: world.sim.group.topics[thread].is_closed)
        world.sim.staff.reopen_topic(thread, OPERATOR)
        last = world.sim.staff.say(OPERATOR, "добрый день", thread)
        await world.until(lambda: is_liked(last))
    assert got(world, chat) == ["добрый день"]
    assert world.is_clean()


async def test_one_file_too_big_is_refused_at_once_and_the_others_arrive(world: World) -> None:
    first, last = papers(world, 2)
    big = put(world, "большой.zip", noise(5 * MB + 1))
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "", thread, files=[first, big, last])
        written = items(world, message)
        await told(world, written[1], "большой.zip has 5 MB")
        report = await told(world, message, "Of this album")
        await world.until(lambda: is_liked(written[0]) and is_liked(written[2]))
    assert got(world, chat) == [as_sent(first), as_sent(last)]
    assert report.text == (
        "Of this album the buyer got 2 of 3: 1, 3.\nNot delivered:\n2. большой.zip"
    )
    assert report.buttons == []
    assert world.is_clean()


async def test_the_rest_of_an_album_goes_by_button(any_world: World) -> None:
    world = any_world
    files = [
        put(world, "а.png", noise(200, 1), kind="photo"),
        put(world, "б.webp", noise(200, 2), kind="document"),
        put(world, "в.png", noise(200, 3), kind="photo"),
    ]
    for file in files:
        file.kind = "document"
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.market_http.refused_formats = (".webp",)
        message = world.sim.staff.say(OPERATOR, "", thread, files=files)
        report = await told(world, message, "Of this album the buyer got 2 of 3: 1, 3.")
        assert "2. б.webp" in report.text
        world.sim.market_http.refused_formats = ()
        press(world, report, REST)
        press(world, report, REST)
        await world.until(lambda: all(map(is_liked, items(world, message))))
        await world.until(lambda: report.buttons == [])
        await heard(world, thread)
    assert got(world, chat) == [as_sent(files[0]), as_sent(files[2]), as_sent(files[1])]
    assert world.is_clean()


async def test_the_report_tells_what_may_have_arrived_from_what_has_not(world: World) -> None:
    files = papers(world, 2)
    async with world.relay(settle_seconds=0.3):
        chat, thread = await with_topic(world)
        world.sim.faults.add("market", "dropped_before", "sendFileToChat", times=1)
        message = world.sim.staff.say(OPERATOR, "", thread, files=files)
        await world.until(
            lambda: ("market", "sendFileToChat", "dropped_before") in world.sim.faults.fired
        )
        world.sim.market.say(chat.id, "от коллеги", "PARTNER")
        unsure = await told(world, message, "Perhaps not delivered")
        report = await told(world, message, "Of this album the buyer got 1 of 2: 2.")
        assert "1. лист 1.pdf" in report.text
        assert "perhaps" in report.text
        assert report.buttons == []
        press(world, unsure, "It is there")
        await world.until(lambda: is_liked(message))
        await world.quiet()
    assert got(world, chat) == [as_sent(files[1])]


async def test_an_album_whose_caption_becomes_a_note_before_the_send_stays_inside(
    world: World,
) -> None:
    files = papers(world, 3)
    async with world.relay():
        chat, thread = await with_topic(world)
        hold(world)
        message = world.sim.staff.say(OPERATOR, "наша закупка", thread, files=files)
        await heard(world, thread)
        world.sim.staff.edit(message.id, "// наша закупка")
        await told(world, message, "Withdrawn")
        world.sim.staff.edit(items(world, message)[1].id, "подпись под вторым")
        await heard(world, thread)
        world.sim.faults.clear()
        last = world.sim.staff.say(OPERATOR, "добрый день", thread)
        await world.until(lambda: is_liked(last))
        await world.quiet()
    assert got(world, chat) == ["добрый день"]


async def test_a_caption_of_an_album_can_be_edited_before_the_send(world: World) -> None:
    files = papers(world, 2)
    async with world.relay():
        chat, thread = await with_topic(world)
        hold(world)
        message = world.sim.staff.say(OPERATOR, "листы", thread, files=files)
        await heard(world, thread)
        world.sim.staff.edit(message.id, "оба листа")
        await heard(world, thread)
        world.sim.faults.clear()
        await world.until(lambda: all(map(is_liked, items(world, message))))
    assert got(world, chat) == ["оба листа", *map(as_sent, files)]
    assert notices(world, message) == []
    assert world.is_clean()


async def test_numbers_of_a_report_count_no_part_twice_that_was_rewritten(world: World) -> None:
    files = [*papers(world, 2), put(world, "в.webp", noise(300, 9))]
    async with world.relay():
        _, thread = await with_topic(world)
        hold(world)
        world.sim.market_http.refused_formats = (".webp",)
        message = world.sim.staff.say(OPERATOR, "", thread, files=files)
        await heard(world, thread)
        world.sim.staff.edit(message.id, "теперь с подписью")
        await heard(world, thread)
        world.sim.faults.clear()
        report = await told(world, message, "Of this album")
    assert report.text.startswith("Of this album the buyer got 2 of 3: 1, 2.")
    assert "3. в.webp" in report.text


async def test_a_smaller_file_put_in_the_place_of_one_too_big_goes_out(world: World) -> None:
    first, small = papers(world, 2)
    big = put(world, "большой.zip", noise(5 * MB + 1))
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "", thread, files=[first, big])
        second = items(world, message)[1]
        await told(world, message, "Of this album the buyer got 1 of 2: 1.")
        world.sim.staff.edit(second.id, file=small)
        await world.until(lambda: is_liked(second))
        await world.quiet()
    assert got(world, chat) == [as_sent(first), as_sent(small)]
