"""Long texts of staff arrive whole, in order, in parts that say so; nothing is torn."""

from __future__ import annotations

import re

import pytest

from bot.simulator.judge_parts import squeezed
from tests.staffing import got, is_liked, with_topic
from tests.world import OPERATOR, World

_PART = re.compile(r"\A\((\d+)/(\d+)\) ")
SENTENCE = "Посылка едет к вам и будет завтра к обеду. "
FAMILY, FLAG, ACUTE = "👨‍👩‍👧‍👦", "🇷🇺", "и\u0306"
LENGTHS = (4095, 4096, 4097, 8192, 20_000)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def filled(sign: str, length: int, shift: int = 0) -> str:
    """Of so many UTF-16 units, the first `shift` of them letters, so that each border is met."""
    room = length - shift
    return "я" * shift + sign * (room // units(sign)) + "я" * (room % units(sign))


def whole(parts: list[str]) -> str:
    """The text again; fails where the numbers are not as they should be."""
    if len(parts) == 1:
        return parts[0]
    numbers = [_PART.match(part) for part in parts]
    assert [found and found.groups() for found in numbers] == [
        (str(number), str(len(parts))) for number in range(1, len(parts) + 1)
    ]
    return "".join(_PART.sub("", part) for part in parts)


async def test_a_text_of_any_length_arrives_whole(any_world: World) -> None:
    world = any_world
    texts = [(SENTENCE * 600)[:length].strip() for length in LENGTHS]
    async with world.relay():
        chats = [await with_topic(world) for _ in texts]
        written = [
            world.sim.staff.say(OPERATOR, text, thread)
            for text, (_, thread) in zip(texts, chats, strict=True)
        ]
        await world.until(lambda: all(map(is_liked, written)))
        await world.looked()
    for text, (chat, _) in zip(texts, chats, strict=True):
        parts = [str(part) for part in got(world, chat)]
        assert squeezed(whole(parts)) == squeezed(text)
        assert all(part.rstrip().endswith((".", "!")) for part in parts[:-1])  # between sentences
        assert len(world.posts(chat)) == 1  # none of it came back
    assert world.is_clean()


@pytest.mark.parametrize("sign", ["😀", FAMILY, FLAG, ACUTE], ids=["emoji", "zwj", "flag", "acute"])
async def test_no_sign_is_torn_at_any_border(world: World, sign: str) -> None:
    texts = [filled(sign, length, shift) for length in LENGTHS for shift in (0, 1)]
    async with world.relay():
        chat, thread = await with_topic(world)
        written = [world.sim.staff.say(OPERATOR, text, thread) for text in texts]
        await world.until(lambda: all(map(is_liked, written)), 30)
        await world.looked()
    sent = [str(part) for part in got(world, chat)]
    for text in texts:
        count = int(found[2]) if (found := _PART.match(sent[0])) else 1
        parts, sent = sent[:count], sent[count:]
        assert whole(parts) == text
        for part in parts:
            assert units(part) <= 4096
            left = _PART.sub("", part).replace(sign, "").replace("я", "")
            assert left == ""
    assert sent == []
    assert len(world.posts(chat)) == 1


async def test_formatting_becomes_what_can_be_read(world: World) -> None:
    text = "😀 жирно и ссылка\nцитата в две\nстроки\nконец"
    link = text.index("ссылка") + 1  # in UTF-16 units, of which the emoji has two
    quote = text.index("цитата") + 1
    entities = [
        {"type": "bold", "offset": 3, "length": 5},
        {"type": "text_link", "offset": link, "length": 6, "url": "https://example.ru/a"},
        {"type": "blockquote", "offset": quote, "length": len("цитата в две\nстроки")},
    ]
    async with world.relay():
        chat, thread = await with_topic(world)
        message = world.sim.staff.say(OPERATOR, text, thread, entities=entities)
        await world.until(lambda: is_liked(message))
    assert got(world, chat) == [
        "😀 жирно и ссылка (https://example.ru/a)\n> цитата в две\n> строки\nконец"
    ]
