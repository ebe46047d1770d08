"""What changes do to rows of the outbox; each tells which queues it gave work to."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.expressions import F
from tortoise.queryset import QuerySet, UpdateQuery

from bot.relay.changes import (
    Again,
    Become,
    Begin,
    Confirm,
    Doubt,
    Enqueue,
    Hurry,
    HurryAll,
    Postpone,
    Settle,
    Wait,
)
from bot.relay.errors import Refused
from bot.relay.model import Queue, State
from bot.storage.outbox import effects, open_effects
from bot.storage.prepared import insert, prepared
from bot.storage.scope import Scope
from bot.storage.tables import EffectRow, ReplyRow


async def enqueue(scope: Scope, change: Enqueue, now_ms: int) -> Iterable[Queue]:
    effect = change.effect
    row = EffectRow(
        business_id=scope.business_id,
        group_id=scope.group_id,
        effect_key=effect.key,
        queue=effect.queue,
        lane=effect.lane,
        kind=effect.kind,
        payload=effect.payload,
        rank=effect.rank,
        chat_id=effect.chat_id,
        state=State.FAILED if effect.given_up else State.NEW,
        is_open=not effect.given_up,
        created_ms=now_ms,
        due_ms=now_ms,
        reason=effect.given_up,
    )
    await insert(row, unless_there=True)
    return [effect.queue]


async def begin(scope: Scope, change: Begin) -> None:
    ids: list[int] = list(change.effects)
    begun = await _begin(scope, ids, change.now_ms, change.base, change.batch)
    if begun != len(set(ids)):
        raise Refused("effect_closed")


async def settle(scope: Scope, change: Settle) -> None:
    """Gives nobody work: what waits behind is for the very runner that settles it."""
    ids: list[int] = list(change.effects)
    await _close(scope, ids, change.state.value, change.result, change.reason)


async def postpone(scope: Scope, change: Postpone) -> Iterable[Queue]:
    """A row that is new again has gone out with no batch: that one's fate is not its own."""
    rows = open_effects(scope, change.effects)
    await rows.update(
        state=State.NEW,
        due_ms=change.due_ms,
        reason=change.reason,
        rounds=F("rounds") + int(change.round_lost),
        batch=0,
    )
    return await _queues(rows)


async def doubt(scope: Scope, change: Doubt) -> Iterable[Queue]:
    rows = open_effects(scope, change.effects)
    await rows.filter(state=State.UNKNOWN).update(looks=F("looks") + 1)
    fresh = rows.exclude(state=State.UNKNOWN)
    await fresh.update(state=State.UNKNOWN, unknown_ms=change.now_ms, looks=0)
    await rows.update(due_ms=change.due_ms, reason=change.reason)
    return await _queues(rows)


async def wait(scope: Scope, change: Wait) -> Iterable[Queue]:
    rows = open_effects(scope, change.effects)
    await rows.update(due_ms=change.due_ms, reason=change.reason)
    return await _queues(rows)


async def become(scope: Scope, change: Become, now_ms: int) -> Iterable[Queue]:
    rows = open_effects(scope, [change.effect])
    await rows.update(
        kind=change.kind,
        payload=change.payload,
        state=State.NEW,
        due_ms=now_ms,
        batch=0,
        reason="",
    )
    return await _queues(rows)


async def again(scope: Scope, change: Again) -> Iterable[Queue]:
    """A new attempt is not proved by what proved an earlier one."""
    failed = _failed(scope, change.effect_key)
    queues = await _queues(failed)
    if queues:
        ours = ReplyRow.filter(business_id=scope.business_id, group_id=scope.group_id)
        await ours.filter(effect_key=change.effect_key).update(matched=None)
    await failed.update(
        state=State.NEW,
        is_open=True,
        created_ms=change.now_ms,  # it waits from now on
        due_ms=change.now_ms,
        rounds=0,
        looks=0,
        unknown_ms=0,
        batch=0,
        reason="",
    )
    return queues


async def confirm(scope: Scope, change: Confirm) -> None:
    await _failed(scope, change.effect_key).update(state=State.SENT)


async def hurry(scope: Scope, change: Hurry) -> Iterable[Queue]:
    rows = effects(scope).filter(lane=change.lane, is_open=True)
    await rows.filter(due_ms__gt=change.now_ms).update(due_ms=change.now_ms)
    return await _queues(rows)


async def hurry_all(scope: Scope, change: HurryAll) -> Iterable[Queue]:
    waiting = effects(scope).filter(queue=change.queue, is_open=True, state=State.NEW)
    await waiting.filter(due_ms__gt=change.now_ms).update(due_ms=change.now_ms)
    return [change.queue]


@prepared
def _begin(scope: Scope, ids: list[int], now_ms: int, base: int, batch: int) -> UpdateQuery:
    rows = open_effects(scope, ids).filter(state=State.NEW)
    attempts = F("attempts") + 1
    return rows.update(
        state=State.SENDING, attempts=attempts, started_ms=now_ms, base=base, batch=batch
    )


@prepared
def _close(
    scope: Scope, ids: list[int], state: str, result: int | None, reason: str
) -> UpdateQuery:
    rows = open_effects(scope, ids)
    return rows.update(state=state, is_open=False, result=result, reason=reason)


def _failed(scope: Scope, effect_key: str) -> QuerySet[EffectRow]:
    return effects(scope).filter(effect_key=effect_key, state=State.FAILED)


async def _queues(rows: QuerySet[EffectRow]) -> Iterable[Queue]:
    # Whole rows: asked for one column, SQLite prefers an index that has it, closed rows and all.
    return {Queue(row.queue) for row in await rows}
