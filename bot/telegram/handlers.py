"""What an update of Telegram means: each handler answers with the changes to commit.

Handlers decide and never post: what is to be said goes through the outbox like everything else.
The one exception is the answer to a pressed button, which is worth nothing a moment later.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.methods import AnswerCallbackQuery
from aiogram.types import CallbackQuery, Message
from aiohttp import ClientTimeout

from bot.relay.buyer_to_topic import missing
from bot.relay.changes import (
    AddReply,
    Change,
    Rewrite,
)
from bot.relay.deeds import Audit
from bot.relay.desk import answers, erase, history, open_chat, status
from bot.relay.errors import RelayError
from bot.relay.model import ChatId, PostId, Role, ThreadId, UserId
from bot.relay.reasons import why
from bot.relay.staff_to_market import album, buttons, edits
from bot.relay.staff_to_market.accept import accept
from bot.relay.staff_to_market.message import post_of
from bot.relay.work import WITHDRAWN
from bot.telegram.attached import attached
from bot.telegram.calling import call
from bot.telegram.commands import help_text, usage
from bot.telegram.company import Company
from bot.telegram.desk import AFTER_BUYERS, Desk, answer
from bot.telegram.filters import Where
from bot.telegram.group_events import register
from bot.telegram.reading import CONTENTS, is_from_a_person, is_of_its_author, staff_message

_NUMBER = re.compile(r"[0-9]{1,18}")
_ADDRESSED = re.compile(r"/\w+@(\w+)")
_SAYING = ClientTimeout(total=2.5, sock_connect=2)  # so long do updates behind it wait


def router(group_id: int, bot_id: int) -> Router:
    """All that the relay listens to, in one group. What no route takes stays where it is."""
    routes = Router()
    here = Where(F.chat.id == group_id)
    routes.message.filter(here)
    routes.edited_message.filter(here)
    routes.callback_query.filter(Where(F.message.chat.id == group_id))
    routes.my_chat_member.filter(here)
    register(routes, bot_id)

    routes.message.middleware(Company())
    people = F.func(is_from_a_person)
    # What another wrote is quoted here, not asked for.
    asking = Where(people & F.func(is_of_its_author))
    saying = Where(people & F.content_type.in_(CONTENTS))
    routes.message.register(on_chat, asking, Command("chat"))
    routes.message.register(on_history, asking, Command("history"))
    routes.message.register(on_close, asking, Command("close"))
    routes.message.register(on_erase, asking, Command("erase"))
    routes.message.register(on_status, asking, Command("status"))
    routes.message.register(on_help, asking, Command("help", "start"))
    routes.message.register(on_staff_message, saying)
    routes.edited_message.register(on_edit, saying)
    routes.callback_query.register(on_button)
    return routes


# What staff write


async def on_staff_message(message: Message, bot: Bot, desk: Desk) -> Sequence[Change]:
    topic = await desk.topic_of(message)
    if topic is None or await _is_for_another_bot(message, bot):
        return []
    said = staff_message(message)
    if await desk.is_noted(said):
        return []
    role = await desk.role_of(message)
    quoted = await desk.quotes.needed(said, topic)
    changes = accept(said, topic, role, desk.words, quoted=quoted)
    if not changes or said.is_note:
        return changes
    is_answer = any(isinstance(change, AddReply) for change in changes)
    return [*changes, _audit(message, "answered" if is_answer else "refused", topic.chat_id)]


def _audit(message: Message, act: str, chat_id: ChatId | None) -> Change:
    """Who hides behind the group has the group's number."""
    who = message.sender_chat or message.from_user
    return Audit(UserId(who.id if who else 0), act, chat_id, PostId(message.message_id))


async def _is_for_another_bot(message: Message, bot: Bot) -> bool:
    found = _ADDRESSED.match(message.text or message.caption or "")
    return found is not None and found[1].lower() != str((await bot.me()).username).lower()


async def on_edit(message: Message, desk: Desk) -> Sequence[Change]:
    if message.location:  # somebody moves while sharing where they are
        return []
    said = staff_message(message)
    parts = await desk.ledger.replies_to_post(said.post_id)
    opening = await desk.ledger.effect(open_chat.key_of(said.post_id))
    if opening and not parts:
        is_admin = await desk.role_of(message) is Role.ADMIN
        return open_chat.edited(said, opening, desk.words) if is_admin else []
    if not parts:
        return []
    if await desk.is_noted(said) and all(effect.reason == WITHDRAWN for _, effect in parts):
        return edits.stays_inside(said, desk.words)
    if opening:
        said = open_chat.first_message(said, opening)
    topic = await desk.topic_of(message)
    quoted = await desk.quotes.possible(said, topic) if topic else ""
    changes = edits.edited(said, parts, desk.words, quoted=quoted)
    is_for_the_buyer = any(isinstance(change, Rewrite) for change in changes)
    if is_for_the_buyer and await desk.role_of(message) is Role.OUTSIDER:
        return []  # refused files of an album are written down too: no edit lets them out
    return changes


# Commands


async def on_chat(message: Message, command: CommandObject, desk: Desk) -> Sequence[Change]:
    if refusal := await _unless(message, desk, Role.ADMIN):
        return refusal
    if (wanted := open_chat.parse(command.args or "")) is None:
        return [answer(message, usage("chat", desk.words))]
    if attached(message):
        reason = why("file_with_command", {}, desk.words)
        return [answer(message, desk.words.say("⛔ Nothing was done: {reason}", reason=reason))]
    thread = message.message_thread_id if message.is_topic_message else None
    asked = open_chat.ask(wanted, staff_message(message), ThreadId(thread) if thread else None)
    return [asked, _audit(message, "opened", None)]


async def on_history(message: Message, command: CommandObject, desk: Desk) -> Sequence[Change]:
    if refusal := await _unless(message, desk, Role.ADMIN, Role.OPERATOR):
        return refusal
    topic, count = await desk.topic_of(message), history.parse(command.args or "")
    if topic is None or count is None:
        return [answer(message, usage("history", desk.words))]
    return [history.ask(topic, PostId(message.message_id), count)]


async def on_close(message: Message, command: CommandObject, desk: Desk) -> Sequence[Change]:
    if refusal := await _unless(message, desk, Role.ADMIN, Role.OPERATOR):
        return refusal
    topic = await desk.topic_of(message)
    if topic is None or command.args:
        return [answer(message, usage("close", desk.words))]
    closing = answers.close(topic, PostId(message.message_id))
    return [closing, _audit(message, "closed", topic.chat_id)]


async def on_erase(message: Message, command: CommandObject, desk: Desk) -> Sequence[Change]:
    if refusal := await _unless(message, desk, Role.ADMIN):
        return refusal
    topic = await desk.topic_of(message)
    if topic is None or command.args:
        return [answer(message, usage("erase", desk.words))]
    return [erase.ask(topic, PostId(message.message_id), desk.words)]


async def on_status(message: Message, command: CommandObject, desk: Desk) -> Sequence[Change]:
    if refusal := await _unless(message, desk, Role.ADMIN, Role.OPERATOR):
        return refusal
    if command.args:
        return [answer(message, usage("status", desk.words))]
    facts = await status.gather(desk.market, desk.ledger, desk.pulse, desk.tally, desk.clock)
    return [answer(message, status.wording(facts, desk.words))]


async def on_help(message: Message, desk: Desk) -> Sequence[Change]:
    return [answer(message, help_text(desk.words), AFTER_BUYERS)]


async def _unless(message: Message, desk: Desk, *roles: Role) -> Sequence[Change]:
    """Nothing, unless the person lacks the right: then a word that says so."""
    if await desk.role_of(message) in roles:
        return []
    if message.sender_chat is not None:
        key = "anonymous"
    elif Role.OPERATOR in roles:
        key = "no_right_to_answer"
    else:
        key = "no_right_to_command"
    said = desk.words.say("⛔ Nothing was done: {reason}", reason=why(key, {}, desk.words))
    return [answer(message, said, AFTER_BUYERS)]


# Buttons


async def on_button(query: CallbackQuery, bot: Bot, desk: Desk) -> Sequence[Change]:
    if query.message is None:
        return []
    who, under = UserId(query.from_user.id), PostId(query.message.message_id)
    role = await desk.forum.role(who)
    action, _, key = (query.data or "").partition(" ")
    changes: Sequence[Change] = []
    if role is Role.OUTSIDER:
        said = desk.words.say("You have no right to answer buyers.")
    elif action == erase.ERASE:
        pressed_ms = desk.clock()
        changes, said = await erase.pressed(
            key, under, who, role, desk.ledger, desk.words, pressed_ms
        )
    else:
        changes, said = await _pressed(action, key, under, desk)
        if changes:
            pressed = Audit(who, f"pressed {action}"[:32], None, post_of(key) or under)
            changes = [*changes, pressed]
    await _say(bot, query, said)
    return changes


async def _pressed(
    action: str, key: str, under: PostId, desk: Desk
) -> tuple[Sequence[Change], str]:
    """What a button is for stands before its key; `under`: the post that it hangs on."""
    ledger, words = desk.ledger, desk.words
    match action:
        case album.REST if key.isascii():
            return album.pressed(await ledger.replies_in_album(key), under, desk.clock(), words)
        case missing.FETCH:
            line = await ledger.effect(key)
            again = await ledger.effect(missing.refetch_key(line)) if line else None
            return missing.pressed(line, again, under, desk.clock(), words)
        case edits.FIX if _NUMBER.fullmatch(key):
            parts = await ledger.replies_to_post(PostId(int(key)))
            return edits.pressed(parts, under, words)
    post_id = post_of(key)
    parts = await ledger.replies_to_post(post_id) if post_id else []
    return buttons.pressed(action, key, under, parts, desk.clock(), words)


async def _say(bot: Bot, query: CallbackQuery, text: str) -> None:
    method = AnswerCallbackQuery(callback_query_id=query.id, text=text)
    # The query may be too old, or Telegram away: what was asked is done all the same.
    with contextlib.suppress(RelayError):
        await call(bot, method, is_harmless=True, limits=_SAYING)
