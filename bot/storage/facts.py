"""Small facts under a name, times of paced calls, and figures of the whole cabinet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tortoise.queryset import DeleteQuery, QuerySet

from bot.relay.changes import Remember, Spent
from bot.relay.model import TopicState
from bot.storage.prepared import insert, prepared
from bot.storage.scope import Scope, Shelf
from bot.storage.tables import ChatRow, FactRow, SpentRow, TopicRow
from bot.storage.units import reads
from bot.storage.updates import UpdateState, count_updates

_MADE = (TopicState.OPEN, TopicState.CLOSED)


class Facts(Shelf):
    @reads
    async def recall(self, name: str) -> str | None:
        facts = await _named(self.scope, name)
        return facts[0].value if facts else None

    @reads
    async def spent_since(self, since_ms: int) -> Sequence[int]:
        spent = SpentRow.filter(business_id=self.scope.business_id, at_ms__gte=since_ms)
        return [row.at_ms for row in await spent.order_by("at_ms", "id")]

    @reads
    async def counts(self) -> Mapping[str, int]:
        mine = {"business_id": self.scope.business_id}
        return {
            "chats": await ChatRow.filter(**mine).count(),
            "topics": await TopicRow.filter(**mine, state__in=_MADE).count(),
            "updates_aside": await count_updates(self.scope, UpdateState.ASIDE),
        }


async def remember(scope: Scope, change: Remember) -> None:
    fact = FactRow(
        business_id=scope.business_id,
        group_id=scope.group_id,
        name=change.name,
        value=change.value,
    )
    key = ("business_id", "group_id", "name")
    await insert(fact, key=key, replace=("value",))


async def spend(scope: Scope, change: Spent) -> None:
    await insert(SpentRow(business_id=scope.business_id, at_ms=change.at_ms))
    if change.forget_ms:
        await _forget(scope, change.forget_ms)


@prepared
def _named(scope: Scope, name: str) -> QuerySet[FactRow]:
    ours = FactRow.filter(business_id=scope.business_id, group_id=scope.group_id)
    return ours.filter(name=name)


@prepared
def _forget(scope: Scope, before_ms: int) -> DeleteQuery:
    return SpentRow.filter(business_id=scope.business_id, at_ms__lt=before_ms).delete()
