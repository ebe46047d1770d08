"""What the care of the ledger needs: whose it is, and how what is old leaves it."""

from __future__ import annotations

from typing import Protocol


class Upkeep(Protocol):
    """The part of `bot.relay.ports.Ledger` that no message is concerned with."""

    @property
    def group_id(self) -> int:
        """The number that the group had when the ledger was opened; it may differ from the one that
        the ledger was opened for, where the group has moved since (`MoveGroup`)."""
        ...

    @property
    def is_ours(self) -> bool:
        """False once another relay works with it: whatever is under way has to be broken off."""
        ...

    async def forget_updates(self, before_ms: int) -> int:
        """Drop updates that are done and were received before. Returns how many."""
        ...
