"""The outbox as it is read, and the commit before a call; its changes live in `outbox_changes`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from tortoise.expressions import Q, Subquery
from tortoise.functions import Count, Min
from tortoise.queryset import QuerySet, ValuesQuery

from bot.relay.figures import QueueDepth
from bot.relay.model import ChatId, Effect, PostId, Queue, State
from bot.relay.work import WITHDRAWN
from bot.storage.prepared import prepared
from bot.storage.scope import Scope, Shelf
from bot.storage.tables import ChatRow, EffectRow
from bot.storage.topics import recover_topics
from bot.storage.units import reads, writes
from bot.storage.updates import highest_update_post, recover_updates, update_posts

log = logging.getLogger(__name__)

_RETRY_AT_MOST_MS = 600_000  # longer than any wait that is written into a row
_COUNTED = (*(state for state in State if state.is_open), State.FAILED)
_COMES_ALONG = ("post", "show", "file", "line")  # kinds of rows that hold what a buyer sent
_UNDER_WAY = (State.SENDING, State.UNKNOWN)
_POSTING = (Queue.GROUP,)  # whose results are messages of the group


class Outbox(Shelf):
    @reads
    async def effect(self, effect_key: str) -> Effect | None:
        found = await effects_by_key(self.scope, [effect_key])
        return found.get(effect_key)

    @reads
    async def heads(self, queue: Queue) -> Sequence[Effect]:
        """One that is under way comes before an older one that was reopened meanwhile."""
        heads = {row["lane"]: row for row in await _heads(self.scope, queue.value)}
        if heads:  # the first of a batch comes last, and stays
            heads |= {row["lane"]: row for row in await _under_way(self.scope, queue.value)}
        return sorted(map(_effect, heads.values()), key=lambda head: head.id)

    @reads
    async def waiting_in_lane(self, lane: str, limit: int) -> Sequence[Effect]:
        return [_effect(row) for row in await _lane(self.scope, lane, limit)]

    @reads
    async def is_longer(self, queue: Queue, count: int) -> bool:
        return bool(await _beyond(self.scope, queue.value, count))

    @reads
    async def batch(self, batch: int) -> Sequence[Effect]:
        return [_effect(row) for row in await _batch(self.scope, batch)]

    @writes
    async def doubt_answers(self, now_ms: int) -> int:
        """Those that wait to be sent become UNKNOWN, as if each had been sent and its answer lost.
        Returns how many."""
        ours = effects(self.scope).filter(queue=Queue.MARKET, state=State.NEW, is_open=True)
        rows = await ours
        for row in rows:
            chat = await ChatRow.get_or_none(
                business_id=self.scope.business_id, chat_id=row.chat_id or 0
            )
            await ours.filter(id=row.id).update(
                state=State.UNKNOWN,
                unknown_ms=now_ms,
                due_ms=now_ms,
                looks=0,
                batch=row.id,
                base=chat.cursor if chat else 0,
            )
        return len(rows)

    @writes
    async def recover(self, now_ms: int) -> int:
        await recover_topics(self.scope, now_ms)
        await recover_updates(self.scope, now_ms)
        await _move_in(self.scope)
        soon = now_ms + _RETRY_AT_MOST_MS  # the clock may have been set back since
        ours = effects(self.scope).filter(queue__in=tuple(Queue), is_open=True)
        await ours.filter(due_ms__gt=soon).update(due_ms=soon)
        doubted = ours.filter(state=State.UNKNOWN, unknown_ms__gt=now_ms)
        await doubted.update(unknown_ms=now_ms, due_ms=now_ms)
        begun = ours.filter(state=State.SENDING)
        return await begun.update(state=State.UNKNOWN, unknown_ms=now_ms, due_ms=now_ms, looks=0)

    @reads
    async def depth(self, queue: Queue) -> QueueDepth:
        counted = effects(self.scope).filter(queue=queue, state__in=_COUNTED)
        counted = counted.filter(~Q(state=State.FAILED, reason=WITHDRAWN))
        by_state = counted.group_by("state")
        figures = by_state.annotate(rows=Count("id"), oldest=Min("created_ms"))
        rows = {State(row["state"]): row for row in await figures.values("state", "rows", "oldest")}
        opened = [row for state, row in rows.items() if state.is_open]
        return QueueDepth(
            waiting=sum(row["rows"] for row in opened),
            unknown=_count(rows, State.UNKNOWN),
            failed=_count(rows, State.FAILED),
            oldest_ms=min((row["oldest"] for row in opened), default=None),
        )

    @reads
    async def highest_post(self) -> PostId:
        rows = await _newest_post(self.scope)
        ours = rows[0].result or 0 if rows else 0
        return PostId(max(ours, await highest_update_post(self.scope)))

    @reads
    async def last_post_ms(self) -> int:
        rows = await _newest_post(self.scope)
        return rows[0].started_ms if rows else 0

    @reads
    async def has_posted_after(self, chat_id: ChatId, post_id: PostId) -> bool:
        ours = _posts(self.scope).filter(chat_id=chat_id)
        coming = Q(state__in=_UNDER_WAY) | Q(kind__in=_COMES_ALONG)
        if await ours.filter(coming, is_open=True).exists():
            return True
        return await ours.filter(result__gt=post_id).exists()

    @reads
    async def keys_at(self, post_id: PostId) -> Sequence[str]:
        """Of the rows that became this post."""
        rows = await _posts(self.scope).filter(result=post_id).order_by("id")
        return [row.effect_key for row in rows]

    @reads
    async def known_posts(self, first: PostId, last: PostId) -> set[PostId]:
        within = _posts(self.scope).filter(result__gte=first, result__lte=last)
        ours = {row.result or 0 for row in await within.only("result")}
        return {PostId(post) for post in ours | await update_posts(self.scope, first, last)}


def effects(scope: Scope) -> QuerySet[EffectRow]:
    """Of this group alone: another has its own messages under the same numbers."""
    return EffectRow.filter(business_id=scope.business_id, group_id=scope.group_id)


def open_effects(scope: Scope, ids: Iterable[int]) -> QuerySet[EffectRow]:
    # Not narrowed by the group: ids are of one group each, and SQLite would take the group's index.
    return EffectRow.filter(business_id=scope.business_id, id__in=list(ids), is_open=True)


async def effects_by_key(scope: Scope, keys: Sequence[str]) -> Mapping[str, Effect]:
    rows = await _carriers(scope, list(keys)) if keys else ()
    return {row["effect_key"]: _effect(row) for row in rows}


def _posts(scope: Scope) -> QuerySet[EffectRow]:
    return effects(scope).filter(queue__in=_POSTING)


@prepared
def _carriers(scope: Scope, keys: list[str]) -> ValuesQuery[Literal[False]]:
    return effects(scope).filter(effect_key__in=keys).order_by("id").values()


@prepared
def _heads(scope: Scope, queue: str) -> ValuesQuery[Literal[False]]:
    lanes = effects(scope).filter(queue=queue, is_open=True).group_by("lane")
    firsts = lanes.annotate(first=Min("id")).values("first")
    return EffectRow.filter(id__in=Subquery(firsts)).order_by("id").values()


@prepared
def _under_way(scope: Scope, queue: str) -> ValuesQuery[Literal[False]]:
    return effects(scope).filter(queue=queue, state__in=_UNDER_WAY).order_by("-id").values()


@prepared
def _lane(scope: Scope, lane: str, limit: int) -> ValuesQuery[Literal[False]]:
    return effects(scope).filter(lane=lane, is_open=True).order_by("id").limit(limit).values()


@prepared
def _batch(scope: Scope, batch: int) -> ValuesQuery[Literal[False]]:
    return effects(scope).filter(batch=batch, is_open=True).order_by("id").values()


@prepared
def _beyond(scope: Scope, queue: str, count: int) -> QuerySet[EffectRow]:
    return effects(scope).filter(queue=queue, is_open=True).offset(count).limit(1)


@prepared
def _newest_post(scope: Scope) -> QuerySet[EffectRow]:
    return _posts(scope).filter(result__isnull=False).order_by("-result").limit(1)


def _count(rows: Mapping[State, Mapping[str, int]], state: State) -> int:
    return rows[state]["rows"] if state in rows else 0


def _effect(row: Mapping[str, Any]) -> Effect:
    """Of a plain row, since heads are read a turn, as many as there are lanes."""
    return Effect(
        id=row["id"],
        key=row["effect_key"],
        queue=Queue(row["queue"]),
        lane=row["lane"],
        kind=row["kind"],
        payload=json.loads(row["payload"]),
        rank=row["rank"],
        chat_id=row["chat_id"],
        state=State(row["state"]),
        created_ms=row["created_ms"],
        due_ms=row["due_ms"],
        attempts=row["attempts"],
        rounds=row["rounds"],
        looks=row["looks"],
        started_ms=row["started_ms"],
        unknown_ms=row["unknown_ms"],
        base=row["base"],
        batch=row["batch"],
        result=row["result"],
        reason=row["reason"],
    )


async def _move_in(scope: Scope) -> None:
    """The group was changed. What waits for the topics of chats comes along; what was about
    messages of the old group is given up, for its numbers mean other messages here."""
    others = EffectRow.filter(business_id=scope.business_id, is_open=True)
    others = others.exclude(group_id=scope.group_id)
    posts = others.filter(queue=Queue.GROUP, chat_id__isnull=False, kind__in=_COMES_ALONG)
    await posts.update(group_id=scope.group_id, state=State.NEW, batch=0, rounds=0)
    if given_up := await others.update(state=State.FAILED, is_open=False, reason="group_changed"):
        log.error("%s sends of the former group were given up: it was changed", given_up)
