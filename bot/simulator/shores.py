"""Which shore and method a request belongs to, and what stands before every handler of a shore."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.simulator.faults import Faults, Handler, suffer
from bot.simulator.market_quota import Quota
from bot.simulator.market_wire import failure


def place(request: web.Request) -> tuple[str, str]:
    """Shore and method; the shore is empty for what belongs to neither service."""
    name = request.match_info.route.name or ""
    if request.path.startswith("/telegram/"):
        return "telegram", request.match_info.get("method") or name
    if request.path.startswith(("/market/", "/attachments/")):
        return "market", name
    return "", name


@web.middleware
async def forgiving(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A caller that was killed in the middle of its request is no failure of ours."""
    try:
        return await handler(request)
    except ConnectionError:
        return web.Response()


def faulty(faults: Faults) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        shore, method = place(request)
        fault = faults.pick(shore, method) if shore else None
        if fault is None:
            return await handler(request)
        return await suffer(fault, request, handler)

    return middleware


def crowded(quota: Quota) -> Middleware:
    """The Market's limit of simultaneous requests; a slow answer holds its place."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/market/"):
            return await handler(request)
        if not quota.enter():
            words = f"Hit rate limit of {quota.parallel} parallel requests"
            body = failure("METHOD_FAILURE", words)
            name = request.match_info.route.name
            headers = quota.headers(name) if name in quota.hourly else {}
            return web.json_response(body, status=420, headers=headers)
        try:
            return await handler(request)
        finally:
            quota.leave()

    return middleware
