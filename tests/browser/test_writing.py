"""Writing, pressing and breaking on the demo page, with nobody relaying."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, FilePayload, expect

from bot.simulator.group_world import GroupMessage
from bot.simulator.server import Simulator
from tests.browser.visit import ANNA, OLEG, visit

pytestmark = pytest.mark.browser


async def test_buyer_and_staff_write_with_files_and_see_their_messages(
    browser: Browser, simulator: Simulator
) -> None:
    chat = simulator.market.open_chat("Мария", "ORDER")
    simulator.market.say(chat.id, "Где заказ?")
    page = (await visit(browser, simulator.url)).page
    paper = FilePayload(name="чек.txt", mimeType="text/plain", buffer=b"42")
    await page.get_by_test_id("buyer-file").set_input_files(paper)
    await page.get_by_test_id("buyer-input").fill("Вот чек")
    await page.get_by_test_id("buyer-send").click()
    last = page.get_by_test_id("chat-messages").locator("article").last
    await expect(last).to_contain_text("Вот чек")
    await expect(last.locator("a.file")).to_have_attribute("download", "чек.txt")
    assert [one.name for one in chat.messages[-1].files] == ["чек.txt"]

    await page.get_by_test_id("person-select").select_option(str(OLEG))
    await page.get_by_test_id("topic-general").click()
    await page.get_by_test_id("staff-input").fill("первая\nвторая")
    await page.get_by_test_id("staff-input").press("Enter")
    await expect(page.get_by_test_id("posts").locator("article")).to_contain_text("вторая")
    said = list(simulator.group.messages.values())[-1]
    assert (said.author.id, said.text, said.thread) == (OLEG, "первая\nвторая", None)


async def test_drafts_stay_with_their_conversation_while_the_state_changes(
    browser: Browser, simulator: Simulator
) -> None:
    first, second = (simulator.staff.create_topic(ANNA, name).thread for name in ("Один", "Два"))
    page = (await visit(browser, simulator.url)).page
    box = page.get_by_test_id("staff-input")
    await page.get_by_test_id(f"topic-{first}").click()
    await box.press_sequentially("нач")
    for number in range(20):
        simulator.staff.say(OLEG, f"сообщение {number}", second)
        await box.press_sequentially("а")
    await expect(box).to_be_focused()
    await page.get_by_test_id(f"topic-{second}").click()
    await expect(box).to_have_value("")
    await page.get_by_test_id(f"topic-{first}").click()
    await expect(box).to_have_value("нач" + "а" * 20)


async def test_own_message_can_be_edited_and_answered(
    browser: Browser, simulator: Simulator
) -> None:
    topic = simulator.staff.create_topic(ANNA, "Мария")
    said = simulator.staff.say(ANNA, "Завтро", topic.thread)
    page = (await visit(browser, simulator.url)).page
    await page.get_by_test_id(f"topic-{topic.thread}").click()
    await page.get_by_test_id("person-select").select_option(str(ANNA))
    await page.get_by_test_id(f"message-{said.id}").hover()
    await page.get_by_test_id(f"edit-{said.id}").click()
    await expect(page.get_by_test_id("staff-input")).to_have_value("Завтро")
    await page.get_by_test_id("staff-input").fill("Завтра")
    await page.get_by_test_id("staff-send").click()
    await expect(page.get_by_test_id(f"message-{said.id}")).to_contain_text("Завтра")
    assert said.text == "Завтра"

    await page.get_by_test_id(f"reply-{said.id}").click()
    await page.get_by_test_id("staff-input").fill("Точно")
    await page.get_by_test_id("staff-send").click()
    await expect(page.get_by_test_id("posts").locator(".quote")).to_contain_text("Завтра")
    assert list(simulator.group.messages.values())[-1].reply_to == said.id


async def test_press_counts_although_the_message_grows_meanwhile(
    browser: Browser, simulator: Simulator
) -> None:
    topic = simulator.staff.create_topic(ANNA, "Мария")
    asked = ask(simulator, topic.thread)
    page = (await visit(browser, simulator.url)).page
    await page.get_by_test_id(f"topic-{topic.thread}").click()
    for number in range(4):
        await page.get_by_test_id(f"button-{asked.id}-yes").hover()
        async with page.expect_response("**/sim/state"):
            await page.mouse.down()
            asked.reactions = [] if number % 2 else ["👍"]
            simulator.staff.say(OLEG, f"сообщение {number}")
        await page.mouse.up()
        await expect(page.get_by_test_id("topic-general")).to_contain_text(f"сообщение {number}")
        await expect(page.locator(".key[aria-busy]")).to_have_count(0)
        assert len(simulator.group.presses) == number + 1


async def test_keyboard_focus_stays_on_a_button_while_the_state_is_drawn_anew(
    browser: Browser, simulator: Simulator
) -> None:
    topic = simulator.staff.create_topic(ANNA, "Мария")
    asked = ask(simulator, topic.thread)
    page = (await visit(browser, simulator.url)).page
    await page.get_by_test_id(f"topic-{topic.thread}").click()
    button = page.get_by_test_id(f"button-{asked.id}-yes")
    await button.focus()
    simulator.staff.say(OLEG, "тут", topic.thread)
    await expect(page.get_by_test_id("posts").locator("article")).to_have_count(2)
    await expect(button).to_be_focused()


def ask(simulator: Simulator, thread: int) -> GroupMessage:
    """The bot asks with a button under its message."""
    group = simulator.group
    buttons = [[{"text": "Да", "callback_data": "yes"}]]
    asked = GroupMessage(group.next_id(), group.bot, group.clock(), "Ещё раз?", thread)
    asked.buttons = buttons
    return group.add(asked)


async def test_list_of_topics_does_not_move_under_the_pointer(
    browser: Browser, simulator: Simulator
) -> None:
    first, second = (simulator.staff.create_topic(ANNA, name).thread for name in ("Один", "Два"))
    page = (await visit(browser, simulator.url)).page
    rows = page.get_by_test_id("topics").locator(".row .row-name")
    await expect(rows.filter(has_text="Два")).to_be_visible()
    await page.get_by_test_id(f"topic-{second}").hover()
    simulator.staff.say(OLEG, "это поднимет первую тему", first)
    await expect(page.get_by_test_id(f"topic-{first}")).to_contain_text("поднимет")
    assert (await rows.all_inner_texts())[1:] == ["Два", "Один"]
    await page.mouse.move(900, 400)
    await expect(rows).to_have_text(["Общая тема", "Один", "Два"])


async def test_topic_menu_closes_renames_and_deletes(
    browser: Browser, simulator: Simulator
) -> None:
    topic = simulator.staff.create_topic(ANNA, "Мария")
    page = (await visit(browser, simulator.url)).page
    await page.get_by_test_id(f"topic-{topic.thread}").click()
    await page.get_by_test_id("topic-menu").click()
    await page.get_by_test_id("topic-close").click()
    await expect(page.locator("#topic-closed")).to_be_visible()
    assert topic.is_closed

    await page.get_by_test_id("topic-menu").click()
    await page.get_by_test_id("topic-rename").click()
    await page.get_by_test_id("rename-name").fill("Мария К.")
    await page.get_by_test_id("rename-save").click()
    await expect(page.get_by_test_id("topic-name")).to_have_text("Мария К.")

    await page.get_by_test_id("topic-menu").click()
    await page.get_by_test_id("topic-delete").click()
    await expect(page.get_by_test_id("topic-is-deleted")).to_be_visible()
    await expect(page.get_by_test_id(f"topic-{topic.thread}")).to_have_count(0)
    await expect(page.get_by_test_id("staff-input")).to_be_hidden()
    assert topic.is_deleted


async def test_outage_is_a_switch_of_its_own_and_mending_ends_everything(
    browser: Browser, simulator: Simulator
) -> None:
    page = (await visit(browser, simulator.url)).page
    lost, outage = (page.get_by_test_id(f"fault-market-{name}") for name in ("lost", "outage"))
    await lost.click()
    await expect(lost).to_contain_text("×3")
    await outage.click()
    await expect(outage).to_have_attribute("aria-pressed", "true")
    assert [one["kind"] for one in simulator.faults.listed()] == ["dropped_after", "outage"]

    await outage.click()
    await expect(outage).to_have_attribute("aria-pressed", "false")
    await expect(lost).to_contain_text("×3")
    assert [one["kind"] for one in simulator.faults.listed()] == ["dropped_after"]

    await page.get_by_test_id("mend").click()
    await expect(page.get_by_test_id("mend")).to_be_disabled()
    assert simulator.faults.listed() == []
