"""Journal rows as the vendor's transaction objects: for lists and for exports."""

from collections.abc import Mapping
from typing import NamedTuple

from stampbook.dialects import amounts, instants
from stampbook.dialects.altcraft.answers import balance_text
from stampbook.dialects.altcraft.formats.writing import Value
from stampbook.dialects.spelling.altcraft import write_transaction
from stampbook.domain.model import (
    CREDITS,
    DEBITS,
    Kind,
    Status,
    Transaction,
    transaction_number,
)
from stampbook.ledger.journal.rows import Page

COLUMNS = (
    "transaction_id",
    "transaction_eid",
    "created_at",
    "transaction_type",
    "amount",
    "balance_before",
    "balance_after",
    "promo_iid",
    "promo_eid",
    "description",
    "activation_date",
    "expiration_date",
    "source_type",
    "source_iid",
    "source_sid",
    "is_temp",
    "status",
    "related_transaction_id",
)
"""The fields of a transaction object, in the order in which we write them."""

_TYPES = {
    Kind.CANCEL: "cancellation",
    Kind.RELEASE: "rollback",
    Kind.EXPIRE: "expiration",
    Kind.ACTIVATE: "activation",
}

_REFERRING = frozenset({Kind.CANCEL, Kind.RELEASE, Kind.COMMIT})

_PROMOTION = "promotion:"


class Wording(NamedTuple):
    """What the objects of a currency share. `promotions`: external ids by number."""

    scale: int
    promotions: Mapping[int, str | None]


def promotion_subject(promotion: int) -> str:
    """What the journal says of the promotion by which points moved."""
    return f"{_PROMOTION}{promotion}"


def promotion_of(row: Transaction) -> int | None:
    """The number of the promotion by which the row's points moved."""
    if row.subject is None or not row.subject.startswith(_PROMOTION):
        return None
    return int(row.subject.removeprefix(_PROMOTION))


def transaction_object(row: Transaction, page: Page, wording: Wording) -> dict[str, Value]:
    """The row with all fields of COLUMNS; null where one does not apply."""
    promotion = promotion_of(row)
    terms = row.terms[0] if row.terms and row.kind in (CREDITS | {Kind.COMMIT}) else None
    refers = row.target if row.kind in _REFERRING else 0
    values: tuple[Value, ...] = (
        write_transaction(row.number),
        row.external_id,
        instants.write(row.effective_at),
        _type(row, page),
        amounts.write(row.amount, wording.scale),
        balance_text(row.balance_before, wording.scale),
        balance_text(row.balance_after, wording.scale),
        promotion,
        None if promotion is None else wording.promotions.get(promotion),
        row.reason,
        None if terms is None else instants.write_date(terms.activates_at),
        None if terms is None else instants.write_date(terms.expires_at),
        None,
        None,
        None,
        _is_temporary(row),
        _status(row, page),
        write_transaction(transaction_number(account=row.account, seq=refers)) if refers else None,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _type(row: Transaction, page: Page) -> str:
    """A commit is of the type of what it commits."""
    if row.kind is Kind.COMMIT:
        row = page.known[row.root]
    if row.kind in DEBITS:
        return "redemption"
    return _TYPES.get(row.kind, "accrual")


def _is_temporary(row: Transaction) -> bool:
    """Whether it was made to be committed or rolled back."""
    if row.kind is Kind.COMMIT:
        return False
    return row.kind is Kind.HOLD or (
        row.kind in CREDITS and any(terms.locked for terms in row.terms)
    )


def _status(row: Transaction, page: Page) -> str:
    """The status of the transaction now. A commit has that of its original."""
    movement = page.movements.get(row.root if row.kind is Kind.COMMIT else row.seq)
    if movement is None:
        return "in_force"
    if movement.status is Status.RELEASED:
        return "rolled_back"
    if movement.cancelled >= movement.base:
        return "canceled"
    if movement.cancelled:
        return "partly_canceled"
    if movement.status is Status.TEMPORARY:
        return "temporary"
    if movement.committed_by and row.kind is not Kind.COMMIT:
        return "committed"
    return "in_force"
