"""Stored updates are worked off in order; what cannot be understood is set aside and said."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import pytest

from bot.relay.changes import Remember, SaveTopic
from bot.relay.model import ChatId, Queue, State, ThreadId, Topic, TopicState
from bot.relay.notices import from_json
from bot.relay.posts import Button, Post, Span
from tests.relay.bench import Shaky, until
from tests.telegram.desks import CHAT, Desks
from tests.world import ADMIN, OPERATOR


async def test_what_staff_write_becomes_rows_in_their_order(desks: Desks) -> None:
    for number in range(5):
        desks.say(f"ответ {number}")
    await desks.work_off()
    assert await desks.for_the_buyer() == [f"ответ {number}" for number in range(5)]


async def test_no_handler_is_asked_in_a_thread_whether_it_wants_an_update(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[object] = []
    in_a_thread = asyncio.to_thread

    async def noted(work: Any, *arguments: Any) -> Any:
        threads.append(work)
        return await in_a_thread(work, *arguments)

    monkeypatch.setattr(asyncio, "to_thread", noted)
    desks.say("ответ")
    desks.say("/help")
    desks.sim.group.create_topic("Пётр · #7", desks.sim.group.bot)
    await desks.work_off()
    assert await desks.for_the_buyer() == ["ответ"]
    assert threads == []


async def test_an_update_that_cannot_be_parsed_is_set_aside_said_and_blocks_nothing(
    desks: Desks,
) -> None:
    desks.say("раз")
    chat = {"id": desks.sim.group_id, "type": "supergroup"}
    desks.sim.updates.put("message", {"message_id": 5, "chat": chat, "date": "never"})
    desks.say("два")
    await desks.work_off()
    assert await desks.for_the_buyer() == ["раз", "два"]
    assert (await desks.bench.ledger.counts())["updates_aside"] == 1
    [said] = await desks.notices()
    assert "could not be read by the bot" in said


async def test_a_bug_in_a_handler_sets_its_update_aside(desks: Desks) -> None:
    desks.say("/status")  # there is no market to ask
    desks.say("два")
    await desks.work_off()
    assert await desks.for_the_buyer() == ["два"]
    assert (await desks.bench.ledger.counts())["updates_aside"] == 1


async def test_words_of_people_are_in_no_log_line_of_a_failure(
    desks: Desks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    chat = {"id": desks.sim.group_id, "type": "supergroup"}
    secret = {"message_id": 5, "chat": chat, "date": "never", "text": "адрес покупателя"}
    desks.sim.updates.put("message", secret)
    await desks.work_off()
    assert "set aside" in caplog.text
    assert "адрес покупателя" not in caplog.text


async def test_an_update_waits_while_telegram_cannot_be_asked_and_keeps_its_place(
    desks: Desks, pauses: list[float]
) -> None:
    fault = desks.sim.faults.add("telegram", "outage")
    desks.say("раз")
    desks.say("два")
    await desks.write_down()
    async with desks.at_work():
        await until(lambda: len(pauses) >= 3)
        assert await desks.for_the_buyer() == []
        desks.sim.faults.remove(fault)
        await desks.finish()
    assert await desks.for_the_buyer() == ["раз", "два"]
    assert (await desks.bench.ledger.counts())["updates_aside"] == 0


@pytest.mark.parametrize("kind", ["refused", "error_html", "throttled"])
async def test_a_command_that_names_the_bot_waits_until_the_bot_knows_its_name(
    desks: Desks, pauses: list[float], kind: str
) -> None:
    desks.sim.faults.add("telegram", kind, "getMe", times=1)
    message = desks.say("/help@relay_bot")
    await desks.work_off()
    assert (await desks.bench.ledger.counts())["updates_aside"] == 0
    row = await desks.bench.row(f"notice/answer/{message.id}")
    assert "/history" in from_json(row.payload).text
    assert pauses


async def test_a_ledger_that_is_away_for_a_moment_loses_nothing_and_doubles_nothing(
    desks: Desks, pauses: list[float]
) -> None:
    ledger = Shaky(desks.bench.ledger)
    ledger.fails = {"commit": 2, "waiting_updates": 1, "topic_by_thread": 1}
    desks.say("раз")
    desks.say("два")
    await desks.work_off(ledger)
    assert await desks.for_the_buyer() == ["раз", "два"]
    assert len(ledger.failed) == 4


async def test_a_bell_that_was_missed_holds_up_nobody_for_long(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.dispatch._REST_AT_MOST_S", 0.05)
    async with desks.at_work():
        await until(lambda: desks.bench.bell._waiters)
        desks.say("раз")
        [update] = (await desks.sim.updates.read(0, 100, 0))[-1:]
        await desks.bench.ledger.store_updates([update.wire()], desks.bench.now_ms)
        await desks.finish()
    assert await desks.for_the_buyer() == ["раз"]


async def test_what_nobody_listens_to_is_done_all_the_same(desks: Desks) -> None:
    desks.sim.staff.set_bot_status("administrator")
    other = {"id": -1009, "type": "supergroup", "title": "Чужая"}
    user = {"id": OPERATOR, "is_bot": False, "first_name": "Oleg"}
    desks.sim.updates.put(
        "message",
        {
            "message_id": 5,
            "date": 1,
            "chat": other,
            "from": user,
            "text": "из чужой группы",
            "is_topic_message": True,
            "message_thread_id": desks.thread,
        },
    )
    await desks.work_off()
    assert await desks.for_the_buyer() == []
    assert (await desks.bench.ledger.counts())["updates_aside"] == 0
    assert await desks.notices() == []


async def test_neither_general_nor_a_reply_in_it_nor_another_topic_leads_to_a_buyer(
    desks: Desks,
) -> None:
    general = desks.sim.staff.say(OPERATOR, "в общем")
    desks.sim.staff.say(OPERATOR, "ответ в общем", reply_to=general.id)
    other = desks.sim.staff.create_topic(ADMIN, "Курилка").thread
    desks.say("в курилке", other)
    await desks.work_off()
    assert await desks.for_the_buyer() == []


async def test_the_same_update_stored_twice_is_worked_off_once(desks: Desks) -> None:
    desks.say("раз")
    updates = [update.wire() for update in await desks.sim.updates.read(0, 100, 0)]
    await desks.work_off()
    await desks.bench.ledger.store_updates(updates, desks.bench.now_ms)
    async with desks.at_work():
        await desks.finish()
    assert await desks.for_the_buyer() == ["раз"]


async def test_the_groups_word_on_a_topic_adopts_it(desks: Desks) -> None:
    waiting = ChatId(5_000_000_001)
    creating = Topic(waiting, f"Анна · Order 1 · #{waiting}", None, TopicState.CREATING)
    await desks.bench.ledger.commit(SaveTopic(creating))
    made = desks.sim.group.create_topic(creating.name, desks.sim.group.bot)
    await desks.work_off()
    topic = await desks.bench.ledger.topic(waiting)
    assert topic
    assert (topic.state, topic.thread_id) == (TopicState.OPEN, made.thread)


async def test_the_groups_word_on_a_topic_that_is_gone_since_adopts_nothing(desks: Desks) -> None:
    chat_id = ChatId(5_000_000_001)
    lost = Topic(chat_id, f"Анна · Order 1 · #{chat_id}")
    made = desks.sim.group.create_topic(lost.name, desks.sim.group.bot)
    former = Remember(f"thread/{made.thread}", str(chat_id))
    await desks.bench.ledger.commit(SaveTopic(lost), former)
    await desks.work_off()
    assert await desks.bench.ledger.topic(chat_id) == lost


async def test_a_topic_that_a_person_named_like_a_chats_is_not_adopted(desks: Desks) -> None:
    waiting = ChatId(5_000_000_001)
    creating = Topic(waiting, f"Анна · Order 1 · #{waiting}", None, TopicState.CREATING)
    await desks.bench.ledger.commit(SaveTopic(creating))
    desks.sim.staff.create_topic(ADMIN, creating.name)
    await desks.work_off()
    topic = await desks.bench.ledger.topic(waiting)
    assert topic
    assert topic.state is TopicState.CREATING


async def test_a_failed_reply_waits_for_nobody(desks: Desks) -> None:
    """The rows of a message are open for the lanes as soon as its update is done."""
    message = desks.say("раз")
    await desks.work_off()
    row = await desks.bench.row(f"say/{message.id}/0")
    assert (row.state, row.queue, row.chat_id) == (State.NEW, Queue.MARKET, CHAT)


async def test_an_answer_to_a_button_that_hangs_holds_up_nobody(desks: Desks) -> None:
    there = Post((Span("?"),), ThreadId(desks.thread), buttons=(Button("Send", "again 1"),))
    posted = await desks.forum.post(there)
    desks.sim.staff.press(posted.id, OPERATOR, "again 1")
    desks.say("ответ")
    desks.sim.faults.add("telegram", "slow", "answerCallbackQuery", seconds=30, times=1)
    await desks.write_down()
    began = time.monotonic()
    async with desks.at_work():
        await desks.finish()
    assert time.monotonic() - began < 4.5  # without a limit of its own it takes the bot's five
    assert desks.sim.faults.fired
    assert await desks.for_the_buyer() == ["ответ"]
