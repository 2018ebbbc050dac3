"""Cursors of lists: signed, bound to their query, good for one hour.

A cursor is the list's prefix and the hexadecimal digits of a token: when it ends, the
digest of the query it belongs to, and the sort key of the last row that was seen.
"""

import hashlib
import hmac
from typing import Final, NamedTuple

import msgspec

from stampbook.dialects.voucherify.core.faults import Fault
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.domain.model import MICROSECONDS

LIFETIME_S: Final = 3600
SIGNATURE_BYTES: Final = 16
MAX_LENGTH: Final = 2000
"""Longer than any cursor: a name of 200 characters of 4 bytes each, twice hexadecimal."""

Position = tuple[int | str, ...]
"""The sort key of a row: the values of the order's fields, the number last."""


class Token(msgspec.Struct, frozen=True, array_like=True):
    """What a cursor says."""

    ends_at: int
    query: str
    position: tuple[int | str, ...]


class Cursors(NamedTuple):
    """Writes and reads the cursors of one database. `secret` signs them."""

    secret: bytes

    def write(self, prefix: str, *, query: str, position: Position, now: int) -> dict[str, str]:
        """The `cursor` of a list's envelope."""
        ends_at = now // MICROSECONDS + LIFETIME_S
        payload = msgspec.json.encode(Token(ends_at, digest(query), position))
        return {
            "next": prefix + (payload + self._signature(prefix, payload)).hex(),
            "expires_at": stamp(ends_at * MICROSECONDS),
        }

    def read(self, text: str, prefix: str, *, query: str, now: int) -> Position:
        """The position that a cursor has. Raises a Fault for what is not ours, or too old."""
        token = self._open(text, prefix)
        if token is None or now >= token.ends_at * MICROSECONDS:
            raise Fault(
                400,
                "invalid_or_expired_cursor",
                "Invalid or expired cursor",
                "The cursor is invalid or has expired; begin again without a cursor",
            )
        if token.query != digest(query):
            raise Fault(
                400,
                "cursor_and_query_mismatch",
                "Cursor and query mismatch",
                "The cursor was made for another query",
            )
        return token.position

    def _open(self, text: str, prefix: str) -> Token | None:
        digits = text[len(prefix) :]
        if not text.startswith(prefix) or len(text) > MAX_LENGTH or not digits.isascii():
            return None
        try:
            token = bytes.fromhex(digits)
            payload, signature = token[:-SIGNATURE_BYTES], token[-SIGNATURE_BYTES:]
            if not hmac.compare_digest(signature, self._signature(prefix, payload)):
                return None
            return msgspec.json.decode(payload, type=Token)
        except (ValueError, msgspec.DecodeError):
            return None

    def _signature(self, prefix: str, payload: bytes) -> bytes:
        message = prefix.encode() + payload
        return hmac.digest(self.secret, message, "sha256")[:SIGNATURE_BYTES]


def digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:16]
