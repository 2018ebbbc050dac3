"""How clients reach this server: through which proxies, and at which public address."""

from typing import Final, Self

from stampbook.networks import Network, is_within, parsed
from stampbook.settings import Settings, networks_of

NO_SNIFFING: Final = b"x-content-type-options: nosniff\r\n"
"""A browser must not take an answer for anything but what its `Content-Type` says."""

HTTPS_ONLY: Final = b"strict-transport-security: max-age=31536000\r\n"
"""For a year, browsers ask the public address by https alone."""


class Reached:
    """The proxies that are believed, and the server's public address ("": as a request says).

    `lines` are the header lines that every answer has because of it, ready to be sent.
    """

    def __init__(self, proxies: tuple[Network, ...] = (), public_url: str = "") -> None:
        self.proxies = proxies
        self.public_url = public_url
        is_https = public_url.startswith("https://")
        self.lines = NO_SNIFFING + (HTTPS_ONLY if is_https else b"")

    @classmethod
    def by(cls, settings: Settings) -> Self:
        """As the settings say."""
        return cls(networks_of(settings.trusted_proxies), settings.public_url)

    def is_trusted(self, address: str) -> bool:
        """Whether the address is that of a proxy whose word on its clients counts."""
        return is_within(address, self.proxies)

    def client_of(self, peer: str, forwarded_for: str | None) -> str:
        """The address that a request comes from: the right-most one that is no trusted proxy's.

        What is to the left of it anybody can have written. An entry that is no address ends the
        search: the last proxy before it is taken for the client.
        """
        if not forwarded_for or not self.is_trusted(peer):
            return peer
        client = peer
        for entry in reversed(forwarded_for.split(",")):
            named = _plain(entry)
            if named is None:
                return client
            client = named
            if not self.is_trusted(client):
                return client
        return client

    def scheme_of(self, peer: str, forwarded_proto: str | None) -> str:
        """The scheme by which the client asks: `https` if a trusted proxy says so."""
        if forwarded_proto and self.is_trusted(peer):
            said = forwarded_proto.rpartition(",")[2].strip().lower()
            if said == "https":
                return said
        return "http"


DIRECTLY: Final = Reached()
"""Without a proxy."""


def _plain(entry: str) -> str | None:
    """The address of an entry of `X-Forwarded-For`, without a port; None if it has none."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    found = parsed(text)
    return None if found is None else str(found)
