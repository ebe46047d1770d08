"""The demo played through in the browser: the real relay as a process, faults, and a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.visit import visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 45_000  # over the 30 s after which a killed relay has promised to be at work again


@pytest.fixture
async def demo() -> AsyncIterator[str]:
    """Address of a running `market-relay demo`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"),
        env=os.environ | {"LOCALE": "en", "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            line = (await process.stdout.readline()).decode()
        yield line.split()[-1].rstrip("/")
    finally:
        process.send_signal(signal.SIGINT)
        await process.communicate()


@pytest.fixture
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=5_000)


@pytest.mark.usefixtures("patience")
async def test_nothing_is_lost_or_doubled_when_the_relay_is_killed_between_two_messages(
    browser: Browser, demo: str
) -> None:
    opened = await visit(browser, demo)
    page = opened.page
    await begin_chat(page, "Вера П.", "Где мой заказ?")
    await (
        page.get_by_test_id("topics").locator(".row", has_text="Вера П.").click(timeout=PATIENCE_MS)
    )
    posts, bubbles = (
        page.get_by_test_id(name).locator("article") for name in ("posts", "chat-messages")
    )
    await write(page, "staff", "Уже едет")
    await expect(bubbles.last).to_contain_text("Уже едет")
    await expect(posts.last.locator(".reaction")).to_have_count(1)

    await page.get_by_test_id("fault-market-lost").click()
    await write(page, "staff", "Номер 42")
    await page.get_by_test_id("kill").click()
    await expect(page.get_by_test_id("relay-state")).to_have_attribute("data-state", "killed")
    await write(page, "staff", "Через час")
    await write(page, "buyer", "Спасибо")
    await page.get_by_test_id("start").click()

    await expect(posts.filter(has_text="Спасибо")).to_have_count(1)
    await expect(bubbles.filter(has_text="Через час")).to_have_count(1)
    for direction in ("b2t", "s2b"):
        await expect_clean(page, direction)
    shown = [text.split("\n")[-2] for text in await bubbles.all_inner_texts()]
    assert [text for text in shown if text != "Спасибо"] == [
        "Где мой заказ?",
        "Уже едет",
        "Номер 42",
        "Через час",
    ]
    assert opened.complaints == []


async def begin_chat(page: Page, name: str, text: str) -> None:
    await page.get_by_test_id("new-buyer").click()
    await page.get_by_test_id("new-buyer-name").fill(name)
    await page.get_by_test_id("new-buyer-text").fill(text)
    await page.get_by_test_id("new-buyer-create").click()
    await expect(page.locator("#chat-name")).to_have_text(name)


async def write(page: Page, side: str, text: str) -> None:
    await page.get_by_test_id(f"{side}-input").fill(text)
    await page.get_by_test_id(f"{side}-send").click()
    talk = {"staff": "posts", "buyer": "chat-messages"}[side]
    await expect(page.get_by_test_id(talk).locator("article", has_text=text)).to_have_count(1)


async def expect_clean(page: Page, direction: str) -> None:
    """Everything that was written has arrived, and nothing else happened."""

    def counter(name: str) -> str:
        return f"counter-{direction}-{name}"

    await expect(page.get_by_test_id(counter("waiting"))).to_have_text("0")
    for name in ("lost", "twice", "misrouted"):
        await expect(page.get_by_test_id(counter(name))).to_have_text("0")
    sent = await page.get_by_test_id(counter("sent")).inner_text()
    assert int(sent) > 0
    await expect(page.get_by_test_id(counter("delivered"))).to_have_text(sent)
    await expect(page.get_by_test_id("offences")).to_be_hidden()
