"""A group that got another number: its rows go along, in the transaction that says so."""

from __future__ import annotations

from tortoise.models import Model

from bot.relay.deeds import MoveGroup
from bot.relay.topics import MOVED_AT
from bot.storage.scope import Scope
from bot.storage.tables import EffectRow, FactRow, ReplyRow, TopicRow, UpdateRow

MOVED_TO = "moved to"
_MOVES_AT_MOST = 10  # in a group's life; more would be a circle
_OF_A_GROUP: tuple[type[Model], ...] = (TopicRow, UpdateRow, ReplyRow, EffectRow, FactRow)


async def group_now(scope: Scope) -> int:
    """Where the group of the settings has moved to since."""
    group_id = scope.group_id
    for _ in range(_MOVES_AT_MOST):
        ours = FactRow.filter(business_id=scope.business_id, group_id=group_id)
        moved = await ours.get_or_none(name=MOVED_TO)
        if moved is None:
            break
        group_id = int(moved.value)
    return group_id


async def move_group(scope: Scope, change: MoveGroup, now_ms: int) -> None:
    """Does nothing the second time: the old number has no rows any more."""
    facts = FactRow.filter(business_id=scope.business_id)
    has_moved = await facts.filter(group_id=scope.group_id, name=MOVED_TO).exists()
    if has_moved or change.group_id == scope.group_id:
        return
    await facts.filter(group_id=change.group_id).delete()  # of a time before it was ours
    for table in _OF_A_GROUP:
        ours = table.filter(business_id=scope.business_id, group_id=scope.group_id)
        await ours.update(group_id=change.group_id)
    for group_id, name, value in (
        (scope.group_id, MOVED_TO, change.group_id),
        (change.group_id, MOVED_AT, now_ms),
    ):
        fact = FactRow(
            business_id=scope.business_id, group_id=group_id, name=name, value=str(value)
        )
        key = ("business_id", "group_id", "name")
        await FactRow.bulk_create([fact], on_conflict=key, update_fields=("value",))
