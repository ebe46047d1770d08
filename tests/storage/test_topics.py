"""Topics: one a chat, found by chat and thread, and only in the group they were made in."""

from __future__ import annotations

import pytest

from bot.relay.changes import SaveTopic
from bot.relay.errors import Refused
from bot.relay.model import ChatId, ThreadId, Topic, TopicState
from bot.relay.ports import Ledger
from tests.storage.conftest import Store
from tests.storage.samples import CHAT, GROUP, NOW_MS

OPEN = Topic(CHAT, "Order 7 · 5", ThreadId(3), TopicState.OPEN, is_headed=True, changed_ms=NOW_MS)


async def test_a_topic_is_found_by_chat_and_by_thread(ledger: Ledger) -> None:
    await ledger.commit(SaveTopic(OPEN))

    assert await ledger.topic(CHAT) == OPEN
    assert await ledger.topic_by_thread(ThreadId(3)) == OPEN
    assert await ledger.topic(ChatId(1)) is None
    assert await ledger.topic_by_thread(ThreadId(4)) is None


async def test_a_later_save_overwrites_the_topic(ledger: Ledger) -> None:
    await ledger.commit(SaveTopic(OPEN))
    await ledger.commit(SaveTopic(Topic(CHAT, changed_ms=NOW_MS + 1)))

    assert await ledger.topic(CHAT) == Topic(CHAT, changed_ms=NOW_MS + 1)
    assert await ledger.topic_by_thread(ThreadId(3)) is None


async def test_many_chats_may_wait_for_their_thread(ledger: Ledger) -> None:
    await ledger.commit(*[SaveTopic(Topic(ChatId(number))) for number in range(3)])

    assert await ledger.topic(ChatId(2)) == Topic(ChatId(2))


async def test_two_chats_never_share_a_thread(ledger: Ledger) -> None:
    await ledger.commit(SaveTopic(OPEN))

    with pytest.raises(Refused, match="database_refused"):
        await ledger.commit(SaveTopic(Topic(ChatId(1), "Other", ThreadId(3), TopicState.OPEN)))
    assert await ledger.topic_by_thread(ThreadId(3)) == OPEN


async def test_the_topic_of_another_group_is_none_of_ours(store: Store) -> None:
    async with store.open(group_id=GROUP - 1) as before:
        await before.commit(SaveTopic(OPEN))
    async with store.open() as now:
        assert await now.topic(CHAT) is None
        await now.commit(SaveTopic(OPEN))
        assert await now.topic_by_thread(ThreadId(3)) == OPEN
    async with store.open(group_id=GROUP - 1) as before:
        assert await before.topic(CHAT) is None


async def test_a_topic_being_made_when_the_process_ended_is_waited_for_from_now(
    ledger: Ledger,
) -> None:
    making = Topic(ChatId(1), "Making", state=TopicState.CREATING, changed_ms=NOW_MS)
    await ledger.commit(SaveTopic(making), SaveTopic(OPEN))

    assert await ledger.recover(NOW_MS + 9) == 0
    recovered = await ledger.topic(ChatId(1))
    assert recovered
    assert (recovered.state, recovered.changed_ms) == (TopicState.CREATING, NOW_MS + 9)
    assert await ledger.topic(CHAT) == OPEN
