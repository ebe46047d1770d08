"""Edits of staff messages: before the send they take effect; after it the buyer keeps what was
sent, and a button sends the correction as a new message. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.relay.changes import Change, Enqueue, Rewrite, Want, Withdraw
from bot.relay.model import Effect, NewEffect, PostId
from bot.relay.notices import notice, without_buttons
from bot.relay.ports import Words
from bot.relay.posts import Button, Post, Span
from bot.relay.reply import Content, Reply, StaffFile
from bot.relay.staff_to_market.accept import note_album
from bot.relay.staff_to_market.message import StaffMessage, contents, parts_of, written
from bot.relay.work import WITHDRAWN

FIX = "fix"  # action of the button
_NUMBER = re.compile(r"\A\(1/\d+\) ")  # of the first of several parts
Parts = Sequence[tuple[Reply, Effect]]


def edited(
    message: StaffMessage, parts: Parts, words: Words, *, quoted: str = ""
) -> Sequence[Change]:
    """An edit of what was never for the buyer is nobody's business.

    `message.text` is what of it is for the buyer now; `quoted`: what it would begin with if it was
    sent with a quote of what it answers."""
    standing = _standing(parts)
    first = _NUMBER.sub("", standing[0][0].text) if standing else ""
    had_quote = bool(quoted) and first.startswith(quoted)
    said = contents((quoted if had_quote else "") + message.words, message.file)
    is_as_it_was = _same(said, [reply.content for reply, _ in standing])
    if not standing:
        return []
    unwanted = [Want(reply.effect_key, ()) for reply, _ in parts if reply.wanted]
    if is_as_it_was and not _is_withdrawn(standing):
        return unwanted
    keys = tuple(reply.effect_key for reply, _ in standing)
    edition = max(reply.edition for reply, _ in parts)
    is_inside = not said or message.is_inside
    is_anything_new = any(_identity(one) not in _had(parts) for one in said)
    late = _late(message, edition, words, can_be_fixed=not is_inside and is_anything_new)
    if is_inside:
        done, rest = _withdrawn(message, edition, words), _rest(message, edition, words)
        withdraw = Withdraw(keys, done, rest, late)
        return [*unwanted, withdraw, *(note_album(message) if message.is_note else [])]
    chat_id = standing[0][0].chat_id
    fresh = parts_of(message, chat_id, said, first=_next_part(parts), edition=edition + 1)
    effects, replies = zip(*fresh, strict=True)
    return [*unwanted, Rewrite(keys, replies, effects, late)]


def stays_inside(message: StaffMessage, words: Words) -> Sequence[Change]:
    """An edit of a file whose album was made a note: whether all of it is meant for the buyer now,
    nobody can tell."""
    if message.is_inside:
        return []
    said = words.say(
        "✏️ This album was made a note and stays one. Send it again if it is for the buyer."
    )
    return [Enqueue(_notice(message, "inside", said))]


def _same(said: Sequence[Content], before: Sequence[Content]) -> bool:
    return [_identity(one) for one in said] == [_identity(one) for one in before]


def _identity(content: Content) -> str:
    """Telegram gives a file another handle each time; the unique one stays."""
    return f"/{content.unique_id}" if isinstance(content, StaffFile) else content


def _standing(parts: Parts) -> Parts:
    """What the message is for the buyer, over all editions: the newest texts, the newest file."""
    alive = [pair for pair in parts if pair[1].reason != WITHDRAWN] or parts
    texts = _newest([pair for pair in alive if pair[0].file is None])
    files = _newest([pair for pair in alive if pair[0].file is not None])
    return [*texts, *files]


def _is_withdrawn(parts: Parts) -> bool:
    return all(effect.reason == WITHDRAWN for _, effect in parts)


def _newest(parts: Parts) -> Parts:
    newest = max((reply.edition for reply, _ in parts), default=0)
    return [pair for pair in parts if pair[0].edition == newest]


def _next_part(parts: Parts) -> int:
    return max(reply.part for reply, _ in parts) + 1


def _late(message: StaffMessage, edition: int, words: Words, *, can_be_fixed: bool) -> NewEffect:
    said = words.say(
        "✏️ This edit does not reach the buyer: what was sent can't be changed. "
        "You can send the correction as a new message."
    )
    fix = Button(words.say("Send the correction"), f"{FIX} {message.post_id}")
    what = "late" if can_be_fixed else "kept"  # told without the button, it is told with it later
    return _notice(message, f"{what}/{edition}", said, (fix,) if can_be_fixed else ())


def _withdrawn(message: StaffMessage, edition: int, words: Words) -> NewEffect:
    said = words.say("✏️ Withdrawn: the buyer does not get this message.")
    return _notice(message, f"withdrawn/{edition}", said)


def _rest(message: StaffMessage, edition: int, words: Words) -> NewEffect:
    said = words.say(
        "✏️ Withdrawn in part: what was sent before can't be changed, "
        "the rest the buyer does not get."
    )
    return _notice(message, f"rest/{edition}", said)


def _notice(
    message: StaffMessage, what: str, said: str, buttons: tuple[Button, ...] = ()
) -> NewEffect:
    thread = message.thread_id or None
    post = Post((Span(said),), thread, reply_to=message.post_id, buttons=buttons)
    return notice(f"edited/{message.post_id}/{what}", post).effect


def pressed(parts: Parts, notice_id: PostId, words: Words) -> tuple[Sequence[Change], str]:
    """The button: what the author edited the message to goes out behind what waits, less what of
    it the buyer has."""
    first = next((reply for reply, _ in reversed(parts) if reply.wanted), None)
    if first is None:
        return [without_buttons(notice_id)], words.say("It is on its way.")
    done = [Want(first.effect_key, ()), without_buttons(notice_id)]
    said = [one for one in first.wanted if _identity(one) not in _had(parts)]
    message = StaffMessage(first.post_id, first.thread_id, first.author, "", first.at_ms)
    edition = max(reply.edition for reply, _ in parts) + 1
    fresh = parts_of(message, first.chat_id, said, first=_next_part(parts), edition=edition)
    return [*written(fresh), *done], words.say("Sending the correction…")


def _had(parts: Parts) -> set[str]:
    """A file once sent is not sent again; a text is, where another has come since."""
    files = [reply.content for reply, effect in parts if reply.file and effect.reason != WITHDRAWN]
    texts = [reply.content for reply, _ in _standing(parts) if not reply.file]
    return {_identity(one) for one in (*files, *texts)}
