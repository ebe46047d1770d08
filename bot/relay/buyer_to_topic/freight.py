"""Buyers' files brought from the Market onto the disk, and what they turn out to be."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.relay.buyer_to_topic.cargo import Cargo
from bot.relay.errors import AccessDenied, Refused, RelayError, Unreachable
from bot.relay.fetching import Fetcher, GivenUp, Ready, Wish
from bot.relay.files import Picture, Pictures, Spool
from bot.relay.model import Attachment
from bot.relay.ports import Market
from bot.relay.work import Parked

log = logging.getLogger(__name__)

UPLOAD_AT_MOST = 50 * 1024 * 1024  # bytes of a file that a bot may send (Bot API)
_PHOTO_AT_MOST = 10 * 1024 * 1024  # bytes (Bot API: sendPhoto)
_PHOTO_SIDE = 1280  # pixels; larger photos are shown with fewer
_PHOTO_RATIO = 20  # of the sides, at most (Bot API: sendPhoto)
_MAY_HAVE_RUN_OUT = ("file_gone", "file_denied", "file_nowhere", "file_unsafe")
_KEYS = {"file_too_big": "file_too_big_to_post"}  # whose limit it is, only the way tells


@dataclass(frozen=True, slots=True)
class Content:
    """A file that is there. `shown`: what to show of it as a photo, None where it is no picture.
    `is_shown_whole`: a photo of it shows all there is, so the file itself need not follow."""

    path: Path
    size: int
    shown: Path | None = None
    is_shown_whole: bool = False


class Missing(Refused):
    """The file can't be brought. `is_passing`: it may come another time."""

    def __init__(self, error: RelayError) -> None:
        super().__init__(_KEYS.get(error.key, error.key), **error.details)
        self.is_passing = isinstance(error, Unreachable)


class Freight:
    def __init__(
        self, *, market: Market, spool: Spool, pictures: Pictures, fetcher: Fetcher[Content]
    ) -> None:
        self._market = market
        self._spool = spool
        self._pictures = pictures
        self._fetcher = fetcher

    def content(self, cargo: Cargo, lane: str, *, is_patient: bool = True) -> Content:
        """Raises `Parked` while it is being brought, `Missing` where it can't be."""
        fate = self._fetcher.fate(
            Wish(
                key=cargo.key,
                lane=lane,
                open=partial(self._read, cargo),
                make=partial(self._look, cargo.key),
                at_most=UPLOAD_AT_MOST,
                is_patient=is_patient,
            )
        )
        match fate:
            case Ready():
                return fate.what
            case GivenUp():
                raise Missing(fate.error)
        raise Parked

    def is_coming(self, cargo: Cargo, lane: str) -> bool:
        """Begins to bring it; False where it is there, or never will be."""
        try:
            self.content(cargo, lane)
        except Parked:
            return True
        except Missing:  # its own row will say so
            pass
        return False

    def known(self, cargo: Cargo) -> Content | None:
        return self._fetcher.known(cargo.key)

    def forget(self, cargo: Cargo) -> None:
        self._fetcher.forget(cargo.key)

    async def _read(self, cargo: Cargo) -> AsyncGenerator[bytes, None]:
        """An address may have run out since the message was read, or have been none yet: then the
        Market is asked for the one of today."""
        is_begun = False
        try:
            async with aclosing(self._market.download(cargo.file)) as chunks:
                async for chunk in chunks:
                    is_begun = True
                    yield chunk
            return
        except Refused as error:
            if is_begun or error.key not in _MAY_HAVE_RUN_OUT:
                raise
            refusal = error
        async with aclosing(self._market.download(await self._today(cargo, refusal))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _today(self, cargo: Cargo, refusal: Refused) -> Attachment:
        try:
            message = await self._market.message(cargo.chat_id, cargo.message_id)
        except (Refused, AccessDenied):
            raise refusal from None
        files = message.attachments[cargo.index : cargo.index + 1]
        if not files or files[0].url == cargo.file.url:
            raise refusal
        return files[0]

    async def _look(self, key: str, path: Path) -> Content:
        size = path.stat().st_size  # noqa: ASYNC240 - the kernel knows it
        if not size:
            raise Refused("file_empty")
        picture = await self._pictures.look(path)
        if picture is None or not picture.is_still:
            return Content(path, size)
        if size <= _PHOTO_AT_MOST and _is_shown_whole(picture):
            return Content(path, size, path, is_shown_whole=True)
        preview = self._spool.beside(key, "preview")
        return Content(path, size, preview if await self._pictures.preview(path, preview) else None)


def _is_shown_whole(picture: Picture) -> bool:
    short, long = sorted((picture.width, picture.height))
    return long <= _PHOTO_SIDE and long <= _PHOTO_RATIO * short
