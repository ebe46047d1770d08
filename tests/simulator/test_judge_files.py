"""Buyer to topic, where files come: whole, as a preview, half-way, told by name, or by mistake."""

from __future__ import annotations

import pytest

from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from tests.simulator.shop import OPERATOR, Shop, found


class Files(Shop):
    """A shop in whose first topic files come and go."""

    def made(self, name: str, content: bytes, kind: str = "document") -> StoredFile:
        return self.sim.shelf.put(name, content, kind=kind)

    def buyer_sends(self, *files: StoredFile, text: str = "") -> None:
        self.sim.market.say(self.chats[0], text, files=files)

    def carried(
        self, name: str, content: bytes, kind: str = "document", *, text: str = "", chat: int = 0
    ) -> GroupMessage:
        """The bot's post of a file, uploaded anew as the relay does."""
        group = self.sim.group
        post = GroupMessage(group.next_id(), group.bot, 0, text, self.threads[chat])
        post.file = self.made(name, content, kind)
        return group.add(post)


@pytest.fixture
def shop() -> Files:
    return Files()


def test_a_preview_and_its_original_are_one_delivery(shop: Files) -> None:
    shop.buyer_sends(shop.made("фото.png", b"png"), text="вот")
    shop.carried("фото.jpg", b"preview", "photo", text="вот")
    shop.carried("фото.png", b"png")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}
    shop.carried("фото.png", b"png")
    assert shop.buyers.twice == 1


def test_the_same_bytes_may_stand_as_a_photo_and_as_a_document_once_each(shop: Files) -> None:
    shop.buyer_sends(shop.made("фото.jpg", b"jpeg"))
    shop.carried("фото.jpg", b"jpeg", "photo")
    shop.carried("фото.jpg", b"jpeg")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}
    shop.carried("фото.jpg", b"jpeg", "photo")
    assert shop.buyers.twice == 1


def test_a_file_may_be_told_first_and_follow_later(shop: Files) -> None:
    shop.buyer_sends(shop.made("видео.mp4", b"mp4"), text="вот")
    shop.buyer("после")
    shop.post("вот\n📎 видео.mp4, 34 МБ — скачивается", "после")
    assert found(shop.buyers) == {"sent": 2, "delivered": 2}
    shop.carried("видео.mp4", b"mp4")
    assert found(shop.buyers) == {"sent": 2, "delivered": 2}


def test_a_file_that_only_came_after_a_later_message_is_out_of_order(shop: Files) -> None:
    shop.buyer_sends(shop.made("чек.pdf", b"pdf"))
    shop.buyer("после")
    shop.post("после")
    shop.carried("чек.pdf", b"pdf")
    assert found(shop.buyers) == {"sent": 2, "delivered": 2, "disordered": 1}


def test_lines_in_one_post_are_in_the_order_of_reading(shop: Files) -> None:
    shop.buyer("раз")
    shop.buyer_sends(shop.made("чек.pdf", b"pdf"))
    shop.buyer("два")
    shop.post("14:05\nраз\n14:06\n📎 чек.pdf\n14:07\nдва")
    assert found(shop.buyers) == {"sent": 3, "delivered": 3}


def test_one_carried_file_does_not_stand_for_another_of_its_name(shop: Files) -> None:
    shop.buyer_sends(shop.made("image.jpg", b"1"))
    shop.buyer_sends(shop.made("image.jpg", b"2"))
    shop.buyer("после")
    shop.carried("image.jpg", b"1", text="image.jpg")
    shop.post("после")
    assert found(shop.buyers) == {"sent": 3, "delivered": 2, "lost": 1}


def test_a_long_or_strange_name_is_known_as_a_careful_client_shows_it(shop: Files) -> None:
    shop.buyer_sends(shop.made('д"о\u202eговор ' * 20 + ".pdf", b"1"))
    shop.post("📎 " + "д'о говор " * 6 + ".pdf")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}


def test_a_half_posted_album_is_made_up_by_its_other_half_only(shop: Files) -> None:
    files = [shop.made(f"{n}.jpg", bytes([n]), "photo") for n in range(3)]
    shop.buyer_sends(*files, text="три")
    first = shop.carried("0.jpg", bytes([0]), "photo", text="три")
    first.album = "1"
    assert found(shop.buyers) == {"sent": 1, "waiting": 1}
    for n in (1, 2):
        shop.carried(f"{n}.jpg", bytes([n]), "photo")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}
    for n in range(3):
        shop.carried(f"{n}.jpg", bytes([n]), "photo")
    assert shop.buyers.twice == 3


def test_a_half_posted_album_that_is_taken_back_may_come_again_whole(shop: Files) -> None:
    shop.buyer_sends(*(shop.made(f"{n}.jpg", bytes([n]), "photo") for n in range(2)), text="две")
    half = shop.carried("0.jpg", bytes([0]), "photo", text="две")
    shop.sim.group.remove(half, by_bot=True)
    for n in range(2):
        shop.carried(f"{n}.jpg", bytes([n]), "photo", text="" if n else "две")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}


def test_a_marked_repeat_of_a_file_is_no_offence(shop: Files) -> None:
    shop.buyer_sends(shop.made("чек.pdf", b"pdf"))
    shop.carried("чек.pdf", b"pdf")
    shop.carried("чек.pdf", b"pdf", text="⚠️ Возможно, повтор")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}


@pytest.mark.parametrize(("name", "content"), [("чек.pdf", b"pdf"), ("чек.pdf", b"remade")])
def test_the_shops_own_file_in_the_topic_is_an_echo(shop: Files, name: str, content: bytes) -> None:
    paper = shop.made("чек.pdf", b"pdf")
    shop.sim.staff.say(OPERATOR, "", shop.threads[0], files=[paper])
    shop.sim.market.say(shop.chats[0], "", "PARTNER", files=[paper], through_api=True)
    shop.carried(name, content)
    assert found(shop.buyers) == {"echoed": 1}


def test_a_colleagues_file_is_due_and_no_echo(shop: Files) -> None:
    shop.sim.market.say(shop.chats[0], "", "PARTNER", files=[shop.made("счёт.pdf", b"1")])
    shop.carried("счёт.pdf", b"1", text="Коллега")
    assert found(shop.buyers) == {"sent": 1, "delivered": 1}


def test_a_file_in_the_topic_of_another_chat_is_misrouted(shop: Files) -> None:
    shop.buyer_sends(shop.made("чек.pdf", b"pdf"))
    shop.carried("чек.pdf", b"pdf", chat=1)
    assert found(shop.buyers) == {"sent": 1, "waiting": 1, "misrouted": 1}


def test_a_file_behind_the_next_message_is_out_of_order_unless_it_was_told(shop: Files) -> None:
    shop.buyer_sends(shop.made("раз.png", b"1"), shop.made("два.png", b"2"), text="вот")
    shop.buyer("после")
    shop.carried("раз.png", b"1", text="вот")
    shop.post("после")
    shop.carried("два.png", b"2")
    assert found(shop.buyers) == {"sent": 2, "delivered": 2, "disordered": 1}
