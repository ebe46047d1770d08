"""Is a staff message meant for the buyer? For the buyer, a note, or refused with a reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.relay.changes import Change, Remember, WithdrawAlbum
from bot.relay.model import Role, Topic
from bot.relay.notices import notice
from bot.relay.ports import Words
from bot.relay.posts import Post, Span
from bot.relay.reasons import why
from bot.relay.reply import StaffFile
from bot.relay.sizes import size
from bot.relay.staff_to_market.album import report
from bot.relay.staff_to_market.kinds import named
from bot.relay.staff_to_market.message import StaffMessage, contents, parts_of, written
from bot.relay.staff_to_market.parcels import FETCH_AT_MOST, SEND_AT_MOST
from bot.relay.text import is_blank

AS_TEXT = frozenset({"text", "contact", "location", "venue"})
_AFTER_BUYERS = 2  # rank: who has no right delays no buyer's message
_Reason = tuple[str, Mapping[str, str]]


def accept(
    message: StaffMessage, topic: Topic, role: Role, words: Words, *, quoted: str = ""
) -> Sequence[Change]:
    """A message in the topic of a chat: rows for the buyer, or a reply that says why not.

    `quoted`: what it answers, where that has to be said."""
    if message.is_note:
        return note_album(message)
    if reason := _reason_against(message, role, words):
        return [refusal(message, reason, words), *_counted(message, topic, reason)]
    said = contents(quoted + message.words, message.file)
    return written(parts_of(message, topic.chat_id, said))


def note_album(message: StaffMessage) -> Sequence[Change]:
    """Words under one file of an album are meant for all of it: they make all of it a note."""
    if not message.album:
        return []
    return [Remember(album_note(message.album), "note"), WithdrawAlbum(message.album)]


def album_note(album: str) -> str:
    """The fact that an album is a note."""
    return f"album/{album}"


def _reason_against(message: StaffMessage, role: Role, words: Words) -> _Reason | None:
    if message.is_anonymous:
        return "anonymous", {}
    if role is Role.OUTSIDER:
        return "no_right_to_answer", {}
    if message.is_inside:
        return "unknown_command", {}
    if message.content not in AS_TEXT and message.file is None:
        return "not_for_buyers", {"what": named(message.content, words)}
    if message.file:
        return _too_big(message.file, words)
    return ("nothing_to_send", {}) if is_blank(message.words) else None


def _too_big(file: StaffFile, words: Words) -> _Reason | None:
    """As far as Telegram tells the size; what it does not tell is found when the file is there."""
    at_most = FETCH_AT_MOST if file.is_picture else SEND_AT_MOST
    if file.size is None or file.size <= at_most:
        return None
    key = "picture_too_big" if file.is_picture else "file_too_big"
    limit = size(at_most, words)
    return key, {"name": file.name, "size": size(file.size, words), "limit": limit}


def refusal(message: StaffMessage, reason: _Reason, words: Words) -> Change:
    """The author is told, on the message itself, that it did not go out and why."""
    key, details = reason
    said = words.say("❌ Not sent to the buyer: {reason}", reason=why(key, details, words))
    post = Post((Span(said),), message.thread_id, reply_to=message.post_id)
    rank = 0 if key != "no_right_to_answer" else _AFTER_BUYERS
    return notice(f"refused/{message.post_id}", post, rank=rank)


def _counted(message: StaffMessage, topic: Topic, reason: _Reason) -> Sequence[Change]:
    """A file of an album is written down although it goes nowhere: the others are told of it."""
    if not (message.album and message.file):
        return []
    parts = parts_of(message, topic.chat_id, [message.file], given_up=reason[0])
    return [*written(parts), report(message.album, topic.chat_id, parts[0][0].key)]
