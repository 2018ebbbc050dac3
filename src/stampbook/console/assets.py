"""What pages are made of besides HTML: style sheets, scripts, icons.

A file's address contains a hash of its content, so a browser keeps it for good and asks for a
changed file under another address. The edge compresses what is large.
"""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from stampbook.edge.answers import Answer, HeaderPair

STATIC: Final = Path(__file__).parent / "static"
ADDRESS: Final = "/console/static"

_TYPES: Final = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
_SPRITE: Final = "icons.svg"
_HASHED: Final = re.compile(r"(.+)\.[0-9a-f]{12}(\.\w+)")
_KEPT: Final[HeaderPair] = (b"cache-control", b"public, max-age=31536000, immutable")
_CHECKED: Final[HeaderPair] = (b"cache-control", b"no-cache")


class Asset(NamedTuple):
    """A file: the last part of its address, its content, its media type."""

    address: str
    content: bytes
    media_type: bytes


@cache
def assets() -> dict[str, Asset]:
    """All files by their names, read once."""
    found: dict[str, Asset] = {}
    for path in (*STATIC.iterdir(), *(STATIC / "vendor").iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            digest = sha256(content).hexdigest()[:12]
            address = f"{path.stem}.{digest}{path.suffix}"
            found[path.name] = Asset(address, content, _TYPES[path.suffix])
    return found


def url(name: str) -> str:
    """The address of a file by its name, such as `stampbook.css`. Raises KeyError."""
    return f"{ADDRESS}/{assets()[name].address}"


def icon_url(icon: str) -> str:
    """The address of an icon in the sprite, for `<use href>`. Raises KeyError if it has none."""
    if icon not in _icons():
        raise KeyError(icon)
    return f"{url(_SPRITE)}#{icon}"


@cache
def _icons() -> frozenset[str]:
    sprite = assets()[_SPRITE].content.decode()
    return frozenset(re.findall(r'<symbol id="([\w-]+)"', sprite))


def answer(address: str) -> Answer | None:
    """The file at the last part of an address; None if there is no such file.

    While servers of two versions run, a page of one may ask the other for a file. It gets the
    file of the same name, which its browser does not keep.
    """
    hashed = _HASHED.fullmatch(address)
    found = assets().get(hashed[1] + hashed[2]) if hashed else None
    if found is None:
        return None
    caching = _KEPT if found.address == address else _CHECKED
    return Answer(200, found.content, ((b"content-type", found.media_type), caching))
