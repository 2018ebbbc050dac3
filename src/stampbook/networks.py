"""Network addresses of callers: what is taken for one caller, and what lies in which network.

An IPv4 address can be written as one of IPv6 (`::ffff:192.0.2.1`), as it is on a socket that serves
both. Here it is the IPv4 address in every case.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAPPED: Final = IPv6Network("::ffff:0:0/96")
"""The addresses of IPv4, as IPv6 writes them."""

KEPT: Final = 4_096
"""Addresses that are remembered as they were read."""


@lru_cache(KEPT)
def parsed(address: str) -> Address | None:
    """The address; of an IPv4 address that is written as IPv6 the former. None: it is none."""
    plain, *_ = address.partition("%")
    try:
        found = ip_address(plain if ":" in plain else address)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or found
    return found


def network(text: str) -> Network:
    """The network that a text such as 203.0.113.0/24 names; an address is a network of one.
    Raises ValueError."""
    found = ip_network(text.strip())
    if isinstance(found, IPv6Network) and found.subnet_of(MAPPED):
        first = found.network_address.ipv4_mapped
        return IPv4Network((int(first or 0), found.prefixlen - MAPPED.prefixlen))
    return found


def caller_of(address: str) -> str:
    """What is taken for one caller: of IPv6 the network, since one customer has 2^64 addresses."""
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return address if found is None else str(found)


def is_loopback(address: str) -> bool:
    """Whether the request comes from this machine."""
    found = parsed(address)
    return found is not None and found.is_loopback


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Whether the address lies in one of the networks."""
    found = parsed(address)
    return found is not None and any(found in each for each in networks)
