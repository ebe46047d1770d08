"""Fixtures of the browser tests: a simulator with its people, and a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from bot.simulator.server import Simulator
from tests.browser.visit import ANNA, ARGUMENTS, CHROMIUM, GUEST, OLEG


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        simulator.group.add_person(ANNA, "Анна", "admin")
        simulator.group.add_person(OLEG, "Олег", "operator")
        simulator.group.add_person(GUEST, "Гость", "outsider")
        yield simulator


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the search path")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()
