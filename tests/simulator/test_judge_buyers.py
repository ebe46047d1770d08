"""Buyer to topic: the judge counts what it must; it does find what went wrong."""

from __future__ import annotations

import time

import pytest

from bot.simulator.group_world import GroupMessage
from tests.simulator.shop import Shop, found


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_what_was_posted_in_order_is_delivered(shop: Shop) -> None:
    shop.buyer("Здравствуйте", "Где заказ?")
    shop.buyer("В пути", sender="MARKET")
    assert found(shop.buyers) == {"sent": 3, "waiting": 3}
    shop.post("Здравствуйте", "Где заказ?", "🤖 Маркет\nВ пути")
    assert found(shop.buyers) == {"sent": 3, "delivered": 3}
    assert shop.sim.judge.report().is_clean
    assert shop.sim.judge.report().is_done


def test_joined_labelled_and_headed_posts_deliver_every_message(shop: Shop) -> None:
    shop.buyer("да", "ну да", "строка\nвторая строка", "да")
    shop.post(
        "Ирина\nЗаказ 51 · чат 40001\n\nПокупатель · 14:05\nда\n\nПокупатель · 14:06\nну да\n\n"
        "14:07: строка\nвторая строка\n\nПокупатель · 14:08\nда"
    )
    assert found(shop.buyers) == {"sent": 4, "delivered": 4}


def test_a_text_inside_of_another_one_is_no_delivery(shop: Shop) -> None:
    shop.buyer("buyer 10", "buyer 1")
    shop.post("buyer 10")
    assert found(shop.buyers) == {"sent": 2, "delivered": 1, "waiting": 1}


def test_a_message_that_a_later_one_overtook_for_good_is_lost(shop: Shop) -> None:
    shop.buyer("раз", "два", "три")
    shop.post("раз", "три")
    assert found(shop.buyers) == {"sent": 3, "delivered": 2, "lost": 1}
    assert "два" in shop.buyers.offences[0]
    assert not shop.sim.judge.report().is_clean


def test_a_message_posted_after_a_later_one_is_out_of_order(shop: Shop) -> None:
    shop.buyer("раз", "два")
    shop.post("два", "раз")
    assert found(shop.buyers) == {"sent": 2, "delivered": 2, "disordered": 1}


def test_a_repeat_counts_unless_it_is_marked(shop: Shop) -> None:
    shop.buyer("раз", "два")
    shop.post("раз", "два", "⚠️ Возможно, повтор: ответа не было.\nдва")
    assert found(shop.buyers) == {"sent": 2, "delivered": 2, "repeats": 1}
    shop.post("раз")
    assert shop.buyers.twice == 1


def test_a_buyer_who_writes_of_a_repeat_marks_nothing(shop: Shop) -> None:
    shop.buyer("повторите, пожалуйста")
    shop.post("повторите, пожалуйста", "повторите, пожалуйста")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1, "twice": 1}


def test_the_same_words_twice_are_expected_twice(shop: Shop) -> None:
    shop.buyer("да", "да")
    shop.post("да")
    assert found(shop.buyers) == {"sent": 2, "delivered": 1, "waiting": 1}
    shop.post("да")
    assert found(shop.buyers) == {"sent": 2, "delivered": 2}


def test_a_message_in_the_topic_of_another_chat_is_misrouted(shop: Shop) -> None:
    shop.buyer("Где заказ?")
    shop.post("Где заказ?", chat=1)
    assert found(shop.buyers) == {"sent": 1, "waiting": 1, "misrouted": 1}


def test_an_own_reply_that_comes_back_is_an_echo_and_a_colleagues_is_due(shop: Shop) -> None:
    shop.staff("Отправили")
    shop.sent("Отправили")
    shop.buyer("Пишу из кабинета", sender="PARTNER")
    shop.post("Отправили", "Коллега:\nПишу из кабинета")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1, "echoed": 1}


def test_old_messages_are_not_due_but_may_stand_there(shop: Shop) -> None:
    market = shop.sim.market
    market.say(shop.chats[0], "давно", is_due=False)
    assert found(shop.buyers) == {}
    market.say(shop.chats[0], "сейчас")
    shop.post("давно\n\nсейчас")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}


def test_a_long_text_is_delivered_by_its_parts(shop: Shop) -> None:
    words = " ".join(f"слово{n}" for n in range(900))
    cut = words.index("слово450")
    shop.buyer(words, "после")
    shop.post(f"часть 1 из 2\n{words[:cut]}")
    assert shop.buyers.delivered == 0
    shop.post(f"часть 2 из 2\n{words[cut:]}")
    assert shop.buyers.delivered == 1
    shop.post("после")
    assert found(shop.buyers) == {"sent": 2, "delivered": 2}
    shop.post(words[cut:])
    assert shop.buyers.twice == 1


def test_a_long_text_without_its_middle_is_lost(shop: Shop) -> None:
    words = " ".join(f"слово{n}" for n in range(900))
    shop.buyer(words, "после")
    shop.post(words[:2500], words[4500:], "после")
    assert found(shop.buyers) == {"sent": 2, "delivered": 1, "lost": 1}


def test_a_post_that_the_bot_took_back_is_no_delivery_but_one_that_staff_removed_is(
    shop: Shop,
) -> None:
    shop.buyer("раз", "два")
    first, second = shop.post("раз"), shop.post("два")
    assert shop.buyers.delivered == 2
    shop.sim.group.remove(first, by_bot=True)
    assert found(shop.buyers) == {"sent": 2, "delivered": 1, "lost": 1}
    shop.sim.staff.delete(second.id)
    assert shop.buyers.delivered == 1


def test_a_topic_made_again_goes_on_with_the_chat(shop: Shop) -> None:
    shop.buyer("раз", "два")
    shop.post("раз")
    shop.sim.staff.delete_topic(shop.threads[0])
    shop.threads[0] = shop.topic(f"Покупатель · #{shop.chats[0]}")
    shop.sim.staff.rename_topic(shop.threads[0], "Ирина")
    shop.post("Тема была удалена.\nдва")
    assert found(shop.buyers) == {"sent": 2, "delivered": 2}


def test_what_the_bot_answers_to_staff_is_no_delivery(shop: Shop) -> None:
    shop.buyer("раз")
    shop.post("раз")
    shop.post("История:\nраз", reply_to=shop.staff("/history"))
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}


def test_a_file_is_delivered_by_content_or_by_its_name(shop: Shop) -> None:
    shelf, group = shop.sim.shelf, shop.sim.group
    photo, big = shelf.put("фото.jpg", b"jpeg"), shelf.put("видео.mp4", b"mp4")
    shop.sim.market.say(shop.chats[0], "вот", files=[photo, big])
    shop.post("вот")
    assert found(shop.buyers) == {"sent": 1, "waiting": 1}
    shop.post("📎 видео.mp4 (слишком велик)")
    carried = GroupMessage(group.next_id(), group.bot, 0, thread=shop.threads[0])
    carried.file = shelf.put("photo_1.jpg", b"jpeg", kind="photo")
    group.add(carried)
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}


def test_thousands_of_messages_are_judged_in_no_time(shop: Shop) -> None:
    for number in range(2000):
        shop.buyer(f"buyer {number}", chat=number % 2)
        shop.post(f"14:05\nbuyer {number}", chat=number % 2)
        shop.staff(f"staff {number}", chat=number % 2)
        shop.sent(f"staff {number}", chat=number % 2)
    began = time.process_time()
    report = shop.sim.judge.report()
    assert time.process_time() - began < 2
    assert report.buyer_to_topic.delivered == report.staff_to_buyer.delivered == 2000
    assert report.is_clean
    assert report.is_done
