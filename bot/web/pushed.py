"""What both services push: taken in whole, answered in their own terms, and nothing shown of it."""

from __future__ import annotations

import asyncio
import hmac
import logging
from datetime import UTC, datetime

from aiohttp import web

from bot import __version__
from bot.relay.errors import AccessDenied, Refused, RelayError
from bot.web.inside import Inside
from bot.web.sources import Networks, caller, is_within

log = logging.getLogger(__name__)

NOTIFICATION_AT_MOST = 64 * 1024  # bytes (R45)
UPDATE_AT_MOST = 1024 * 1024  # bytes (R6)
_BODY_S = 10.0  # within which a body has to be there
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Notifications:
    """Of the Market. `secret` is the last part of the address but for the `/notification` that the
    Market may add; without one nothing is taken. `sources`: the networks that it calls from."""

    def __init__(self, inside: Inside, secret: str, sources: Networks, proxies: Networks) -> None:
        self._inside = inside
        self._secret = secret.encode()
        self._sources = sources
        self._proxies = proxies
        self._is_told = False

    def routes(self) -> list[web.RouteDef]:
        address = "/market/notification/{secret}"
        return [web.post(path, self._take) for path in (address, f"{address}/notification")]

    async def _take(self, request: web.Request) -> web.Response:
        began = datetime.now(UTC)
        said = request.match_info["secret"].encode()
        is_ours = bool(self._secret) and hmac.compare_digest(said, self._secret)
        if not is_ours or not self._is_of_market(request):
            self._tell_what_is_missing(request)
            raise web.HTTPNotFound
        body = await _body(request, NOTIFICATION_AT_MOST)
        if self._inside.relay is None:
            return _error(500, "UNKNOWN")
        try:
            self._inside.relay.notified(body)
        except Refused:
            return _error(400, "WRONG_EVENT_FORMAT")
        except RelayError as error:
            log.warning("A notification of the Market can't be taken: %s", error)
            return _error(500, "UNKNOWN")
        time = began.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return web.json_response({"version": __version__, "name": "market-relay", "time": time})

    def _tell_what_is_missing(self, request: web.Request) -> None:
        if not self._secret and not self._is_told and self._is_of_market(request):
            self._is_told = True
            log.error(
                "The Market notifies, but nothing is taken: set MARKET_NOTIFICATION_SECRET to the "
                "last part of the address that was given to the Market"
            )

    def _is_of_market(self, request: web.Request) -> bool:
        forwarded = request.headers.getall("X-Forwarded-For", [])
        return is_within(caller(request.remote or "", forwarded, self._proxies), self._sources)


class Updates:
    """Of Telegram, where they come by a webhook: 200 only once they are stored (R6)."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/telegram/webhook", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        if self._inside.relay is None:
            raise web.HTTPServiceUnavailable
        secret = request.headers.get(_SECRET_HEADER, "")
        try:
            self._inside.relay.check(secret)
            await self._inside.relay.updated(secret, await _body(request, UPDATE_AT_MOST))
        except AccessDenied:
            raise web.HTTPNotFound from None
        except Refused:  # Telegram would send it for ever, and hold up what follows
            log.error("An update that can't be read is left out")
        except RelayError:
            raise web.HTTPInternalServerError from None
        return web.Response()


async def _body(request: web.Request, at_most: int) -> bytes:
    """Raises 413 as soon as it is longer than that, 408 where it does not come."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > at_most:
                    raise web.HTTPRequestEntityTooLarge(max_size=at_most, actual_size=len(body))
    except (TimeoutError, ConnectionError):
        raise web.HTTPRequestTimeout from None
    return bytes(body)


def _error(status: int, kind: str) -> web.Response:
    return web.json_response({"error": {"type": kind, "message": kind}}, status=status)
