"""Who really calls: the peer, or whom a trusted proxy names."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Networks = Sequence[IPv4Network | IPv6Network]


def caller(peer: str, forwarded: Sequence[str], proxies: Networks) -> str:
    """The right-most address that is no trusted proxy: what stands left of it was written by the
    caller. Empty where that is no address."""
    hops = [hop.strip() for header in forwarded for hop in header.split(",")]
    address = peer
    while hops and is_within(address, proxies):
        address = hops.pop()
    return address


def is_within(text: str, networks: Networks) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
