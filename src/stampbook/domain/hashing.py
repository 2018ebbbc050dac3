"""The journal's canonical bytes, and the chain of hashes over them.

Each row's hash covers the hash of the row before it, so a row that was changed,
dropped or inserted by hand breaks the chain at that row. Texts are length-prefixed:
no two different rows have the same bytes.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from stampbook.domain.model import LotTerms, Posting, State

GENESIS = b"\0" * 32
"""The hash before the first row of every account."""


def encode_postings(postings: Iterable[Posting]) -> str:
    """Postings as the text that the journal stores: a JSON array of arrays of integers."""
    return (
        "["
        + ",".join(
            f"[{p.lot},{p.amount},{int(p.source)},{int(p.target)},{p.payee}]" for p in postings
        )
        + "]"
    )


def decode_postings(rows: Iterable[list[int]]) -> tuple[Posting, ...]:
    """The postings of a parsed JSON text made by `encode_postings`."""
    return tuple(
        Posting(lot, amount, State(source), State(target), payee)
        for lot, amount, source, target, payee in rows
    )


def encode_terms(terms: Iterable[LotTerms]) -> str:
    """Lot terms as the text that the journal stores; the flags are one number."""
    return (
        "["
        + ",".join(
            f"[{t.lot},{t.activates_at},{t.expires_at},{t.sliding + 2 * t.grace + 4 * t.locked}]"
            for t in terms
        )
        + "]"
    )


def decode_terms(rows: Iterable[list[int]]) -> tuple[LotTerms, ...]:
    """The lot terms of a parsed JSON text made by `encode_terms`."""
    return tuple(
        LotTerms(lot, activates_at, expires_at, bool(flags & 1), bool(flags & 2), bool(flags & 4))
        for lot, activates_at, expires_at, flags in rows
    )


def _text(value: str | None) -> str:
    return "-" if value is None else f"{len(value)}:{value}"


def row_hash(previous: bytes, row: Sequence[Any]) -> bytes:
    """SHA-256 of the previous row's hash and of this row's content (32 bytes).

    `row` has the fields of `Transaction` in their order (its own hash is not looked
    at): sixteen numbers, five texts, postings, terms.
    """
    content = "|".join(
        [
            ",".join([str(int(number)) for number in row[:16]]),
            *[_text(text) for text in row[16:21]],
            encode_postings(row[21]),
            encode_terms(row[22]),
        ]
    )
    return sha256(previous + content.encode("utf-8", "surrogatepass")).digest()
