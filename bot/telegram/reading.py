"""A message of Telegram as the relay understands it. Pure."""

from __future__ import annotations

from aiogram.enums import ContentType, MessageEntityType
from aiogram.types import Message, MessageEntity

from bot.relay.model import PostId, ThreadId, UserId
from bot.relay.staff_to_market.accept import StaffMessage

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


def staff_message(message: Message) -> StaffMessage:
    """A message in a topic; links of formatted text are written out."""
    assert message.from_user is not None
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities or []
    return StaffMessage(
        post_id=PostId(message.message_id),
        thread_id=ThreadId(message.message_thread_id or 0),
        author=UserId(message.from_user.id),
        text=plain(text, entities),
        at_ms=int(message.date.timestamp() * 1000),
        content=message.content_type,
        is_anonymous=message.sender_chat is not None,
    )


def plain(text: str, entities: list[MessageEntity]) -> str:
    """As the buyer will read it: an address behind words is written out after them."""
    raw = text.encode("utf-16-le", "surrogatepass")  # entities count in its units
    links = [e for e in entities if e.type == MessageEntityType.TEXT_LINK and e.url]
    for link in sorted(links, key=lambda link: link.offset, reverse=True):
        end = 2 * (link.offset + link.length)
        words = raw[2 * link.offset : end].decode("utf-16-le", "surrogatepass").strip()
        if link.url and words not in (link.url, link.url.rstrip("/")):
            raw = raw[:end] + f" ({link.url})".encode("utf-16-le") + raw[end:]
    return raw.decode("utf-16-le", "surrogatepass")
