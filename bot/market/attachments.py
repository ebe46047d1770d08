"""The download of a buyer's file: its redirects, and which credential is shown at which host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager

import aiohttp
from yarl import URL

from bot.market.addresses import Addresses, Owner
from bot.market.networks import PublicResolver
from bot.market.pieces import BROKEN, pieces_of
from bot.market.quota import http_date
from bot.market.transport import CONNECT_TIMEOUT, FILE_FACTOR, USER_AGENT, Access
from bot.market.verdict import NO_ACCESS, file_unreachable, judge_file
from bot.relay.errors import Refused

_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_USUAL_REST = 5.0  # seconds, where a host asks for a pause and does not say how long
_LONGEST_REST = 3600.0

Headers = Mapping[str, str]
_USUAL_HEADERS: Headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}


@asynccontextmanager
async def open_attachments(
    base_url: str, access: Access, request_timeout: float
) -> AsyncIterator[Attachments]:
    """With connections of their own: those of the API's session may go anywhere."""
    addresses = Addresses(base_url)
    resolver = PublicResolver(aiohttp.ThreadedResolver(), addresses.own_host)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, resolver=resolver, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,  # a proxy would look names up by itself
    ) as session:
        yield Attachments(session, addresses, access, request_timeout)


class Attachments:
    """`session` must unpack nothing and resolve names by a `PublicResolver`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        addresses: Addresses,
        access: Access,
        request_timeout: float,
    ) -> None:
        self._session = session
        self._addresses = addresses
        self._credentials = _credentials(access)
        self._stall = request_timeout
        self._total = request_timeout * FILE_FACTOR

    async def pieces(self, address: str) -> AsyncGenerator[bytes, None]:
        """See `Market.download`. Its connection is closed as soon as this generator is."""
        until = asyncio.get_running_loop().time() + self._total
        response = await self._find(self._addresses.read(address), until)
        try:
            async with aclosing(pieces_of(response)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            response.close()

    async def _find(self, url: URL, until: float) -> aiohttp.ClientResponse:
        """The answer that holds the file, its body unread."""
        for _ in range(1 + _MOST_REDIRECTS):
            response = await self._knock(url, until)
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or location is None:
                return _checked(response)
            response.close()
            url = self._addresses.follow(url, location)
        raise Refused("file_unsafe")

    async def _knock(self, url: URL, until: float) -> aiohttp.ClientResponse:
        *others, last = self._credentials[self._addresses.owner(url)]
        for headers in others:
            response = await self._get(url, headers, until)
            if response.status not in NO_ACCESS:
                return response
            response.close()
        return await self._get(url, last, until)

    async def _get(self, url: URL, headers: Headers, until: float) -> aiohttp.ClientResponse:
        try:
            return await self._session.get(
                url,
                headers={**_USUAL_HEADERS, **headers},
                timeout=self._timeout(until),
                allow_redirects=False,  # aiohttp would not check where they lead
            )
        except (*BROKEN, ValueError) as error:
            failure = file_unreachable(error)
        # Raised out here, it has no context: aiohttp's errors carry the request's headers.
        raise failure

    def _timeout(self, until: float) -> aiohttp.ClientTimeout:
        left = until - asyncio.get_running_loop().time()
        return aiohttp.ClientTimeout(
            total=max(left, 0.001),  # 0 would mean for ever
            connect=CONNECT_TIMEOUT,
            sock_read=self._stall,
        )


def _credentials(access: Access) -> Mapping[Owner, Sequence[Headers]]:
    """What is shown to whom, in the order of tries; the next where the one before is denied."""
    none: list[Headers] = [{}]
    key: list[Headers] = [{"Api-Key": access.api_key}] if access.api_key else []
    token: list[Headers] = (
        [{"Authorization": f"OAuth {access.oauth_token}"}] if access.oauth_token else []
    )
    return {
        Owner.API: key + token + none,
        Owner.API_HOST: none + key + token,  # only where asked for: it may be another program
        Owner.API_HOST_IN_CLEAR: none,
        Owner.MARKET: token + key + none,
        Owner.FOREIGN: none,
    }


def _checked(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    error = judge_file(response.status, rest=_rest(response.headers))
    if error is not None:
        response.close()
        raise error
    return response


def _rest(headers: Mapping[str, str]) -> float:
    """Seconds that the host wants to be left alone for; a date counts by the host's own clock."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:9]), _LONGEST_REST)
    until_ms, now_ms = http_date(said), http_date(headers.get("Date"))
    if until_ms is None or now_ms is None:
        return _USUAL_REST
    return min(max((until_ms - now_ms) / 1000, 0.0), _LONGEST_REST)
