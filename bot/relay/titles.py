"""What the topic of a chat is called. Pure; knows Telegram's limit and nothing else of it."""

from __future__ import annotations

import re

from bot.relay.model import Chat, ChatId, ChatKind, ContextKind
from bot.relay.ports import Words
from bot.relay.text import clean, is_blank, unturned

_NAME_AT_MOST = 128  # characters of a topic's name (Bot API: createForumTopic)

# Names of buyers are foreign text, and a title has no entities to make it inert: what could be
# read as markup anywhere is replaced by a look-alike that can't.
_LOOKALIKES = str.maketrans(
    {"<": "‹", ">": "›", "&": "＆", "*": "∗", "`": "ʼ", "[": "(", "]": ")", "~": "∼", "|": "ǀ"}
    | {"@": "＠", "\\": "∖", "/": "∕"}
)


def title(chat: Chat, words: Words) -> str:
    """Such as `Ivan Petrov · Order 123456 · #789`; at most 128 characters.

    The chat's number at the end makes the name unique: from the group's own service message the
    relay learns which chat a topic was made for. A long name gives way, the numbers never do.
    """
    rest = " · ".join([subject(chat, words), f"#{chat.id}"])
    room = _NAME_AT_MOST - len(rest) - len(" · ")
    name = _unmarked(name_of(chat)) or words.say("Buyer")
    if len(name) > room:
        name = name[: room - 1].rstrip() + "…"
    return f"{name} · {rest}"


def with_number(name: str, chat_id: ChatId) -> str:
    """A name that staff gave, with the chat's number at its end."""
    if chat_of(name) == chat_id:
        return name
    number = f" · #{chat_id}"
    return name[: _NAME_AT_MOST - len(number)].rstrip() + number


_DROPPED = re.compile("[\u030a\u0333\u033f\u2028-\u202e]")  # by Telegram, from a topic's name


def subject(chat: Chat, words: Words) -> str:
    """What a chat is about, in a word and a number."""
    match chat.context:
        case ContextKind.ORDER:
            subject = words.say("Order {number}", number=str(chat.order_id or "?"))
        case ContextKind.RETURN:
            number = str(chat.return_id or chat.order_id or "?")
            subject = words.say("Return {number}", number=number)
        case ContextKind.DIRECT:
            subject = words.say("Question")
        case _:
            subject = words.say("Chat")
    if chat.kind is ChatKind.ARBITRAGE:
        return words.say("Dispute · {subject}", subject=subject)
    return subject


def chat_of(name: str) -> ChatId | None:
    """Which chat a topic of this name was made for. By the number at its end: Telegram drops some
    characters of a name, so that the whole of it can't be compared."""
    found = re.search(r"#(\d{1,18})$", name)
    return ChatId(int(found[1])) if found else None


def name_of(chat: Chat) -> str:
    """The buyer's name on one line, which it can't turn around; empty where the Market names
    nobody, or somebody whose name nobody would see."""
    name = " ".join(unturned(clean(chat.customer)).split())
    return "" if is_blank(name) else name


def _unmarked(name: str) -> str:
    """Without markup; an underscore stays inside a word, where no dialect reads it."""
    plain = _DROPPED.sub("", name)
    return " ".join(word.strip("_") for word in plain.translate(_LOOKALIKES).split()).strip()
