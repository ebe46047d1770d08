"""Which network addresses are of the public internet, and the resolver that knows no others.

It stands where the connection is made: what was looked up and checked is what is connected to, so
that a name can't be given another address in between.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.relay.errors import Refused

_UNICAST = ip_network("2000::/3")  # all that is given out of IPv6 so far
_NAT64 = ip_network("64:ff9b::/96")
# What `is_global` of Python 3.11 lets through, or may in some of its patch releases.
_NOT_PUBLIC = (
    ip_network("192.0.0.0/24"),  # protocol assignments
    ip_network("192.88.99.0/24"),  # relays of 6to4
    ip_network("224.0.0.0/4"),  # multicast
    ip_network("240.0.0.0/4"),
    ip_network("168.63.129.16/32"),  # by its looks public: the inside of Azure
    ip_network("2001::/23"),  # protocol assignments, Teredo among them: tunnels to any IPv4
    ip_network("2001:db8::/32"),  # documentation
    ip_network("2002::/16"),  # 6to4: tunnels to any IPv4
    ip_network("3fff::/20"),  # documentation
)


def is_public(text: str) -> bool:
    """Is it an address, in its usual spelling, that anybody on the internet may speak to? One that
    stands for an IPv4 address (mapped, or by NAT64) is what that one is."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        inner = _inner(address)
        if inner is None and address not in _UNICAST:
            return False
        address = inner or address
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        # Where a network has no IPv4, each name that has none but IPv4 resolves to these.
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


class PublicResolver(AbstractResolver):
    """Raises `Refused("file_unsafe")` for a name with any address that is not public, but for
    `own_host`, which may lie anywhere. aiohttp does not ask it about addresses in digits."""

    def __init__(self, names: AbstractResolver, own_host: str = "") -> None:
        self._names = names
        self._own_host = own_host

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        if not found:
            raise OSError("a name without an address")
        if host != self._own_host and not all(is_public(one["host"]) for one in found):
            raise Refused("file_unsafe")
        return found

    async def close(self) -> None:
        await self._names.close()
