"""What pictures show, and smaller ones made of them: the port. Pixels are `decoding`'s business."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from bot.files.decoding import Undecodable, decode, look
from bot.files.disk import remove
from bot.files.fitting import PREVIEW_SIDE, write_fitting, write_preview
from bot.files.threads import Threads
from bot.relay.files import Fitted, Picture

P = ParamSpec("P")
T = TypeVar("T")


class PillowPictures:
    """`bot.relay.files.Pictures`, in a thread of its own, one picture at a time.

    A thread keeps for itself the memory that it once needed for a large picture: so it is always
    the same one. What it writes holds no metadata: a seller's picture must not tell a buyer where
    it was taken.
    """

    def __init__(self) -> None:
        self._thread = Threads(1, "pictures")

    async def look(self, path: Path) -> Picture | None:
        return await self._alone(look, path)

    async def preview(self, path: Path, into: Path) -> bool:
        return await self._alone(_preview, path, into)

    async def fit(self, path: Path, into: Path, at_most: int) -> Fitted | None:
        """Also None where it moves: a still would not show all there is."""
        return await self._alone(_fit, path, into, at_most)

    async def _alone(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._thread.to_the_end(work, *args, **kwargs)


def _preview(path: Path, into: Path) -> bool:
    return bool(_made(into, lambda: write_preview(decode(path, PREVIEW_SIDE), into)))


def _fit(path: Path, into: Path, at_most: int) -> Fitted | None:
    return _made(into, lambda: write_fitting(decode(path, moving=False), into, at_most))


def _made(into: Path, make: Callable[[], T]) -> T | None:
    """Leaves nothing in `into` but what is whole."""
    made = None
    try:
        made = make()
    except (Undecodable, MemoryError):
        pass
    finally:
        if not made:
            remove(into)
    return made
