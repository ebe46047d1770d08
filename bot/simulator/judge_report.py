"""What the judge found: counters for each stream and the first offences; values only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Self

MOST_OFFENCES = 20


@dataclass(slots=True)
class Counters:
    """One stream. `sent` = `delivered` + `waiting` + `lost` + `told`.

    `lost`: not there although a later one of its chat is. `told`: not there, and its author got
    an answer that says so. `twice`: unmarked occurrences beyond the expected number. `misrouted`:
    at another chat. `leaked`: at a buyer, and nobody entitled wrote it. `echoed`: in a topic
    although it was sent from there. `disordered`: before an earlier one of its chat.
    """

    sent: int = 0
    delivered: int = 0
    waiting: int = 0
    lost: int = 0
    twice: int = 0
    misrouted: int = 0
    disordered: int = 0
    told: int = 0
    leaked: int = 0
    echoed: int = 0
    repeats: int = 0  # marked as possible repeats: allowed, and told here
    offences: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing went wrong, whatever is still under way."""
        wrongs = (self.lost, self.twice, self.misrouted, self.disordered, self.leaked, self.echoed)
        return not any(wrongs)

    @property
    def is_done(self) -> bool:
        return self.waiting == 0

    def blame(self, what: str, where: int, text: str) -> None:
        """Count an offence and keep its words; `where` is the chat."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.offences) < MOST_OFFENCES:
            self.offences.append(f"{what}: chat {where}: {text[:60]!r}")

    def add(self, other: Self) -> None:
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        room = MOST_OFFENCES - len(self.offences)
        self.offences.extend(other.offences[:room])


COUNTED = tuple(name for name in Counters.__dataclass_fields__ if name != "offences")


@dataclass(frozen=True, slots=True)
class Report:
    buyer_to_topic: Counters
    staff_to_buyer: Counters

    @property
    def is_clean(self) -> bool:
        return self.buyer_to_topic.is_clean and self.staff_to_buyer.is_clean

    @property
    def is_done(self) -> bool:
        """Nothing waits any more."""
        return self.buyer_to_topic.is_done and self.staff_to_buyer.is_done

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
