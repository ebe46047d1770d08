"""Writing to the disk: files of ours alone, room left for the others, and what may go wrong."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.relay.errors import Unreachable
from bot.relay.room import LEFT_FREE

log = logging.getLogger(__name__)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file that nobody else may read, in the place of one that is there. It is closed at the
    end, and stays."""
    with disk_trouble():
        file = open(path, "wb", opener=_private)  # noqa: SIM115 closing may object as well
    try:
        yield file
    finally:
        with disk_trouble():
            file.close()


def append(file: BinaryIO, piece: bytes | bytearray) -> None:
    """It has left our buffers when this returns."""
    need_room(Path(file.name).parent, len(piece))
    with disk_trouble():
        file.write(piece)
        file.flush()


def need_room(folder: Path, size: int = 0) -> None:
    """Raises `Unreachable("disk_full")` where `size` bytes more would leave too little free."""
    with disk_trouble():
        free = shutil.disk_usage(folder).free
    if free - size < LEFT_FREE:  # the database on the same disk needs it more
        raise Unreachable("disk_full")


def remove(*paths: Path) -> None:
    """Those that are there. One that can't be removed waits for the next start, no message does."""
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("a file of the spool stays: %s", type(error).__name__)


@contextmanager
def disk_trouble() -> Iterator[None]:
    """Whatever the disk objects to is `Unreachable("disk_full")`."""
    try:
        yield
    except OSError as error:
        raise Unreachable("disk_full", reason=type(error).__name__) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
