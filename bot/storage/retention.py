"""What is old loses its words: texts, files and payloads of what is settled; ids and outcomes stay.

In the order of the rows, a batch at a time, up to the first that is too young or not settled; how
far it has come stands in a fact, so that nothing is looked at twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tortoise.models import Model

from bot.relay.changes import Remember
from bot.storage.facts import remember
from bot.storage.outbox import effects_by_key
from bot.storage.scope import Scope
from bot.storage.tables import EffectRow, FactRow, IncomingRow, ReplyRow

BATCH = 500
NO_PROOF = 0  # a reply without words can't be recognised in the history any more


async def forget_texts(scope: Scope, before_ms: int) -> int:
    """One batch of each kind. Returns how many rows it came to."""
    return sum(
        [
            await _forget(scope, IncomingRow, _old_messages(before_ms), empty_messages),
            await _forget(scope, ReplyRow, _old_replies(scope, before_ms), empty_replies),
            await _forget(scope, EffectRow, _old_effects(before_ms), empty_effects),
        ]
    )


Rows = Sequence[Any]
_Old = Callable[[Rows], Awaitable[Rows]]


async def _forget(
    scope: Scope, table: type[Model], old: _Old, empty: Callable[[Rows], Awaitable[None]]
) -> int:
    name = f"texts forgotten/{table._meta.db_table}"
    ours = FactRow.filter(business_id=scope.business_id, group_id=scope.group_id)
    fact = await ours.get_or_none(name=name)
    above = int(fact.value) if fact else 0
    rows = table.filter(business_id=scope.business_id, id__gt=above).order_by("id").limit(BATCH)
    due = await old(await rows)
    if due:
        await empty(due)
        await remember(scope, Remember(name, str(due[-1].id)))
    return len(due)


def _old_messages(before_ms: int) -> _Old:
    async def old(rows: Rows) -> Rows:
        return _up_to_first(rows, lambda row: row.at_ms < before_ms)

    return old


def _old_effects(before_ms: int) -> _Old:
    async def old(rows: Rows) -> Rows:
        return _up_to_first(rows, lambda row: row.created_ms < before_ms and not row.is_open)

    return old


def _old_replies(scope: Scope, before_ms: int) -> _Old:
    async def old(rows: Rows) -> Rows:
        found = await effects_by_key(scope, [row.effect_key for row in rows])
        is_open = {key for key, effect in found.items() if effect.state.is_open}
        return _up_to_first(
            rows, lambda row: row.at_ms < before_ms and row.effect_key not in is_open
        )

    return old


def _up_to_first(rows: Rows, is_due: Callable[[Any], bool]) -> Rows:
    due = []
    for row in rows:
        if not is_due(row):
            break
        due.append(row)
    return due


async def empty_messages(rows: Rows) -> None:
    await _of(IncomingRow, rows).update(text="", attachments=[])


async def empty_replies(rows: Rows) -> None:
    await _of(ReplyRow, rows).update(text="", file=None, wanted=None)
    await _of(ReplyRow, rows).filter(matched__isnull=True).update(matched=NO_PROOF)


async def empty_effects(rows: Rows) -> None:
    await _of(EffectRow, rows).update(payload={})


def _of(table: type[Model], rows: Rows) -> Any:
    return table.filter(id__in=[row.id for row in rows])
