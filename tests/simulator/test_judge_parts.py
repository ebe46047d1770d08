"""Staff to buyer, where a message goes out in parts, as another file, or as words for a thing."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import pytest

from bot.simulator.files import StoredFile
from bot.simulator.pictures import png
from tests.simulator.shop import OPERATOR, Shop, found

LONG = " ".join(f"слово{n}" for n in range(900))
CUTS = (0, LONG.index("слово300"), LONG.index("слово600"), len(LONG))
BODIES = [LONG[a:b].strip() for a, b in pairwise(CUTS)]
PARTS = [f"({n}/3) {body}" for n, body in enumerate(BODIES, 1)]
MEGABYTE = 1024 * 1024


@pytest.fixture
def shop() -> Shop:
    return Shop()


def sent_file(shop: Shop, stored: StoredFile, chat: int = 0) -> None:
    shop.sim.market.say(shop.chats[chat], "", "PARTNER", files=[stored], through_api=True)


def test_a_long_text_is_delivered_by_all_its_parts_in_order(shop: Shop) -> None:
    shop.staff(LONG)
    shop.staff("после")
    shop.sent(*PARTS[:2])
    assert found(shop.replies) == {"sent": 2, "waiting": 2}
    shop.sent(PARTS[2], "после")
    assert found(shop.replies) == {"sent": 2, "delivered": 2}


def test_parts_that_are_missing_doubled_or_misplaced_are_found(shop: Shop) -> None:
    shop.staff(LONG)
    shop.staff("после")
    shop.sent(PARTS[0], PARTS[2], PARTS[1], "после")
    assert found(shop.replies) == {"sent": 2, "delivered": 1, "lost": 1, "twice": 1}
    shop.staff(LONG, chat=1)
    shop.sent(PARTS[0], PARTS[1], PARTS[1], PARTS[2], chat=1)
    assert found(shop.replies) == {"sent": 3, "delivered": 2, "lost": 1, "twice": 2}


def test_nothing_comes_between_the_parts(shop: Shop) -> None:
    shop.staff(LONG)
    shop.staff("после")
    shop.sent(PARTS[0], "после", *PARTS[1:])
    assert found(shop.replies) == {"sent": 2, "delivered": 2, "disordered": 1}


def test_parts_that_went_out_before_the_author_was_told_are_no_leak(shop: Shop) -> None:
    number = shop.staff(LONG)
    shop.sent(PARTS[0])
    shop.post("Не доставлено", reply_to=number)
    assert found(shop.replies) == {"sent": 1, "told": 1}
    shop.sent("(1/2) чужие слова")
    assert shop.replies.leaked == 1


def test_a_person_may_number_what_they_write(shop: Shop) -> None:
    shop.staff("(1/2) сначала это")
    shop.sent("(1/2) сначала это")
    assert found(shop.replies) == {"sent": 1, "delivered": 1}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("contact", "Склад Посуда\n+7 916 123-45-67"),
        ("location", "https://yandex.ru/maps/?pt=37.62250,55.75322"),
        ("venue", "Пункт выдачи, Никольская улица, 10\n55.753215, 37.622504"),
    ],
)
def test_a_contact_and_a_place_go_out_as_words(shop: Shop, kind: str, text: str) -> None:
    shop.sim.staff.share(OPERATOR, shop.threads[0], kind)
    assert found(shop.replies) == {"sent": 1, "waiting": 1}
    shop.sent(text)
    assert found(shop.replies) == {"sent": 1, "delivered": 1}
    shop.sent(text)
    assert shop.replies.leaked == 1


@pytest.mark.parametrize("kind", ["poll", "dice", "story", "game"])
def test_what_can_not_be_sent_is_answered_or_lost(shop: Shop, kind: str) -> None:
    number = shop.sim.staff.share(OPERATOR, shop.threads[0], kind).id
    shop.staff("после")
    shop.sent("после")
    assert found(shop.replies) == {"sent": 2, "delivered": 1, "lost": 1}
    shop.post("Такое покупателю не отправить", reply_to=number)
    assert found(shop.replies) == {"sent": 2, "delivered": 1, "told": 1}


def test_a_caption_and_its_file_are_both_expected(shop: Shop) -> None:
    paper = shop.sim.shelf.put("чек.pdf", b"pdf")
    shop.sim.staff.say(OPERATOR, "вот чек", shop.threads[0], files=[paper])
    sent_file(shop, paper)
    assert found(shop.replies) == {"sent": 1, "waiting": 1}
    shop.sent("вот чек")
    assert found(shop.replies) == {"sent": 1, "delivered": 1}


def test_a_large_picture_may_arrive_fitted_and_nothing_else_may(shop: Shop) -> None:
    shelf = shop.sim.shelf
    noise = png(9, 9, lambda x, y: (x, y, 0)) + bytes(6 * MEGABYTE)
    picture, video = shelf.put("фото.png", noise), shelf.put("видео.mp4", bytes(6 * MEGABYTE))
    for stored in (picture, video):
        shop.sim.staff.say(OPERATOR, "", shop.threads[0], files=[stored])
    sent_file(shop, shelf.put("фото.jpg", b"fitted"))
    assert found(shop.replies) == {"sent": 2, "delivered": 1, "waiting": 1}
    sent_file(shop, shelf.put("видео.jpg", b"not it"))
    assert found(shop.replies) == {"sent": 2, "delivered": 1, "waiting": 1, "leaked": 1}


def test_a_small_picture_must_arrive_as_it_is(shop: Shop) -> None:
    small = shop.sim.shelf.put("фото.jpg", b"jpeg", kind="photo")
    shop.sim.staff.say(OPERATOR, "", shop.threads[0], files=[small])
    sent_file(shop, shop.sim.shelf.put("фото.jpg", b"thumbnail"))
    assert found(shop.replies) == {"sent": 1, "waiting": 1, "leaked": 1}


def test_what_the_market_made_of_a_file_is_still_that_file(shop: Shop) -> None:
    paper = shop.sim.shelf.put("чек.pdf", b"pdf")
    shop.sim.staff.say(OPERATOR, "", shop.threads[0], files=[paper])
    made = shop.sim.shelf.put("1.pdf", b"another")
    made.sent_as = sha256(b"pdf").digest()
    sent_file(shop, made)
    assert found(shop.replies) == {"sent": 1, "delivered": 1}


def test_of_a_replaced_file_either_is_expected_and_not_both(shop: Shop) -> None:
    wrong, right = (shop.sim.shelf.put(f"{n}.pdf", bytes([n])) for n in range(2))
    said = shop.sim.staff.say(OPERATOR, "", shop.threads[0], files=[wrong])
    shop.sim.staff.edit(said.id, file=right)
    sent_file(shop, wrong)
    assert found(shop.replies) == {"sent": 1, "delivered": 1}
    sent_file(shop, right)
    assert shop.replies.twice == 1


def test_an_album_whose_caption_is_a_note_stays_inside(shop: Shop) -> None:
    files = [shop.sim.shelf.put(f"{n}.jpg", bytes([n]), kind="photo") for n in range(2)]
    shop.sim.staff.say(OPERATOR, "// для своих", shop.threads[0], files=files)
    assert found(shop.replies) == {}
    sent_file(shop, files[1])
    assert found(shop.replies) == {"leaked": 1}


def test_items_that_went_before_their_album_became_a_note_are_no_leak(shop: Shop) -> None:
    first, second = (shop.sim.shelf.put(f"{n}.jpg", bytes([n]), kind="photo") for n in range(2))
    album = shop.sim.staff.new_album()
    shop.sim.staff.album_item(OPERATOR, first, shop.threads[0], album)
    sent_file(shop, first)
    shop.sim.staff.album_item(OPERATOR, second, shop.threads[0], album, "// для своих")
    assert found(shop.replies) == {}


def test_a_file_at_another_buyer_is_misrouted(shop: Shop) -> None:
    paper = shop.sim.shelf.put("чек.pdf", b"pdf")
    shop.sim.staff.say(OPERATOR, "", shop.threads[0], files=[paper])
    sent_file(shop, paper, chat=1)
    assert found(shop.replies) == {"sent": 1, "waiting": 1, "misrouted": 1}
