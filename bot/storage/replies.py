"""Staff messages meant for the buyer, each with the outbox row that carries it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from bot.relay.changes import Enqueue, Reword, Withdraw
from bot.relay.model import (
    ChatId,
    Effect,
    MessageId,
    PostId,
    Queue,
    Reply,
    State,
    ThreadId,
    UserId,
)
from bot.relay.work import UNSURE, WITHDRAWN
from bot.storage.outbox import effects, effects_by_key
from bot.storage.outbox_changes import enqueue
from bot.storage.scope import Scope, Shelf
from bot.storage.tables import EffectRow, ReplyRow
from bot.storage.units import reads

_PROOF_AWAITED_MS = 7 * 24 * 3600 * 1000


class Replies(Shelf):
    @reads
    async def reply(self, effect_key: str) -> Reply | None:
        row = await _replies(self.scope).get_or_none(effect_key=effect_key)
        return _reply(row) if row else None

    @reads
    async def replies_to_post(self, post_id: PostId) -> Sequence[tuple[Reply, Effect]]:
        parts = _replies(self.scope).filter(group_id=self.scope.group_id, post_id=post_id)
        return await _with_effects(self.scope, await parts.order_by("part"))

    @reads
    async def unmatched_replies(self, chat_id: ChatId) -> Sequence[tuple[Reply, Effect]]:
        unmatched = _replies(self.scope).filter(chat_id=chat_id, matched__isnull=True)
        pairs = await _with_effects(self.scope, await unmatched)
        since = self.clock() - _PROOF_AWAITED_MS
        awaited = [pair for pair in pairs if _may_show(pair[1], since)]
        return sorted(awaited, key=lambda pair: pair[1].id)


async def add_reply(scope: Scope, reply: Reply) -> None:
    row = ReplyRow(
        business_id=scope.business_id,
        group_id=scope.group_id,
        effect_key=reply.effect_key,
        chat_id=reply.chat_id,
        thread_id=reply.thread_id,
        post_id=reply.post_id,
        part=reply.part,
        author=reply.author,
        at_ms=reply.at_ms,
        text=reply.text,
        matched=reply.matched,
    )
    await ReplyRow.bulk_create([row], ignore_conflicts=True)


async def reword(scope: Scope, change: Reword, now_ms: int) -> Iterable[Queue]:
    rows = _unsent(scope, change.effect_key)
    row = await rows.first()
    if row is None:
        return await enqueue(scope, Enqueue(change.late), now_ms)
    await _replies(scope).filter(effect_key=change.effect_key).update(text=change.text)
    if row.reason != WITHDRAWN:
        return ()
    await rows.update(state=State.NEW, is_open=True, reason="", due_ms=now_ms)
    return [Queue(row.queue)]


async def withdraw(scope: Scope, change: Withdraw, now_ms: int) -> Iterable[Queue]:
    unsent = _unsent(scope, change.effect_key)
    freed = {Queue(row.queue) for row in await unsent}
    gone = {"state": State.FAILED, "is_open": False, "reason": WITHDRAWN}
    is_done = await unsent.update(**gone)
    said = change.done if is_done else change.late
    return {*freed, *await enqueue(scope, Enqueue(said), now_ms)}


def _unsent(scope: Scope, effect_key: str) -> QuerySet[EffectRow]:
    """Certainly not with the buyer, and not on its way."""
    waits = Q(state=State.NEW, rounds=0)
    failed = Q(state=State.FAILED) & ~Q(reason=UNSURE)
    return effects(scope).filter(waits | failed, effect_key=effect_key)


def _replies(scope: Scope) -> QuerySet[ReplyRow]:
    return ReplyRow.filter(business_id=scope.business_id, group_id=scope.group_id)


async def _with_effects(scope: Scope, rows: Iterable[ReplyRow]) -> Sequence[tuple[Reply, Effect]]:
    replies = [_reply(row) for row in rows]
    carriers = await effects_by_key(scope, [reply.effect_key for reply in replies])
    return [
        (reply, carriers[reply.effect_key]) for reply in replies if reply.effect_key in carriers
    ]


def _may_show(effect: Effect, since_ms: int) -> bool:
    """May the history of the chat still show it?"""
    match effect.state:
        case State.SENDING | State.UNKNOWN:
            return True
        case State.SENT:
            return effect.created_ms >= since_ms
        case State.FAILED:
            return effect.reason == UNSURE
    return False


def _reply(row: ReplyRow) -> Reply:
    return Reply(
        effect_key=row.effect_key,
        chat_id=ChatId(row.chat_id),
        post_id=PostId(row.post_id),
        author=UserId(row.author),
        at_ms=row.at_ms,
        text=row.text,
        thread_id=ThreadId(row.thread_id),
        part=row.part,
        matched=None if row.matched is None else MessageId(row.matched),
    )
