"""What is taken for one caller's network address."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from stampbook.programs.api_keys import Network


@lru_cache(maxsize=4_096)
def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address; of an IPv4 address that is written as IPv6 the former. None: it is none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or found
    return found


def network_of(address: str) -> str:
    """Of IPv6 the network: one customer has 2^64 addresses."""
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
    return found is not None and any(found in network for network in networks)
