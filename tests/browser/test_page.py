"""The demo page itself, with nobody relaying: its words, its manners, its layout."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from bot.simulator.server import Simulator
from tests.browser.visit import ANNA, OLEG, PHONE, visit

HOSTILE = "<img src=x onerror=\"document.title='caught'\"><b>bold</b> https://evil.example/"

pytestmark = pytest.mark.browser


async def test_both_languages_have_the_same_words_and_no_empty_one(
    browser: Browser, simulator: Simulator
) -> None:
    page = (await visit(browser, simulator.url)).page
    ru, en = await page.evaluate(
        "import('/words.js').then(({ dictionaries }) => [dictionaries.ru, dictionaries.en])"
    )
    assert set(ru) == set(en)
    assert all(wording.strip() for wording in [*ru.values(), *en.values()])


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_word_that_the_page_asks_for_is_in_the_dictionary(
    browser: Browser, simulator: Simulator, language: str
) -> None:
    page = (await visit(browser, simulator.url, language=language)).page
    unknown = await page.evaluate(
        """import('/words.js').then(({ dictionaries }) => {
          const known = dictionaries[document.documentElement.lang];
          const names = ['word', 'wordLabel', 'wordTitle', 'wordPlaceholder'];
          return [...document.querySelectorAll('*')]
            .flatMap((node) => names.map((name) => node.dataset?.[name]))
            .filter((key) => key && !Object.hasOwn(known, key));
        })"""
    )
    assert unknown == []
    assert await page.evaluate("document.documentElement.lang") == language


async def test_switch_of_language_turns_the_whole_page_and_keeps_what_is_typed(
    browser: Browser, simulator: Simulator
) -> None:
    simulator.market.say(simulator.market.open_chat("Мария", "ORDER").id, "Где заказ?")
    page = (await visit(browser, simulator.url, language="ru")).page
    await page.get_by_test_id("staff-input").fill("черновик")
    await page.get_by_test_id("lang-en").click()
    await expect(page.locator("#group-title")).to_have_text("Staff group, as in Telegram")
    await expect(page.get_by_test_id("buyer-chats")).to_contain_text("Order")
    await expect(page.get_by_test_id("staff-input")).to_have_value("черновик")
    assert "lang=en" in page.url


async def test_page_asks_nobody_but_its_own_origin_and_complains_of_nothing(
    browser: Browser, simulator: Simulator
) -> None:
    opened = await visit(browser, simulator.url)
    page = opened.page
    await page.get_by_test_id("new-buyer").click()
    await page.get_by_test_id("new-buyer-create").click()
    await expect(page.get_by_test_id("chat-messages").locator("article")).to_have_count(1)
    await page.get_by_test_id("staff-input").fill("Всем привет")
    await page.get_by_test_id("staff-send").click()
    await expect(page.get_by_test_id("posts").locator("article")).to_have_count(1)
    assert opened.complaints == []
    assert [url for url in opened.asked if not url.startswith(f"{simulator.url}/")] == []


async def test_hostile_text_stays_text_on_both_sides(
    browser: Browser, simulator: Simulator
) -> None:
    chat = simulator.market.open_chat(HOSTILE, "DIRECT")
    simulator.market.say(chat.id, HOSTILE)
    topic = simulator.staff.create_topic(ANNA, "<script>x</script>")
    simulator.staff.say(OLEG, HOSTILE, topic.thread)
    opened = await visit(browser, simulator.url)
    page = opened.page
    await page.get_by_test_id(f"topic-{topic.thread}").click()
    for talk in ("chat-messages", "posts"):
        shown = page.get_by_test_id(talk).locator("article .text")
        await expect(shown).to_have_text(HOSTILE)
        await expect(shown.locator("img, b, a, script")).to_have_count(0)
    await expect(page.get_by_test_id("topic-name")).to_have_text("<script>x</script>")
    assert await page.title() == "market-relay — демо"
    assert opened.complaints == []


@pytest.mark.parametrize("tab", ["tab-buyer", "tab-group", "tab-break"])
async def test_phone_shows_one_part_at_a_time_and_never_scrolls_sideways(
    browser: Browser, simulator: Simulator, tab: str
) -> None:
    chat = simulator.market.open_chat("Покупатель с очень длинным именем " * 3, "RETURN")
    simulator.market.say(chat.id, "длинноеслово" * 40)
    page = (await visit(browser, simulator.url, PHONE)).page
    await page.get_by_test_id(tab).click()
    await expect(page.locator(".frame > section:visible")).to_have_count(1)
    await expect_no_sideways_scroll(page)
    if tab == "tab-buyer":
        await page.get_by_test_id(f"buyer-chat-{chat.id}").click()
        await expect(page.get_by_test_id("buyer-input")).to_be_visible()
        await expect_no_sideways_scroll(page)


async def expect_no_sideways_scroll(page: Page) -> None:
    excess = await page.evaluate(
        """Math.max(...[...document.querySelectorAll('html, body, main, section, .scroll, .rows')]
             .map((box) => box.scrollWidth - box.clientWidth))"""
    )
    assert excess <= 0


async def test_laptop_shows_everything_without_scrolling_the_page(
    browser: Browser, simulator: Simulator
) -> None:
    page = (await visit(browser, simulator.url)).page
    await expect(page.locator(".frame > section:visible")).to_have_count(3)
    await expect(page.get_by_test_id("counter-s2b-leaked")).to_be_in_viewport(ratio=1)
    await expect(page.get_by_test_id("staff-send")).to_be_in_viewport(ratio=1)
    await expect_no_sideways_scroll(page)
