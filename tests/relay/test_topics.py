"""The topic of a chat: made once, found again, reopened, made anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.relay.changes import Enqueue, Hurry, SaveChat, SaveTopic
from bot.relay.errors import AccessDenied, Gone, OutcomeUnknown, Refused, Throttled, Unreachable
from bot.relay.model import ChatId, ThreadId, Topic, TopicState
from bot.relay.pulse import Pulse, Source
from bot.relay.topics import Topics, created, opened_or_closed, topic_at
from bot.relay.work import Later
from tests.relay.bench import Bench, Group
from tests.relay.samples import CHAT, ENGLISH, NOW_MS, THREAD, known

SETTLE_MS = 30_000
NAME = f"Иван Петров · Order 123456 · #{CHAT}"
OPEN = Topic(CHAT, NAME, THREAD, TopicState.OPEN, is_headed=True)
UNKNOWN = OutcomeUnknown("telegram_timeout")


def topics_of(bench: Bench, group: Group, *, is_listening: bool = True) -> Topics:
    pulse = Pulse(bench.clock)
    if is_listening:
        pulse.worked(Source.TELEGRAM_READS)
    return Topics(
        forum=group,  # type: ignore[arg-type]
        ledger=bench.ledger,
        pace=bench.pace(),
        words=ENGLISH,
        clock=bench.clock,
        pulse=pulse,
        settle_ms=SETTLE_MS,
    )


async def saved(bench: Bench) -> Topic:
    topic = await bench.ledger.topic(CHAT)
    assert topic is not None
    return topic


@pytest.fixture
async def group(bench: Bench) -> Group:
    """With a chat that the ledger knows."""
    await bench.ledger.commit(SaveChat(known()))
    return Group()


async def test_a_chat_gets_its_topic_once(bench: Bench, group: Group) -> None:
    first = await topics_of(bench, group).ensure(CHAT)
    again = await topics_of(bench, group).ensure(CHAT)
    assert first == again == Topic(CHAT, NAME, ThreadId(101), TopicState.OPEN, False, NOW_MS)
    assert group.names == [NAME]


async def test_the_intent_is_written_down_before_the_call(bench: Bench, group: Group) -> None:
    seen = []

    async def look(_: ThreadId) -> None:
        seen.append(await saved(bench))

    group.before_answer = look
    await topics_of(bench, group).ensure(CHAT)
    assert [(topic.state, topic.name) for topic in seen] == [(TopicState.CREATING, NAME)]


async def test_a_chat_that_nobody_knows_gets_no_topic(bench: Bench, group: Group) -> None:
    with pytest.raises(Refused, match="chat_unknown"):
        await topics_of(bench, group).ensure(ChatId(1))
    assert group.names == []


async def test_while_a_creation_is_unknown_it_is_waited_for_and_then_done_again(
    bench: Bench, group: Group
) -> None:
    topics = topics_of(bench, group)
    group.fails = [UNKNOWN]
    for _ in range(2):
        with pytest.raises(Later) as waits:
            await topics.ensure(CHAT)
        assert waits.value.due_ms == NOW_MS + SETTLE_MS
    bench.now_ms += SETTLE_MS - 1
    with pytest.raises(Later):
        await topics.ensure(CHAT)
    assert group.names == []
    bench.now_ms += 1
    assert (await topics.ensure(CHAT)).thread_id == 101


async def test_the_groups_own_word_settles_a_lost_creation(bench: Bench, group: Group) -> None:
    topics = topics_of(bench, group)
    group.fails = [UNKNOWN]
    with pytest.raises(Later):
        await topics.ensure(CHAT)
    await bench.ledger.commit(*created(await saved(bench), THREAD, bench.now_ms))
    assert (await topics.ensure(CHAT)).thread_id == THREAD
    assert group.names == []


async def test_a_lost_creation_is_adopted_though_a_later_one_was_refused(
    bench: Bench, group: Group
) -> None:
    topics = topics_of(bench, group)
    group.fails = [UNKNOWN, Throttled("telegram_throttled", 5)]
    with pytest.raises(Later):
        await topics.ensure(CHAT)
    bench.now_ms += SETTLE_MS
    with pytest.raises(Throttled):
        await topics.ensure(CHAT)
    await bench.ledger.commit(*created(await saved(bench), THREAD, bench.now_ms))
    assert (await topics.ensure(CHAT)).thread_id == THREAD
    assert group.names == []


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("telegram_unreachable"),
        Throttled("telegram_throttled", 5),
        AccessDenied("telegram_lacks_right"),
        Refused("topics_off"),
    ],
)
async def test_a_creation_that_was_certainly_not_done_may_be_done_at_once(
    bench: Bench, group: Group, error: Exception
) -> None:
    group.fails = [error]
    with pytest.raises(type(error)):
        await topics_of(bench, group).ensure(CHAT)
    assert (await saved(bench)).state is TopicState.ABSENT
    assert (await topics_of(bench, group).ensure(CHAT)).thread_id == 101


async def test_a_first_attempt_heard_of_during_the_second_is_kept_and_the_double_closed(
    bench: Bench, group: Group
) -> None:
    topics = topics_of(bench, group)
    group.fails = [UNKNOWN]
    with pytest.raises(Later):
        await topics.ensure(CHAT)
    bench.now_ms += SETTLE_MS

    async def first_is_heard_of(_: ThreadId) -> None:
        await bench.ledger.commit(*created(await saved(bench), THREAD, bench.now_ms))

    group.before_answer = first_is_heard_of
    assert (await topics.ensure(CHAT)).thread_id == THREAD
    assert (await saved(bench)).thread_id == THREAD
    assert (await bench.row("shut/101")).payload == {"thread": 101}


async def test_a_first_attempt_heard_of_just_before_the_second_is_not_forgotten_for_it(
    bench: Bench, group: Group
) -> None:
    topics = topics_of(bench, group)
    group.fails = [UNKNOWN]
    with pytest.raises(Later):
        await topics.ensure(CHAT)
    bench.now_ms += SETTLE_MS
    take = topics._pace.take

    async def take_while_the_first_is_heard_of() -> None:
        await take()
        await bench.ledger.commit(*created(await saved(bench), THREAD, bench.now_ms))

    topics._pace.take = take_while_the_first_is_heard_of  # type: ignore[method-assign]
    with pytest.raises(Later):
        await topics.ensure(CHAT)
    assert group.names == []
    assert (await topics.ensure(CHAT)).thread_id == THREAD


async def test_a_closed_topic_is_reopened(bench: Bench, group: Group) -> None:
    await bench.ledger.commit(SaveTopic(replace(OPEN, state=TopicState.CLOSED)))
    topic = await topics_of(bench, group).ensure(CHAT)
    assert (topic.state, topic.thread_id, topic.is_headed) == (TopicState.OPEN, THREAD, True)
    assert group.reopened == [THREAD]
    assert group.names == []


async def test_nobody_who_does_not_listen_makes_a_topic_twice(bench: Bench, group: Group) -> None:
    await bench.ledger.commit(SaveTopic(replace(OPEN, state=TopicState.CREATING, thread_id=None)))
    bench.later(100 * SETTLE_MS)
    with pytest.raises(Later):
        await topics_of(bench, group, is_listening=False).ensure(CHAT)
    assert (await saved(bench)).state is TopicState.CREATING


async def test_a_closed_topic_that_is_gone_is_told_as_any_other(bench: Bench, group: Group) -> None:
    await bench.ledger.commit(SaveTopic(replace(OPEN, state=TopicState.CLOSED)))
    group.fails = [Gone("topic_gone")]
    with pytest.raises(Gone):
        await topics_of(bench, group).ensure(CHAT)
    assert (await saved(bench)).state is TopicState.CLOSED


async def test_a_topic_that_cannot_be_reopened_now_stays_closed(bench: Bench, group: Group) -> None:
    await bench.ledger.commit(SaveTopic(replace(OPEN, state=TopicState.CLOSED)))
    group.fails = [Unreachable("telegram_unreachable")]
    with pytest.raises(Unreachable):
        await topics_of(bench, group).ensure(CHAT)
    assert (await saved(bench)).state is TopicState.CLOSED


async def lose(bench: Bench, topics: Topics, topic: Topic) -> int:
    """Telegram says twice that the topic is gone. How long until the next try."""
    _, changes = await topics.gone(topic, True)
    due_ms, _ = await topics.gone(topic, True)
    await bench.ledger.commit(*changes)
    return due_ms - bench.now_ms


async def test_that_a_topic_is_gone_is_asked_once_more_before_it_is_believed(
    bench: Bench, group: Group
) -> None:
    await bench.ledger.commit(SaveTopic(OPEN))
    due_ms, changes = await topics_of(bench, group).gone(OPEN, False)
    assert (due_ms, list(changes)) == (NOW_MS + SETTLE_MS // 3, [])


async def test_a_lost_topic_is_made_anew_and_what_is_written_in_the_old_one_still_belongs_to_it(
    bench: Bench, group: Group
) -> None:
    await bench.ledger.commit(SaveTopic(OPEN))
    topics = topics_of(bench, group)
    assert await lose(bench, topics, OPEN) == 0
    topic = await topics.ensure(CHAT)
    assert (topic.thread_id, topic.is_headed) == (101, False)
    assert await topic_at(bench.ledger, THREAD) == topic
    assert await topic_at(bench.ledger, ThreadId(101)) == topic
    assert await topic_at(bench.ledger, ThreadId(5)) is None


async def test_a_new_topic_that_is_gone_at_once_is_an_incident(bench: Bench, group: Group) -> None:
    await bench.ledger.commit(SaveTopic(OPEN))
    topics = topics_of(bench, group)
    await lose(bench, topics, OPEN)
    made = await topics.ensure(CHAT)
    assert await lose(bench, topics, made) == 300_000
    assert (await saved(bench)).thread_id == made.thread_id


async def test_three_topics_gone_within_five_minutes_are_an_incident(
    bench: Bench, group: Group
) -> None:
    topics = topics_of(bench, group)
    gone = [replace(OPEN, chat_id=ChatId(n), thread_id=ThreadId(n)) for n in (1, 2, 3, 4)]
    assert await lose(bench, topics, gone[0]) == 0
    assert await lose(bench, topics, gone[1]) == 0
    assert await lose(bench, topics, gone[2]) == 300_000
    bench.now_ms += 300_001
    assert await lose(bench, topics, gone[3]) == 0


async def test_every_call_is_paced(bench: Bench, group: Group) -> None:
    await topics_of(bench, group).ensure(CHAT)
    await bench.ledger.commit(SaveTopic(replace(OPEN, state=TopicState.CLOSED)))
    await topics_of(bench, group).ensure(CHAT)
    assert len(await bench.ledger.spent_since(0)) == 2


# What the group says


def test_a_creation_that_is_waited_for_is_adopted_and_its_lane_hurried() -> None:
    waiting = Topic(CHAT, NAME, None, TopicState.CREATING, changed_ms=1)
    found = Topic(CHAT, NAME, THREAD, TopicState.OPEN, False, NOW_MS)
    expected = [SaveTopic(found), Hurry(f"topic/{CHAT}", NOW_MS)]
    assert list(created(waiting, THREAD, NOW_MS)) == expected


@pytest.mark.parametrize("topic", [None, OPEN, replace(OPEN, state=TopicState.CLOSED)])
def test_a_topic_that_is_known_or_nobodys_changes_nothing(topic: Topic | None) -> None:
    assert list(created(topic, THREAD, NOW_MS)) == []


def test_a_double_is_closed_and_the_topic_stays() -> None:
    changes = created(OPEN, ThreadId(999), NOW_MS)
    [shut] = [change.effect for change in changes if isinstance(change, Enqueue)]
    assert (shut.kind, shut.payload) == ("shut", {"thread": 999})
    assert not [change for change in changes if isinstance(change, SaveTopic)]


def test_staff_close_and_reopen_a_topic_by_hand() -> None:
    closed = replace(OPEN, state=TopicState.CLOSED, changed_ms=NOW_MS)
    assert opened_or_closed(OPEN, False, NOW_MS) == [SaveTopic(closed)]
    assert opened_or_closed(closed, True, NOW_MS + 1) == [
        SaveTopic(replace(OPEN, changed_ms=NOW_MS + 1))
    ]
    assert opened_or_closed(OPEN, True, NOW_MS) == []
    assert opened_or_closed(None, False, NOW_MS) == []
    assert opened_or_closed(Topic(CHAT), False, NOW_MS) == []
