"""Which addresses a file may be asked for at, and whose they are."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.market.addresses import Addresses, Owner
from bot.market.networks import is_public
from bot.relay.errors import Refused

LIVE = Addresses("https://api.partner.market.yandex.ru")
LOCAL = Addresses("http://127.0.0.1:8080/market")
LOCAL_V4 = ["0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1"]
LOCAL_V6 = ["::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::"]
MAY_BE_ASKED = {
    "https://files.messenger.yandex.net/a/b.jpg": "https://files.messenger.yandex.net/a/b.jpg",
    "HTTPS://Files.Example.COM/A": "https://files.example.com/A",
    " https://files.example.com/a\n": "https://files.example.com/a",
    "https://files.example.com": "https://files.example.com/",
    "https://files.example.com:8443/a#part": "https://files.example.com:8443/a",
    "https://8.8.8.8/a": "https://8.8.8.8/a",
    "https://[2a02:6b8::1]/a": "https://[2a02:6b8::1]/a",
    "https://хранилище.рф/ф": "https://xn--80akiaokt3b4b.xn--p1ai/%D1%84",
    "https://files.example.com/a%2fb?sig=a%2Fb%3d&x=+": (
        "https://files.example.com/a%2fb?sig=a%2Fb%3d&x=+"
    ),
    "/attachments/1?x=%2F": "http://127.0.0.1:8080/attachments/1?x=%2F",
    "attachments/1": "http://127.0.0.1:8080/attachments/1",
    "http://127.0.0.1/a": "http://127.0.0.1/a",
    "http://127.0.0.1:9/a": "http://127.0.0.1:9/a",
    "https://127.0.0.1/a": "https://127.0.0.1/a",
    "//127.0.0.1:9/a": "http://127.0.0.1:9/a",
}
MAY_NOT_BE_ASKED = [
    "http://files.messenger.yandex.net/a",
    "http://files.example.com/a",
    "//files.example.com/a",
    "ftp://files.example.com/a",
    "ftp://127.0.0.1:8080/a",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "https://",
    "https:///a",
    "http:///a",
    "https://user:word@files.example.com/a",
    "https://user@files.example.com/a",
    "https://@files.example.com/a",
    "http://user@127.0.0.1:8080/a",
    "https://files.example.com\\@127.0.0.1/a",
    "https://files.example.com:99999/a",
    "https://[::1/a",
    "https://a\ud83d.example/a",
    "http://127.0.0.2:8080/a",
    "http://localhost:8080/a",
    "http://127.0.0.1.:8080/a",
    "http:a",
    "https:a",
]
IN_DIGITS = [
    "https://127.1/a",
    "https://127.0.0.1./a",
    "https://2130706433/a",
    "https://0x7f000001/a",
    "https://0x7f.1/a",
    "https://0177.0.0.1/a",
    "https://１２７.0.0.1/a",
    "https://example.0x7f/a",
    "https://[fe80::1%25eth0]/a",
    *(f"https://{address}/a" for address in LOCAL_V4),
    *(f"https://[{address}]/a" for address in LOCAL_V6),
]


@pytest.mark.parametrize(("text", "asked"), MAY_BE_ASKED.items())
def test_an_address_that_may_be_asked_is_asked_to_the_letter(text: str, asked: str) -> None:
    url = LOCAL.read(text)
    assert f"{url.origin()}{url.raw_path_qs}" == asked


@pytest.mark.parametrize("text", MAY_NOT_BE_ASKED)
def test_an_address_that_may_not_be_asked_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(Refused) as caught:
        LOCAL.read(text)
    assert (caught.value.key, caught.value.details) == ("file_unsafe", {})
    assert caught.value.__context__ is None


@pytest.mark.parametrize("text", IN_DIGITS)
def test_a_host_in_digits_has_to_be_a_public_address_in_its_usual_spelling(text: str) -> None:
    with pytest.raises(Refused, match=r"^file_unsafe$"):
        LIVE.read(text)


@given(st.ip_addresses().filter(lambda one: not one.is_global))
def test_no_local_address_may_be_asked(address: IPv4Address | IPv6Address) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    inner = getattr(address, "ipv4_mapped", None)
    if inner is None or not is_public(str(inner)):
        with pytest.raises(Refused):
            LIVE.read(f"https://{host}/a")


@given(st.text())
def test_whatever_is_written_is_either_asked_over_tls_or_refused(text: str) -> None:
    try:
        url = LIVE.read(text)
    except Refused:
        return
    assert url.scheme == "https" or url.raw_host == LIVE.own_host


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_no_address_at_all_is_said_so(text: str) -> None:
    with pytest.raises(Refused, match=r"^file_nowhere$"):
        LIVE.read(text)


def test_a_base_address_that_is_none_makes_no_host_ones_own() -> None:
    lost = Addresses("http://")
    assert lost.own_host == ""
    assert lost.owner(lost.read("https://files.example.com/a")) is Owner.FOREIGN
    with pytest.raises(Refused, match=r"^file_unsafe$"):
        lost.read("/attachments/1")


def test_a_redirect_is_followed_from_where_it_was_met() -> None:
    url = LIVE.read("https://files.example.com/a/b?c")
    assert str(LIVE.follow(url, "d?e=%2F")) == "https://files.example.com/a/d?e=%2F"
    assert str(LIVE.follow(url, "//other.example/d")) == "https://other.example/d"


@pytest.mark.parametrize("location", ["http://files.example.com/a", "http://10.0.0.1/", "ftp:a"])
def test_a_redirect_is_refused_what_an_attachment_is(location: str) -> None:
    with pytest.raises(Refused, match=r"^file_unsafe$"):
        LIVE.follow(LIVE.read("https://files.example.com/a/b"), location)


OWNERS = [
    (LIVE, "https://api.partner.market.yandex.ru/a", Owner.API),
    (LIVE, "https://api.partner.market.yandex.ru:443/a", Owner.API),
    (LIVE, "https://api.partner.market.yandex.ru:8443/a", Owner.API_HOST),
    (LIVE, "http://api.partner.market.yandex.ru/a", Owner.API_HOST_IN_CLEAR),
    (LIVE, "https://market.yandex.ru/a", Owner.MARKET),
    (LIVE, "https://files.messenger.yandex.net/a", Owner.MARKET),
    (LIVE, "https://FILES.MESSENGER.YANDEX.RU/a", Owner.MARKET),
    (LIVE, "https://evilmarket.yandex.ru/a", Owner.FOREIGN),
    (LIVE, "https://yandex.ru/a", Owner.FOREIGN),
    (LIVE, "https://market.yandex.ru.evil.example/a", Owner.FOREIGN),
    (LIVE, "https://files.messenger.yandex.net./a", Owner.FOREIGN),
    (LOCAL, "http://127.0.0.1:8080/a", Owner.API),
    (LOCAL, "http://127.0.0.1:8081/a", Owner.API_HOST),
    (LOCAL, "https://127.0.0.1:8080/a", Owner.API_HOST),
    (LOCAL, "https://files.messenger.yandex.net/a", Owner.MARKET),
    (LOCAL, "https://8.8.8.8/a", Owner.FOREIGN),
]


@pytest.mark.parametrize(("addresses", "text", "owner"), OWNERS)
def test_whose_a_host_is_depends_on_the_whole_of_its_name(
    addresses: Addresses, text: str, owner: Owner
) -> None:
    assert addresses.owner(addresses.read(text)) is owner
