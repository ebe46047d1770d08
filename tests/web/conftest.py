"""A free port for the HTTP side of a relay."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.web.side import Side
from tests.world import World


@pytest.fixture
async def side(world: World) -> AsyncIterator[Side]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with aiohttp.ClientSession() as http:
        yield Side(world, port, http)
