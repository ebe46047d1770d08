"""What rows of the outbox do: the contract between a kind of row and the lanes that run it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from bot.relay.changes import Change, Settle
from bot.relay.errors import Refused, RelayError
from bot.relay.model import ChatId, Effect, EffectId, State


@dataclass(frozen=True, slots=True)
class Done:
    """The call took effect. `results`: the post it became, if it became one; a post a row of the
    batch, where it became an album."""

    changes: Sequence[Change] = ()
    results: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class NotDone:
    """The unknown attempt did not take effect, or a repeat of it is the lesser evil.

    `counts`: it is one of the rounds lost (`Effect.rounds`). `reason` stays with the rows.
    `changes` come after: they may settle those of the batch that did take effect."""

    changes: Sequence[Change] = ()
    counts: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Undecided:
    due_ms: int


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Nobody but a person can tell; `changes` ask one."""

    changes: Sequence[Change] = ()


Verdict = Done | NotDone | Undecided | CannotTell
UNSURE = "unsure"  # reason of a FAILED row that may have been done all the same
WITHDRAWN = "withdrawn"  # reason of a FAILED row whose author took it back before it went


class Later(RelayError):
    """The row waits for something that has to come first; it was not begun."""

    def __init__(self, due_ms: int) -> None:
        super().__init__("later")
        self.due_ms = due_ms


class Parked(RelayError):
    """The row waits for something that this very process is bringing; it was not begun. Whoever
    brings it frees the lane (`bot.relay.parking`)."""

    def __init__(self) -> None:
        super().__init__("parked")


class Work(ABC):
    """What rows of one kind do."""

    is_exclusive = False  # while its outcome is unknown, nothing else of the queue may begin
    joins_always = False  # what may go out in one call does so, backlog or not

    async def prepare(self, head: Effect) -> None:  # noqa: B027 - most kinds need nothing first
        """Whatever has to be there before the call; the row is still NEW, so it may fail freely."""

    def company(self, waiting: Sequence[Effect], is_crowded: bool) -> Sequence[Effect]:
        """Those of these rows of one lane, the first among them, that go out in one call.
        `is_crowded`: more wait in the queue than the pace lets go soon."""
        alike = list(takewhile(lambda effect: effect.kind == waiting[0].kind, waiting))
        return alike[: self.joinable(alike)]

    def joinable(self, waiting: Sequence[Effect]) -> int:
        """How many of these rows of one kind, from the first on, may go out in one call."""
        return 1

    def weight(self, batch: Sequence[Effect]) -> int:
        """How many calls of the allowance the call is worth: an album counts by its files."""
        return 1

    def notes(self, batch: Sequence[Effect]) -> Sequence[Change]:
        """What is written down with the beginning of the call."""
        return ()

    async def base(self, head: Effect) -> int:
        """The highest id known where the effect will show."""
        return 0

    @abstractmethod
    async def perform(self, batch: Sequence[Effect]) -> Done:
        """The call, once."""

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        """What became of a call whose answer never came? Repeating is harmless for most kinds."""
        return NotDone()

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        """The service said no: what that means."""
        return [Settle(ids(batch), State.FAILED, reason=error.key)]


def settled(batch: Sequence[Effect], done: Done) -> Sequence[Change]:
    """Every row with the post it became."""
    if len(done.results) < 2:
        return [Settle(ids(batch), State.SENT, done.results[0] if done.results else None)]
    pairs = zip(batch, done.results, strict=True)
    return [Settle((effect.id,), State.SENT, result) for effect, result in pairs]


def ids(batch: Sequence[Effect]) -> tuple[EffectId, ...]:
    return tuple(effect.id for effect in batch)


def chat_of(effect: Effect) -> ChatId:
    """The chat of a row that is about one."""
    assert effect.chat_id is not None
    return effect.chat_id
