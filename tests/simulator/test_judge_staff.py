"""Staff to buyer: the judge counts what it must; it does find what went wrong."""

from __future__ import annotations

import pytest

from tests.simulator.shop import ADMIN, OPERATOR, OUTSIDER, Shop, found


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_replies_arrive_in_the_order_of_the_topic(shop: Shop) -> None:
    shop.staff("раз")
    shop.staff("// между нами")
    shop.staff("/help")
    shop.staff("два", person=ADMIN)
    assert found(shop.replies) == {"sent": 2, "waiting": 2}
    shop.sent("раз", "два")
    assert found(shop.replies) == {"sent": 2, "delivered": 2}
    assert shop.sim.judge.report().is_clean


def test_a_reply_that_never_went_out_is_lost_unless_its_author_was_told(shop: Shop) -> None:
    numbers = [shop.staff(text) for text in ("раз", "два", "три")]
    shop.sent("три")
    assert found(shop.replies) == {"sent": 3, "delivered": 1, "lost": 2}
    shop.post("Не доставлено", reply_to=numbers[0])
    assert found(shop.replies) == {"sent": 3, "delivered": 1, "lost": 1, "told": 1}


def test_of_two_same_replies_the_told_one_is_the_missing_one(shop: Shop) -> None:
    failed = shop.staff("да")
    shop.post("Не доставлено", reply_to=failed)
    shop.staff("да")
    shop.sent("да")
    assert found(shop.replies) == {"sent": 2, "delivered": 1, "told": 1}


def test_a_reply_sent_again_is_twice(shop: Shop) -> None:
    shop.staff("раз")
    shop.sent("раз", "раз")
    assert found(shop.replies) == {"sent": 1, "delivered": 1, "twice": 1}


def test_a_reply_at_another_buyer_is_misrouted(shop: Shop) -> None:
    shop.staff("раз")
    shop.sent("раз", chat=1)
    assert found(shop.replies) == {"sent": 1, "waiting": 1, "misrouted": 1}


def test_replies_in_another_order_are_counted(shop: Shop) -> None:
    shop.staff("раз")
    shop.staff("два")
    shop.sent("два", "раз")
    assert found(shop.replies) == {"sent": 2, "delivered": 2, "disordered": 1}


@pytest.mark.parametrize("person", [OUTSIDER, OPERATOR])
def test_what_nobody_entitled_wrote_for_the_buyer_leaked(shop: Shop, person: int) -> None:
    text = "// между нами" if person == OPERATOR else "я тут чужой"
    shop.staff(text, person=person)
    shop.sent(text)
    assert found(shop.replies) == {"leaked": 1}
    shop.sent("между нами")
    assert shop.replies.leaked == 2


def test_words_from_general_leaked_but_words_of_a_command_did_not(shop: Shop) -> None:
    shop.sim.staff.say(OPERATOR, "в общую тему")
    shop.sim.staff.say(ADMIN, "/new 512 Здравствуйте!")
    shop.sent("в общую тему", "Здравствуйте!")
    assert found(shop.replies) == {"leaked": 1}


def test_of_an_edited_reply_one_wording_is_expected(shop: Shop) -> None:
    number = shop.staff("Отправим завтра")
    shop.sim.staff.edit(number, "Отправим сегодня")
    shop.sent("Отправим завтра")
    assert found(shop.replies) == {"sent": 1, "delivered": 1}
    shop.sent("Отправим сегодня")
    assert found(shop.replies) == {"sent": 1, "delivered": 1, "twice": 1}


def test_a_masked_reply_is_known_by_what_was_asked_to_be_sent(shop: Shop) -> None:
    shop.sim.market.masks_phones = True
    shop.staff("Звоните +7 912 345-67-89")
    shop.sent("Звоните +7 912 345-67-89")
    assert found(shop.replies) == {"sent": 1, "delivered": 1}


def test_files_of_an_album_are_expected_one_by_one(shop: Shop) -> None:
    files = [shop.sim.shelf.put(f"{n}.jpg", bytes([n]), kind="photo") for n in range(2)]
    shop.sim.staff.say(OPERATOR, "две", shop.threads[0], files=files)
    assert found(shop.replies) == {"sent": 2, "waiting": 2}
    shop.sent("две")
    market = shop.sim.market
    for stored in files:
        market.say(shop.chats[0], "", "PARTNER", files=[stored], through_api=True)
    assert found(shop.replies) == {"sent": 2, "delivered": 2}
