"""The journal's canonical bytes, and the chain of hashes over them.

Each row's hash covers the hash of the row before it, so a row that was changed,
dropped or inserted by hand breaks the chain at that row. Texts are length-prefixed:
no two different rows have the same bytes. Free texts are covered by a salted digest that the
row keeps beside them: once texts and salt are erased, the chain is still sound.
"""

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from secrets import token_bytes
from typing import Any, Final

import msgspec

from stampbook.domain.model import NOBODY, LotTerms, Posting, Seal, State, Transaction, Who

GENESIS = b"\0" * 32
"""The hash before the first row of every account."""

SALT_BYTES: Final = 16

SALTS_AT_ONCE: Final = 256
"""How many salts are asked of the system at once: each question is a call into its kernel."""

_salts: Final[list[bytes]] = []
"""Salts that no row has yet. Each is taken out by one row: `pop` is atomic among threads, and a
process that is forked begins without those of its parent."""

os.register_at_fork(after_in_child=_salts.clear)

_BY_CLOCK: Final = Transaction._fields.index("by_clock")
_TEXTS: Final = Transaction._fields.index("external_id")

_encode: Final = msgspec.json.Encoder().encode


def encode_postings(postings: Sequence[Posting]) -> str:
    """Postings as the text that the journal stores: a JSON array of arrays of integers."""
    return _encode(postings).decode()


def decode_postings(rows: Iterable[list[int]]) -> tuple[Posting, ...]:
    """The postings of a parsed JSON text made by `encode_postings`."""
    return tuple(
        Posting(lot, amount, State(source), State(target), redemption)
        for lot, amount, source, target, redemption in rows
    )


def encode_terms(terms: Sequence[LotTerms]) -> str:
    """Lot terms as the text that the journal stores; the flags are one number."""
    return _encode(_flat(terms)).decode() if terms else "[]"


def _flat(terms: Sequence[LotTerms]) -> list[tuple[int, int, int, int]]:
    return [
        (lot, activates_at, expires_at, sliding + 2 * grace + 4 * locked)
        for lot, activates_at, expires_at, sliding, grace, locked in terms
    ]


def decode_terms(rows: Iterable[list[int]]) -> tuple[LotTerms, ...]:
    """The lot terms of a parsed JSON text made by `encode_terms`."""
    return tuple(
        LotTerms(lot, activates_at, expires_at, bool(flags & 1), bool(flags & 2), bool(flags & 4))
        for lot, activates_at, expires_at, flags in rows
    )


def _text(value: str | None) -> str:
    return "-" if value is None else f"{len(value)}:{value}"


def seal_of(reason: str | None, actor: str | None, metadata: str | None) -> Seal | None:
    """A new seal of a row's free texts; None if it has none."""
    if reason is None and actor is None and metadata is None:
        return None
    salt = _new_salt()
    return Seal(texts_digest(salt, reason, actor, metadata), salt)


def _new_salt() -> bytes:
    """Random bytes that nobody can foresee, and that no other row has."""
    try:
        return _salts.pop()
    except IndexError:
        fresh = token_bytes(SALT_BYTES * SALTS_AT_ONCE)
        found = [fresh[at : at + SALT_BYTES] for at in range(0, len(fresh), SALT_BYTES)]
        salt = found.pop()
        _salts.extend(found)
        return salt


def texts_digest(salt: bytes, reason: str | None, actor: str | None, metadata: str | None) -> bytes:
    """SHA-256 of the salt and the texts (32 bytes)."""
    content = f"{_text(reason)}|{_text(actor)}|{_text(metadata)}"
    return sha256(salt + content.encode("utf-8", "surrogatepass")).digest()


def row_hash(previous: bytes, row: tuple[Any, ...]) -> bytes:
    """SHA-256 of the previous row's hash and of this row's content (32 bytes).

    `row` has the fields of `Transaction` in their order (its own hash is not looked
    at). Of its free texts the hash covers the seal, so that texts can be erased; of `who` the
    fields that are known, by name, so that one more field changes no hash that exists.
    """
    external_id, _, _, _, subject, who, seal, postings, terms = row[_TEXTS:25]
    numbers = (*row[:_BY_CLOCK], int(row[_BY_CLOCK]), *row[_BY_CLOCK + 1 : _TEXTS])
    texts = (
        f"|{_text(external_id)}|{_text(subject)}|{_who(who)}|{seal.digest.hex() if seal else '-'}|"
    )
    content = (
        previous,
        _encode(numbers)[1:-1],
        texts.encode("utf-8", "surrogatepass"),
        _encode(postings),
        b"|",
        _encode(_flat(terms)) if terms else b"[]",
    )
    return sha256(b"".join(content)).digest()


_LAST: Final = Who._fields[-1]
"""The request's id, which is new in each row; the other fields of a caller are the same."""

CALLERS: Final = 1_024
"""Callers whose text is remembered."""


_latest: Final = [(NOBODY, "-")]
"""Of whom the last row was, and the text: a bulk has a thousand rows of one request. One object,
since decisions on threads look at it, too."""


def _who(who: Who) -> str:
    known, text = _latest[0]
    if who is known:
        return text
    text = _named(who)
    _latest[0] = who, text
    return text


def _named(who: Who) -> str:
    caller, last = _caller(who[:-1]), who[-1]
    if last is None:
        return caller or "-"
    named = f"{_LAST}={_text(str(last))}"
    return f"{caller};{named}" if caller else named


@lru_cache(maxsize=CALLERS)
def _caller(fields: tuple[object, ...]) -> str:
    """Those of all fields but the last that are known."""
    named = zip(Who._fields, fields, strict=False)
    return ";".join([f"{name}={_text(str(each))}" for name, each in named if each is not None])


# -- the audit log -----------------------------------------------------------------------


def audit_digest(salt: bytes, changes: str, reason: str | None) -> bytes:
    """SHA-256 of the salt and of what a row of the audit log may say about people (32 bytes)."""
    return sha256(salt + _encode((changes, reason))).digest()


def audit_hash(previous: bytes, content: Sequence[object], digest: bytes) -> bytes:
    """SHA-256 of the hash before, of a row's columns from `tenant_id` to `actor`, and of the digest
    of its texts (32 bytes): they can be erased, and the chain is still sound."""
    return sha256(previous + _encode((*content, digest.hex()))).digest()
