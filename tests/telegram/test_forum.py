"""The staff group as the relay's port: each method over HTTP, and what its failures mean."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Awaitable, Callable

import pytest
from aiogram.methods import Response
from aiogram.types import Message, Update

from bot.relay.errors import (
    AccessDenied,
    Gone,
    OutcomeUnknown,
    Refused,
    RelayError,
    Throttled,
    Unreachable,
)
from bot.relay.model import PostId, ThreadId, UserId
from bot.relay.posts import Button, Found, Post, Posted, Span, Style
from bot.simulator.server import Simulator
from bot.telegram.connection import connect
from bot.telegram.forum import TelegramForum
from tests.telegram.conftest import forum_of
from tests.world import OPERATOR

NOWHERE = ThreadId(4_000)
NO_POST = PostId(40_000)
AGAIN = (Button("Send again", "again say/1/0"),)
Call = Callable[[TelegramForum], Awaitable[object]]

# Every method that changes something, with what it must take for its answer being lost.
CHANGING: dict[str, tuple[str, Call, type[RelayError]]] = {
    "create_topic": ("createForumTopic", lambda f: f.create_topic("x"), OutcomeUnknown),
    "post": ("sendMessage", lambda f: f.post(post("x")), OutcomeUnknown),
    "reopen_topic": ("reopenForumTopic", lambda f: f.reopen_topic(NOWHERE), Unreachable),
    "close_topic": ("closeForumTopic", lambda f: f.close_topic(NOWHERE), Unreachable),
    "delete": ("deleteMessage", lambda f: f.delete(NO_POST), Unreachable),
    "react": ("setMessageReaction", lambda f: f.react(NO_POST, "👍"), Unreachable),
    "set_buttons": ("editMessageReplyMarkup", lambda f: f.set_buttons(NO_POST, ()), Unreachable),
    "probe": ("editMessageReplyMarkup", lambda f: f.probe(NO_POST, ()), Unreachable),
    "is_forum": ("getChat", lambda f: f.is_forum(), Unreachable),
    "role": ("getChatMember", lambda f: f.role(UserId(9)), Unreachable),
}


def post(text: str, thread: ThreadId | None = None, **more: object) -> Post:
    return Post((Span(text),), thread, **more)  # type: ignore[arg-type]


def every_method() -> pytest.MarkDecorator:
    cases = list(CHANGING.values())
    return pytest.mark.parametrize(("method", "call", "lost"), cases, ids=list(CHANGING))


@every_method()
async def test_a_lost_answer_is_unknown_only_where_a_repeat_would_harm(
    simulator: Simulator, forum: TelegramForum, method: str, call: Call, lost: type[RelayError]
) -> None:
    simulator.faults.add("telegram", "dropped_after", method)
    with pytest.raises(RelayError) as failed:
        await call(forum)
    assert type(failed.value) is lost
    assert simulator.token not in str(failed.value)


@pytest.mark.parametrize("kind", ["dropped_before", "truncated", "error_html"])
async def test_every_kind_of_lost_answer_is_unknown(
    simulator: Simulator, forum: TelegramForum, kind: str
) -> None:
    simulator.faults.add("telegram", kind, "sendMessage")
    with pytest.raises(OutcomeUnknown):
        await forum.post(post("x"))


@every_method()
async def test_a_pause_asked_for_is_told_on_every_method(
    simulator: Simulator, forum: TelegramForum, method: str, call: Call, lost: type[RelayError]
) -> None:
    simulator.faults.add("telegram", "throttled", method, seconds=7)
    with pytest.raises(Throttled) as failed:
        await call(forum)
    assert failed.value.retry_after == 7


@every_method()
async def test_a_server_that_is_down_was_certainly_not_reached(
    simulator: Simulator, forum: TelegramForum, method: str, call: Call, lost: type[RelayError]
) -> None:
    await simulator.stop()
    with pytest.raises(Unreachable) as failed:
        await call(forum)
    assert failed.value.key == "telegram_unreachable"


async def test_an_answer_that_is_late_is_unknown(simulator: Simulator) -> None:
    simulator.faults.add("telegram", "slow", "sendMessage", seconds=0.3)
    async with connect(simulator.token, simulator.telegram_url, 0.05) as bot:
        with pytest.raises(OutcomeUnknown) as failed:
            await forum_of(bot, simulator).post(post("x"))
    assert failed.value.key == "telegram_timeout"


async def test_a_wrong_token_is_denied_and_not_repeated_in_the_error(simulator: Simulator) -> None:
    wrong = "7000000001:wrong-token-wrong-token-wrong-token"
    async with connect(wrong, simulator.telegram_url, 5) as bot:
        with pytest.raises(AccessDenied) as failed:
            await forum_of(bot, simulator).post(post("x"))
    assert failed.value.key == "telegram_token_invalid"
    assert "wrong-token" not in str(failed.value)


# Topics


async def test_a_topic_is_made_closed_and_reopened_and_twice_is_once(
    simulator: Simulator, forum: TelegramForum
) -> None:
    thread = await forum.create_topic("Иван · #5")
    topic = simulator.group.topics[thread]
    assert topic.name == "Иван · #5"
    for _ in range(2):
        await forum.close_topic(thread)
        assert topic.is_closed
    for _ in range(2):
        await forum.reopen_topic(thread)
        assert not topic.is_closed


async def test_a_topic_that_staff_deleted_is_gone(
    simulator: Simulator, forum: TelegramForum
) -> None:
    thread = await forum.create_topic("x")
    simulator.staff.delete_topic(thread)
    calls = (forum.post(post("x", thread)), forum.reopen_topic(thread), forum.close_topic(thread))
    for call in calls:
        with pytest.raises(Gone, match="topic_gone"):
            await call


async def test_a_closed_topic_is_told_from_one_that_is_gone(
    simulator: Simulator, forum: TelegramForum
) -> None:
    thread = await forum.create_topic("x")
    simulator.telegram.posts.is_closed_refused = True
    simulator.staff.close_topic(thread)
    with pytest.raises(Refused) as failed:
        await forum.post(post("x", thread))
    assert (type(failed.value), failed.value.key) == (Refused, "topic_closed")


async def test_without_the_right_no_topic_is_made_and_it_is_a_matter_for_a_person(
    simulator: Simulator, forum: TelegramForum
) -> None:
    simulator.group.rights.discard("can_manage_topics")
    with pytest.raises(AccessDenied, match="telegram_lacks_right"):
        await forum.create_topic("x")


async def test_a_group_whose_topics_are_off_says_so_and_shows_where_posts_land(
    simulator: Simulator, forum: TelegramForum
) -> None:
    thread = await forum.create_topic("x")
    assert await forum.is_forum()
    simulator.group.is_forum = False
    assert not await forum.is_forum()
    with pytest.raises(Refused, match="topics_off"):
        await forum.create_topic("y")
    assert (await forum.post(post("x", thread))).thread_id is None


def test_the_link_of_a_topic_leads_members_to_it(simulator: Simulator) -> None:
    forum = TelegramForum(
        None,  # type: ignore[arg-type]
        -1001700000001,
        admins=frozenset(),
        operators=frozenset(),
        clock=lambda: 0,
        files=None,  # type: ignore[arg-type]
    )
    assert forum.link(ThreadId(77)) == "https://t.me/c/1700000001/77"


# Posts


async def test_a_post_stands_where_it_was_asked_for_and_as_it_was_given(
    simulator: Simulator, forum: TelegramForum
) -> None:
    thread = await forum.create_topic("x")
    question = simulator.staff.say(OPERATOR, "?", thread)
    spans = (Span("метка\n", Style.LABEL), Span("😀 @anna /close t.me/x", Style.FOREIGN))
    posted = await forum.post(
        Post(spans, thread, reply_to=PostId(question.id), buttons=AGAIN, is_silent=True)
    )
    message = simulator.group.messages[posted.id]
    assert posted == Posted(PostId(message.id), thread)
    assert (message.text, message.thread, message.reply_to) == (
        "метка\n😀 @anna /close t.me/x",
        thread,
        question.id,
    )
    assert {e["type"] for e in message.entities} == {"bold", "code", "url"}
    assert not message.has_preview
    assert message.is_silent
    assert message.parse_mode == ""
    assert [[button["callback_data"] for button in row] for row in message.buttons] == [
        ["again say/1/0"]
    ]


async def test_a_post_without_a_topic_stands_in_general(
    simulator: Simulator, forum: TelegramForum
) -> None:
    posted = await forum.post(post("всем"))
    assert posted.thread_id is None
    assert simulator.group.messages[posted.id].thread is None


async def test_the_answer_to_a_deleted_message_is_posted_all_the_same(
    simulator: Simulator, forum: TelegramForum
) -> None:
    asked = simulator.staff.say(OPERATOR, "?")
    simulator.staff.delete(asked.id)
    posted = await forum.post(post("ответ", reply_to=PostId(asked.id)))
    assert simulator.group.messages[posted.id].text == "ответ"


async def test_what_is_too_long_is_refused_for_good(forum: TelegramForum) -> None:
    with pytest.raises(Refused, match="telegram_refused"):
        await forum.post(post("ы" * 4097))
    assert (await forum.post(post("ы" * 4096))).id


async def test_a_post_is_deleted_and_what_is_gone_says_so(
    simulator: Simulator, forum: TelegramForum
) -> None:
    posted = await forum.post(post("x"))
    await forum.delete(posted.id)
    assert simulator.group.standing(posted.id) is None
    for call in (forum.delete(posted.id), forum.react(posted.id, "👍")):
        with pytest.raises(Gone, match="post_gone"):
            await call


async def test_a_reaction_stands_on_the_message(simulator: Simulator, forum: TelegramForum) -> None:
    message = simulator.staff.say(OPERATOR, "да")
    await forum.react(PostId(message.id), "👍")
    assert message.reactions == ["👍"]
    with pytest.raises(Refused):
        await forum.react(PostId(message.id), "🧦")


async def test_buttons_are_taken_away_and_twice_is_once(
    simulator: Simulator, forum: TelegramForum
) -> None:
    posted = await forum.post(post("x", buttons=AGAIN))
    for _ in range(2):
        await forum.set_buttons(posted.id, ())
        assert simulator.group.messages[posted.id].buttons == []


async def test_a_probe_tells_whose_message_it_is_and_leaves_it_as_it_was(
    simulator: Simulator, forum: TelegramForum
) -> None:
    plain = (await forum.post(post("x"))).id
    asking = (await forum.post(post("x", buttons=AGAIN))).id
    theirs = PostId(simulator.staff.say(OPERATOR, "x").id)
    before = [list(message.buttons) for message in simulator.group.messages.values()]
    assert await forum.probe(plain, ()) is Found.OURS
    assert await forum.probe(asking, AGAIN) is Found.OURS
    assert await forum.probe(theirs, ()) is Found.ANOTHERS
    assert await forum.probe(NO_POST, ()) is Found.NOTHING
    assert [list(message.buttons) for message in simulator.group.messages.values()] == before


def test_the_models_of_frequent_answers_are_not_made_anew() -> None:
    models = [weakref.ref(Response[kind]) for kind in (Message, bool, list[Update])]
    gc.collect()
    assert [model() for model in models if model() is None] == []
