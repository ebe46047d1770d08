"""Listening: which addresses there are, and answers that tell strangers nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from aiohttp import web

from bot.relay.errors import RelayError
from bot.web.inside import Inside
from bot.web.metrics import Prometheus

log = logging.getLogger(__name__)

_PATIENCE_S = 5.0  # of a scrape, for the database
_BYE_S = 1.0  # for answers under way, when the relay stops
_METRICS = "text/plain; version=0.0.4; charset=utf-8"

Routes: TypeAlias = list[web.RouteDef]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CannotListen(Exception):
    """The address is taken, or not one of this machine."""


class Figures:
    """`/metrics`."""

    def __init__(self, inside: Inside, meter: Prometheus) -> None:
        self._inside = inside
        self._meter = meter

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/metrics", self._metrics)]

    async def _metrics(self, _: web.Request) -> web.Response:
        """Without the database, what was counted in this process is told all the same."""
        status = None
        if self._inside.relay:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    status = await self._inside.relay.status()
            except (RelayError, TimeoutError):
                log.info("Figures are told without those of the database")
        return web.Response(body=self._meter.text(status), headers={"Content-Type": _METRICS})


@web.middleware
async def _plain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No error of ours reaches a stranger, and no name or version of a library."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = web.Response(status=error.status, text=f"{error.status} {error.reason}\n")
    except Exception:
        log.exception("An HTTP request met a bug")
        response = web.Response(status=500, text="500 Internal Server Error\n")
    response.headers["Server"] = "market-relay"
    return response


@asynccontextmanager
async def listening(host: str, port: int, routes: Routes) -> AsyncIterator[None]:
    """Raises `CannotListen` where the address can't be had."""
    app = web.Application(middlewares=[_plain])
    app.add_routes(routes)
    # The address of notifications holds a secret: no access log.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_BYE_S)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise CannotListen(error.strerror) from None
        log.info("Listening at %s", " ".join(str(site.name) for site in runner.sites))
        yield
    finally:
        await runner.cleanup()
