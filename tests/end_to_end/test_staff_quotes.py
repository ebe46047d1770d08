"""QUOTE_REPLIES: what an answer answers stands before it where the chat has moved on, once."""

from __future__ import annotations

from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.staffing import as_sent, got, heard, hold, is_liked, notices, papers, put, with_topic
from tests.world import OPERATOR, World


async def moved_on(world: World, chat: MarketChat, text: str = "И ещё вопрос") -> None:
    world.sim.market.say(chat.id, text)
    await world.until(lambda: text in world.reads(chat))


def post_with(world: World, chat: MarketChat, words: str) -> GroupMessage:
    return next(post for post in world.posts(chat) if words in post.text)


async def test_by_default_nothing_is_quoted(world: World) -> None:
    async with world.relay():
        chat, thread = await with_topic(world, "Какой размер?")
        await moved_on(world, chat)
        post = post_with(world, chat, "Какой размер?")
        message = world.sim.staff.say(OPERATOR, "сорок второй", thread, reply_to=post.id)
        await world.until(lambda: is_liked(message))
    assert got(world, chat) == ["сорок второй"]


async def test_an_answer_is_quoted_only_where_the_chat_has_moved_on(any_world: World) -> None:
    world = any_world
    [paper] = papers(world, 1)
    async with world.relay(quote_replies=True):
        chat, thread = await with_topic(world, "Какой размер?")
        post = post_with(world, chat, "Какой размер?")
        at_once = world.sim.staff.say(OPERATOR, "сейчас узнаю", thread, reply_to=post.id)
        await world.until(lambda: is_liked(at_once))
        await moved_on(world, chat)
        say = world.sim.staff.say
        later = [
            say(OPERATOR, "сорок второй", thread, reply_to=post.id),
            say(OPERATOR, "", thread, reply_to=post.id, files=[paper]),
            say(OPERATOR, "без ответа", thread),
        ]
        await world.until(lambda: all(map(is_liked, later)))
    first, quoted, only_quote, file, plain = got(world, chat)
    assert first == "сейчас узнаю"
    assert quoted == "> Какой размер?\n\nсорок второй"
    assert str(only_quote).startswith("> Какой размер?")
    assert file == as_sent(paper)
    assert plain == "без ответа"


async def test_an_album_quotes_what_it_answers_once(world: World) -> None:
    files = papers(world, 3)
    async with world.relay(quote_replies=True):
        chat, thread = await with_topic(world, "Есть фото?")
        await moved_on(world, chat)
        post = post_with(world, chat, "Есть фото?")
        world.sim.staff.say(OPERATOR, "вот", thread, reply_to=post.id, files=files)
        await world.until(lambda: len(got(world, chat)) >= 4)
        last = world.sim.staff.say(OPERATOR, "всё", thread)
        await world.until(lambda: is_liked(last))
    assert got(world, chat) == ["> Есть фото?\n\nвот", *map(as_sent, files), "всё"]


async def test_a_file_of_the_buyer_is_quoted_by_its_name(world: World) -> None:
    torn = put(world, "порвано.pdf", b"%PDF torn")
    async with world.relay(quote_replies=True):
        chat, thread = await with_topic(world)
        world.sim.market.say(chat.id, "", files=[torn])
        await world.until(lambda: any(post.file for post in world.posts(chat)))
        [post] = [post for post in world.posts(chat) if post.file]
        await moved_on(world, chat)
        message = world.sim.staff.say(OPERATOR, "заменим", thread, reply_to=post.id)
        await world.until(lambda: is_liked(message))
    assert got(world, chat) == ["> порвано.pdf\n\nзаменим"]


async def test_an_edit_of_a_quoted_answer_keeps_the_quote(world: World) -> None:
    async with world.relay(quote_replies=True):
        chat, thread = await with_topic(world, "Какой размер?")
        await moved_on(world, chat)
        post = post_with(world, chat, "Какой размер?")
        hold(world)
        message = world.sim.staff.say(OPERATOR, "сорок", thread, reply_to=post.id)
        await heard(world, thread)
        world.sim.staff.edit(message.id, "сорок второй")
        await heard(world, thread)
        world.sim.faults.clear()
        await world.until(lambda: is_liked(message))
    assert got(world, chat) == ["> Какой размер?\n\nсорок второй"]
    assert notices(world, message) == []
