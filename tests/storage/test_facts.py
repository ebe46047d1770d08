"""Small facts, times of paced calls, and figures."""

from __future__ import annotations

from bot.relay.changes import Remember, SaveChat, SaveTopic, Spent
from bot.relay.model import ChatId, ThreadId, Topic, TopicState
from bot.relay.ports import Ledger
from tests.storage.conftest import Store
from tests.storage.samples import BUSINESS, NOW_MS, known_chat


async def test_a_fact_is_kept_under_its_name_and_cabinet(store: Store) -> None:
    async with store.open() as ledger:
        await ledger.commit(Remember("pause", "1"), Remember("pause", "2"))
        assert await ledger.recall("pause") == "2"
        assert await ledger.recall("other") is None
    async with store.open(business_id=BUSINESS + 1) as ledger:
        assert await ledger.recall("pause") is None


async def test_times_spent_are_kept_until_they_count_no_more(ledger: Ledger) -> None:
    await ledger.commit(Spent(NOW_MS + 2, 0), Spent(NOW_MS + 1, 0), Spent(NOW_MS + 1, 0))
    assert await ledger.spent_since(NOW_MS) == [NOW_MS + 1, NOW_MS + 1, NOW_MS + 2]
    assert await ledger.spent_since(NOW_MS + 2) == [NOW_MS + 2]

    await ledger.commit(Spent(NOW_MS + 9, NOW_MS + 2))
    assert await ledger.spent_since(0) == [NOW_MS + 2, NOW_MS + 9]


async def test_figures_count_chats_and_the_topics_that_are_there(ledger: Ledger) -> None:
    await ledger.commit(*[SaveChat(known_chat(number)) for number in range(3)])
    await ledger.commit(
        SaveTopic(Topic(ChatId(0))),
        SaveTopic(Topic(ChatId(1), "a", ThreadId(3), TopicState.OPEN)),
        SaveTopic(Topic(ChatId(2), "b", ThreadId(4), TopicState.CLOSED)),
    )

    assert await ledger.counts() == {
        "chats": 3,
        "topics": 2,
        "updates_aside": 0,
    }
