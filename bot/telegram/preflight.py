"""What `check` asks of Telegram, and which switch to press where the answer is no (R30)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiogram import Bot
from aiogram.enums import ChatMemberStatus
from aiogram.methods import GetMe, GetWebhookInfo
from aiogram.types import User

from bot.relay.errors import AccessDenied, RelayError, Unreachable
from bot.relay.findings import Finding
from bot.relay.ports import Words
from bot.telegram.calling import call
from bot.telegram.calls import AskGroup, AskMember, Group


async def findings(
    bot: Bot, group_id: int, words: Words, webhook_url: str
) -> AsyncIterator[Finding]:
    """One check after the other; no error comes out of it. What depends on a failed one is left
    out: its answer would only confuse. `webhook_url`: our own, empty where the bot polls."""
    try:
        me = await call(bot, GetMe(), is_harmless=True)
    except RelayError as error:
        passing = isinstance(error, Unreachable)
        yield Finding("telegram_token", False, _token(error, words), passing)
        return
    text = words.say("Telegram accepts the token of @{name}", name=str(me.username))
    yield Finding("telegram_token", True, text)
    if webhook := await _webhook(bot, words, webhook_url):
        yield webhook
    try:
        group = await call(bot, AskGroup(chat_id=group_id), is_harmless=True)
    except RelayError as error:
        passing = isinstance(error, Unreachable)
        yield Finding("telegram_group", False, _group(error, me, words), passing)
        return
    yield _forum(group, words)
    async for finding in _rights(bot, group_id, me, words):
        yield finding


def _token(error: RelayError, words: Words) -> str:
    if isinstance(error, AccessDenied):
        return words.say(
            "Telegram does not accept the token. Copy it from @BotFather (/mybots → API Token) "
            "into TELEGRAM_BOT_TOKEN"
        )
    return words.say(
        "Telegram does not answer ({error}). See whether this machine reaches TELEGRAM_API_URL",
        error=error.key,
    )


async def _webhook(bot: Bot, words: Words, own: str) -> Finding | None:
    """Another program may read this bot's messages through a webhook."""
    try:
        info = await call(bot, GetWebhookInfo(), is_harmless=True)
    except Unreachable as error:
        text = words.say("Whether a webhook is set can't be asked ({error})", error=error.key)
        return Finding("telegram_webhook", False, text, is_passing=True)
    except RelayError:  # a Bot API server of one's own that has no webhooks
        return None
    if own:  # whatever is set now, the relay sets its own
        text = words.say("The relay sets the bot's webhook to TELEGRAM_WEBHOOK_URL")
        return Finding("telegram_webhook", True, text)
    if info.url:
        text = words.say(
            "Another program receives this bot's messages by a webhook. Use a bot of its own for "
            "the relay (@BotFather, /newbot). If no other program needs the webhook, go on: "
            "market-relay run removes it"
        )
        return Finding("telegram_webhook", False, text)
    text = words.say("No webhook takes the bot's messages away")
    return Finding("telegram_webhook", True, text)


def _group(error: RelayError, me: User, words: Words) -> str:
    if isinstance(error, AccessDenied):
        return words.say(
            "The bot does not see the group TELEGRAM_GROUP_ID. Add @{name} to the group and "
            "compare the number: it begins with -100",
            name=str(me.username),
        )
    return words.say("The group can't be asked for ({error}). Try again", error=error.key)


def _forum(group: Group, words: Words) -> Finding:
    if group.is_forum:
        text = words.say("“{title}” is a group with topics", title=str(group.title))
        return Finding("telegram_forum", True, text)
    text = words.say(
        "“{title}” has no topics. Group settings → Topics → on", title=str(group.title)
    )
    return Finding("telegram_forum", False, text)


async def _rights(bot: Bot, group_id: int, me: User, words: Words) -> AsyncIterator[Finding]:
    try:
        method = AskMember(chat_id=group_id, user_id=me.id)
        member = await call(bot, method, is_harmless=True)
    except RelayError as error:
        text = words.say("The bot's rights can't be asked for ({error})", error=error.key)
        yield Finding("telegram_rights", False, text, isinstance(error, Unreachable))
        return
    is_owner = member.status == ChatMemberStatus.CREATOR
    is_admin = is_owner or member.status == ChatMemberStatus.ADMINISTRATOR
    yield _admin(is_admin, me, words)
    if is_admin:
        yield _topics(is_owner or bool(member.can_manage_topics), words)
    if is_admin:  # whatever the privacy mode says
        yield Finding("telegram_privacy", True, words.say("The bot reads all messages"))


def _admin(is_admin: bool, me: User, words: Words) -> Finding:
    if is_admin:
        return Finding("telegram_admin", True, words.say("The bot is an administrator"))
    text = words.say(
        "The bot is no administrator, so it neither sees all messages nor makes topics. Group "
        "settings → Administrators → Add → @{name}, and switch “Manage topics” on",
        name=str(me.username),
    )
    return Finding("telegram_admin", False, text)


def _topics(may: bool, words: Words) -> Finding:
    if may:
        return Finding("telegram_topics", True, words.say("The bot may manage topics"))
    text = words.say(
        "The bot may not manage topics. Group settings → Administrators → the bot → "
        "“Manage topics” → on"
    )
    return Finding("telegram_topics", False, text)
