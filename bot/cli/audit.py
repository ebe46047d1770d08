"""`market-relay audit`: who answered, opened, closed or erased what, and what became of it."""

from __future__ import annotations

import argparse

from bot import settings
from bot.app import now_ms
from bot.relay.model import State
from bot.relay.ports import Words
from bot.storage.audit import Entry
from bot.storage.database import audit_entries
from bot.texts.catalog import Catalog

_DAY_MS = 24 * 3_600_000


async def audit(asked: argparse.Namespace, words: Words) -> int:
    """A line a deed, in the order in which they were done."""
    wanted = settings.load(words)
    said = Catalog(wanted.locale)
    found = await audit_entries(
        wanted.database_url,
        wanted.market_business_id,
        wanted.telegram_group_id,
        now_ms() - asked.days * _DAY_MS,
        asked.chat,
    )
    for entry in found:
        print(_line(entry, said))
    if not found:
        print(said.say("Nothing was done in this time."))
    return 0


def _line(entry: Entry, words: Words) -> str:
    where = str(entry.chat_id) if entry.chat_id else "–"
    line = words.say(
        "{at}  person {who}  {act}  chat {chat}  message {message}",
        at=words.date(entry.at_ms),
        who=str(entry.actor),
        act=_acts(words).get(entry.act, entry.act),
        chat=where,
        message=str(entry.post_id),
    )
    became = ", ".join(_became(state, reason, words) for state, reason in entry.outcomes)
    return f"{line}: {became}" if became else line


def _acts(words: Words) -> dict[str, str]:
    return {
        "answered": words.say("answered"),
        "refused": words.say("was refused"),
        "opened": words.say("opened a chat"),
        "closed": words.say("closed the topic"),
        "erased": words.say("erased the chat"),
        "pressed again": words.say("pressed “Send again”"),
        "pressed there": words.say("pressed “It is there”"),
    }


def _became(state: State, reason: str, words: Words) -> str:
    match state:
        case State.SENT:
            return words.say("delivered")
        case State.FAILED:
            return words.say("not delivered ({reason})", reason=reason)
        case State.UNKNOWN | State.SENDING:
            return words.say("perhaps delivered")
    return words.say("waits")
