"""Faults on request: which calls go wrong, how and how often; a middleware acts on them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from bot.simulator.streaming import Streamed

SHORES = ("telegram", "market")
KINDS = (
    "refused",  # the connection is reset before the body is read; nothing is done
    "dropped_before",  # the request is read, nothing is done, the connection is closed
    "dropped_after",  # everything is done, the connection is closed without an answer
    "slow",  # everything is done at once, the answer comes late
    "late",  # everything is done, and answered, only after a while
    "throttled",  # 429 or 420 with a pause to keep; nothing is done
    "error_html",  # 502 with a page of HTML; nothing is done
    "truncated",  # everything is done, the answer breaks off in the middle
    "outage",  # like refused, for every call of the shore, whatever the method
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class BadFault(ValueError):
    """A fault that nobody can make; the words say what is wrong with it."""


@dataclass
class Fault:
    """`times` None: until it is cleared; `probability` None: every call that it fits."""

    shore: str
    kind: str
    method: str = "*"
    times: int | None = None
    seconds: float = 1.0
    probability: float | None = None
    fired: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.shore not in SHORES:
            raise BadFault(f"shore must be one of {', '.join(SHORES)}")
        if self.kind not in KINDS:
            raise BadFault(f"kind must be one of {', '.join(KINDS)}")

    def fits(self, shore: str, method: str) -> bool:
        if self.shore != shore or (self.times is not None and self.fired >= self.times):
            return False
        return self.kind == "outage" or self.method in ("*", method)


class Faults:
    """The faults that are set, in the order of setting; the first that fits is the one.

    `fired` counts by (shore, method, kind), over everything that was ever set.
    """

    def __init__(self, changed: Callable[[], None], seed: int = 0) -> None:
        self.fired: dict[tuple[str, str, str], int] = {}
        self._set: list[Fault] = []
        self._changed = changed
        self._random = random.Random(seed)

    def add(
        self,
        shore: str,
        kind: str,
        method: str = "*",
        *,
        times: int | None = None,
        seconds: float = 1.0,
        probability: float | None = None,
    ) -> Fault:
        fault = Fault(shore, kind, method, times, seconds, probability)
        self._set.append(fault)
        self._changed()
        return fault

    def remove(self, fault: Fault) -> None:
        self._set = [one for one in self._set if one is not fault]
        self._changed()

    def clear(self) -> None:
        self._set.clear()
        self._changed()

    def seed(self, number: int) -> None:
        self._random.seed(number)

    def listed(self) -> list[dict[str, Any]]:
        """The faults that are still to come."""
        return [asdict(one) for one in self._set if one.times is None or one.fired < one.times]

    def pick(self, shore: str, method: str) -> Fault | None:
        """The fault of this call, counted as fired."""
        for fault in self._set:
            if not fault.fits(shore, method):
                continue
            if fault.probability is not None and self._random.random() >= fault.probability:
                continue
            fault.fired += 1
            key = (shore, method, fault.kind)
            self.fired[key] = self.fired.get(key, 0) + 1
            if fault.times is not None:
                self._changed()
            return fault
        return None


async def suffer(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve the request as the fault has it."""
    if fault.kind in ("refused", "outage"):
        return _reset(request)
    if fault.kind == "dropped_before":
        await request.read()
        return _hung_up(request)
    if fault.kind == "throttled":
        await request.read()
        return _throttled(fault)
    if fault.kind == "error_html":
        await request.read()
        return web.Response(status=502, text=_HTML, content_type="text/html")
    if fault.kind == "late":
        await asyncio.sleep(fault.seconds)
    response = await handler(request)
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    elif fault.kind == "dropped_after":
        return _hung_up(request)
    elif fault.kind == "truncated":
        return await _broken_off(request, response)
    return response


def _hung_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _reset(request: web.Request) -> web.Response:
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        # without lingering the peer sees a reset, not an orderly end
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _broken_off(request: web.Request, whole: web.StreamResponse) -> web.StreamResponse:
    body = whole.body if isinstance(whole, web.Response) else b""
    content = bytes(body) if isinstance(body, bytes | bytearray) else b"{}"
    if isinstance(whole, Streamed):
        content = whole.content
    headers = {"Content-Type": whole.content_type, "Content-Length": str(len(content))}
    broken = web.StreamResponse(status=200, headers=headers)
    await broken.prepare(request)
    await broken.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.close()
    return broken


def _throttled(fault: Fault) -> web.Response:
    if fault.shore == "telegram":
        pause = max(1, round(fault.seconds))
        body: Mapping[str, Any] = {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {pause}",
            "parameters": {"retry_after": pause},
        }
        return web.json_response(body, status=429)
    until = datetime.now(UTC) + timedelta(seconds=fault.seconds)
    headers = {
        "X-RateLimit-Resource-Limit": "1000",
        "X-RateLimit-Resource-Remaining": "0",
        "X-RateLimit-Resource-Until": format_datetime(until, usegmt=True),
    }
    error = {"code": "METHOD_FAILURE", "message": "Hit rate limit of requests per hour"}
    return web.json_response({"status": "ERROR", "errors": [error]}, status=420, headers=headers)
