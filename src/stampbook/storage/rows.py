"""Between rows of the ledger's tables and the domain's types, the same for both databases.

Rows are read and written by the names of their columns (storage.tables).
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.json import decode, encode

from stampbook.domain.facts import AccountFacts
from stampbook.domain.hashing import decode_postings, decode_terms, encode_terms
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

_transaction: Final = TRANSACTIONS.binder()
_lot_row: Final = LOT_ROWS.binder()
_standing: Final = STANDINGS.binder()
_repeated_key: Final = REPEATED_KEYS.binder()
_external_id: Final = EXTERNAL_IDS.binder()


def transaction_values(shard: int, record: Record, key: KeyRow | None) -> tuple[Any, ...]:
    """The columns of a journal row; what is usual becomes NULL where the column allows it."""
    row, sums = record.row, record.sums
    who, seal = row.who, row.seal
    return _transaction(
        {
            "account_id": row.account,
            "amount": row.amount,
            "balance_before": row.balance_before,
            "balance_after": row.balance_after,
            "recorded_at": row.recorded_at,
            "effective_at": row.effective_at,
            "shortfall": row.shortfall,
            "pending": sums.pending,
            "available": sums.available,
            "held": sums.held,
            "spent": sums.spent,
            "expired": sums.expired,
            "revoked": sums.revoked,
            "owed": sums.owed,
            "owed_held": sums.owed_held,
            "restored": sums.restored,
            "due_at": None if sums.due_at == FOREVER else sums.due_at,
            "peer": row.peer or None,
            "deadline_at": None if row.deadline_at == FOREVER else row.deadline_at,
            "slides_at": None if row.slides_at == FOREVER else row.slides_at,
            "api_key_id": who.api_key_id,
            "user_id": who.user_id,
            "seq": row.seq,
            "target": row.target,
            "root": row.root,
            "link": row.link,
            "state_seq": record.state_seq,
            "shard": shard,
            "kind": int(row.kind),
            "key_rows": None if key is None else key.count,
            "by_clock": row.by_clock,
            "hash": row.hash,
            "postings": encode(row.postings).decode(),  # the text that the hash is of
            "terms": encode_terms(row.terms),
            "state": record.state,
            "external_id": row.external_id,
            "reason": row.reason,
            "actor": row.actor,
            "metadata": row.metadata,
            "subject": row.subject,
            "dialect": who.dialect,
            "request_id": who.request_id,
            "salt": None if seal is None else seal.salt,
            "texts_digest": None if seal is None else seal.digest,
            "key_digest": None if key is None else key.digest,
            "fingerprint": None if key is None else key.fingerprint,
        }
    )


def lot_row_values(shard: int, row: Transaction, lot: LotRow) -> tuple[Any, ...]:
    """The columns of what a journal row says of a lot."""
    return _lot_row(
        {
            "account_id": row.account,
            "lot": lot.lot,
            "seq": row.seq,
            "shard": shard,
            "closed": lot.closed,
        }
    )


def standing_values(shard: int, row: Transaction, standing: Standing) -> tuple[Any, ...]:
    """The columns of what a journal row makes of a transaction."""
    deadline_at = standing.deadline_at
    return _standing(
        {
            "account_id": row.account,
            "base": standing.base,
            "cancelled": standing.cancelled,
            "deadline_at": None if deadline_at == FOREVER else deadline_at,
            "target": standing.target,
            "seq": row.seq,
            "committed_by": standing.committed_by,
            "released_by": standing.released_by,
            "cancelled_by": standing.cancelled_by,
            "shard": shard,
            "status": int(standing.status),
            "parts": standing.parts,
        }
    )


def repeated_key_values(key: KeyRow) -> tuple[Any, ...]:
    """The columns of a key that names an older row."""
    return _repeated_key(
        {
            "account_id": key.account,
            "seq": key.seq,
            "count": key.count,
            "shard": key.shard,
            "already": key.already,
            "key_digest": key.digest,
            "fingerprint": key.fingerprint,
        }
    )


def external_id_values(row: ExternalIdRow) -> tuple[Any, ...]:
    """The columns of an external id."""
    return _external_id(
        {
            "program_id": row.program,
            "account_id": row.account,
            "seq": row.seq,
            "shard": row.shard,
            "fingerprint": row.fingerprint,
            "external_id": row.external_id,
        }
    )
