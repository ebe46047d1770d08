"""A group that gets another number takes along all that is known of it, and what comes after."""

from __future__ import annotations

import asyncio

from bot.relay.changes import Again, Remember, SaveTopic, Settle
from bot.relay.deeds import MoveGroup
from bot.relay.model import Queue, State, ThreadId, Topic, TopicState
from tests.storage.conftest import Store
from tests.storage.samples import CHAT, GROUP, NOW_MS, add_reply, ids, put

MOVE = MoveGroup(GROUP - 1)


async def test_what_is_written_after_a_move_is_there_when_the_relay_comes_back(
    store: Store,
) -> None:
    async with store.open() as ledger:
        await ledger.commit(put("failed"), put("before"))
        await ledger.commit(Settle(await ids(ledger, "failed"), State.FAILED))
        await ledger.commit(MOVE)
        topic = Topic(CHAT, "name", ThreadId(3), TopicState.OPEN)
        await ledger.commit(put("after"), add_reply("after"), SaveTopic(topic))
        await ledger.commit(Again("failed", NOW_MS))
    async with store.open() as ledger:
        assert ledger.group_id == MOVE.group_id
        await ledger.recover(NOW_MS)
        rows = await ledger.waiting_in_lane("lane", 9)
        assert [row.key for row in rows] == ["failed", "before", "after"]
        assert await ledger.topic(CHAT) == topic
        assert await ledger.reply("after")


async def test_what_is_written_at_the_time_of_a_move_goes_along(store: Store) -> None:
    keys = [f"k{number}" for number in range(20)]
    async with store.open() as ledger, asyncio.TaskGroup() as group:
        for number, key in enumerate(keys):
            group.create_task(ledger.commit(put(key)))
            if number == 10:
                group.create_task(ledger.commit(MOVE))
    async with store.open() as ledger:
        await ledger.recover(NOW_MS)
        assert [row.key for row in await ledger.waiting_in_lane("lane", 99)] == keys


async def test_a_move_that_is_told_again_changes_nothing(store: Store) -> None:
    async with store.open() as ledger:
        await ledger.commit(put("k"), Remember("name", "value"))
        for _ in range(2):
            await ledger.commit(MOVE)
        assert [head.key for head in await ledger.heads(Queue.GROUP)] == ["k"]
    async with store.open() as ledger:
        assert ledger.group_id == MOVE.group_id
        assert await ledger.recall("name") == "value"
