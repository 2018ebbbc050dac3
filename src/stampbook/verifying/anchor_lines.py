"""Anchors as they are written: one JSON object a line.

An anchor says of a tenant what the last row of every journal and of the audit log was. `root`
covers them all; `heads` names those accounts that have moved since the `previous` anchor (null: all
accounts) in a few bytes each, so that an account can be named whose journal was rewritten.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from msgspec import DecodeError, Meta, Struct, ValidationError, to_builtins
from msgspec.json import Decoder, Encoder

PREFIX_BYTES: Final = 8
"""Bytes of a row's hash in `heads`. The root has all of it; this only names the account."""

LEAST_KEY: Final = 16
"""Bytes of a key: a shorter one could be guessed."""

MOST_SHIFT: Final = 63


class BadLine(ValueError):
    """A line that is no anchor."""


class BadKey(ValueError):
    """A key file that cannot be used; the message says why."""


class Head(NamedTuple):
    """The last row of an account, and the first bytes of its hash."""

    account: int
    seq: int
    prefix: bytes


class AuditHead(Struct, frozen=True):
    """The last row of the audit log; number 0 and an empty hash if it is empty."""

    number: int
    hash: str


class Anchor(Struct, frozen=True):
    """One line. `at` is an RFC 3339 instant, `position` one of the feed, `rows` and `accounts` what
    the journals had up to it. `root`, `audit.hash` and `signature` are hexadecimal."""

    id: str
    tenant: int
    at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    position: int
    accounts: int
    rows: int
    root: str
    audit: AuditHead
    previous: str | None
    heads: str
    signature: str | None = None


_decode: Final = Decoder(Anchor).decode
_encode: Final = Encoder(order="sorted").encode


def read_line(line: bytes | str) -> Anchor:
    """The anchor of a line. Raises BadLine."""
    try:
        return _decode(line)
    except (DecodeError, ValidationError, UnicodeDecodeError) as error:
        raise BadLine(str(error)) from None


def write_line(anchor: Anchor) -> str:
    """The anchor as a line, without the line's end."""
    return Encoder().encode(anchor).decode()


# -- who wrote it ------------------------------------------------------------------------


def read_key(path: str) -> bytes | None:
    """The key in the file of the setting anchor_key_file; None without one. Raises BadKey."""
    if not path:
        return None
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise BadKey(f"anchor_key_file {path}: {error.strerror}") from None
    if len(key) < LEAST_KEY:
        raise BadKey(f"anchor_key_file {path} must have at least {LEAST_KEY} bytes")
    return key


def signature_of(anchor: Anchor, key: bytes) -> str:
    """HMAC-SHA256 of the anchor without its signature: JSON without blanks, names sorted."""
    fields = to_builtins(anchor)
    del fields["signature"]
    return hmac.new(key, _encode(fields), sha256).hexdigest()


def is_signed(anchor: Anchor, key: bytes) -> bool:
    """Whether the anchor was signed with the key."""
    signature = anchor.signature or ""
    return hmac.compare_digest(signature.encode(), signature_of(anchor, key).encode())


# -- what it covers ----------------------------------------------------------------------


class Root:
    """The root of an anchor: SHA-256 over lines of text, one for each account by number, and one
    for the audit log."""

    def __init__(self) -> None:
        self._hash = sha256()

    def add(self, account: int, seq: int, row_hash: bytes) -> None:
        """The next account, its last row, and the hash of that row."""
        self._hash.update(f"{account} {seq} {row_hash.hex()}\n".encode())

    def end(self, audit: AuditHead) -> str:
        """The root, in hexadecimal."""
        self._hash.update(f"audit {audit.number} {audit.hash}\n".encode())
        return self._hash.hexdigest()


class Heads:
    """Packs heads: how much higher the account's number is than the one before, and the row's, in
    base 128, the lowest digits first; and the first bytes of the hash."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._last = 0

    def add(self, account: int, seq: int, row_hash: bytes) -> None:
        """The next account, by number."""
        for number in (account - self._last, seq):
            rest = number
            while rest > 127:
                self._bytes.append(rest & 127 | 128)
                rest >>= 7
            self._bytes.append(rest)
        self._bytes += row_hash[:PREFIX_BYTES]
        self._last = account

    def text(self) -> str:
        """All of them in base 64."""
        return b64encode(self._bytes).decode()


def heads_of(anchor: Anchor) -> Iterator[Head]:
    """The heads that the anchor names, by account. Raises BadLine."""
    try:
        packed = b64decode(anchor.heads, validate=True)
    except ValueError as error:
        raise BadLine(str(error)) from None
    at = account = 0
    while at < len(packed):
        more, at = _number(packed, at)
        seq, at = _number(packed, at)
        account += more
        prefix = packed[at : at + PREFIX_BYTES]
        at += PREFIX_BYTES
        if len(prefix) < PREFIX_BYTES or not (more and seq):
            raise BadLine("its heads cannot be read")
        yield Head(account, seq, prefix)


def _number(packed: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(packed) and shift < MOST_SHIFT:
        number |= (packed[at] & 127) << shift
        at += 1
        if packed[at - 1] < 128:
            return number, at
        shift += 7
    raise BadLine("its heads cannot be read")
