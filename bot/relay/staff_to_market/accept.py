"""Is a staff message meant for the buyer? For the buyer, a note, or refused with a reason. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.relay.changes import AddReply, Again, Change, Confirm, Enqueue, Reword, Withdraw
from bot.relay.model import (
    ChatId,
    Effect,
    NewEffect,
    PostId,
    Queue,
    Reply,
    Role,
    State,
    ThreadId,
    Topic,
    UserId,
)
from bot.relay.notices import notice, without_buttons
from bot.relay.ports import Words
from bot.relay.posts import Button, Post, Span
from bot.relay.reasons import why
from bot.relay.staff_to_market.settle import delivered
from bot.relay.text import REPLY_CHARACTERS, clean, split
from bot.relay.work import UNSURE

KIND = "say"
NOTE = "//"
AGAIN, THERE = "again", "there"  # actions of the buttons under a notice


@dataclass(frozen=True, slots=True)
class StaffMessage:
    """What a person wrote in a topic. `content` is Telegram's word for what it is (`text`,
    `photo`, …); `text` is the plain text, or the caption."""

    post_id: PostId
    thread_id: ThreadId
    author: UserId
    text: str
    at_ms: int
    content: str = "text"
    is_anonymous: bool = False  # written in the name of the group or of a channel


def lane_of(chat_id: ChatId) -> str:
    """What goes to a buyer goes one after the other."""
    return f"chat/{chat_id}"


_KEY = re.compile(r"say/(\d{1,18})/\d{1,4}")


def key_of(post_id: PostId, part: int = 0) -> str:
    return f"say/{post_id}/{part}"


def accept(message: StaffMessage, topic: Topic, role: Role, words: Words) -> Sequence[Change]:
    """A message in the topic of a chat: rows for the buyer, or a reply that says why not."""
    text = clean(message.text).strip()
    if text.startswith(NOTE):
        return []
    if reason := _reason_against(message, text, role):
        return [refusal(message, reason, words)]
    return replies(message, topic.chat_id, text)


def _reason_against(message: StaffMessage, text: str, role: Role) -> str:
    if message.is_anonymous:
        return "anonymous"
    if role is Role.OUTSIDER:
        return "no_right_to_answer"
    if message.content != "text":
        return "only_text"
    if text.startswith("/"):
        return "unknown_command"
    if not text:
        return "nothing_to_send"
    return ""


def replies(message: StaffMessage, chat_id: ChatId, text: str) -> list[Change]:
    """The rows that carry a text to the buyer; over the Market's limit, several in order."""
    changes: list[Change] = []
    for part, piece in enumerate(split(text, REPLY_CHARACTERS)):
        key = key_of(message.post_id, part)
        lane = lane_of(chat_id)
        changes.append(Enqueue(NewEffect(key, Queue.MARKET, lane, KIND, {}, 0, chat_id)))
        changes.append(
            AddReply(
                Reply(
                    effect_key=key,
                    chat_id=chat_id,
                    post_id=message.post_id,
                    author=message.author,
                    at_ms=message.at_ms,
                    text=piece,
                    thread_id=message.thread_id,
                    part=part,
                )
            )
        )
    return changes


def refusal(message: StaffMessage, reason: str, words: Words) -> Change:
    """The author is told, on the message itself, that it did not go out and why."""
    said = words.say("❌ Not sent to the buyer: {reason}", reason=why(reason, {}, words))
    post = Post((Span(said),), message.thread_id, reply_to=message.post_id)
    return notice(f"refused/{message.post_id}", post)


def edited(
    message: StaffMessage, parts: Sequence[tuple[Reply, Effect]], words: Words
) -> Sequence[Change]:
    """An edit before the send takes effect; after it the buyer keeps what was sent, and the author
    is told so once. An edit of what was never for the buyer is nobody's business.

    `message.text` is what of it is for the buyer now."""
    text = clean(message.text).strip()
    if not parts or text == "".join(reply.text for reply, _ in parts):
        return []
    late = _on_edit(
        message,
        "late",
        words.say(
            "✏️ This edit does not reach the buyer: what was sent can't be changed. "
            "Write a new message instead."
        ),
    )
    if len(parts) > 1 or len(split(text, REPLY_CHARACTERS)) > 1:
        return [Enqueue(late)]
    key = parts[0][0].effect_key
    if text and not text.startswith((NOTE, "/")):
        return [Reword(key, text, late)]
    done = words.say("✏️ Withdrawn: the buyer does not get this message.")
    return [Withdraw(key, _on_edit(message, "withdrawn", done), late)]


def _on_edit(message: StaffMessage, what: str, said: str) -> NewEffect:
    post = Post((Span(said),), message.thread_id or None, reply_to=message.post_id)
    return notice(f"edited/{what}/{message.post_id}", post).effect


def pressed(
    action: str,
    key: str,
    notice_id: PostId,
    parts: Sequence[tuple[Reply, Effect]],
    now_ms: int,
    words: Words,
) -> tuple[Sequence[Change], str]:
    """A button under a notice: what follows, and the word said to who pressed it."""
    effect = next((effect for reply, effect in parts if reply.effect_key == key), None)
    if effect is None or action not in (AGAIN, THERE):
        return [], words.say("This button is out of date.")
    if effect.state is not State.FAILED:
        done = effect.state is State.SENT
        said = words.say("It has been delivered.") if done else words.say("It is on its way.")
        return [without_buttons(notice_id)], said
    if action == AGAIN:
        return [Again(key, now_ms), without_buttons(notice_id)], words.say("Sending again…")
    if effect.reason != UNSURE:
        return [], words.say("It certainly was not delivered.")
    confirmed = [Confirm(key), *delivered(key, parts), without_buttons(notice_id)]
    return confirmed, words.say("Noted as delivered.")


def post_of(key: str) -> PostId | None:
    """The staff message that an effect key is about; None where it is about none."""
    found = _KEY.fullmatch(key)
    return PostId(int(found[1])) if found else None


def buttons(key: str, *, is_unsure: bool, words: Words) -> tuple[Button, ...]:
    """Under a failure: send again; where it may have arrived also: it is there."""
    again = Button(words.say("Send again"), f"{AGAIN} {key}")
    there = Button(words.say("It is there"), f"{THERE} {key}")
    return (again, there) if is_unsure else (again,)
