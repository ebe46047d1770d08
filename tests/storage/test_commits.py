"""Commits: whole or not at all, kept, and heard by those who have work from them."""

from __future__ import annotations

import asyncio

import pytest

from bot.relay.changes import (
    Again,
    Change,
    Doubt,
    Hurry,
    Postpone,
    Remember,
    SaveChat,
    SaveTopic,
    Settle,
    StoreMessages,
    Wait,
)
from bot.relay.errors import Refused, Unreachable
from bot.relay.model import ChatId, MessageId, Queue, State, ThreadId, Topic
from bot.relay.ports import Ledger
from tests.storage.conftest import Store
from tests.storage.samples import CHAT, NOW_MS, add_reply, ids, known_chat, put, sifted, state

WRONG = [
    SaveTopic(Topic(ChatId(1), "a", ThreadId(3))),
    SaveTopic(Topic(ChatId(2), "b", ThreadId(3))),
]


async def test_a_change_that_fails_takes_the_whole_commit_with_it(
    ledger: Ledger, store: Store
) -> None:
    await ledger.commit(put("before"), SaveChat(known_chat(cursor=1)))
    store.rung.clear()
    with pytest.raises(Refused):
        await ledger.commit(
            put("k"),
            add_reply("k"),
            SaveChat(known_chat(cursor=9)),
            StoreMessages(CHAT, [sifted(5)]),
            Remember("name", "value"),
            Settle(await ids(ledger, "before"), State.SENT),
            *WRONG,
        )

    assert await ledger.effect("k") is None
    assert await ledger.reply("k") is None
    assert await ledger.known_chat(CHAT) == known_chat(cursor=1)
    assert await ledger.incoming(CHAT, [MessageId(5)]) == []
    assert await ledger.recall("name") is None
    assert await ledger.topic(ChatId(1)) is None
    assert await state(ledger, "before") is State.NEW
    assert store.rung == []


async def test_what_no_column_can_hold_is_refused_and_hurts_nothing(ledger: Ledger) -> None:
    with pytest.raises(Refused, match="database_refused"):
        await ledger.commit(put("k1"), put("k2", chat_id=ChatId(2**63)))
    with pytest.raises(Refused, match="database_refused"):
        await ledger.commit(put("k1"), put("k" * 300))
    await ledger.commit(put("k3"))

    assert await ledger.effect("k1") is None
    assert await state(ledger, "k3") is State.NEW


async def test_a_commit_is_kept(store: Store) -> None:
    async with store.open() as ledger:
        await ledger.commit(put("k"))
    async with store.open() as ledger:
        assert await state(ledger, "k") is State.NEW


async def test_a_commit_of_nothing_does_nothing(ledger: Ledger, store: Store) -> None:
    await ledger.commit()
    assert store.rung == []


async def test_the_bell_of_a_queue_rings_once_a_commit_gave_it_work(
    ledger: Ledger, store: Store
) -> None:
    async def heard(*changes: Change) -> list[Queue]:
        store.rung.clear()
        await ledger.commit(*changes)
        return sorted(store.rung)

    both = [Queue.GROUP, Queue.MARKET]
    assert await heard(put("g"), put("g2"), put("m", "m", Queue.MARKET)) == both
    rows = await ids(ledger, "g", "m")
    assert await heard(Wait(rows, NOW_MS)) == both
    assert await heard(Doubt(rows, NOW_MS, NOW_MS)) == both
    assert await heard(Postpone(rows, NOW_MS)) == both
    assert await heard(Hurry("m", NOW_MS)) == [Queue.MARKET]
    assert await heard(Settle(rows, State.FAILED)) == []  # for the runner of their lanes alone
    assert await heard(Again("m", NOW_MS)) == [Queue.MARKET]
    assert await heard(Again("m", NOW_MS), Hurry("empty", NOW_MS), Remember("a", "b")) == []


async def test_the_bell_rings_when_the_work_can_be_seen(store: Store) -> None:
    bell = asyncio.Event()
    store.rung = _Bell(bell)

    async def look(ledger: Ledger) -> list[str]:
        await bell.wait()
        return [head.key for head in await ledger.heads(Queue.GROUP)]

    async with store.open() as ledger, asyncio.TaskGroup() as group:
        seen = group.create_task(look(ledger))
        await ledger.commit(put("k"))

    assert seen.result() == ["k"]


async def test_the_same_row_put_from_many_sides_at_once_is_one_row(ledger: Ledger) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(ledger.commit(put("same"), put(f"own{number}")))

    rows = await ledger.waiting_in_lane("lane", 100)
    assert sorted(row.key for row in rows) == sorted(["same", *(f"own{n}" for n in range(20))])


async def test_a_closed_ledger_is_out_of_reach(store: Store) -> None:
    async with store.open() as ledger:
        pass
    with pytest.raises(Unreachable):
        await ledger.commit(put("k"))
    with pytest.raises(Unreachable):
        await ledger.heads(Queue.GROUP)


class _Bell(list[Queue]):
    def __init__(self, event: asyncio.Event) -> None:
        super().__init__()
        self._event = event

    def append(self, queue: Queue) -> None:
        super().append(queue)
        self._event.set()
