"""Whose rows these are; every query is narrowed by it, and none reaches past it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.relay.ports import Clock
from bot.storage.units import Units


@dataclass(frozen=True, slots=True)
class Scope:
    """One cabinet, the group of its staff, and the bot."""

    business_id: int
    group_id: int
    bot_id: int


class Shelf:
    """The part of a ledger that is about one kind of row."""

    def __init__(self, units: Units, scope: Scope, clock: Clock) -> None:
        self.units = units
        self.scope = scope
        self.clock = clock
