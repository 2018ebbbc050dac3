"""Between rows of the ledger's tables and the domain's types, the same for both databases.

Rows are read and written by the names of their columns (storage.tables).
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.json import decode

from stampbook.domain.facts import AccountFacts
from stampbook.domain.hashing import (
    decode_postings,
    decode_terms,
    encode_postings,
    encode_terms,
)
from stampbook.domain.model import (
    FOREVER,
    NOBODY,
    AccountStatus,
    Kind,
    LotRow,
    Movement,
    Record,
    Seal,
    Standing,
    Status,
    Sums,
    Transaction,
    Who,
)
from stampbook.storage.store import ExternalIdRow, KeyRow
from stampbook.storage.tables import EXTERNAL_IDS, LOT_ROWS, REPEATED_KEYS, STANDINGS, TRANSACTIONS

Named = Mapping[str, Any]

_KINDS: Final = {int(kind): kind for kind in Kind}


# -- reading -----------------------------------------------------------------------------


def identity_of(row: Named) -> AccountFacts:
    """The facts of an account without any row of its journal."""
    return AccountFacts(
        number=row["account_id"],
        shard=row["shard"],
        tenant=row["tenant_id"],
        program=row["program_id"],
        currency=row["currency_id"],
        member=row["member_id"],
        status=AccountStatus(row["status"]),
        version=row["version"],
        merged_into=row["merged_into"] or 0,
    )


def sums_of(row: Named) -> Sums:
    """The account's sums after a journal row."""
    due_at = row["due_at"]
    return Sums(
        row["pending"],
        row["available"],
        row["held"],
        row["spent"],
        row["expired"],
        row["revoked"],
        row["owed"],
        row["owed_held"],
        row["restored"],
        FOREVER if due_at is None else due_at,
    )


def transaction_of(row: Named) -> Transaction:
    """The transaction of a row of the journal."""
    deadline_at, slides_at, digest = row["deadline_at"], row["slides_at"], row["texts_digest"]
    who = Who(row["api_key_id"], row["user_id"], row["dialect"], row["request_id"])
    return Transaction(
        account=row["account_id"],
        seq=row["seq"],
        kind=_KINDS[row["kind"]],
        amount=row["amount"],
        balance_before=row["balance_before"],
        balance_after=row["balance_after"],
        recorded_at=row["recorded_at"],
        effective_at=row["effective_at"],
        target=row["target"],
        root=row["root"],
        link=row["link"],
        peer=row["peer"] or 0,
        by_clock=bool(row["by_clock"]),
        deadline_at=FOREVER if deadline_at is None else deadline_at,
        slides_at=FOREVER if slides_at is None else slides_at,
        shortfall=row["shortfall"],
        external_id=row["external_id"],
        reason=row["reason"],
        actor=row["actor"],
        metadata=row["metadata"],
        subject=row["subject"],
        who=NOBODY if who == NOBODY else who,
        seal=None if digest is None else Seal(digest, row["salt"]),
        postings=decode_postings(decode(row["postings"])),
        terms=decode_terms(decode(row["terms"])),
        hash=row["hash"],
    )


def standing_of(row: Named) -> Standing:
    """The version of a transaction's movement in a row."""
    deadline_at = row["deadline_at"]
    return Standing(
        target=row["target"],
        base=row["base"],
        status=Status(row["status"]),
        cancelled=row["cancelled"],
        deadline_at=FOREVER if deadline_at is None else deadline_at,
        committed_by=row["committed_by"],
        released_by=row["released_by"],
        cancelled_by=row["cancelled_by"],
        parts=row["parts"],
    )


def movement_of(standing: Standing) -> Movement:
    """The movement that a standing is a version of."""
    return Movement(
        seq=standing.target,
        base=standing.base,
        status=standing.status,
        cancelled=standing.cancelled,
        deadline_at=standing.deadline_at,
        committed_by=standing.committed_by,
        released_by=standing.released_by,
        cancelled_by=standing.cancelled_by,
    )


def key_of(row: Named) -> KeyRow:
    """The use of an idempotency key."""
    return KeyRow(
        digest=row["key_digest"],
        fingerprint=row["fingerprint"],
        shard=row["shard"],
        account=row["account_id"],
        seq=row["seq"],
        count=row["count"],
        already=bool(row["already"]),
        named=bool(row["named"]),
    )


def external_id_of(row: Named) -> ExternalIdRow:
    """The use of an external id."""
    return ExternalIdRow(
        program=row["program_id"],
        external_id=row["external_id"],
        fingerprint=row["fingerprint"],
        shard=row["shard"],
        account=row["account_id"],
        seq=row["seq"],
    )


# -- writing -----------------------------------------------------------------------------

_transaction: Final = TRANSACTIONS.binder(
    # What is stored otherwise than the domain has it comes first, and so counts.
    "account_id",
    "shard",
    "kind",
    "peer",
    "deadline_at",
    "slides_at",
    "due_at",
    "postings",
    "terms",
    "state",
    "state_seq",
    "texts_digest",
    "salt",
    "key_rows",
    "key_digest",
    "fingerprint",
    *Transaction._fields,
    *Sums._fields,
    *Who._fields,
)


def transaction_values(shard: int, record: Record, key: KeyRow | None) -> tuple[Any, ...]:
    """The columns of a journal row; what is usual becomes NULL where the column allows it."""
    row, sums, state, state_seq, _, _ = record
    deadline_at, slides_at, due_at = row.deadline_at, row.slides_at, sums.due_at
    digest, salt = row.seal or (None, None)
    key_digest, fingerprint, _, _, _, count, _, _ = key or _NO_KEY
    return _transaction(
        (
            row.account,
            shard,
            int(row.kind),
            row.peer or None,
            None if deadline_at == FOREVER else deadline_at,
            None if slides_at == FOREVER else slides_at,
            None if due_at == FOREVER else due_at,
            encode_postings(row.postings),
            encode_terms(row.terms),
            state,
            state_seq,
            digest,
            salt,
            count,
            key_digest,
            fingerprint,
            *row,
            *sums,
            *row.who,
        )
    )


_NO_KEY: Final = (None,) * len(KeyRow._fields)

_lot_row: Final = LOT_ROWS.binder("account_id", "seq", "shard", *LotRow._fields)


def lot_row_values(shard: int, row: Transaction, lot: LotRow) -> tuple[Any, ...]:
    """The columns of what a journal row says of a lot."""
    return _lot_row((row.account, row.seq, shard, *lot))


_standing: Final = STANDINGS.binder(
    "account_id", "seq", "shard", "status", "deadline_at", *Standing._fields
)


def standing_values(shard: int, row: Transaction, standing: Standing) -> tuple[Any, ...]:
    """The columns of what a journal row makes of a transaction."""
    deadline_at = standing.deadline_at
    dated = None if deadline_at == FOREVER else deadline_at
    return _standing((row.account, row.seq, shard, int(standing.status), dated, *standing))


_repeated_key: Final = REPEATED_KEYS.binder(
    "key_digest", "fingerprint", "shard", "account_id", "seq", "count", "already"
)


def repeated_key_values(key: KeyRow) -> tuple[Any, ...]:
    """The columns of a key that names an older row."""
    return _repeated_key(key[:-1])  # whether it is `named` follows from `already`


_external_id: Final = EXTERNAL_IDS.binder(
    "program_id", "external_id", "fingerprint", "shard", "account_id", "seq"
)


def external_id_values(row: ExternalIdRow) -> tuple[Any, ...]:
    """The columns of an external id."""
    return _external_id(row)
