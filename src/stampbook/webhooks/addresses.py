"""Where requests may go: only to public addresses, and to networks that the operator permits.

Those who name an address must not reach what only this machine can. So a name is resolved at
each attempt, all of its addresses are looked at, and the connection goes to one that was.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from stampbook.networks import Address, Network, parsed

MAX_URL: Final = 2_000

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host's name; an address is its own. Raises OSError if there are none."""

LOOK_UP_S: Final = 2.0
"""How long a name is looked up when an endpoint is made. A name without an address is accepted, for
it may get one; each attempt looks again."""

_NEVER: Final[tuple[Network, ...]] = (
    *map(IPv4Network, ("192.88.99.0/24", "192.0.0.0/24")),
    *map(IPv6Network, ("fec0::/10", "::/96", "2001::/23", "2002::/16", "3fff::/20", "5f00::/16")),
)
"""Reserved, or ways into other networks, though the library takes some of them for global."""

_NAT64: Final = IPv6Network("64:ff9b::/96")


class Forbidden(Exception):
    """No request may go there. The message is a sentence for people."""


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """What this machine's resolver says."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def check_addresses(addresses: Iterable[str], allow: Sequence[Network]) -> list[str]:
    """The addresses without repetition, all of which may be connected to. Raises Forbidden."""
    found = list(dict.fromkeys(addresses))
    for each in found:
        if not may_reach(each, allow):
            raise Forbidden(f"{each} is not a public address")
    return found


def may_reach(text: str, allow: Sequence[Network]) -> bool:
    """Whether the address is public, or within a permitted network."""
    address = parsed(text)
    return address is not None and (is_within(address, allow) or _is_public(address))


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether the address lies in one of the networks."""
    return any(address in each for each in networks)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address in _NAT64:
        return _is_public(IPv4Address(int(address) & 0xFFFFFFFF))  # it leads on to this one
    return address.is_global and not (
        is_within(address, _NEVER)
        or address.is_multicast
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_private
    )


def _is_plain_allowed(addresses: Sequence[str], allow: Sequence[Network]) -> bool:
    found = [parsed(each) for each in addresses]
    return bool(found) and all(each is not None and is_within(each, allow) for each in found)


def split(url: str) -> SplitResult:
    """The parts of an absolute address that a request can be sent to. Raises Forbidden."""
    if len(url) > MAX_URL:
        raise Forbidden(f"must have at most {MAX_URL} characters")
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        raise Forbidden("must be an address in ASCII without blanks")
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        raise Forbidden("must be an address such as https://shop.example/events") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_port:
        raise Forbidden("must be an address such as https://shop.example/events")
    if "@" in parts.netloc:
        raise Forbidden("must not have credentials in it")
    if parts.fragment:
        raise Forbidden("must not have a fragment")
    return parts


def port_of(parts: SplitResult) -> int:
    """The port to connect to."""
    return parts.port or (443 if parts.scheme == "https" else 80)


async def check_url(url: str, resolve: Resolve, allow: Sequence[Network]) -> None:
    """What an endpoint's address must be when it is named. Raises Forbidden."""
    parts = split(url)
    assert parts.hostname is not None
    found: Sequence[str] = ()
    try:
        async with asyncio.timeout(LOOK_UP_S):
            found = await resolve(parts.hostname, port_of(parts))
    except (OSError, TimeoutError, UnicodeError):
        pass
    check_addresses(found, allow)
    check_scheme(parts.scheme, found, allow)


def check_scheme(scheme: str, addresses: Sequence[str], allow: Sequence[Network]) -> None:
    """Without encryption, only permitted networks are reached. Raises Forbidden."""
    if scheme != "https" and not _is_plain_allowed(addresses, allow):
        raise Forbidden("must begin with https://")
