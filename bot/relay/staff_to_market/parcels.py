"""Files of staff brought from Telegram onto the disk, and made to fit the Market."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bot.relay.errors import Refused, RelayError, Unreachable
from bot.relay.fetching import Fetcher, GivenUp, Ready, Wish
from bot.relay.filenames import as_picture
from bot.relay.files import Fitted, Pictures, Spool
from bot.relay.ports import Forum
from bot.relay.reply import Reply, StaffFile
from bot.relay.work import Parked

SEND_AT_MOST = 5 * 1024 * 1024  # bytes of a file for a buyer (Market: sendFileToChat)
FETCH_AT_MOST = 20 * 1024 * 1024  # bytes of a file that a bot may fetch (Bot API: getFile)
_FITTED_AT_MOST = 5_000_000  # bytes: within 5 MB, whichever way the Market counts them


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file that is there. `path`: what goes to the buyer, as `file` describes it; `fitted`: what
    was done to a picture that was too big."""

    path: Path
    file: StaffFile
    fitted: Fitted | None = None


class Parcels:
    def __init__(
        self, *, forum: Forum, spool: Spool, pictures: Pictures, fetcher: Fetcher[Parcel]
    ) -> None:
        self._forum = forum
        self._spool = spool
        self._pictures = pictures
        self._fetcher = fetcher

    def parcel(self, reply: Reply, file: StaffFile, lane: str) -> Parcel:
        """Raises `Parked` while it is being brought, else why it can't be."""
        fate = self._fetcher.fate(
            Wish(
                key=_key(reply, file),
                lane=lane,
                open=partial(self._forum.download, file.file_id),
                make=partial(self._fit, _key(reply, file), file),
                at_most=FETCH_AT_MOST,
            )
        )
        match fate:
            case Ready():
                return fate.what
            case GivenUp():
                self.forget(reply, file)  # asked for again, it is brought again
                raise _refusal(fate.error)
        raise Parked

    def known(self, reply: Reply, file: StaffFile) -> Parcel | None:
        return self._fetcher.known(_key(reply, file))

    def forget(self, reply: Reply, file: StaffFile) -> None:
        self._fetcher.forget(_key(reply, file))

    async def _fit(self, key: str, file: StaffFile, path: Path) -> Parcel:
        size = path.stat().st_size  # noqa: ASYNC240 - the kernel knows it
        if size <= SEND_AT_MOST:
            picture = await self._pictures.look(path)
            name = as_picture(file.name, picture.format) if picture else file.name
            return Parcel(path, replace(file, name=name, size=size, fitted_from=None))
        smaller = self._spool.beside(key, "fitted")
        fitted = await self._pictures.fit(path, smaller, _FITTED_AT_MOST)
        if fitted is None:
            raise Refused("file_too_big")
        name = as_picture(file.name, "JPEG")
        as_it_goes = replace(file, name=name, size=fitted.size, fitted_from=size)
        return Parcel(smaller, as_it_goes, fitted)


def _refusal(error: RelayError) -> RelayError:
    """What did not come for so long is told to its author, who has a button."""
    if not isinstance(error, Unreachable):
        return error
    return Refused("disk_full" if error.key == "disk_full" else "telegram_timeout")


def _key(reply: Reply, file: StaffFile) -> str:
    """An edit may have put another file in its place."""
    return f"{reply.effect_key}/{file.unique_id}"
