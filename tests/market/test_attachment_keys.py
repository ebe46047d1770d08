"""No key or token goes to a host where it does not belong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.relay.errors import Refused, Unreachable
from bot.simulator.server import API_KEY, Simulator
from tests.market.file_host import (
    KEY,
    OAUTH,
    SIGNATURE,
    TOKEN,
    FileHost,
    Here,
    attachments,
    fails,
    fetch,
    gives,
    leads_to,
    named,
    opens_for,
    says,
)


@pytest.mark.parametrize("denial", [401, 403])
@pytest.mark.parametrize(
    ("opener", "shown"),
    [(KEY, [KEY]), (OAUTH, [KEY, OAUTH]), ("", [KEY, OAUTH, ""]), ("other", [KEY, OAUTH, ""])],
)
async def test_the_api_is_shown_the_key_and_then_the_token(
    api: FileHost, connect: Any, opener: str, shown: list[str], denial: int
) -> None:
    api.answers["/a"] = opens_for(opener, denial=denial)
    market = await connect(api.url, api_key=KEY, oauth_token=TOKEN)
    if opener == "other":
        error = await fails(market, "/a")
        assert (type(error), error.key) == (Refused, "file_denied")
        assert error.details == {"status": str(denial)}
    else:
        assert await fetch(market, "/a") == b"file"
    assert api.shown == shown


@pytest.mark.parametrize(
    ("access", "shown"),
    [({"api_key": KEY}, [KEY, ""]), ({"api_key": "", "oauth_token": TOKEN}, [OAUTH, ""])],
)
async def test_what_is_not_configured_is_not_tried(
    api: FileHost, connect: Any, access: dict[str, str], shown: list[str]
) -> None:
    api.answers["/a"] = says(403)
    await fails(await connect(api.url, **access), "/a")
    assert api.shown == shown


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_another_credential_is_tried_after_a_denial_only(
    api: FileHost, connect: Any, status: int
) -> None:
    api.answers["/a"] = says(status)
    await fails(await connect(api.url, oauth_token=TOKEN), "/a")
    assert api.shown == [KEY]


@pytest.mark.parametrize(
    ("opener", "shown"), [("", [""]), (KEY, ["", KEY]), (OAUTH, ["", KEY, OAUTH])]
)
async def test_another_port_of_the_api_is_shown_a_key_where_it_asks(
    api: FileHost, neighbour: FileHost, connect: Any, opener: str, shown: list[str]
) -> None:
    neighbour.answers["/a"] = opens_for(opener)
    market = await connect(api.url, oauth_token=TOKEN)
    assert await fetch(market, f"{neighbour.url}/a") == b"file"
    assert neighbour.shown == shown


@pytest.mark.parametrize("auth", ["any", "api-key", "oauth", "none"])
async def test_the_simulated_market_gives_its_files(connect: Any, auth: str) -> None:
    async with Simulator(oauth_token=TOKEN) as simulator:
        simulator.market_http.attachment_auth = auth
        stored = simulator.shelf.put("фото.jpg", b"picture", "image/jpeg")
        market = await connect(simulator.market_url, api_key=API_KEY, oauth_token=TOKEN)
        assert await fetch(market, f"{simulator.url}/attachments/{stored.path}") == b"picture"


# Over TLS: all names lead to this machine, and its certificate is known.


async def test_a_foreign_host_is_shown_no_key_even_if_it_asks(
    tls_host: FileHost, certificate: Path
) -> None:
    tls_host.answers["/a"] = opens_for(KEY, OAUTH, denial=401)
    async with attachments("https://api.corp", Here(), certificate) as files:
        error = await fails(files, f"{named(tls_host, 'files.example.com')}/a?{SIGNATURE}")
    assert (type(error), error.key) == (Refused, "file_denied")
    assert tls_host.shown == [""]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_foreign_host_is_shown_no_key_after_a_redirect_either(
    api: FileHost, tls_host: FileHost, certificate: Path, status: int
) -> None:
    api.answers["/a"] = leads_to(f"{named(tls_host, 'files.example.com')}/b", status)
    tls_host.answers["/b"] = gives(b"file")
    async with attachments(api.url, Here(), certificate) as files:
        assert await fetch(files, "/a") == b"file"
    assert api.shown == [KEY]
    assert tls_host.shown == [""]


@pytest.mark.parametrize(
    ("opener", "shown"), [(OAUTH, [OAUTH]), (KEY, [OAUTH, KEY]), ("", [OAUTH, KEY, ""])]
)
async def test_other_hosts_of_the_market_are_shown_the_token_and_then_the_key(
    tls_host: FileHost, certificate: Path, opener: str, shown: list[str]
) -> None:
    tls_host.answers["/a"] = opens_for(opener)
    async with attachments("https://api.corp", Here(), certificate) as files:
        url = f"{named(tls_host, 'files.messenger.yandex.net')}/a"
        assert await fetch(files, url) == b"file"
    assert tls_host.shown == shown


async def test_no_key_goes_in_clear_to_an_api_that_is_encrypted(neighbour: FileHost) -> None:
    neighbour.answers["/a"] = says(401)
    async with attachments("https://api.corp", Here()) as files:
        error = await fails(files, f"{named(neighbour, 'api.corp')}/a")
    assert error.key == "file_denied"
    assert neighbour.shown == [""]


async def test_a_certificate_of_somebody_else_ends_it(
    tls_host: FileHost, certificate: Path
) -> None:
    async with attachments("https://api.corp", Here(), certificate) as files:
        error = await fails(files, f"{named(tls_host, 'evil.example')}/a")
    assert type(error) is Unreachable
    assert tls_host.shown == []
