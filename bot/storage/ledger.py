"""The ledger whole: its shelves put together, and the commit that writes across all of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import assert_never

from bot.relay.changes import (
    AddReply,
    Again,
    Become,
    Begin,
    Change,
    Confirm,
    Doubt,
    Enqueue,
    Hurry,
    HurryAll,
    MarkRead,
    Postpone,
    Remember,
    Rewrite,
    SaveChat,
    SaveFile,
    SaveTopic,
    Settle,
    Spent,
    StoreMessages,
    UpdateDone,
    Wait,
    Want,
    Withdraw,
    WithdrawAlbum,
)
from bot.relay.deeds import Audit, Erase, MoveGroup, Reword
from bot.relay.errors import LedgerAway
from bot.relay.model import Queue
from bot.relay.ports import Clock
from bot.relay.room import LEFT_FREE
from bot.storage import (
    audit,
    chats,
    erasing,
    facts,
    moving,
    outbox_changes,
    replies,
    retention,
    rewriting,
    topics,
    updates,
)
from bot.storage.chats import Chats
from bot.storage.engine import Engine
from bot.storage.facts import Facts
from bot.storage.lease import Lease
from bot.storage.outbox import Outbox
from bot.storage.replies import Replies
from bot.storage.scope import Scope
from bot.storage.topics import Topics
from bot.storage.units import Units, writes
from bot.storage.updates import Updates

log = logging.getLogger(__name__)


class TortoiseLedger(Updates, Chats, Topics, Replies, Outbox, Facts):
    """`bot.relay.ports.Ledger` of one cabinet.

    A commit whose answer got lost on the way from PostgreSQL is reported as `Unreachable` although
    it may have been done. Writing it again does no harm: nothing is enqueued twice, and what is
    counted (rounds, looks, times spent) counts at most one too many.
    """

    def __init__(
        self,
        units: Units,
        scope: Scope,
        ring: Callable[[Queue], None],
        clock: Clock,
        lease: Lease | None,
        engine: Engine,
    ) -> None:
        super().__init__(units, scope, clock)
        self._engine = engine
        self._ring = ring
        self._lease = lease

    @property
    def group_id(self) -> int:
        return self.scope.group_id

    @property
    def is_ours(self) -> bool:
        return self._lease is None or not self._lease.is_lost

    def has_room(self) -> bool:
        free = self._engine.free()
        return free is None or free >= LEFT_FREE

    async def copy(self, folder: Path, kept: int) -> bool:
        return await self._engine.copy(folder, kept)

    @writes
    async def forget_texts(self, before_ms: int) -> int:
        return await retention.forget_texts(self.scope, before_ms)

    async def recover(self, now_ms: int) -> int:
        """In a copy that was restored nobody knows what of the answers that wait has been sent
        since it was made: each is looked for before it is sent."""
        if await self._engine.was_restored():
            doubted = await self.doubt_answers(now_ms)
            log.warning("The database is a copy: looking for %s answers that wait in it", doubted)
            await self._engine.start_anew()
        return await super().recover(now_ms)

    async def store_updates(self, updates: Sequence[Mapping[str, object]], now_ms: int) -> int:
        self._need_room()
        return await super().store_updates(updates, now_ms)

    def _need_room(self) -> None:
        if not self.has_room():
            raise LedgerAway("disk_full")

    async def commit(self, *changes: Change) -> None:
        if any(isinstance(change, StoreMessages) for change in changes):
            self._need_room()
        if changes:
            await self.units.write(partial(self._apply_all, changes), then=self._ring_all)
        for change in changes:
            if isinstance(change, MoveGroup):  # what is still written belongs to its rows
                self.scope = replace(self.scope, group_id=change.group_id)
        if any(isinstance(change, Erase) for change in changes):
            await self._engine.forget_traces()

    async def _apply_all(self, changes: Iterable[Change]) -> set[Queue]:
        now_ms = self.clock()
        queues: set[Queue] = set()
        for change in changes:
            queues.update(await _apply(self.scope, change, now_ms))
        return queues

    def _ring_all(self, queues: Iterable[Queue]) -> None:
        for queue in queues:
            self._ring(queue)


async def _apply(scope: Scope, change: Change, now_ms: int) -> Iterable[Queue]:
    """The queues that got work by it."""
    match change:
        case Enqueue():
            return await outbox_changes.enqueue(scope, change, now_ms)
        case Begin():
            await outbox_changes.begin(scope, change)
        case Settle():
            await outbox_changes.settle(scope, change)
        case Postpone():
            return await outbox_changes.postpone(scope, change)
        case Doubt():
            return await outbox_changes.doubt(scope, change)
        case Wait():
            return await outbox_changes.wait(scope, change)
        case Become():
            return await outbox_changes.become(scope, change, now_ms)
        case Again():
            return await outbox_changes.again(scope, change)
        case Confirm():
            await outbox_changes.confirm(scope, change)
        case Hurry():
            return await outbox_changes.hurry(scope, change)
        case HurryAll():
            return await outbox_changes.hurry_all(scope, change)
        case MoveGroup():
            await moving.move_group(scope, change, now_ms)
        case AddReply():
            await replies.add_reply(scope, change.reply)
        case Rewrite():
            return await rewriting.rewrite(scope, change, now_ms)
        case Reword():
            return await rewriting.reword(scope, change, now_ms)
        case Withdraw():
            return await rewriting.withdraw(scope, change, now_ms)
        case WithdrawAlbum():
            return await rewriting.withdraw_album(scope, change)
        case SaveFile():
            await replies.save_file(scope, change)
        case Want():
            await replies.want(scope, change.effect_key, change.wanted)
        case SaveChat():
            await chats.save_chat(scope, change.known)
        case MarkRead():
            await chats.mark_read(scope, change)
        case StoreMessages():
            await chats.store_messages(scope, change.chat_id, change.messages)
        case SaveTopic():
            await topics.save_topic(scope, change)
        case Audit():
            await audit.add_entry(scope, change, now_ms)
        case Erase():
            await erasing.erase(scope, change)
        case UpdateDone():
            await updates.finish_update(scope, change.update_id, change.aside)
        case Remember():
            await facts.remember(scope, change)
        case Spent():
            await facts.spend(scope, change)
        case _:
            assert_never(change)
    return ()
