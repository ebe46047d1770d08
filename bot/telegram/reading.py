"""A message of Telegram as the relay understands it. Pure."""

from __future__ import annotations

from aiogram.enums import ContentType
from aiogram.types import Location, Message

from bot.relay.model import PostId, ThreadId, UserId
from bot.relay.staff_to_market.message import StaffMessage
from bot.relay.text import clean, from_seen
from bot.telegram.attached import attached
from bot.telegram.plain import plain

ANIMATED_STICKER = "animated_sticker"

# What people send. Everything else that Telegram calls a message is a service message: somebody
# joined, something was pinned.
CONTENTS = frozenset(
    {
        ContentType.TEXT,
        ContentType.ANIMATION,
        ContentType.AUDIO,
        ContentType.DOCUMENT,
        ContentType.PAID_MEDIA,
        ContentType.PHOTO,
        ContentType.STICKER,
        ContentType.STORY,
        ContentType.VIDEO,
        ContentType.VIDEO_NOTE,
        ContentType.VOICE,
        ContentType.CHECKLIST,
        ContentType.CONTACT,
        ContentType.DICE,
        ContentType.GAME,
        ContentType.POLL,
        ContentType.VENUE,
        ContentType.LOCATION,
        ContentType.INVOICE,
        ContentType.LIVE_PHOTO,
        ContentType.RICH_MESSAGE,
        ContentType.UNKNOWN,
    }
)


def is_from_a_person(message: Message) -> bool:
    """Of people and of people who hide behind the group or a channel; bots are nobody."""
    if message.is_automatic_forward or message.from_user is None:
        return False
    return message.sender_chat is not None or not message.from_user.is_bot


def is_of_its_author(message: Message) -> bool:
    """Written by who sent it: neither forwarded nor put together by another bot."""
    return message.forward_origin is None and message.via_bot is None


def staff_message(message: Message) -> StaffMessage:
    """A message in a topic, with all that the buyer could be shown of it."""
    assert message.from_user is not None
    answered = _answered(message)
    return StaffMessage(
        post_id=PostId(message.message_id),
        thread_id=ThreadId(message.message_thread_id or 0),
        author=UserId(message.from_user.id),
        text=_text(message),
        at_ms=int(message.date.timestamp() * 1000),
        content=_content(message),
        is_anonymous=message.sender_chat is not None,
        file=attached(message),
        album=message.media_group_id or "",
        reply_to=answered,
        quote=_quote(message) if answered else "",
    )


def _content(message: Message) -> str:
    """Telegram's word; an animated sticker is told apart, for no buyer can see one."""
    if message.sticker and message.sticker.is_animated:
        return ANIMATED_STICKER
    return ContentType(message.content_type).value


def _text(message: Message) -> str:
    """What was written, or what stands for a person or a place, in no language."""
    match message.content_type:
        case ContentType.CONTACT if contact := message.contact:
            name = " ".join(filter(None, [contact.first_name, contact.last_name]))
            return f"{name}\n{contact.phone_number}"
        case ContentType.VENUE if venue := message.venue:
            return f"{venue.title}\n{venue.address}\n{_place(venue.location)}"
        case ContentType.LOCATION if message.location:
            return _place(message.location)
    text = message.text or message.caption or ""
    if from_seen(clean(text)).startswith("/"):
        return text  # a note or a command: it stays one even if it is set off as a quote
    return plain(text, message.entities or message.caption_entities or [])


def _place(location: Location) -> str:
    north, east = f"{location.latitude:.6f}", f"{location.longitude:.6f}"
    return f"{north}, {east}\nhttps://yandex.ru/maps/?pt={east},{north}&z=16&l=map"


def _answered(message: Message) -> PostId | None:
    """What in a topic answers nothing is given as an answer to the making of the topic."""
    answered = message.reply_to_message
    if answered is None or answered.forum_topic_created is not None:
        return None
    if answered.message_id == message.message_thread_id:
        return None
    return PostId(answered.message_id)


def _quote(message: Message) -> str:
    """The words picked by the author; what Telegram picked by itself says nothing."""
    return message.quote.text if message.quote and message.quote.is_manual else ""
