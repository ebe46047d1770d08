"""Erasing what the ledger keeps of one chat: asked for by an admin, and asked again."""

from __future__ import annotations

from collections.abc import Sequence

from bot.relay.changes import (
    Change,
)
from bot.relay.deeds import Audit, Erase
from bot.relay.model import ChatId, PostId, Role, Topic, UserId
from bot.relay.notices import actions_of, notice, without_buttons
from bot.relay.ports import Ledger, Words
from bot.relay.posts import Button, Post, Span
from bot.relay.staff_to_market.message import lane_of as buyer_lane
from bot.relay.topics import lane_of as topic_lane

ERASE = "erase"  # the action of the button
_SHOWN_WITHIN_MS = 120_000  # what was sent shows in the chat's history, if it ever does


def ask(topic: Topic, post_id: PostId, words: Words) -> Change:
    text = words.say(
        "Erase all that the bot keeps of this chat: texts, file names, the buyer's name? What "
        "stands in this topic stays: delete the topic by hand. Copies of the database are not "
        "changed. It can't be undone."
    )
    button = Button(words.say("Erase"), f"{ERASE} {topic.chat_id}")
    post = Post((Span(text),), topic.thread_id, reply_to=post_id, buttons=(button,))
    return notice(f"erase/{post_id}", post)


async def pressed(
    key: str,
    under: PostId,
    who: UserId,
    role: Role,
    ledger: Ledger,
    words: Words,
    now_ms: int,
) -> tuple[Sequence[Change], str]:
    """What follows, and the word said to who pressed it."""
    if role is not Role.ADMIN:
        return [], words.say("This is for administrators.")
    asked = [await ledger.effect(one) for one in await ledger.keys_at(under)]
    action = f"{ERASE} {key}"
    if not any(one and action in actions_of(one) for one in asked):
        return [], words.say("This button is out of date.")
    chat_id = ChatId(int(key))
    lanes = (topic_lane(chat_id), buyer_lane(chat_id))
    is_waiting = [bool(await ledger.waiting_in_lane(lane, 1)) for lane in lanes]
    # Erased, a reply would not be known again in the history, and its words would come back.
    sent = [effect.started_ms for _, effect in await ledger.unmatched_replies(chat_id)]
    if any(is_waiting) or any(at > now_ms - _SHOWN_WITHIN_MS for at in sent):
        return [], words.say("Something of this chat still waits. Try again a little later.")
    done = Audit(who, "erased", chat_id, under)
    return [Erase(chat_id), done, without_buttons(under)], words.say("Erased.")
