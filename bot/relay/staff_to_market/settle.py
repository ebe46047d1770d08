"""What became of a reply whose answer was lost, judged by what the history shows. Pure.

Looked for three times over `SETTLE_SECONDS`: at once, at half of it, at its end. A repeat goes out
only when the last look finds nothing that the shop wrote since.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from bot.relay.changes import Change
from bot.relay.model import Effect, State
from bot.relay.notices import CORRECTED, DELIVERED, reaction
from bot.relay.reply import Reply
from bot.relay.work import WITHDRAWN

LOOKS = 3
ROUNDS = 5  # lost rounds after which a person is asked


class Fate(Enum):
    THERE = "there"  # the history shows it
    NOT_THERE = "not there"  # certainly not done: send it again
    LOOK_AGAIN = "look again"
    ASK = "ask"  # something the shop wrote is there, but altered or another's


def fate(is_matched: bool, partner_words: int, looks: int, rounds: int) -> Fate:
    """`looks`: how often it was looked for before this time; `partner_words`: what else the shop
    wrote above the base; `rounds`: attempts lost before this one."""
    if is_matched:
        return Fate.THERE
    if looks + 1 < LOOKS:
        return Fate.LOOK_AGAIN
    if partner_words or rounds + 1 >= ROUNDS:
        return Fate.ASK
    return Fate.NOT_THERE


def look_due_ms(unknown_ms: int, looks: int, settle_ms: int) -> int:
    """When look number `looks` (from 0) is due."""
    return unknown_ms + settle_ms * looks // (LOOKS - 1)


def delivered(effect_key: str, parts: Sequence[tuple[Reply, Effect]]) -> Sequence[Change]:
    """What follows when a part of a staff message is delivered: the mark of success, if it was the
    last that was missing of its edition. `parts`: all of the message, as they stood before."""
    edition = next((reply.edition for reply, _ in parts if reply.effect_key == effect_key), None)
    others = [
        effect
        for reply, effect in parts
        if reply.edition == edition and reply.effect_key != effect_key and _is_out(effect)
    ]
    if edition is None or any(effect.state is not State.SENT for effect in others):
        return []
    is_first = not any(reply.edition < edition for reply, effect in parts if _is_out(effect))
    return [reaction(parts[0][0].post_id, DELIVERED if is_first else CORRECTED)]


def _is_out(effect: Effect) -> bool:
    return effect.reason != WITHDRAWN
