"""Files on the demo page: attached, dropped, pasted, removed, seen, downloaded; nobody relays."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from bot.simulator.group_world import GroupMessage
from bot.simulator.pictures import png
from bot.simulator.server import Simulator
from tests.browser.visit import ANNA, OLEG, PHONE, visit

pytestmark = pytest.mark.browser

PICTURE = png(60, 40, lambda x, y: (4 * x, 6 * y, 90))
PAPER = bytes(range(256)) * 40
MEGABYTE = 1024 * 1024


def payload(name: str, content: bytes = PAPER, mime: str = "application/pdf") -> FilePayload:
    return FilePayload(name=name, mimeType=mime, buffer=content)


PHOTO = payload("фото.png", PICTURE, "image/png")


def content_of(path: Path) -> bytes:
    return path.read_bytes()


class Shop:
    """A chat and a topic, opened side by side."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.chat = simulator.market.open_chat("Мария", "ORDER")
        simulator.market.say(self.chat.id, "Где заказ?")
        self.thread = simulator.staff.create_topic(ANNA, "Мария").thread
        self.complaints: list[str] = []

    async def open(self, browser: Browser, language: str = "ru") -> Page:
        opened = await visit(browser, self.simulator.url, language=language)
        self.complaints = opened.complaints
        await opened.page.get_by_test_id(f"topic-{self.thread}").click()
        await opened.page.get_by_test_id(f"buyer-chat-{self.chat.id}").click()
        return opened.page

    def said(self) -> list[GroupMessage]:
        return [one for one in self.simulator.group.messages.values() if not one.service]


@pytest.fixture
def shop(simulator: Simulator) -> Shop:
    return Shop(simulator)


async def test_buyer_sends_several_files_in_one_message(browser: Browser, shop: Shop) -> None:
    page = await shop.open(browser)
    await page.get_by_test_id("buyer-file").set_input_files([PHOTO, payload("чек.pdf")])
    await expect(page.locator("#buyer-form").get_by_test_id("chip")).to_have_count(2)
    await page.get_by_test_id("buyer-input").fill("Вот")
    await page.get_by_test_id("buyer-send").click()
    last = page.get_by_test_id("chat-messages").locator("article").last
    await expect(last.locator(".picture img")).to_have_js_property("naturalWidth", 60)
    await expect(last.locator("a.file")).to_contain_text("чек.pdf")
    await expect(last.locator("a.file")).to_contain_text("10 кБ")
    await expect(page.get_by_test_id("chip")).to_have_count(0)
    sent = shop.chat.messages[-1]
    assert (sent.text, [one.content for one in sent.files]) == ("Вот", [PICTURE, PAPER])
    assert shop.complaints == []


async def test_colleague_in_the_cabinet_sends_a_file_without_words(
    browser: Browser, shop: Shop
) -> None:
    page = await shop.open(browser)
    await page.get_by_test_id("buyer-role").select_option("PARTNER")
    await page.get_by_test_id("buyer-file").set_input_files(payload("счёт.pdf"))
    await page.get_by_test_id("buyer-send").click()
    await expect(page.get_by_test_id("chat-messages")).to_contain_text("счёт.pdf")
    assert shop.chat.messages[-1].sender == "PARTNER"


async def test_staff_send_several_pictures_as_an_album(browser: Browser, shop: Shop) -> None:
    page = await shop.open(browser)
    photos = [payload(f"{n}.png", PICTURE, "image/png") for n in range(3)]
    await page.get_by_test_id("staff-file").set_input_files(photos)
    await page.get_by_test_id("staff-input").fill("три")
    await page.get_by_test_id("staff-input").press("Enter")
    await expect(page.get_by_test_id("posts").locator(".picture")).to_have_count(3)
    said = shop.said()
    assert len({one.album for one in said}) == 1 != said[0].album
    assert [one.text for one in said] == ["три", "", ""]
    assert {one.file.kind for one in said if one.file} == {"photo"}


DROP = """(node, { name, type, bytes }) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
  for (const kind of ["dragover", "drop"]) {
    node.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  }
}"""


@pytest.mark.parametrize("side", ["buyer", "staff"])
@pytest.mark.parametrize("is_row", [False, True])
async def test_a_file_dropped_on_a_conversation_or_its_row_is_attached_there(
    browser: Browser, shop: Shop, side: str, is_row: bool
) -> None:
    other = shop.simulator.market.open_chat("Павел", "DIRECT")
    shop.simulator.market.say(other.id, "Есть чайник?")
    topic = shop.simulator.staff.create_topic(ANNA, "Павел").thread
    page = await shop.open(browser)
    places = {
        ("buyer", False): ("#chat-messages", shop.chat.id),
        ("staff", False): ("#posts", shop.thread),
        ("buyer", True): (f"[data-testid=buyer-chat-{other.id}]", other.id),
        ("staff", True): (f"[data-testid=topic-{topic}]", topic),
    }
    place, where = places[side, is_row]
    dropped = {"name": "чек.pdf", "type": "application/pdf", "bytes": list(PAPER)}
    await page.locator(place).evaluate(DROP, dropped)
    await expect(page.locator(f"#{side}-form").get_by_test_id("chip")).to_contain_text("чек.pdf")
    await expect(page.locator(".drop-hint:visible")).to_have_count(0)
    await page.get_by_test_id(f"{side}-send").click()
    talk = {"buyer": "chat-messages", "staff": "posts"}[side]
    await expect(page.get_by_test_id(talk).locator("a.file")).to_have_count(1)
    if side == "buyer":
        message = shop.simulator.market.chats[where].messages[-1]
        assert [one.content for one in message.files] == [PAPER]
    else:
        (said,) = shop.said()
        assert said.file is not None
        assert (said.thread, said.file.content) == (where, PAPER)


async def test_a_picture_is_pasted_from_the_clipboard(browser: Browser, shop: Shop) -> None:
    page = await shop.open(browser)
    await page.get_by_test_id("staff-input").evaluate(
        """(node, bytes) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(
            new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
          node.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        list(PICTURE),
    )
    chip = page.locator("#staff-form").get_by_test_id("chip")
    await expect(chip.locator("img")).to_have_js_property("naturalWidth", 60)
    await page.get_by_test_id("staff-send").click()
    await expect(page.get_by_test_id("posts").locator(".picture")).to_have_count(1)
    (said,) = shop.said()
    assert said.file is not None
    assert said.file.content == PICTURE
    assert shop.complaints == []


async def test_an_attached_file_is_removed_by_keyboard_and_stays_with_its_conversation(
    browser: Browser, shop: Shop
) -> None:
    page = await shop.open(browser)
    await page.get_by_test_id("staff-file").set_input_files([PHOTO, payload("чек.pdf")])
    chips = page.locator("#staff-form").get_by_test_id("chip")
    await page.get_by_test_id("topic-general").click()
    await expect(chips).to_have_count(0)
    await page.get_by_test_id(f"topic-{shop.thread}").click()
    await expect(chips).to_have_count(2)
    await page.get_by_label("Убрать фото.png").press("Enter")
    await expect(chips).to_have_count(1)
    await expect(page.get_by_test_id("staff-input")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("posts").locator("a.file")).to_contain_text("чек.pdf")
    assert len(shop.said()) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "можно не больше 50 МБ"), ("en", "50 MB is the most")],
)
async def test_a_file_that_is_too_large_is_refused_in_words(
    browser: Browser, shop: Shop, tmp_path: Path, language: str, words: str
) -> None:
    page = await shop.open(browser, language)
    large, empty = tmp_path / "видео.mp4", tmp_path / "пусто.txt"
    with large.open("wb") as file:
        file.truncate(50 * MEGABYTE + 1)
    empty.touch()
    await page.get_by_test_id("staff-file").set_input_files([large, empty])
    toasts = page.locator("#toasts .toast")
    await expect(toasts).to_have_count(2)
    await expect(toasts.first).to_contain_text("видео.mp4")
    await expect(toasts.first).to_contain_text(words.replace("50 МБ", "50\u00a0МБ"))
    await expect(page.get_by_test_id("chip")).to_have_count(0)


async def test_a_caption_over_telegrams_limit_is_not_sent_and_not_lost(
    browser: Browser, shop: Shop
) -> None:
    page = await shop.open(browser)
    await page.get_by_test_id("staff-file").set_input_files(PHOTO)
    await page.get_by_test_id("staff-input").fill("я" * 1025)
    await page.get_by_test_id("staff-send").click()
    await expect(page.locator("#toasts .toast")).to_contain_text("1024")
    await expect(page.get_by_test_id("staff-input")).to_have_value("я" * 1025)
    assert shop.said() == []


@pytest.mark.parametrize("side", ["buyer", "staff"])
async def test_a_download_is_the_same_bytes_under_the_same_name(
    browser: Browser, shop: Shop, side: str
) -> None:
    shelf = shop.simulator.shelf
    paper = shelf.put("договор <1>.html", b"<script>parent.x = 1</script>" + PAPER, "text/html")
    photo = shelf.put("фото.png", PICTURE, "image/png", "photo")
    if side == "buyer":
        shop.simulator.market.say(shop.chat.id, files=[paper, photo])
    else:
        shop.simulator.staff.say(OLEG, "", shop.thread, files=[paper, photo])
    page = await shop.open(browser)
    talk = page.get_by_test_id({"buyer": "chat-messages", "staff": "posts"}[side])
    async with page.expect_download() as started:
        await talk.locator("a.file").click()
    assert content_of(await (await started.value).path()) == paper.content
    await talk.locator(".picture").click()
    await expect(page.get_by_test_id("picture-full")).to_have_js_property("naturalWidth", 60)
    await expect(page.get_by_test_id("picture-name")).to_have_text("фото.png")
    async with page.expect_download() as started:
        await page.get_by_test_id("picture-download").click()
    download = await started.value
    assert download.suggested_filename == "фото.png"
    assert content_of(await download.path()) == PICTURE
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("picture-full")).to_be_hidden()
    assert shop.complaints == []


async def test_what_is_no_picture_in_spite_of_its_name_is_a_card(
    browser: Browser, shop: Shop
) -> None:
    shop.simulator.market.say(shop.chat.id, files=[shop.simulator.shelf.put("фото.jpg", b"no")])
    page = await shop.open(browser)
    await expect(page.get_by_test_id("chat-messages").locator("a.file")).to_contain_text("фото.jpg")
    await expect(page.get_by_test_id("chat-messages").locator(".picture")).to_have_count(0)


async def test_caption_and_file_of_an_own_message_can_be_edited(
    browser: Browser, shop: Shop
) -> None:
    first = shop.simulator.shelf.put("1.pdf", b"1")
    said = shop.simulator.staff.say(ANNA, "чек", shop.thread, files=[first])
    page = await shop.open(browser)
    await page.get_by_test_id("person-select").select_option(str(ANNA))
    await page.get_by_test_id(f"message-{said.id}").hover()
    await page.get_by_test_id(f"edit-{said.id}").click()
    await page.get_by_test_id("staff-input").fill("")
    await page.get_by_test_id("staff-send").click()
    await expect(page.get_by_test_id(f"message-{said.id}").locator(".text")).to_have_count(0)
    assert (said.text, said.file) == ("", first)

    await page.get_by_test_id(f"edit-{said.id}").click()
    await page.get_by_test_id("staff-file").set_input_files(payload("2.pdf"))
    await page.get_by_test_id("staff-send").click()
    await expect(page.get_by_test_id(f"message-{said.id}")).to_contain_text("2.pdf")
    assert said.file is not None
    assert said.file.content == PAPER


async def test_buttons_under_a_file_of_the_bot_work(browser: Browser, shop: Shop) -> None:
    group = shop.simulator.group
    post = GroupMessage(group.next_id(), group.bot, group.clock(), "Вот", shop.thread)
    post.file = shop.simulator.shelf.put("фото.png", PICTURE, "image/png", "photo")
    post.buttons = [[{"text": "Оригинал", "callback_data": "original"}]]
    group.add(post)
    page = await shop.open(browser)
    await page.get_by_test_id(f"button-{post.id}-original").click()
    await expect(page.locator(".key[aria-busy]")).to_have_count(0)
    assert len(group.presses) == 1


async def test_shared_things_are_shown_for_what_they_are(browser: Browser, shop: Shop) -> None:
    for kind in ("contact", "location", "poll", "story"):
        shop.simulator.staff.share(OLEG, shop.thread, kind)
    page = await shop.open(browser, "en")
    posts = page.get_by_test_id("posts").locator(".share")
    await expect(posts).to_have_count(4)
    await expect(posts.first).to_contain_text("+79161234567")
    await expect(posts.last).to_have_text("story")


async def test_phone_shows_files_and_what_is_attached_without_scrolling_sideways(
    browser: Browser, shop: Shop
) -> None:
    name = "Очень длинное название документа " * 4 + ".pdf"
    files = [shop.simulator.shelf.put(f"{n}.png", PICTURE, "image/png") for n in range(3)]
    files.append(shop.simulator.shelf.put(name, PAPER))
    shop.simulator.market.say(shop.chat.id, files=files)
    page = (await visit(browser, shop.simulator.url, PHONE)).page
    await page.get_by_test_id(f"buyer-chat-{shop.chat.id}").tap()
    await page.get_by_test_id("buyer-file").set_input_files([PHOTO, payload(name)])
    await expect(page.locator("#buyer-form").get_by_test_id("chip")).to_have_count(2)
    await expect(page.get_by_test_id("buyer-send")).to_be_in_viewport(ratio=1)
    excess = await page.evaluate(
        """Math.max(...[...document.querySelectorAll('html, body, .scroll, .bubble, form, .chips')]
             .map((box) => box.scrollWidth - box.clientWidth))"""
    )
    assert excess <= 0
    await page.locator(".picture").first.tap()
    await expect(page.get_by_test_id("picture-close")).to_be_in_viewport(ratio=1)
    await page.get_by_test_id("picture-close").tap()
    await expect(page.get_by_test_id("picture-full")).to_be_hidden()
