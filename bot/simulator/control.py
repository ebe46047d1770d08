"""The control side: JSON by which a page or a test plays buyers, staff and the Market, sets faults,
and kills the relay. It acts only through the worlds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Protocol

from aiohttp import web

from bot.simulator import shares, view
from bot.simulator.control_request import Asked, BadRequest, asked
from bot.simulator.faults import BadFault, Faults
from bot.simulator.files import KINDS
from bot.simulator.group_world import GroupWorld
from bot.simulator.judge import Judge
from bot.simulator.market_world import CONTEXTS, MarketWorld, NoSuchChat
from bot.simulator.staff import NoSuchThing, Staff
from bot.simulator.streaming import Streamed

EVENT_PAUSE = 0.1
HEARTBEAT = 15.0
_HARMLESS = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
_Action = Callable[[Asked], Awaitable[dict[str, Any]]]


class RelayProcess(Protocol):
    """The relay that runs against the simulator, as far as the page may handle it.

    Must: survive any order of calls; count every start and every kill.
    """

    @property
    def is_running(self) -> bool: ...

    @property
    def pid(self) -> int | None: ...

    @property
    def starts(self) -> int: ...

    @property
    def kills(self) -> int: ...

    async def start(self) -> None:
        """Does nothing where it runs."""
        ...

    async def stop(self) -> None:
        """SIGTERM, and wait."""
        ...

    async def kill(self) -> None:
        """SIGKILL, and wait."""
        ...


class NoRelay(Exception):
    """Nobody gave the simulator a relay to handle."""


class Control:
    def __init__(
        self, market: MarketWorld, group: GroupWorld, staff: Staff, faults: Faults, judge: Judge
    ) -> None:
        self.market = market
        self.group = group
        self.staff = staff
        self.faults = faults
        self.judge = judge
        self.relay: RelayProcess | None = None
        self._is_closed = False

    def add_routes(self, app: web.Application) -> None:
        actions: dict[str, _Action] = {
            "/sim/buyer/message": self._buyer_message,
            "/sim/buyer/chat": self._buyer_chat,
            "/sim/market/message": self._market_message,
            "/sim/staff/message": self._staff_message,
            "/sim/staff/edit": self._staff_edit,
            "/sim/staff/button": self._staff_button,
            "/sim/staff/topic": self._staff_topic,
            "/sim/faults": self._add_fault,
            "/sim/relay": self._handle_relay,
        }
        for path, action in actions.items():
            app.router.add_post(path, self._served(action))
        app.router.add_delete("/sim/faults", self._clear_faults)
        app.router.add_get("/sim/state", self._state)
        app.router.add_get("/sim/events", self._events)
        app.router.add_get("/sim/files/{id}/{name}", self._file)

    def open(self) -> None:
        self._is_closed = False

    def close(self) -> None:
        """Let those go who listen for events."""
        self._is_closed = True
        self.market.version.bump()

    def _served(self, action: _Action) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            try:
                return web.json_response(await action(await asked(request, self.market.shelf)))
            except (BadRequest, BadFault) as e:
                return _error(400, str(e))
            except (NoSuchChat, NoSuchThing) as e:
                return _error(404, f"not found: {e}")
            except NoRelay:
                return _error(409, "there is no relay to handle here")

        return serve

    async def _buyer_message(self, it: Asked) -> dict[str, Any]:
        message = self.market.say(it.number("chat"), _something(it), files=it.files)
        return {"message": message.id}

    async def _buyer_chat(self, it: Asked) -> dict[str, Any]:
        context = it.text("context", "DIRECT")
        if context not in CONTEXTS:
            raise BadRequest(f"context must be one of {', '.join(CONTEXTS)}")
        text = it.text("text")
        chat = self.market.open_chat(it.text("customer", ""), context)
        self.market.say(chat.id, text)
        return {"chat": chat.id}

    async def _market_message(self, it: Asked) -> dict[str, Any]:
        sender = it.text("sender", "MARKET")
        if sender not in ("MARKET", "SUPPORT", "PARTNER"):
            raise BadRequest("sender must be one of MARKET, SUPPORT, PARTNER")
        text = _something(it)
        message = self.market.say(it.number("chat"), text, sender, files=it.files)
        return {"message": message.id}

    async def _staff_message(self, it: Asked) -> dict[str, Any]:
        """`kind` is what the files are sent as, or what is shared instead of a text; then a field
        of that name (`contact`, `poll`) holds what it says, and is enough by itself. `album` joins
        messages that come one by one."""
        person, thread = it.number("person"), it.number_or_none("thread")
        reply_to = it.number_or_none("reply_to")
        kind, album = it.text("kind", ""), it.text("album", "")
        shared = next((one for one in shares.KINDS if one in (kind, *it.values)), None)
        if shared is not None:
            content = it.fields(shared)
            return {
                "message": self.staff.share(person, thread, shared, content, reply_to=reply_to).id
            }
        text = _something(it)
        if kind and kind not in KINDS:
            raise BadRequest(f"kind must be one of {', '.join(KINDS)}")
        if album and len(it.files) == 1:
            (file,) = it.files
            file.kind = kind or file.kind
            item = self.staff.album_item(person, file, thread, album, text, reply_to=reply_to)
            return {"message": item.id}
        message = self.staff.say(person, text, thread, reply_to=reply_to, files=it.files, kind=kind)
        return {"message": message.id}

    async def _staff_edit(self, it: Asked) -> dict[str, Any]:
        """A file replaces that of the message; without a text the caption stays."""
        file = next(iter(it.files), None)
        text = it.text("text") if file is None or "text" in it.values else None
        return {"message": self.staff.edit(it.number("message"), text, file).id}

    async def _staff_button(self, it: Asked) -> dict[str, Any]:
        press = self.staff.press(it.number("message"), it.number("person"), it.text("data"))
        return {"press": press.id}

    async def _staff_topic(self, it: Asked) -> dict[str, Any]:
        thread, action = it.number("thread"), it.text("action")
        if action == "delete":
            self.staff.delete_topic(thread)
        elif action == "close":
            self.staff.close_topic(thread)
        elif action == "reopen":
            self.staff.reopen_topic(thread)
        elif action == "rename":
            self.staff.rename_topic(thread, it.text("name"))
        else:
            raise BadRequest("action must be one of delete, close, reopen, rename")
        return {"thread": thread}

    async def _add_fault(self, it: Asked) -> dict[str, Any]:
        fault = self.faults.add(
            it.text("shore"),
            it.text("kind"),
            it.text("method", "*"),
            times=it.number_or_none("times"),
            seconds=it.real("seconds", 1.0),
            probability=it.real_or_none("probability"),
        )
        return asdict(fault)

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response({"faults": []})

    async def _handle_relay(self, it: Asked) -> dict[str, Any]:
        action = it.text("action")
        if action not in ("kill", "start", "stop"):
            raise BadRequest("action must be one of kill, start, stop")
        if self.relay is None:
            raise NoRelay
        await {"kill": self.relay.kill, "start": self.relay.start, "stop": self.relay.stop}[
            action
        ]()
        self.market.version.bump()
        return self._relay_state()

    def _relay_state(self) -> dict[str, Any]:
        relay = self.relay
        if relay is None:
            return {"is_running": False, "pid": None, "starts": 0, "kills": 0}
        return {
            "is_running": relay.is_running,
            "pid": relay.pid,
            "starts": relay.starts,
            "kills": relay.kills,
        }

    async def _state(self, _: web.Request) -> web.Response:
        report = self.judge.report()
        return web.json_response(
            {
                "version": self.market.version.number,
                "market": view.market(self.market),
                "group": view.group(self.group),
                "faults": self.faults.listed(),
                "judge": report.as_json(),
                "relay": self._relay_state(),
                "popups": self.group.popups[-50:],
            }
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """The version whenever it changed, at most ten times a second."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        seen, version = -1, self.market.version
        while not self._is_closed:
            is_changed = await version.above(seen, HEARTBEAT)
            seen = version.number
            try:
                await response.write(f"data: {seen}\n\n".encode() if is_changed else b": \n\n")
            except ConnectionError:
                break
            await asyncio.sleep(EVENT_PAUSE)
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["id"]
        stored = self.market.shelf.get(int(number)) if number.isdigit() else None
        if stored is None:
            return _error(404, "no such file")
        # the page shows pictures; whatever else a file holds must not act in the page's name
        response = Streamed(stored.content, stored.mime)
        response.headers["Content-Security-Policy"] = _HARMLESS
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _something(it: Asked) -> str:
    """The text, which may be empty where a file comes with it."""
    text = it.text("text", "")
    if not text and not it.files:
        raise BadRequest("text or a file is expected")
    return text


def _error(status: int, words: str) -> web.Response:
    return web.json_response({"error": words}, status=status)
