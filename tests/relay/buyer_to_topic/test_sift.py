"""What a message of the history is to us: new, an echo, a colleague's, or old."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.relay.buyer_to_topic.sift import RECENT, Sieve
from bot.relay.model import Attachment, Effect, Incoming, KnownChat, Nature, Sender, State
from bot.relay.reply import Reply, StaffFile
from tests.relay.samples import NOW_MS, by_shop, effect, incoming, known, reply

PHONE = "Позвоните нам, пожалуйста: +7 916 123-45-67"
MASKED = "Позвоните нам, пожалуйста: **********"
Pair = tuple[Reply, Effect]


def sent(text: str, key: str = "say/501/0", base: int = 10, state: State = State.SENT) -> Pair:
    return reply(text, key), effect(key, base=base, state=state)


def natures(
    messages: list[Incoming], replies: list[Pair] | None = None, chat: KnownChat | None = None
) -> list[Nature]:
    sifted = Sieve(chat or known(), replies or []).sift(messages)
    return [one.nature for one in sifted]


def echoes(messages: list[Incoming], replies: list[Pair]) -> list[str | None]:
    return [one.echo_of for one in Sieve(known(), replies).sift(messages)]


@pytest.mark.parametrize("sender", [Sender.CUSTOMER, Sender.MARKET, Sender.SUPPORT, Sender.OTHER])
def test_whoever_is_not_the_shop_is_new_even_with_the_words_of_a_reply(sender: Sender) -> None:
    assert natures([incoming(11, "Уже едет", sender)], [sent("Уже едет")]) == [Nature.NEW]


def test_the_shop_without_a_reply_of_ours_is_a_colleague() -> None:
    assert natures([by_shop(11, "Уже едет")]) == [Nature.COLLEAGUE]


@pytest.mark.parametrize("state", [State.SENT, State.SENDING, State.UNKNOWN, State.FAILED])
def test_the_same_words_are_the_echo_whatever_became_of_the_answer(state: State) -> None:
    [one] = Sieve(known(), [sent("Уже едет", state=state)]).sift([by_shop(11, "Уже  едет\r\n")])
    assert (one.nature, one.echo_of) == (Nature.ECHO, "say/501/0")


def test_a_reply_proves_itself_once_and_the_second_is_the_colleagues() -> None:
    messages = [by_shop(11, "Уже едет"), by_shop(12, "Уже едет")]
    assert natures(messages, [sent("Уже едет")]) == [Nature.ECHO, Nature.COLLEAGUE]


def test_several_replies_with_the_same_words_are_proved_in_their_order() -> None:
    replies = [
        sent("да", "say/1/0"),
        sent("да", "say/2/0", base=11),
        sent("да", "say/3/0", base=12),
    ]
    messages = [by_shop(11, "да"), incoming(12), by_shop(13, "да"), by_shop(14, "да")]
    assert echoes(messages, replies) == ["say/1/0", None, "say/2/0", "say/3/0"]


def test_what_stood_there_before_the_send_is_not_its_echo() -> None:
    assert natures([by_shop(11, "да")], [sent("да", base=11)]) == [Nature.COLLEAGUE]
    assert natures([by_shop(12, "да")], [sent("да", base=11)]) == [Nature.ECHO]


def test_an_altered_echo_is_known_by_its_time_and_likeness() -> None:
    assert natures([by_shop(11, MASKED)], [sent(PHONE)]) == [Nature.ECHO]


@pytest.mark.parametrize("times", [4, 5, 15, 95])
def test_an_altered_echo_is_known_however_long_and_repetitive_it_is(times: int) -> None:
    reply = "\n".join([PHONE] * times)
    shown = reply.replace(PHONE, MASKED)
    assert natures([by_shop(11, shown)], [sent(reply)]) == [Nature.ECHO]


def test_a_long_text_of_other_words_is_a_colleagues_though_its_letters_are_much_alike() -> None:
    other = "Наш курьер привезёт ваш заказ завтра после обеда, ждите звонка. "
    messages = [by_shop(11, other * 60)]
    assert natures(messages, [sent(f"{PHONE}\n" * 90)]) == [Nature.COLLEAGUE]


@pytest.mark.parametrize("away_ms", [-120_001, 120_001])
def test_what_is_alike_at_another_time_is_a_colleagues(away_ms: int) -> None:
    message = by_shop(11, MASKED, NOW_MS + away_ms)
    assert natures([message], [sent(PHONE)]) == [Nature.COLLEAGUE]


def test_what_is_not_alike_is_a_colleagues_even_at_the_same_time() -> None:
    assert natures([by_shop(11, "Здравствуйте!")], [sent(PHONE)]) == [Nature.COLLEAGUE]


@pytest.mark.parametrize("state", [State.UNKNOWN, State.FAILED])
def test_only_a_reply_that_was_surely_sent_is_known_in_another_wording(state: State) -> None:
    assert natures([by_shop(11, MASKED)], [sent(PHONE, state=state)]) == [Nature.COLLEAGUE]


def test_the_exact_echo_goes_before_an_altered_one() -> None:
    messages = [by_shop(11, MASKED), by_shop(12, PHONE)]
    assert echoes(messages, [sent(PHONE)]) == [None, "say/501/0"]


def test_a_surely_sent_reply_takes_the_echo_before_one_that_perhaps_was_not() -> None:
    replies = [sent("да", "say/1/0", state=State.FAILED), sent("да", "say/2/0", base=10)]
    assert echoes([by_shop(11, "да")], replies) == ["say/2/0"]


def test_reading_stops_before_what_cannot_be_judged_while_a_send_is_under_way() -> None:
    replies = [sent(PHONE, state=State.SENDING)]
    messages = [incoming(11), by_shop(12, "другое"), incoming(13)]
    assert natures(messages, replies) == [Nature.NEW]
    assert natures([incoming(11), by_shop(12, PHONE), incoming(13)], replies) == [
        Nature.NEW,
        Nature.ECHO,
        Nature.NEW,
    ]


def test_a_send_under_way_does_not_hold_up_what_stood_there_before_it() -> None:
    replies = [sent(PHONE, state=State.SENDING, base=12)]
    assert natures([by_shop(11, "другое"), by_shop(12, "ещё")], replies) == [Nature.COLLEAGUE] * 2


def test_the_first_reading_has_the_recent_messages_due_and_the_rest_old() -> None:
    history = [incoming(number) for number in range(1, RECENT + 8)]
    assert natures(history, chat=known(cursor=0)) == [Nature.OLD] * 7 + [Nature.NEW] * RECENT
    assert natures(history[7:], chat=known(cursor=0)) == [Nature.NEW] * RECENT
    assert set(natures(history, chat=known(cursor=5))) == {Nature.NEW}


def test_the_first_reading_of_a_finished_chat_has_due_what_came_since() -> None:
    finished = known(cursor=0, since_ms=NOW_MS)
    messages = [incoming(1, at_ms=NOW_MS - 1), by_shop(2, "до"), incoming(3, at_ms=NOW_MS + 1000)]
    assert natures(messages, chat=finished) == [Nature.OLD, Nature.OLD, Nature.NEW]
    assert natures(messages[:2], chat=finished) == [Nature.OLD, Nature.OLD]
    assert natures(messages[:2], chat=known(cursor=5, since_ms=NOW_MS)) == [
        Nature.NEW,
        Nature.COLLEAGUE,
    ]


@pytest.mark.parametrize(
    ("since_ms", "first_due_ms"), [(NOW_MS, NOW_MS + 1000), (NOW_MS + 5, NOW_MS + 6)]
)
def test_where_the_list_tells_whole_seconds_that_second_is_old(
    since_ms: int, first_due_ms: int
) -> None:
    messages = [incoming(1, at_ms=first_due_ms - 1), incoming(2, at_ms=first_due_ms)]
    found = natures(messages, chat=known(cursor=0, since_ms=since_ms))
    assert found == [Nature.OLD, Nature.NEW]


def test_an_echo_of_long_ago_is_still_proof() -> None:
    finished = known(cursor=0, since_ms=NOW_MS)
    assert natures([by_shop(11, "да")], [sent("да")], finished) == [Nature.ECHO]


WORDS = st.sampled_from(["да", "нет", "Уже едет", PHONE, MASKED])


@given(
    st.lists(st.tuples(st.sampled_from([Sender.PARTNER, Sender.CUSTOMER]), WORDS), max_size=8),
    st.lists(st.tuples(WORDS, st.sampled_from(list(State)), st.integers(10, 14)), max_size=5),
)
def test_no_message_is_dropped_and_no_reply_is_proved_twice(
    said: list[tuple[Sender, str]], replied: list[tuple[str, State, int]]
) -> None:
    messages = [incoming(11 + at, text, sender) for at, (sender, text) in enumerate(said)]
    replies = [
        sent(text, f"say/{at}/0", base, state) for at, (text, state, base) in enumerate(replied)
    ]
    sifted = Sieve(known(), list(replies)).sift(messages)
    assert [one.message for one in sifted] == messages[: len(sifted)]
    proved = [one.echo_of for one in sifted if one.nature is Nature.ECHO]
    assert len(set(proved)) == len(proved)
    assert None not in proved
    if all(effect.state is not State.SENDING for _, effect in replies):
        assert len(sifted) == len(messages)


# Files

FILE = StaffFile("handle", "unique", "document", "Счёт.pdf", 5_000)


def handed(file: StaffFile = FILE, key: str = "say/501/0", **row: Any) -> Pair:
    return reply("", key, file=file), effect(key, **{"base": 10, **row})


def by_shop_with(
    number: int, *files: tuple[str, int], text: str = "", at_ms: int = NOW_MS
) -> Incoming:
    attachments = tuple(Attachment(name, "https://files.example/1", size) for name, size in files)
    return replace(by_shop(number, text, at_ms), attachments=attachments)


@pytest.mark.parametrize(
    "message",
    [
        by_shop_with(11, ("Чек.pdf", 5_000), at_ms=NOW_MS + 120_001),
        by_shop_with(11, ("фото.jpg", 5_000)),
        by_shop_with(11, ("Счёт.pdf", 5_000), ("ещё.pdf", 5)),
        by_shop_with(11, ("Счёт.pdf", 5_000), text="и вот"),
        by_shop(11, "Счёт.pdf"),
        by_shop(11, ""),
        by_shop_with(9, ("Счёт.pdf", 5_000)),
    ],
)
def test_another_file_of_the_shop_is_a_colleagues(message: Incoming) -> None:
    assert natures([message], [handed()]) == [Nature.COLLEAGUE]


def test_a_file_is_no_echo_of_a_text_nor_a_text_of_a_file() -> None:
    assert natures([by_shop_with(11, ("Счёт.pdf", 5))], [sent("Счёт.pdf")]) == [Nature.COLLEAGUE]
    assert natures([by_shop(11, "Счёт.pdf")], [handed()]) == [Nature.COLLEAGUE]


def test_a_file_comes_back_as_an_echo_by_name_and_size() -> None:
    assert echoes([by_shop_with(11, ("Счёт.pdf", 5_000))], [handed()]) == ["say/501/0"]


@pytest.mark.parametrize("state", [State.SENT, State.UNKNOWN, State.SENDING, State.FAILED])
def test_the_same_file_proves_a_send_whatever_is_known_of_it(state: State) -> None:
    """A failed one here is one that a person was asked about."""
    found = echoes([by_shop_with(11, ("Счёт.pdf", 5_000))], [handed(state=state)])
    assert found == ["say/501/0"]


@pytest.mark.parametrize("file", [("Счёт.pdf", 4_990), ("document.pdf", 5_000), ("scan.PDF", 1)])
def test_a_file_that_the_market_altered_is_known_by_its_kind_and_time(
    file: tuple[str, int],
) -> None:
    message = by_shop_with(11, file, at_ms=NOW_MS + 119_000)
    assert echoes([message], [handed()]) == ["say/501/0"]


def test_a_picture_made_anew_by_the_market_is_our_picture() -> None:
    photo = replace(FILE, name="photo.jpg", is_picture=True)
    assert echoes([by_shop_with(11, ("image.webp", 77))], [handed(photo)]) == ["say/501/0"]


def test_an_altered_file_proves_no_send_that_is_not_known_to_have_gone() -> None:
    altered = by_shop_with(11, ("other.pdf", 1))
    assert natures([altered], [handed(state=State.UNKNOWN)]) == [Nature.COLLEAGUE]


def test_of_two_files_each_is_proved_by_its_own_whatever_their_order() -> None:
    one, two = handed(), handed(replace(FILE, name="Акт.pdf"), "say/501/1")
    history = [by_shop_with(11, ("Акт.pdf", 5_000)), by_shop_with(12, ("Счёт.pdf", 5_000))]
    assert echoes(history, [one, two]) == ["say/501/1", "say/501/0"]


def test_the_same_file_sent_twice_is_proved_twice_and_no_more() -> None:
    history = [by_shop_with(number, ("Счёт.pdf", 5_000)) for number in (11, 12, 13)]
    pairs = [handed(), handed(key="say/502/0")]
    late = [replace(message, at_ms=NOW_MS + 200_000) for message in history]
    assert echoes(late, pairs) == ["say/501/0", "say/502/0", None]


def test_a_file_under_way_is_waited_for_before_a_colleagues_is_judged() -> None:
    other = by_shop_with(11, ("other.pdf", 1))
    assert natures([incoming(10), other], [handed(state=State.SENDING)]) == [Nature.NEW]
