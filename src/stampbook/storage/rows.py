"""Between rows of the ledger's tables and the domain's types, the same for both databases.

Columns come in one order everywhere, the one in which the statements of storage/sql name them.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.json import decode, encode

from stampbook.domain.book import AccountFacts
from stampbook.domain.hashing import (
    decode_postings,
    decode_terms,
    encode_terms,
)
from stampbook.domain.model import (
    FOREVER,
    AccountStatus,
    Kind,
    Lot,
    Movement,
    Status,
    Transaction,
)

Values = Sequence[Any]

_KINDS = {int(kind): kind for kind in Kind}


def facts_of(values: Values) -> AccountFacts:
    """The facts of an account's row."""
    return AccountFacts._make(values)._replace(status=AccountStatus(values[6]))


def lot_of(values: Values) -> Lot:
    """The lot of a row."""
    return Lot(
        seq=values[0],
        accrued_by=values[1],
        activates_at=values[2],
        expires_at=values[3],
        created_at=values[4],
        sliding=bool(values[5]),
        grace=bool(values[6]),
        locked=bool(values[7]),
        doomed=values[8],
        reinstated=values[9],
        split=[-values[10], *values[11:17]],
    )


def lot_values(account: int, lot: Lot) -> tuple[object, ...]:
    """The account's number and a lot's columns."""
    split = lot.split
    return (
        account,
        lot.seq,
        lot.accrued_by,
        lot.activates_at,
        lot.expires_at,
        lot.created_at,
        lot.sliding,
        lot.grace,
        lot.locked,
        lot.doomed,
        lot.reinstated,
        -split[0],
        *split[1:],
    )


def movement_of(values: Values) -> Movement:
    """The movement of a row."""
    return Movement(
        seq=values[0],
        base=values[1],
        status=Status(values[2]),
        cancelled=values[3],
        deadline_at=values[4],
        committed_by=values[5],
        released_by=values[6],
        cancelled_by=values[7],
    )


def movement_values(account: int, movement: Movement) -> tuple[object, ...]:
    """The account's number and a movement's columns."""
    return (
        account,
        movement.seq,
        movement.base,
        int(movement.status),
        movement.cancelled,
        movement.deadline_at,
        movement.committed_by,
        movement.released_by,
        movement.cancelled_by,
    )


def row_of(values: Values) -> Transaction:
    """The transaction of a row of the journal."""
    peer, by_clock, deadline_at, slides_at = values[11:15]
    return Transaction._make(
        (
            *values[:2],
            _KINDS[values[2]],
            *values[3:11],
            0 if peer is None else peer,
            bool(by_clock),
            FOREVER if deadline_at is None else deadline_at,
            FOREVER if slides_at is None else slides_at,
            *values[15:21],
            decode_postings(decode(values[21])),
            decode_terms(decode(values[22])),
            values[23],
        )
    )


def row_values(row: Transaction) -> tuple[object, ...]:
    """A journal row's columns; what is usual becomes NULL where the column allows it."""
    peer, by_clock, deadline_at, slides_at = row[11:15]
    return (
        row[0],
        row[1],
        int(row[2]),
        *row[3:11],
        peer or None,
        by_clock,
        None if deadline_at == FOREVER else deadline_at,
        None if slides_at == FOREVER else slides_at,
        *row[15:21],
        encode(row.postings).decode(),  # the text that the hash is of, several times as fast
        encode_terms(row.terms),
        row.hash,
    )
