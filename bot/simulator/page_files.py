"""Hands out the static files of the demo page; knows nothing of what they say."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from aiohttp import web

_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}


class PageFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._serve)
        app.router.add_get("/{path:.+}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        path = (self._folder / request.match_info.get("path", "index.html")).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            return web.json_response({"error": "no such page"}, status=404)
        mime = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        return web.Response(
            body=path.read_bytes(),
            content_type=mime or "application/octet-stream",
            charset="utf-8" if path.suffix in _TYPES else None,
            headers={"Cache-Control": "no-store"},
        )
