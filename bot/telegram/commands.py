"""The commands staff can give: one table for the menu, the help and the lines of right use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import Bot
from aiogram.methods import SetMyCommands
from aiogram.types import BotCommand, BotCommandScopeChat

from bot.relay.ports import Words
from bot.telegram.calling import call


@dataclass(frozen=True, slots=True)
class Command:
    """`usage` is the line of right use, `purpose` what the menu says."""

    name: str
    usage: str
    purpose: str
    is_for_admins: bool = False


def commands(words: Words) -> Sequence[Command]:
    return (
        Command(
            "chat",
            words.say("/chat 123456 or /chat return 123456; a first message may follow"),
            words.say("open the chat of an order or a return"),
            is_for_admins=True,
        ),
        Command(
            "history",
            words.say("/history or /history 50, in the topic of a chat"),
            words.say("show earlier messages of this chat"),
        ),
        Command(
            "close",
            words.say("/close, in the topic of a chat"),
            words.say("close this topic until the next message"),
        ),
        Command(
            "erase",
            words.say("/erase, in the topic of a chat"),
            words.say("erase what the bot keeps of this chat"),
            is_for_admins=True,
        ),
        Command(
            "status",
            "/status",
            words.say("services, queues, quotas"),
        ),
        Command("help", "/help", words.say("what the bot can do")),
    )


def usage(name: str, words: Words) -> str:
    """One line that shows right use."""
    [command] = [c for c in commands(words) if c.name == name]
    return words.say("Right use: {usage}", usage=command.usage)


def help_text(words: Words) -> str:
    """What a newcomer to the group needs, and a line a command."""
    intro = words.say(
        "Each topic is a chat with a buyer. What you write in it goes to the buyer; "
        "👍 means delivered. Begin with // for a note among colleagues."
    )
    for_admins = words.say("administrators")
    lines = [
        f"/{c.name} – {c.purpose}" + (f" ({for_admins})" if c.is_for_admins else "")
        for c in commands(words)
    ]
    return "\n".join([intro, "", *lines])


async def set_menu(bot: Bot, group_id: int, words: Words) -> None:
    """The menu of the group, in the language of the topics."""
    menu = [BotCommand(command=c.name, description=c.purpose) for c in commands(words)]
    scope = BotCommandScopeChat(chat_id=group_id)
    await call(bot, SetMyCommands(commands=menu, scope=scope), is_harmless=True)
