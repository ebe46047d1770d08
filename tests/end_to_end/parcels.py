"""Files that buyers send in the tests, and what became of them in a topic."""

from __future__ import annotations

import random
from io import BytesIO
from typing import Any

from PIL import Image

from bot.simulator.attachments import Behaviour
from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from tests.world import World

MB = 1024 * 1024


def picture(width: int = 640, height: int = 480, kind: str = "JPEG", seed: int = 0) -> bytes:
    """Each `seed` another picture."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.paste((seed % 256, seed // 256, 99), (0, 0, max(1, width // 4), max(1, height // 4)))
    return encoded(image, kind)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    content = BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=80)


def content(size: int, seed: int = 0) -> bytes:
    """No picture, and not like any other."""
    return random.Random(f"{size}/{seed}").randbytes(size)


def put(world: World, name: str, content: bytes, **behaviour: Any) -> StoredFile:
    """A file of a buyer; `behaviour`: how its address answers."""
    stored = world.sim.shelf.put(name, content)
    if behaviour:
        answer(world, stored, **behaviour)
    return stored


def answer(world: World, stored: StoredFile, **behaviour: Any) -> None:
    """From now on its address answers so."""
    world.sim.market_http.attachments.behaviours[stored.id] = Behaviour(**behaviour)


def carried(posts: list[GroupMessage]) -> list[tuple[str, str, bytes]]:
    """Kind, name and content of every file in a topic, from top to bottom."""
    return [(p.file.kind, p.file.name, p.file.content) for p in posts if p.file]


def whole(posts: list[GroupMessage]) -> list[bytes]:
    return [post.file.content for post in posts if post.file]


def albums(posts: list[GroupMessage]) -> list[int]:
    """Sizes of the posts of files, in their order: 1 for one that stands alone."""
    sizes: list[int] = []
    last = ""
    for post in posts:
        if post.file and post.album and post.album == last:
            sizes[-1] += 1
        elif post.file:
            sizes.append(1)
        last = post.album if post.file else ""
    return sizes


def on_disk(world: World) -> list[str]:
    """What lies on the disk for the moment."""
    return [path.name for path in world.files_dir.rglob("*") if path.is_file()]
