"""Staff messages meant for the buyer, each with the outbox row that carries it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from tortoise.queryset import QuerySet

from bot.relay.changes import SaveFile
from bot.relay.model import ChatId, Effect, MessageId, PostId, State, ThreadId, UserId
from bot.relay.reply import Content, Reply, StaffFile
from bot.relay.work import UNSURE
from bot.storage.outbox import effects_by_key
from bot.storage.prepared import insert, prepared
from bot.storage.scope import Scope, Shelf
from bot.storage.tables import ReplyRow
from bot.storage.units import reads

_PROOF_AWAITED_MS = 7 * 24 * 3600 * 1000


class Replies(Shelf):
    @reads
    async def reply(self, effect_key: str) -> Reply | None:
        rows = await _carried_by(self.scope, effect_key)
        return _reply(rows[0]) if rows else None

    @reads
    async def replies_to_post(self, post_id: PostId) -> Sequence[tuple[Reply, Effect]]:
        return await _with_effects(self.scope, await _of_post(self.scope, post_id))

    @reads
    async def replies_in_album(self, album: str) -> Sequence[tuple[Reply, Effect]]:
        # Sorted here: asked for the order, SQLite walks over all posts of the group instead.
        items = sorted(await replies(self.scope).filter(album=album), key=_place)
        return await _with_effects(self.scope, items)

    @reads
    async def unmatched_replies(self, chat_id: ChatId) -> Sequence[tuple[Reply, Effect]]:
        pairs = await _with_effects(self.scope, await _unmatched(self.scope, chat_id))
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
        file=asdict(reply.file) if reply.file else None,
        album=reply.album or None,
        edition=reply.edition,
    )
    await insert(row, unless_there=True)


async def save_file(scope: Scope, change: SaveFile) -> None:
    """An edit may have put another file in its place meanwhile: that one is left alone."""
    rows = replies(scope).filter(effect_key=change.effect_key)
    row = await rows.get_or_none()
    if row and row.file and row.file["unique_id"] == change.file.unique_id:
        await rows.update(file=asdict(change.file))


async def want(scope: Scope, effect_key: str, wanted: Sequence[Content]) -> None:
    """Texts stay as they are, files become objects."""
    raw = [asdict(one) if isinstance(one, StaffFile) else one for one in wanted]
    await replies(scope).filter(effect_key=effect_key).update(wanted=raw or None)


def replies(scope: Scope) -> QuerySet[ReplyRow]:
    return ReplyRow.filter(business_id=scope.business_id, group_id=scope.group_id)


@prepared
def _carried_by(scope: Scope, effect_key: str) -> QuerySet[ReplyRow]:
    return replies(scope).filter(effect_key=effect_key)


@prepared
def _of_post(scope: Scope, post_id: int) -> QuerySet[ReplyRow]:
    return replies(scope).filter(post_id=post_id).order_by("part")


@prepared
def _unmatched(scope: Scope, chat_id: int) -> QuerySet[ReplyRow]:
    return replies(scope).filter(chat_id=chat_id, matched__isnull=True)


async def _with_effects(scope: Scope, rows: Iterable[ReplyRow]) -> Sequence[tuple[Reply, Effect]]:
    replies = [_reply(row) for row in rows]
    carriers = await effects_by_key(scope, [reply.effect_key for reply in replies])
    return [
        (reply, carriers[reply.effect_key]) for reply in replies if reply.effect_key in carriers
    ]


def _place(row: ReplyRow) -> tuple[int, int]:
    return row.post_id, row.part


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
        file=StaffFile(**row.file) if row.file else None,
        album=row.album or "",
        edition=row.edition,
        wanted=tuple(
            StaffFile(**one) if isinstance(one, dict) else one for one in row.wanted or ()
        ),
    )
