"""What an edit does to a staff message whose parts may be on their way already: all of it, or none
and a word to its author. Decided here, in the transaction, since a lane may begin in any moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from tortoise.queryset import QuerySet

from bot.relay.changes import Enqueue, Rewrite, Withdraw, WithdrawAlbum
from bot.relay.deeds import Reword
from bot.relay.model import Queue, State
from bot.relay.reply import Reply
from bot.relay.work import UNSURE, WITHDRAWN
from bot.storage.outbox import effects
from bot.storage.outbox_changes import enqueue
from bot.storage.replies import add_reply, replies, want
from bot.storage.scope import Scope
from bot.storage.tables import EffectRow, ReplyRow


async def rewrite(scope: Scope, change: Rewrite, now_ms: int) -> Iterable[Queue]:
    rows = await _unsent(scope, change.keys)
    if rows is None:
        await want(scope, change.keys[0], [reply.content for reply in change.replies])
        return await enqueue(scope, Enqueue(change.late), now_ms)
    old = await replies(scope).filter(effect_key__in=change.keys).order_by("part")
    if places := _places(old, change.replies):
        return await _put_in_place(scope, rows, places, now_ms)
    queues = await _withdrawn(scope, rows)
    for effect, reply in zip(change.effects, change.replies, strict=True):
        await add_reply(scope, reply)
        queues |= set(await enqueue(scope, Enqueue(effect), now_ms))
    return queues


def _places(old: Sequence[ReplyRow], new: Sequence[Reply]) -> list[tuple[ReplyRow, Reply]]:
    """The first of the texts and of the files of before, for those of now; none where those of now
    are more."""
    texts = [row for row in old if row.file is None]
    files = [row for row in old if row.file is not None]
    places = []
    for reply in new:
        fitting = files if reply.file else texts
        if not fitting:
            return []
        places.append((fitting.pop(0), reply))
    return places


async def _put_in_place(
    scope: Scope,
    rows: Sequence[EffectRow],
    places: Sequence[tuple[ReplyRow, Reply]],
    now_ms: int,
) -> set[Queue]:
    for before, after in places:
        file = asdict(after.file) if after.file else None
        await ReplyRow.filter(id=before.id).update(text=after.text, file=file)
    kept = {before.effect_key for before, _ in places}
    queues = await _withdrawn(scope, [row for row in rows if row.effect_key not in kept])
    back = [row for row in rows if row.effect_key in kept and _is_free_to_go(row)]
    await _of(scope, back).update(
        state=State.NEW, is_open=True, reason="", created_ms=now_ms, due_ms=now_ms
    )
    return queues | {Queue(row.queue) for row in back}


def _is_free_to_go(row: EffectRow) -> bool:
    """Withdrawn, or given up before anything was tried, such as a file that was too big."""
    return row.state == State.FAILED and (row.reason == WITHDRAWN or not row.attempts)


async def reword(scope: Scope, change: Reword, now_ms: int) -> Iterable[Queue]:
    rows = effects(scope).filter(effect_key=change.key, is_open=True)
    if await rows.exclude(state=State.SENDING).update(payload=change.payload):
        return ()
    return await enqueue(scope, Enqueue(change.late), now_ms) if change.late else ()


async def withdraw(scope: Scope, change: Withdraw, now_ms: int) -> Iterable[Queue]:
    rows = await effects(scope).filter(effect_key__in=change.keys)
    unsent = [row for row in rows if _is_unsent(row)]
    queues = await _withdrawn(scope, unsent)
    said = change.rest if unsent else change.late
    if len(unsent) == len(rows):
        said = change.done
    return queues | set(await enqueue(scope, Enqueue(said), now_ms))


async def withdraw_album(scope: Scope, change: WithdrawAlbum) -> Iterable[Queue]:
    items = await replies(scope).filter(album=change.album)
    keys = [item.effect_key for item in items]
    rows = [row for row in await effects(scope).filter(effect_key__in=keys) if _is_unsent(row)]
    return await _withdrawn(scope, rows)


async def _unsent(scope: Scope, keys: Sequence[str]) -> Sequence[EffectRow] | None:
    """All of the rows, if none of them is with the buyer or on its way there."""
    rows = await effects(scope).filter(effect_key__in=keys).order_by("id")
    return rows if len(rows) == len(keys) and all(map(_is_unsent, rows)) else None


def _is_unsent(row: EffectRow) -> bool:
    if row.state == State.NEW:
        return row.rounds == 0
    return row.state == State.FAILED and row.reason != UNSURE


async def _withdrawn(scope: Scope, rows: Sequence[EffectRow]) -> set[Queue]:
    await _of(scope, rows).update(state=State.FAILED, is_open=False, reason=WITHDRAWN)
    return {Queue(row.queue) for row in rows}


def _of(scope: Scope, rows: Sequence[EffectRow]) -> QuerySet[EffectRow]:
    return effects(scope).filter(id__in=[row.id for row in rows])
