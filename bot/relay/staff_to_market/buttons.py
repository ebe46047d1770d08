"""The buttons under notices about replies: what they offer, and what follows on a press. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.relay.changes import Again, Change, Confirm
from bot.relay.model import Effect, PostId, State
from bot.relay.notices import without_buttons
from bot.relay.ports import Words
from bot.relay.posts import Button
from bot.relay.reply import Reply
from bot.relay.staff_to_market.settle import delivered
from bot.relay.work import UNSURE, WITHDRAWN

AGAIN, THERE = "again", "there"  # actions


def buttons(key: str, *, is_unsure: bool, words: Words) -> tuple[Button, ...]:
    """Under a failure: send again; where it may have arrived also: it is there."""
    again = Button(words.say("Send again"), f"{AGAIN} {key}")
    there = Button(words.say("It is there"), f"{THERE} {key}")
    return (again, there) if is_unsure else (again,)


def pressed(
    action: str,
    key: str,
    notice_id: PostId,
    parts: Sequence[tuple[Reply, Effect]],
    now_ms: int,
    words: Words,
) -> tuple[Sequence[Change], str]:
    """A button under a notice: what follows, and the word said to who pressed it."""
    found = next(((reply, effect) for reply, effect in parts if reply.effect_key == key), None)
    reply, effect = found or (None, None)
    if reply is None or effect is None or action not in (AGAIN, THERE):
        return [], words.say("This button is out of date.")
    if effect.reason == WITHDRAWN:
        return [without_buttons(notice_id)], words.say("This button is out of date.")
    if effect.state is not State.FAILED:
        done = effect.state is State.SENT
        said = words.say("It has been delivered.") if done else words.say("It is on its way.")
        return [without_buttons(notice_id)], said
    if action == AGAIN and not (reply.text or reply.file):
        return [without_buttons(notice_id)], words.say("Its words are not kept any more.")
    if action == AGAIN:
        return [Again(key, now_ms), without_buttons(notice_id)], words.say("Sending again…")
    if effect.reason != UNSURE:
        return [], words.say("It certainly was not delivered.")
    confirmed = [Confirm(key), *delivered(key, parts), without_buttons(notice_id)]
    return confirmed, words.say("Noted as delivered.")
