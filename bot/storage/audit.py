"""Who did what: written in the transaction that does it, read by who has to answer for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.relay.deeds import Audit
from bot.relay.model import State
from bot.storage.outbox import effects_by_key
from bot.storage.prepared import insert
from bot.storage.replies import replies
from bot.storage.scope import Scope
from bot.storage.tables import AuditRow


@dataclass(frozen=True, slots=True)
class Entry:
    """`outcomes`: a state of the outbox and its reason for each part of an answer, by part."""

    at_ms: int
    actor: int
    act: str
    chat_id: int | None
    post_id: int
    outcomes: Sequence[tuple[State, str]]


async def add_entry(scope: Scope, change: Audit, now_ms: int) -> None:
    row = AuditRow(
        business_id=scope.business_id,
        group_id=scope.group_id,
        at_ms=now_ms,
        actor_id=change.actor,
        act=change.act,
        chat_id=change.chat_id,
        post_id=change.post_id,
    )
    await insert(row)


async def entries(scope: Scope, since_ms: int, chat_id: int | None) -> Sequence[Entry]:
    """In the order in which it was done."""
    rows = AuditRow.filter(business_id=scope.business_id, at_ms__gte=since_ms)
    if chat_id is not None:
        rows = rows.filter(chat_id=chat_id)
    return [await _entry(scope, row) for row in await rows.order_by("at_ms", "id")]


async def _entry(scope: Scope, row: AuditRow) -> Entry:
    parts = await replies(scope).filter(post_id=row.post_id).order_by("part")
    known = await effects_by_key(scope, [part.effect_key for part in parts])
    outcomes = [(known[key].state, known[key].reason) for key in known]
    return Entry(row.at_ms, row.actor_id, row.act, row.chat_id, row.post_id, outcomes)
