"""What waits for long is told apart from a backlog that flows."""

from __future__ import annotations

import pytest

from bot.relay.alarms.late import Late, fails, held_up, stage_of
from bot.relay.changes import AddReply, Again, Begin, Settle, Wait
from bot.relay.finder import ALONE
from bot.relay.model import Effect, EffectId, Queue, State
from bot.relay.notices import NOTICE
from tests.relay.bench import Bench
from tests.relay.samples import CHAT, ENGLISH, NOW_MS
from tests.storage.samples import add_reply

MINUTE_MS = 60_000


def head(number: int, waited_min: float = 5, reason: str = "", state: State = State.NEW) -> Effect:
    created = NOW_MS - int(waited_min * MINUTE_MS)
    lane = f"topic/{number}"
    where = (EffectId(number), f"post/{number}", Queue.GROUP, lane, "post", {}, 1, CHAT)
    return Effect(*where, state, created, NOW_MS, reason=reason)


@pytest.mark.parametrize(
    ("minutes", "stage"), [(0, 0), (1.9, 0), (2, 2), (14.9, 2), (15, 15), (600, 15)]
)
def test_it_is_late_after_2_and_after_15_minutes(minutes: float, stage: int) -> None:
    assert stage_of(int(minutes * MINUTE_MS)) == stage * MINUTE_MS


@pytest.mark.parametrize(
    ("last_post_min", "again", "late"),
    [
        (0.1, set(), []),  # a backlog that flows
        (1.9, set(), []),
        (2, set(), [1, 2]),  # nothing gets through
        (999, set(), [1, 2]),
        (0.1, {2, 3}, [2]),  # one chat fails while others flow; 3 is not late yet
    ],
)
def test_posts_are_held_up_where_nothing_goes_or_they_fail_again(
    last_post_min: float, again: set[EffectId], late: list[int]
) -> None:
    heads = [head(1, 2), head(2, 20), head(3, 1)]
    last_post_ms = NOW_MS - int(last_post_min * MINUTE_MS)
    assert [one.id for one in held_up(heads, again, last_post_ms, NOW_MS)] == late


@pytest.mark.parametrize(
    ("effect", "is_failing"),
    [
        (head(1), False),
        (head(1, reason="telegram_throttled"), False),
        (head(1, reason=ALONE), False),
        (head(1, reason="telegram_lacks_right"), True),
        (head(1, state=State.UNKNOWN), True),
    ],
)
def test_who_waits_for_its_turn_does_not_fail(effect: Effect, is_failing: bool) -> None:
    assert fails(effect) is is_failing


class Telegram:
    async def is_forum(self) -> bool:
        return True


def late_of(bench: Bench) -> Late:
    return Late(
        forum=Telegram(),  # type: ignore[arg-type]
        ledger=bench.ledger,
        words=ENGLISH,
        clock=bench.clock,
        rest_s=0,
    )


async def said(bench: Bench) -> list[Effect]:
    heads = await bench.ledger.heads(Queue.GROUP)
    return [head for head in heads if head.kind == NOTICE]


async def test_an_answer_that_has_only_just_got_its_turn_is_not_told(bench: Bench) -> None:
    for number in (1, 2):
        await bench.put(f"chat/{number}", queue=Queue.MARKET)
        await bench.ledger.commit(AddReply(add_reply(f"chat/{number}", number).reply))
    bench.later(20 * MINUTE_MS)
    late = late_of(bench)
    await late.look()
    await bench.ledger.commit(Settle(((await bench.row("chat/1")).id,), State.SENT))
    await late.look()
    assert await said(bench) == []
    await late.look()
    [notice] = await said(bench)
    assert notice.payload["reply_to"] == 2
    assert notice.payload["about"] == "chat/2"


async def test_an_answer_that_is_sent_again_by_button_is_late_only_later(bench: Bench) -> None:
    await bench.put("chat/1", queue=Queue.MARKET)
    await bench.ledger.commit(AddReply(add_reply("chat/1").reply))
    row = await bench.row("chat/1")
    await bench.ledger.commit(Settle((row.id,), State.FAILED, reason="market_refused"))
    bench.later(20 * MINUTE_MS)
    await bench.ledger.commit(Again("chat/1", bench.now_ms))
    late = late_of(bench)
    for _ in range(3):
        await late.look()
    assert await said(bench) == []


async def test_a_chat_that_fails_again_and_again_beside_others_is_told_once(
    bench: Bench,
) -> None:
    await bench.put("topic/1", chat_id=CHAT)
    row = await bench.row("topic/1")
    late = late_of(bench)
    for number in range(4):
        bench.later(MINUTE_MS)
        await bench.put(f"other/{number}")
        other = await bench.row(f"other/{number}")
        await bench.ledger.commit(Begin((other.id,), bench.now_ms, 0, other.id))  # posts are taken
        await bench.ledger.commit(
            Settle((other.id,), State.SENT, result=bench.now_ms),
            Wait((row.id,), bench.now_ms + MINUTE_MS, "telegram_lacks_right"),
        )
        await late.look()
    [notice] = await said(bench)
    assert notice.rank == 2
