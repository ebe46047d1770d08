"""What tests of the way to the buyer have in common: a chat with its topic, files, what arrived."""

from __future__ import annotations

import random
from typing import Any

from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.world import OPERATOR, World

Got = str | tuple[str, bytes]  # a text, or a file with its name
SENDS = ("sendMessageToChat", "sendFileToChat")
KB, MB = 1024, 1024 * 1024


async def with_topic(world: World, text: str = "Здравствуйте") -> tuple[MarketChat, int]:
    """A chat whose topic is there."""
    chat = world.buyer()
    world.sim.market.say(chat.id, text)
    await world.until(lambda: world.posts(chat))
    thread = world.thread_of(chat)
    assert thread
    return chat, thread


def is_liked(message: GroupMessage) -> bool:
    return message.reactions == ["👍"]


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that are of no format, and the same each time."""
    return random.Random(seed).randbytes(size)


def put(world: World, name: str, content: bytes, **more: Any) -> StoredFile:
    return world.sim.shelf.put(name, content, **more)


def papers(world: World, count: int, size: int = 100) -> list[StoredFile]:
    """Documents, each with a content of its own."""
    return [put(world, f"лист {n}.pdf", noise(size + n, n)) for n in range(1, count + 1)]


def as_sent(file: StoredFile) -> Got:
    return file.name, file.content


def got(world: World, chat: MarketChat) -> list[Got]:
    """What the buyer got through the bot, in order, each message being one text or one file."""
    found: list[Got] = []
    for message in world.sim.market.chat(chat.id).messages:
        if message.through_api:
            found += [message.original] if message.original else []
            found += [as_sent(file) for file in message.files]
    return found


def hold(world: World) -> None:
    """The Market takes nothing more until the faults are cleared; what is asked waits."""
    for method in SENDS:
        world.sim.faults.add("market", "throttled", method)  # certainly not done


async def heard(world: World, thread: int) -> None:
    """Wait until the relay has understood all that was written so far."""
    marker = world.sim.staff.say(OPERATOR, "/help", thread)
    await world.until(lambda: world.answers_to(marker))


def notices(world: World, message: GroupMessage) -> list[GroupMessage]:
    """What the bot answered to a message."""
    bot = world.sim.group.bot
    found = world.sim.group.messages.values()
    return [one for one in found if one.author is bot and one.reply_to == message.id]


def button(notice: GroupMessage, label: str) -> str:
    """What a button of that label sends."""
    [data] = [one["callback_data"] for row in notice.buttons for one in row if one["text"] == label]
    return str(data)


def press(world: World, notice: GroupMessage, label: str, who: int = OPERATOR) -> None:
    world.sim.staff.press(notice.id, who, button(notice, label))


async def told(world: World, message: GroupMessage, words: str) -> GroupMessage:
    """The answer to a message that holds these words, once it is there."""
    await world.until(lambda: any(words in one.text for one in notices(world, message)))
    return next(one for one in notices(world, message) if words in one.text)
