"""What both kinds of database must offer before and while they are opened; nothing of one kind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from bot.storage.lease import Lease

APP = "relay"  # the name under which migrations are recorded; never to be changed


class Engine(Protocol):
    """One database at its address. Every method raises a `StorageError`, and no secret is in it.

    `kind` is also the name of tortoise's connection: it keeps statements by that name, for the
    whole process, and those of one kind do not suit the other. `name` tells a person which
    database it is. `readers`: how many units may read beside the one that writes.
    """

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def readers(self) -> int: ...

    @property
    def schema_editor(self) -> type[BaseSchemaEditor]: ...

    @property
    def connection(self) -> dict[str, Any]:
        """How tortoise connects."""
        ...

    def hold(
        self, business_id: int, waits: Callable[[bool], None]
    ) -> AbstractAsyncContextManager[Lease | None]:
        """Keep every other relay of the cabinet away. Where another has it, either refuses or waits
        for it, which `waits` is told. None: held as long as this process lives, come what may; else
        the lease has to be taken, and may be lost, which raises `LeaseLost` in the body."""
        ...

    async def peek(self) -> set[str]:
        """Is it there, sound, and ours to use? Names of the migrations it has; changes nothing."""
        ...

    def free(self) -> int | None:
        """Bytes that are free where it lies; None where that is the server's business."""
        ...

    async def copy_to(self, target: Path) -> bool:
        """One copy, marked as one. False where that is the business of the server's owner."""
        ...

    async def copy(self, folder: Path, kept: int) -> bool:
        """A copy of this day into the folder, marked as one; the oldest beyond `kept` go. False
        where that is the business of the server's owner."""
        ...

    async def forget_traces(self) -> None:
        """What was overwritten is not to be found beside the tables either."""
        ...

    async def was_restored(self) -> bool:
        """Is it a copy that took the place of the original? Says so until `start_anew`."""
        ...

    async def start_anew(self) -> None: ...

    async def backup(self, before: str) -> None:
        """Keep a copy of what is there before the migration `before`, if that is on us."""
        ...

    async def guard_migration(self) -> None:
        """Within the transaction of a migration: let no other process migrate meanwhile."""
        ...
