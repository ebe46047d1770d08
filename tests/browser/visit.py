"""Opening the demo page in the system's Chromium, and listening to what it complains of."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field

from playwright.async_api import Browser, Page, Request, expect

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = (1440, 900)
PHONE = (390, 844)
ANNA, OLEG, GUEST = 1001, 1002, 1003


@dataclass
class Visit:
    """An opened page with what it complained of and whom it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda line: self.complaints.append(line.text) if line.type == "error" else None,
        )
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.asked.append(request.url)


async def visit(
    browser: Browser, url: str, size: tuple[int, int] = WIDE, language: str = "ru"
) -> Visit:
    """Open the page; it is there once the state has been drawn.

    Its policy forbids `wait_for_function`: wait with `expect`.
    """
    width, height = size
    is_phone = size == PHONE
    page = await browser.new_page(
        viewport={"width": width, "height": height}, is_mobile=is_phone, has_touch=is_phone
    )
    page.set_default_timeout(10_000)
    opened = Visit(page)
    opened.listen()
    await page.goto(f"{url}/?lang={language}")
    await expect(page.locator("#person option")).to_have_count(3)
    return opened
