"""Handing a staff file to the buyer, once; what becomes of it is settled as for a text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from bot.relay.changes import Change, SaveFile
from bot.relay.errors import Refused, Unreachable
from bot.relay.model import Effect
from bot.relay.notices import notice
from bot.relay.posts import Post, Span
from bot.relay.reply import Reply, StaffFile
from bot.relay.sizes import size
from bot.relay.staff_to_market.parcels import SEND_AT_MOST, Parcel, Parcels
from bot.relay.staff_to_market.send import SayWork
from bot.relay.work import CannotTell, Done, Verdict


class HandWork(SayWork):
    _method = "sendFileToChat"

    def __init__(self, *, parcels: Parcels, **parts: Any) -> None:
        super().__init__(**parts)
        self._parcels = parcels

    async def prepare(self, head: Effect) -> None:
        """What goes to the buyer is written down before: by its name and size it is found again in
        the chat's history."""
        await super().prepare(head)
        reply, file = await self._file(head)
        parcel = self._parcels.parcel(reply, file, head.lane)
        if parcel.file != file:
            await self._ledger.commit(SaveFile(reply.effect_key, parcel.file))

    async def perform(self, batch: Sequence[Effect]) -> Done:
        [effect] = batch
        reply, file = await self._file(effect)
        parcel = self._parcels.known(reply, file)
        if parcel is None:  # somebody tidied up under our feet
            raise Unreachable("file_away")
        delivered = await self._delivered(reply)  # before: nothing may fail after the send
        content = await asyncio.to_thread(parcel.path.read_bytes)
        await self._market.send_file(reply.chat_id, file.name, content)
        self._answered(reply.chat_id)
        self._parcels.forget(reply, file)
        return Done([*delivered, *self._fitted(effect, reply, parcel)])

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        """Settled, it is on its way no longer: asked for again, it is brought again."""
        [effect] = batch
        verdict = await super().settle(batch)
        if not isinstance(verdict, Done | CannotTell):
            return verdict
        reply, file = await self._file(effect)
        parcel = self._parcels.known(reply, file)
        self._parcels.forget(reply, file)
        if isinstance(verdict, Done) and parcel:
            return Done([*verdict.changes, *self._fitted(effect, reply, parcel)])
        return verdict

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        [effect] = batch
        changes = await super().refused(batch, error)
        self._parcels.forget(*await self._file(effect))
        return changes

    def _fitted(self, effect: Effect, reply: Reply, parcel: Parcel) -> list[Change]:
        """The author sees what was done to a picture."""
        if parcel.fitted is None or parcel.file.fitted_from is None:
            return []
        said = self._words.say(
            "🗜 {name}: the picture had {before}, the Market takes at most {limit}. "
            "The buyer got a JPEG of {after}, {width} × {height} pixels.",
            name=parcel.file.name,
            before=size(parcel.file.fitted_from, self._words),
            after=size(parcel.file.size or 0, self._words),
            limit=size(SEND_AT_MOST, self._words),
            width=str(parcel.fitted.width),
            height=str(parcel.fitted.height),
        )
        post = Post((Span(said),), reply.thread_id, reply_to=reply.post_id, is_silent=True)
        return [notice(f"fitted/{effect.id}", post, rank=2)]

    async def _file(self, effect: Effect) -> tuple[Reply, StaffFile]:
        reply = await self._reply(effect)
        if reply.file is None:
            raise Refused("reply_unknown")
        return reply, reply.file
