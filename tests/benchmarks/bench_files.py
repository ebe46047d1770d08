"""Files of 50 MB through the relay: the memory they take, and the time beside bare copies.

`make bench`. The floor is the same bytes taken from the same server and given to the same server by
the same HTTP library, in a process of its own, with nothing stored and nothing checked.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from io import BytesIO

from PIL import Image

from bot.files.decoding import MOST_PIXELS
from bot.simulator.files import StoredFile
from bot.simulator.market_world import MarketChat
from tests.benchmarks.measuring import MB, Bench, bench, forget_peak, memory_mb, peak_mb, show

SIZE = 50 * MB
FILES = 20
RUNS = 5
MEMORY_AT_MOST = 150  # MB over idle, while all of them come at once
FLOOR = """
import asyncio, sys, time
import aiohttp

async def copies(source, target, chat, runs):
    async with aiohttp.ClientSession() as session:
        for _ in range(runs):
            began = time.monotonic()
            async with session.get(source, headers={"Api-Key": sys.argv[5]}) as answer:
                content = await answer.read()
            fetched = time.monotonic()
            form = aiohttp.FormData()
            form.add_field("chat_id", chat)
            form.add_field("document", content, filename="floor.bin")
            async with session.post(target, data=form) as answer:
                assert (await answer.json())["ok"]
            print(fetched - began, time.monotonic() - fetched)

asyncio.run(copies(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
"""


async def test_memory_of_twenty_files_at_once() -> None:
    await memory_of("video.mp4", os.urandom(SIZE))


async def test_memory_of_twenty_pictures_at_once() -> None:
    """As large as is decoded at all, and nothing that could be packed."""
    side = int(MOST_PIXELS**0.5)
    picture = BytesIO()
    noise = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
    noise.save(picture, "PNG", compress_level=0)
    await memory_of("снимок.png", picture.getvalue())


async def memory_of(name: str, content: bytes) -> None:
    async with bench() as it:
        await one_goes_through(it)  # all that is loaded once is loaded
        pid = it.relay.pid
        idle = memory_mb(pid)
        forget_peak(pid)
        began = time.monotonic()
        chats = [it.world.buyer(f"Покупатель {number}") for number in range(FILES)]
        for chat in chats:
            it.world.sim.market.say(chat.id, files=[it.world.sim.shelf.put(name, content)])
        await it.world.until(lambda: all(content in carried(it, chat) for chat in chats), 240)
        seconds = time.monotonic() - began
        over = peak_mb(pid) - idle
    show(
        f"{FILES} files such as {name}, {len(content) / MB:.0f} MB each, for {FILES} chats at once",
        [
            ("idle", f"{idle:.0f} MB"),
            (f"peak over idle (at most {MEMORY_AT_MOST})", f"{over:.0f} MB"),
            ("all of them there after", f"{seconds:.1f} s"),
        ],
    )
    assert over < MEMORY_AT_MOST


async def test_time_of_a_file_beside_bare_copies() -> None:
    async with bench() as it:
        await one_goes_through(it)
        ours = [await seconds_of_one(it) for _ in range(RUNS)]
        stored = it.world.sim.shelf.put("пол.bin", os.urandom(SIZE))
        floors = await bare_copies(it, stored)
    fetch, upload = (statistics.median(column) for column in zip(*floors, strict=True))
    mine = statistics.median(ours)
    show(
        "One file of 50 MB, from the Market's answer to the finished upload (medians)",
        [
            ("bare download", f"{fetch:.2f} s"),
            ("bare upload: one copy over this loopback", f"{upload:.2f} s"),
            ("bare copy: download, then upload", f"{fetch + upload:.2f} s"),
            ("ours", f"{mine:.2f} s"),
            ("ours / one copy (at most 2)", f"{mine / upload:.2f}"),
            ("ours / bare copy", f"{mine / (fetch + upload):.2f}"),
        ],
    )


async def one_goes_through(it: Bench) -> None:
    chat = it.world.buyer("Первый")
    it.world.sim.market.say(chat.id, files=[it.world.sim.shelf.put("мало.bin", b"small")])
    await it.world.until(lambda: carried(it, chat), 60)


async def seconds_of_one(it: Bench) -> float:
    chat = it.world.buyer("Покупатель")
    it.world.sim.market.say(chat.id, "файл будет")
    await it.world.until(lambda: it.world.posts(chat), 60)
    read = await answered(it, chat)
    it.world.sim.market.say(chat.id, files=[it.world.sim.shelf.put("видео.mp4", os.urandom(SIZE))])
    began = await read()
    await it.world.until(lambda: carried(it, chat), 60)
    return time.monotonic() - began


async def answered(it: Bench, chat: MarketChat) -> Callable[[], Awaitable[float]]:
    """When the next history of the chat was answered."""
    calls = it.world.sim.market_http.calls

    def count() -> int:
        return sum(c.method == "getChatHistory" and c.chat_id == chat.id for c in calls)

    before = count()

    async def wait() -> float:
        await it.world.until(lambda: count() > before)
        return time.monotonic()

    return wait


async def bare_copies(it: Bench, stored: StoredFile) -> list[tuple[float, float]]:
    sim = it.world.sim
    source = f"{sim.url}/attachments/{stored.path}"
    target = f"{sim.telegram_url}/bot{sim.token}/sendDocument"
    arguments = [source, target, str(sim.group_id), str(RUNS), sim.api_key]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FLOOR, *arguments, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return [tuple(map(float, line.split())) for line in said.decode().splitlines()]  # type: ignore[misc]


def carried(it: Bench, chat: MarketChat) -> list[bytes]:
    return [post.file.content for post in it.world.posts(chat) if post.file]
