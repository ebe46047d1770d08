"""The simulator as one thing: both worlds, their HTTP sides, faults and judge on one port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.simulator.control import Control, RelayProcess
from bot.simulator.faults import Faults
from bot.simulator.files import Shelf
from bot.simulator.group_world import GroupWorld, Person
from bot.simulator.judge import Judge
from bot.simulator.market_http import MarketHttp
from bot.simulator.market_world import MarketWorld, now_ms
from bot.simulator.page_files import PageFiles
from bot.simulator.pushes import Pushes
from bot.simulator.shores import crowded, faulty, forgiving
from bot.simulator.staff import Staff
from bot.simulator.telegram_http import TelegramHttp
from bot.simulator.updates import Updates
from bot.simulator.version import Version

TOKEN = "7000000001:simulated-token-of-no-value-000000"
API_KEY = "ACMA:simulated-key-of-no-value:00000000"
BUSINESS_ID = 330_001
GROUP_ID = -1001_700_000_001
BOT_NAME = "Реле Маркета"
BODY_LIMIT = 64 * 1024 * 1024


class Simulator:
    """Both services on 127.0.0.1. Use it as an async context manager.

    `rate` is Telegram's limit for the group as (calls, seconds); None: no limit.
    `relay` may be set by who runs a relay against it, so that the page can kill and start it.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        api_key: str = API_KEY,
        business_id: int = BUSINESS_ID,
        group_id: int = GROUP_ID,
        oauth_token: str = "",
        rate: tuple[int, float] | None = None,
        port: int = 0,
        seed: int = 0,
        clock: Callable[[], int] = now_ms,
        page: Path | None = None,
    ) -> None:
        self.token, self.api_key = token, api_key
        self.business_id, self.group_id = business_id, group_id
        self.version = Version()
        self.shelf = Shelf()
        bot = Person(int(token.partition(":")[0]), BOT_NAME, "", "administrator", "relay_bot", True)
        self.group = GroupWorld(group_id, bot, self.shelf, self.version, clock)
        self.updates = Updates(clock)
        self.staff = Staff(self.group, self.updates)
        self.telegram = TelegramHttp(self.group, self.updates, token, rate)
        self.market = MarketWorld(self.shelf, self.version, clock)
        self.market_http = MarketHttp(self.market, api_key, business_id, oauth_token)
        self.faults = Faults(self.version.bump, seed)
        self.pushes = Pushes(self.updates, self.market, business_id)
        self.judge = Judge(self.market, self.group)
        self.control = Control(self.market, self.group, self.staff, self.faults, self.judge)
        self._page = PageFiles(page or Path(__file__).parent / "page")
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def relay(self) -> RelayProcess | None:
        return self.control.relay

    @relay.setter
    def relay(self, relay: RelayProcess | None) -> None:
        self.control.relay = relay

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def telegram_url(self) -> str:
        """What TELEGRAM_API_URL must be."""
        return f"{self.url}/telegram"

    @property
    def market_url(self) -> str:
        """What MARKET_API_URL must be."""
        return f"{self.url}/market"

    def application(self) -> web.Application:
        middlewares = [forgiving, crowded(self.market_http.quota), faulty(self.faults)]
        app = web.Application(middlewares=middlewares, client_max_size=BODY_LIMIT)
        self.telegram.add_routes(app)
        self.market_http.add_routes(app)
        self.control.add_routes(app)
        self._page.add_routes(app)
        return app

    async def start(self) -> None:
        """Listen. A second start after a stop takes the same port, with the worlds as they were."""
        self.updates.open()
        self.control.open()
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.market_http.wire.base = self.url

    async def stop(self) -> None:
        """Stop listening: from now on connections are refused."""
        if self._runner is None:
            return
        self.updates.close()
        self.control.close()
        # let the answers to those who waited leave
        await asyncio.sleep(0)
        await self._runner.cleanup()
        self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
