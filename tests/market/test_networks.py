"""Which network addresses are public, and what becomes of a name that leads to others."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from bot.market.networks import PublicResolver, is_public
from bot.relay.errors import Refused

PUBLIC = ["8.8.8.8", "77.88.55.242", "2a02:6b8::2:242", "::ffff:8.8.8.8", "64:ff9b::808:808"]
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:0:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2a02:6b8::1%eth0",
    "fec0::1",
    "ff02::1",
    # No usual spelling, though some would read an address in it.
    "",
    "127.1",
    "8.8.2056",
    "134744072",
    "0x8.8.8.8",
    "010.8.8.8",
    "8.8.8.8.",
    "8.8.8.8/32",
    "example.com",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_what_anybody_may_speak_to_is_public(text: str) -> None:
    assert is_public(text)


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_nothing_else_is_public(text: str) -> None:
    assert not is_public(text)


PRIVATE = [
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"),
    )
]
private_v4 = st.sampled_from(PRIVATE).flatmap(lambda network: st.ip_addresses(network=network))
any_v4 = st.ip_addresses(v=4)
PREFIXES = ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::", "fe80::5efe:0:0")


@given(private_v4)
def test_no_private_address_is_public(address: IPv4Address) -> None:
    assert not is_public(str(address))


@given(private_v4, st.sampled_from(PREFIXES))
def test_no_private_address_is_public_in_the_clothes_of_ipv6(
    address: IPv4Address, prefix: str
) -> None:
    assert not is_public(str(IPv6Address(int(IPv6Address(prefix)) + int(address))))


@given(any_v4, st.integers(0, 2**80 - 1))
def test_no_tunnel_is_public(address: IPv4Address, rest: int) -> None:
    assert not is_public(str(IPv6Address((0x2002 << 112) | (int(address) << 80) | rest)))
    teredo = (0x20010000 << 96) | (int(address) << 64) | (rest >> 16)
    assert not is_public(str(IPv6Address(teredo)))


@given(st.ip_addresses(v=6).filter(lambda address: not address.is_global))
def test_no_local_address_of_ipv6_is_public(address: IPv6Address) -> None:
    inner = address.ipv4_mapped
    assert not is_public(str(address)) or (inner is not None and is_public(str(inner)))


class Names(AbstractResolver):
    """Each look-up takes the next answer; the last one stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0)
            for one in found
        ]

    async def close(self) -> None:
        pass


async def test_a_name_with_public_addresses_resolves_to_them() -> None:
    resolver = PublicResolver(Names(["8.8.8.8", "2a02:6b8::1"]))
    found = await resolver.resolve("files.example.com")
    assert [one["host"] for one in found] == ["8.8.8.8", "2a02:6b8::1"]


@pytest.mark.parametrize("private", ["127.0.0.1", "::1", "10.1.1.1", "fe80::1%eth0", "nonsense"])
async def test_one_address_that_is_not_public_is_enough_to_refuse_a_name(private: str) -> None:
    with pytest.raises(Refused, match=r"^file_unsafe$"):
        await PublicResolver(Names(["8.8.8.8", private])).resolve("files.example.com")


async def test_each_look_up_is_checked_anew() -> None:
    resolver = PublicResolver(Names(["8.8.8.8"], ["127.0.0.1"]))
    await resolver.resolve("files.example.com")
    with pytest.raises(Refused, match=r"^file_unsafe$"):
        await resolver.resolve("files.example.com")


async def test_the_api_may_lie_in_a_network_of_ones_own_and_its_neighbours_may_not() -> None:
    resolver = PublicResolver(Names(["10.0.0.7"]), "market.corp")
    assert [one["host"] for one in await resolver.resolve("market.corp")] == ["10.0.0.7"]
    for host in ("files.market.corp", "market.corp.", ""):
        with pytest.raises(Refused, match=r"^file_unsafe$"):
            await resolver.resolve(host)


async def test_a_name_without_an_address_is_no_answer() -> None:
    with pytest.raises(OSError, match="without an address"):
        await PublicResolver(Names([])).resolve("files.example.com")
