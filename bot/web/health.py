"""`/healthz` and `/readyz`: the verdict of `bot.relay.health` as an answer; no words of anybody."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot import __version__
from bot.relay.errors import RelayError
from bot.relay.health import ills, is_ready
from bot.relay.ports import Clock
from bot.relay.pulse import Sign, Source
from bot.web.inside import Inside, Relay

_PATIENCE_S = 2.0  # for the database; a probe that gets no answer tells less than a late one
_UNSEEN = {source: Sign() for source in Source}


class Health:
    def __init__(self, inside: Inside, clock: Clock) -> None:
        self._inside = inside
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/healthz", self._healthz), web.get("/readyz", self._readyz)]

    async def _healthz(self, _: web.Request) -> web.Response:
        if self._inside.is_standing_by:
            return _answer(200, {"status": "standing by"})
        relay = self._inside.relay
        signs = relay.signs if relay else _UNSEEN
        problems = ills(signs, self._inside.started_ms, self._clock())
        figures: dict[str, Any] = {"sources": self._ages(relay)}
        if relay:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    figures |= await self._stored(relay)
            except (RelayError, TimeoutError):
                problems.append("the database can't be worked with")
        word = "ill" if problems else "well" if relay else "starting"
        said = {"status": word, "problems": problems, **figures}
        return _answer(503 if problems else 200, said)

    async def _readyz(self, _: web.Request) -> web.Response:
        relay = self._inside.relay
        if relay and is_ready(relay.signs):
            return _answer(200, {"status": "ready"})
        word = "standing by" if self._inside.is_standing_by else "not ready"
        return _answer(503, {"status": word})

    def _ages(self, relay: Relay | None) -> dict[str, float | None]:
        """Seconds since each source worked; None where it never did."""
        signs = relay.signs if relay else _UNSEEN
        now = self._clock()
        return {
            source.name.lower(): (now - sign.worked_ms) / 1000 if sign.worked_ms else None
            for source, sign in signs.items()
        }

    async def _stored(self, relay: Relay) -> dict[str, Any]:
        depths, now = await relay.depths(), self._clock()
        queues = {
            str(queue): {
                "waiting": depth.waiting,
                "unknown": depth.unknown,
                "failed": depth.failed,
                "oldest_seconds": (now - depth.oldest_ms) / 1000 if depth.oldest_ms else 0.0,
            }
            for queue, depth in depths.items()
        }
        return {"queues": queues, "updates": asdict(await relay.unhandled())}


def _answer(status: int, said: dict[str, Any]) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.json_response({**said, "version": __version__}, status=status, headers=headers)
