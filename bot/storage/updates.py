"""Updates of Telegram as they came, and what they tell of the group's message ids."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from tortoise.queryset import QuerySet, UpdateQuery

from bot.relay.errors import Refused
from bot.relay.figures import Unhandled
from bot.relay.model import StoredUpdate
from bot.storage.prepared import prepared
from bot.storage.scope import Scope, Shelf
from bot.storage.tables import UpdateRow
from bot.storage.units import reads, writes

# A message under any other name (a pressed button's) is the bot's own, and explains no id: it may
# be the very post that is looked for.
_MESSAGES = ("message", "edited_message")
_WORDS = ("text", "caption", "entities", "caption_entities")


class UpdateState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    ASIDE = "aside"  # it could not be handled; `aside` says why


# After a week without updates Telegram begins the ids anew, and would drop all below an old offset.
# Whatever is that old has been acknowledged or has expired.
_IDS_LAST_MS = 5 * 24 * 3600 * 1000


class Updates(Shelf):
    @writes
    async def store_updates(self, updates: Sequence[Mapping[str, object]], now_ms: int) -> int:
        newest = await _newest(self.scope)
        if newest:  # what comes later is never the older one, whatever the clock says
            now_ms = max(now_ms, newest.received_ms)
        rows = await _unknown([_row(self.scope, update, now_ms) for update in updates])
        await UpdateRow.bulk_create(rows, ignore_conflicts=True)
        return sum(row.state == UpdateState.WAITING for row in rows)

    @reads
    async def waiting_updates(self, limit: int = 100) -> Sequence[StoredUpdate]:
        waiting = _updates(self.scope).filter(state=UpdateState.WAITING)
        rows = await waiting.order_by("update_id").limit(limit)
        return [StoredUpdate(row.update_id, row.content, row.received_ms) for row in rows]

    @reads
    async def newest_updates(self, limit: int) -> Sequence[int]:
        fresh = _updates(self.scope).filter(received_ms__gt=self.clock() - _IDS_LAST_MS)
        rows = await fresh.order_by("-received_ms", "-update_id").limit(limit).only("update_id")
        return [row.update_id for row in rows]

    @reads
    async def next_offset(self) -> int | None:
        newest = await _newest(self.scope)
        is_fresh = newest and newest.received_ms > self.clock() - _IDS_LAST_MS
        return newest.update_id + 1 if newest and is_fresh else None

    @reads
    async def unhandled(self) -> Unhandled:
        waiting = await count_updates(self.scope, UpdateState.WAITING)
        return Unhandled(waiting, await count_updates(self.scope, UpdateState.ASIDE))

    @writes
    async def forget_updates(self, before_ms: int) -> int:
        """All but the newest, which `next_offset` is counted from."""
        newest = await _newest(self.scope)
        old = _updates(self.scope).filter(
            state__in=(UpdateState.DONE, UpdateState.ASIDE), received_ms__lt=before_ms
        )
        return await old.exclude(id=newest.id).delete() if newest else 0


async def recover_updates(scope: Scope, now_ms: int) -> None:
    """What came while the clock was ahead came just now: it is neither kept nor counted from for
    longer than it should be."""
    await _updates(scope).filter(received_ms__gt=now_ms).update(received_ms=now_ms)


async def finish_update(scope: Scope, update_id: int, aside: str) -> None:
    state = UpdateState.ASIDE if aside else UpdateState.DONE
    await _finished(scope, update_id, state.value, aside)


async def count_updates(scope: Scope, state: UpdateState) -> int:
    return await _updates(scope).filter(state=state).count()


async def highest_update_post(scope: Scope) -> int:
    rows = await _highest(scope)
    return rows[0].post_id or 0 if rows else 0


async def update_posts(scope: Scope, first: int, last: int) -> set[int]:
    posts = UpdateRow.filter(business_id=scope.business_id, group_id=scope.group_id)
    within = posts.filter(post_id__gte=first, post_id__lte=last)
    return {row.post_id or 0 for row in await within.only("post_id")}


@prepared
def _finished(scope: Scope, update_id: int, state: str, aside: str) -> UpdateQuery:
    return _updates(scope).filter(update_id=update_id).update(state=state, aside=aside)


@prepared
def _highest(scope: Scope) -> QuerySet[UpdateRow]:
    posts = UpdateRow.filter(business_id=scope.business_id, group_id=scope.group_id)
    return posts.filter(post_id__isnull=False).order_by("-post_id").limit(1)


@prepared
def _latest(scope: Scope) -> QuerySet[UpdateRow]:
    return _updates(scope).order_by("-received_ms", "-update_id").limit(1)


def _updates(scope: Scope) -> QuerySet[UpdateRow]:
    return UpdateRow.filter(business_id=scope.business_id, bot_id=scope.bot_id)


async def _newest(scope: Scope) -> UpdateRow | None:
    """By the time of its coming: after a quiet week the ids begin anew, perhaps below."""
    rows = await _latest(scope)
    return rows[0] if rows else None


async def _unknown(rows: Sequence[UpdateRow]) -> Sequence[UpdateRow]:
    """Those of an id not stored yet. One that repeats a message is among them, but done: were it
    left out, the next offset would stay below it and Telegram would send it for ever."""
    ids = await _stored(rows, "update_id")
    prints = await _stored(rows, "fingerprint")
    unknown = []
    for row in rows:
        if row.update_id in ids:
            continue
        if row.fingerprint in prints:
            row.state, row.fingerprint, row.post_id = UpdateState.DONE, None, None
        ids.add(row.update_id)
        prints |= {row.fingerprint} - {None}
        unknown.append(row)
    return unknown


async def _stored(rows: Sequence[UpdateRow], column: str) -> set[Any]:
    """The values of a column that the ledger has already."""
    values = {getattr(row, column) for row in rows} - {None}
    if not values:
        return set()
    known = UpdateRow.filter(bot_id=rows[0].bot_id, **{f"{column}__in": values})
    return set(await known.values_list(column, flat=True))


def _row(scope: Scope, update: Mapping[str, object], now_ms: int) -> UpdateRow:
    update_id = update.get("update_id")
    if not isinstance(update_id, int):
        raise Refused("update_without_id")
    return UpdateRow(
        business_id=scope.business_id,
        bot_id=scope.bot_id,
        update_id=update_id,
        fingerprint=_fingerprint(update),
        group_id=scope.group_id,
        post_id=_post_id(update, scope.group_id),
        content=update,
        received_ms=now_ms,
        state=UpdateState.WAITING,
        aside="",
    )


def _fingerprint(update: Mapping[str, object]) -> str | None:
    """Telegram may deliver a message again under another id; an edit is another message (R3), and
    so is a second edit within the second that its date tells."""
    for kind in _MESSAGES:
        match update.get(kind):
            case {"message_id": int(post_id), "chat": {"id": int(chat_id)}, **rest}:
                said = [rest.get(part) for part in _WORDS] + _files(rest)
                digest = blake2b(json.dumps(said).encode(), digest_size=8).hexdigest()
                return f"{chat_id}/{post_id}/{kind}/{rest.get('edit_date', 0)}/{digest}"
    return None


def _files(content: Mapping[Any, object]) -> list[object]:
    """The numbers by which Telegram knows the files of a message, whoever asks."""
    parts = [
        one for part in content.values() for one in (part if isinstance(part, list) else [part])
    ]
    return [one.get("file_unique_id") for one in parts if isinstance(one, Mapping)]


def _post_id(update: Mapping[str, object], group_id: int) -> int | None:
    for kind in _MESSAGES:
        match update.get(kind):
            case {"message_id": int(post_id), "chat": {"id": int(chat_id)}} if chat_id == group_id:
                return post_id
    return None
