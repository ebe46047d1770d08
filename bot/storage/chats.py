"""Chats of the Market and their messages: how they are kept, and what is asked about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.queryset import QuerySet, UpdateQuery

from bot.relay.changes import MarkRead
from bot.relay.model import (
    Attachment,
    Chat,
    ChatId,
    ChatKind,
    ChatStatus,
    ContextKind,
    Incoming,
    KnownChat,
    MessageId,
    Nature,
    Sender,
    Sifted,
)
from bot.storage.prepared import insert, prepared
from bot.storage.scope import Scope, Shelf
from bot.storage.tables import ChatRow, IncomingRow, ReplyRow
from bot.storage.units import reads


class Chats(Shelf):
    @reads
    async def known_chat(self, chat_id: ChatId) -> KnownChat | None:
        rows = await _chat(self.scope, chat_id)
        return _known(rows[0]) if rows else None

    @reads
    async def known_chats(self, chat_ids: Sequence[ChatId]) -> Mapping[ChatId, KnownChat]:
        rows = await _chats(self.scope).filter(chat_id__in=chat_ids)
        return {ChatId(row.chat_id): _known(row) for row in rows}

    @reads
    async def unread_chats(self) -> Sequence[KnownChat]:
        # Not "is not null": SQLite would walk over every chat of the index that is read.
        unread = _chats(self.scope).filter(unread_since_ms__gte=0)
        return [_known(row) for row in await unread.order_by("unread_since_ms", "id")]

    @reads
    async def active_chats(self, since_ms: int, above: ChatId, limit: int) -> Sequence[ChatId]:
        active = _chats(self.scope).filter(updated_ms__gte=since_ms, cursor__gt=0)
        rows = await active.filter(chat_id__gt=above).order_by("chat_id").limit(limit)
        return [ChatId(row.chat_id) for row in rows]

    @reads
    async def last_messages(self, chat_id: ChatId, limit: int) -> Sequence[MessageId]:
        rows = _messages(self.scope, chat_id).order_by("-message_id").limit(limit)
        return [MessageId(row.message_id) for row in await rows.only("message_id")]

    @reads
    async def incoming(self, chat_id: ChatId, ids: Sequence[MessageId]) -> Sequence[Incoming]:
        rows = _messages(self.scope, chat_id).filter(message_id__in=ids)
        return [_read(row) for row in await rows.order_by("message_id")]

    @reads
    async def partner_words_above(self, chat_id: ChatId, base: MessageId) -> int:
        above = _messages(self.scope, chat_id).filter(message_id__gt=base)
        return await above.filter(sender=Sender.PARTNER, nature=Nature.COLLEAGUE).count()


async def save_chat(scope: Scope, known: KnownChat) -> None:
    columns = _columns(known)
    is_unread = known.chat.updated_ms > known.read_ms
    row = ChatRow(
        business_id=scope.business_id,
        chat_id=known.chat.id,
        cursor=known.cursor,
        unread_since_ms=known.chat.updated_ms if is_unread else None,
        **columns,
    )
    key = ("business_id", "chat_id")
    # `read_ms` stays as it stands: the chat may have been read since `known` was asked for.
    await insert(row, key=key, replace=tuple(name for name in columns if name != "read_ms"))
    await _cursor_at_least(scope, known.chat.id, known.cursor)
    if is_unread:
        await _unread_since(scope, known.chat.id, known.chat.updated_ms)
    else:
        await _read_up_to(scope, known.chat.id, known.read_ms)


async def mark_read(scope: Scope, change: MarkRead) -> None:
    await _cursor_at_least(scope, change.chat_id, change.cursor)
    await _read_at_least(scope, change.chat_id, change.read_ms)
    await _read_up_to(scope, change.chat_id, change.read_ms)


async def store_messages(scope: Scope, chat_id: ChatId, messages: Sequence[Sifted]) -> None:
    rows = [_incoming(scope, chat_id, sifted) for sifted in messages]
    await insert(*rows, unless_there=True)
    for sifted in messages:
        if sifted.echo_of:
            await _paired(scope, sifted.echo_of, sifted.message.id)


def _chats(scope: Scope) -> QuerySet[ChatRow]:
    return ChatRow.filter(business_id=scope.business_id)


@prepared
def _chat(scope: Scope, chat_id: int) -> QuerySet[ChatRow]:
    return _chats(scope).filter(chat_id=chat_id)


@prepared
def _cursor_at_least(scope: Scope, chat_id: int, cursor: int) -> UpdateQuery:
    return _chats(scope).filter(chat_id=chat_id, cursor__lt=cursor).update(cursor=cursor)


@prepared
def _read_at_least(scope: Scope, chat_id: int, read_ms: int) -> UpdateQuery:
    return _chats(scope).filter(chat_id=chat_id, read_ms__lt=read_ms).update(read_ms=read_ms)


@prepared
def _read_up_to(scope: Scope, chat_id: int, read_ms: int) -> UpdateQuery:
    read = _chats(scope).filter(chat_id=chat_id, updated_ms__lte=read_ms)
    return read.update(unread_since_ms=None)


@prepared
def _unread_since(scope: Scope, chat_id: int, updated_ms: int) -> UpdateQuery:
    waits = _chats(scope).filter(chat_id=chat_id, read_ms__lt=updated_ms)
    return waits.filter(unread_since_ms__isnull=True).update(unread_since_ms=updated_ms)


@prepared
def _paired(scope: Scope, effect_key: str, message_id: int) -> UpdateQuery:
    ours = ReplyRow.filter(business_id=scope.business_id, group_id=scope.group_id)
    return ours.filter(effect_key=effect_key).update(matched=message_id)


def _messages(scope: Scope, chat_id: ChatId) -> QuerySet[IncomingRow]:
    return IncomingRow.filter(business_id=scope.business_id, chat_id=chat_id)


def _columns(known: KnownChat) -> dict[str, Any]:
    """What a later save overwrites, but for `read_ms`."""
    chat = known.chat
    return {
        "context": chat.context,
        "kind": chat.kind,
        "status": chat.status,
        "order_id": chat.order_id,
        "return_id": chat.return_id,
        "customer": chat.customer,
        "created_ms": chat.created_ms,
        "updated_ms": chat.updated_ms,
        "read_ms": known.read_ms,
        "since_ms": known.since_ms,
    }


def _known(row: ChatRow) -> KnownChat:
    chat = Chat(
        id=ChatId(row.chat_id),
        context=ContextKind(row.context),
        kind=ChatKind(row.kind),
        status=ChatStatus(row.status),
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
        order_id=row.order_id,
        return_id=row.return_id,
        customer=row.customer,
    )
    return KnownChat(chat, MessageId(row.cursor), row.read_ms, row.since_ms)


def _incoming(scope: Scope, chat_id: ChatId, sifted: Sifted) -> IncomingRow:
    message = sifted.message
    return IncomingRow(
        business_id=scope.business_id,
        chat_id=chat_id,
        message_id=message.id,
        sender=message.sender,
        at_ms=message.at_ms,
        text=message.text,
        attachments=[_written(attachment) for attachment in message.attachments],
        nature=sifted.nature,
        echo_of=sifted.echo_of,
    )


def _read(row: IncomingRow) -> Incoming:
    return Incoming(
        id=MessageId(row.message_id),
        sender=Sender(row.sender),
        at_ms=row.at_ms,
        text=row.text,
        attachments=tuple(Attachment(**one) for one in row.attachments),
    )


def _written(attachment: Attachment) -> dict[str, Any]:
    return {"name": attachment.name, "url": attachment.url, "size": attachment.size}
