"""Edits of what staff wrote: before the send they take effect, after it they are told, once."""

from __future__ import annotations

import pytest

from tests.staffing import (
    as_sent,
    got,
    heard,
    hold,
    is_liked,
    notices,
    papers,
    press,
    put,
    told,
    with_topic,
)
from tests.world import OPERATOR, OUTSIDER, World

LATE = "does not reach the buyer"
FIX = "Send the correction"


async def test_a_caption_and_a_file_edited_before_the_send_go_as_they_are_now(
    any_world: World,
) -> None:
    world = any_world
    wrong, right = papers(world, 2)
    async with world.relay():
        chat, thread = await with_topic(world)
        hold(world)
        captioned = world.sim.staff.say(OPERATOR, "счот", thread, files=[wrong])
        bare = world.sim.staff.say(OPERATOR, "", thread, files=[wrong])
        await heard(world, thread)
        world.sim.staff.edit(captioned.id, "счёт")
        world.sim.staff.edit(captioned.id, file=right)
        world.sim.staff.edit(bare.id, "теперь с подписью")
        await heard(world, thread)
        world.sim.faults.clear()
        await world.until(lambda: is_liked(captioned) and is_liked(bare))
    assert got(world, chat) == ["счёт", as_sent(right), "теперь с подписью", as_sent(wrong)]
    assert notices(world, captioned) == notices(world, bare) == []
    assert world.is_clean()


async def test_two_files_put_in_place_within_a_second_end_with_the_last(world: World) -> None:
    first, second, third = papers(world, 3)
    async with world.relay():
        chat, thread = await with_topic(world)
        hold(world)
        message = world.sim.staff.say(OPERATOR, "счёт", thread, files=[first])
        await heard(world, thread)
        world.sim.staff.edit(message.id, file=second)
        world.sim.staff.edit(message.id, file=third)
        await heard(world, thread)
        world.sim.faults.clear()
        await world.until(lambda: is_liked(message))
    assert got(world, chat) == ["счёт", as_sent(third)]


async def test_a_long_text_edited_into_a_short_one_and_back_before_the_send(world: World) -> None:
    long = "Очень длинное предложение. " * 300
    async with world.relay():
        chat, thread = await with_topic(world)
        hold(world)
        shortened = world.sim.staff.say(OPERATOR, long, thread)
        lengthened = world.sim.staff.say(OPERATOR, "коротко", thread)
        both = world.sim.staff.say(OPERATOR, "туда и обратно", thread)
        await heard(world, thread)
        world.sim.staff.edit(shortened.id, "короче")
        world.sim.staff.edit(lengthened.id, long)
        world.sim.staff.edit(both.id, long)
        await heard(world, thread)
        world.sim.staff.edit(both.id, "обратно")
        await heard(world, thread)
        world.sim.faults.clear()
        written = (shortened, lengthened, both)
        await world.until(lambda: all(map(is_liked, written)))
    said = got(world, chat)
    assert said[0] == "короче"
    assert [str(part)[:6] for part in said[1:3]] == ["(1/2) ", "(2/2) "]
    assert said[3:] == ["обратно"]
    assert world.is_clean()


async def test_the_correction_of_what_was_sent_goes_by_button_and_once(any_world: World) -> None:
    world = any_world
    first, second = papers(world, 2)
    async with world.relay():
        chat, thread = await with_topic(world)
        text = world.sim.staff.say(OPERATOR, "завтра", thread)
        file = world.sim.staff.say(OPERATOR, "счёт", thread, files=[first])
        await world.until(lambda: is_liked(text) and is_liked(file))
        world.sim.staff.edit(text.id, "послезавтра")
        world.sim.staff.edit(text.id, "через неделю")
        world.sim.staff.edit(file.id, "верный счёт", second)
        late = [await told(world, one, LATE) for one in (text, file)]
        for notice in late:
            press(world, notice, FIX)
            press(world, notice, FIX)
        await world.until(lambda: text.reactions == file.reactions == ["👌"])
        await heard(world, thread)
        await world.quiet()
    assert got(world, chat) == [
        *("завтра", "счёт", as_sent(first)),
        *("через неделю", "верный счёт", as_sent(second)),
    ]
    assert [len(notices(world, one)) for one in (text, file)] == [1, 1]


async def test_a_correction_of_a_caption_does_not_send_the_file_again(world: World) -> None:
    [paper] = papers(world, 1)
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "счот", thread, files=[paper])
        await world.until(lambda: is_liked(message))
        world.sim.staff.edit(message.id, "счёт")
        press(world, await told(world, message, LATE), FIX)
        await world.until(lambda: message.reactions == ["👌"])
    assert got(world, chat) == ["счот", as_sent(paper), "счёт"]


async def test_an_edit_taken_back_leaves_nothing_to_correct(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "завтра", thread)
        await world.until(lambda: is_liked(message))
        world.sim.staff.edit(message.id, "послезавтра")
        notice = await told(world, message, LATE)
        world.sim.staff.edit(message.id, "завтра")
        press(world, notice, FIX)
        await heard(world, thread)
        await world.until(lambda: world.sim.group.popups)
        await world.quiet()
    assert got(world, chat) == ["завтра"]


async def test_a_correction_turned_into_a_note_can_no_longer_be_sent(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, "скидка 5 %", thread)
        await world.until(lambda: is_liked(message))
        world.sim.staff.edit(message.id, "скидка 50 %")
        notice = await told(world, message, LATE)
        world.sim.staff.edit(message.id, "// столько нельзя")
        press(world, notice, FIX)
        await heard(world, thread)
        await world.until(lambda: world.sim.group.popups)
        await world.quiet()
    assert got(world, chat) == ["скидка 5 %"]


@pytest.mark.parametrize("changed", ["// только для нас", "/close"])
async def test_what_was_withdrawn_is_not_sent_by_an_old_button(world: World, changed: str) -> None:
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.market_http.refusals[chat.id] = ("CHAT_IS_CLOSED", "Чат закрыт")
        message = world.sim.staff.say(OPERATOR, "закупка 300 р.", thread)
        notice = await told(world, message, "Not delivered")
        world.sim.staff.edit(message.id, changed)
        await told(world, message, "Withdrawn")
        world.sim.market_http.refusals.clear()
        press(world, notice, "Send again")
        await world.until(lambda: world.sim.group.popups)
        await heard(world, thread)
        last = world.sim.staff.say(OPERATOR, "добрый день", thread)
        await world.until(lambda: is_liked(last))
    assert got(world, chat) == ["добрый день"]


async def test_a_button_of_before_a_rewriting_sends_nothing_old(world: World) -> None:
    [paper] = papers(world, 1)
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.market_http.refusals[chat.id] = ("CHAT_IS_CLOSED", "Чат закрыт")
        message = world.sim.staff.say(OPERATOR, "", thread, files=[paper])
        notice = await told(world, message, "Not delivered")
        world.sim.market_http.refusals.clear()
        world.sim.staff.edit(message.id, "с подписью")
        await world.until(lambda: len(got(world, chat)) == 2)
        press(world, notice, "Send again")
        await world.until(lambda: world.sim.group.popups)
        await heard(world, thread)
        last = world.sim.staff.say(OPERATOR, "всё", thread)
        await world.until(lambda: is_liked(last))
    assert got(world, chat) == ["с подписью", as_sent(paper), "всё"]


async def test_a_message_made_a_note_half_way_keeps_its_file_inside(world: World) -> None:
    """The words are with the buyer, the file is not; nor does what comes after it wait for it."""
    paper = put(world, "закупка.pdf", b"%PDF purchase prices")
    async with world.relay():
        chat, thread = await with_topic(world)
        world.sim.faults.add("telegram", "error_html", "getFile")
        message = world.sim.staff.say(OPERATOR, "наша закупка", thread, files=[paper])
        await world.until(lambda: got(world, chat) == ["наша закупка"])
        world.sim.staff.edit(message.id, "// наша закупка, не для покупателя")
        await world.until(lambda: notices(world, message))
        last = world.sim.staff.say(OPERATOR, "добрый день", thread)
        await world.until(lambda: is_liked(last))
    assert got(world, chat) == ["наша закупка", "добрый день"]


async def test_an_outsider_gains_nothing_by_an_edit(any_world: World) -> None:
    world = any_world
    files = papers(world, 3)
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OUTSIDER, "", thread, files=files)
        await told(world, message, "no right to answer")
        world.sim.staff.edit(message.id, "с подписью")
        world.sim.staff.edit(message.id + 1, file=files[0])
        await heard(world, thread)
        last = world.sim.staff.say(OPERATOR, "добрый день", thread)
        await world.until(lambda: is_liked(last))
        await world.quiet()
    assert got(world, chat) == ["добрый день"]
    offered = [row for notice in notices(world, message) for row in notice.buttons]
    assert offered == []


async def test_an_edit_that_changes_no_word_says_nothing(world: World) -> None:
    async with world.relay(quote_replies=True):
        chat, thread = await with_topic(world, "Какой размер?")
        post = world.posts(chat)[0]
        world.sim.market.say(chat.id, "И цвет?")
        await world.until(lambda: "И цвет?" in world.reads(chat))
        long = "Подробный ответ. " * 300
        written = [
            world.sim.staff.say(OPERATOR, words, thread, reply_to=post.id)
            for words in ("сорок второй", long)
        ]
        await world.until(lambda: all(map(is_liked, written)))
        for message in written:
            world.sim.staff.edit(message.id, message.text)
        await heard(world, thread)
    assert [world.answers_to(message) for message in written] == [[], []]
