"""A file is asked for where it may lie, and nothing else is connected to."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest
from aiohttp.abc import ResolveResult

from bot.market.networks import PublicResolver
from bot.relay.errors import Refused, Unreachable
from tests.market.file_host import (
    KEY,
    PUBLIC,
    SIGNATURE,
    FileHost,
    Here,
    attachments,
    fails,
    fetch,
    gives,
    leads_to,
    listener,
)


async def test_no_address_is_no_place(api: FileHost, connect: Any) -> None:
    assert (await fails(await connect(api.url), "")).key == "file_nowhere"


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "127.1", "2130706433", "0x7f000001"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("is_redirect", [False, True])
async def test_this_machine_is_not_connected_to_unless_it_is_the_api(
    api: FileHost, connect: Any, host: str, scheme: str, is_redirect: bool
) -> None:
    async with listener("127.0.0.2" if host == "127.0.0.2" else "127.0.0.1") as (port, met):
        url = f"{scheme}://{host}:{port}/a?{SIGNATURE}"
        api.answers["/hop"] = leads_to(url)
        error = await fails(await connect(api.url), "/hop" if is_redirect else url)
    assert (type(error), error.key, error.details) == (Refused, "file_unsafe", {})
    assert met == []


@pytest.mark.parametrize("host", ["[::1]", "[::ffff:127.0.0.1]", "[::]", "[::127.0.0.1]"])
async def test_nor_is_it_in_the_clothes_of_ipv6(api: FileHost, connect: Any, host: str) -> None:
    try:
        async with listener("::") as (port, met):
            error = await fails(await connect(api.url), f"https://{host}:{port}/a")
    except OSError:
        pytest.skip("there is no IPv6 on this machine")
    assert error.key == "file_unsafe"
    assert met == []


async def test_a_name_that_leads_home_is_not_connected_to() -> None:
    names = Here()
    async with (
        listener("127.0.0.1") as (port, met),
        attachments("https://api.corp", PublicResolver(names)) as files,
    ):
        error = await fails(files, f"https://files.example.com:{port}/a?{SIGNATURE}")
    assert (type(error), error.key) == (Refused, "file_unsafe")
    assert (names.asked, met) == (["files.example.com"], [])


async def test_a_name_is_looked_up_once_a_connection_and_what_was_checked_is_connected_to() -> None:
    class Rebinding(Here):
        """Public when it is checked; whoever asks again is led to this machine."""

        async def resolve(self, host: str, *args: Any, **kwargs: Any) -> list[ResolveResult]:
            (found,) = await super().resolve(host, *args, **kwargs)
            return [found if len(self.asked) > 1 else {**found, "host": PUBLIC}]

    dialed: list[str] = []

    def dial(info: Any) -> socket.socket:
        dialed.append(info[4][0])
        raise OSError(errno.ENETUNREACH, "not from a test")

    names = Rebinding()
    async with (
        listener("127.0.0.1") as (port, met),
        attachments("https://api.corp", PublicResolver(names), dial=dial) as files,
    ):
        url = f"https://files.example.com:{port}/a"
        assert type(await fails(files, url)) is Unreachable
        assert (names.asked, dialed) == (["files.example.com"], [PUBLIC])
        assert (await fails(files, url)).key == "file_unsafe"
    assert (dialed, met) == ([PUBLIC], [])


# Redirects


@pytest.mark.parametrize("hops", [1, 2, 3])
async def test_three_redirects_are_followed(api: FileHost, connect: Any, hops: int) -> None:
    for hop in range(hops):
        api.answers[f"/{hop}"] = leads_to(f"{hop + 1}")
    api.answers[f"/{hops}"] = gives(b"file")
    assert await fetch(await connect(api.url), "/0") == b"file"


async def test_a_fourth_redirect_is_not_followed(api: FileHost, connect: Any) -> None:
    api.answers["/a"] = leads_to("/a")
    error = await fails(await connect(api.url), "/a")
    assert (type(error), error.key) == (Refused, "file_unsafe")
    assert len(api.shown) == 4


async def test_each_hop_is_shown_what_is_its_own(
    api: FileHost, neighbour: FileHost, connect: Any
) -> None:
    api.answers["/a"] = leads_to(f"{neighbour.url}/b")
    neighbour.answers["/b"] = leads_to(f"{api.url}/c")
    api.answers["/c"] = gives(b"file")
    assert await fetch(await connect(api.url), "/a") == b"file"
    assert (api.shown, neighbour.shown) == ([KEY, KEY], [""])


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://127.0.0.1/a", "http://10.0.0.1/", "https://u@a.b/"]
)
async def test_a_redirect_to_what_may_not_be_asked_is_refused(
    api: FileHost, connect: Any, location: str
) -> None:
    api.answers["/a"] = leads_to(location)
    assert (await fails(await connect(api.url), "/a")).key == "file_unsafe"
