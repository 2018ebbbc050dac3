"""Lots and balances in answers."""

from msgspec import Struct

from stampbook.dialects import instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.amounts import write as write_amount
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.transactions import transaction_id
from stampbook.dialects.native.wire.values import Instant
from stampbook.domain.balance import Balance, Upcoming
from stampbook.domain.book import Book
from stampbook.domain.model import SEQUENCE_BITS
from stampbook.ledger.journal.lots import DatedLot


class LotShape(Struct, frozen=True):
    """Points that arrived together, split over the states."""

    id: str
    account_id: str
    seq: int
    accrued_by: str
    issued: Written
    pending: Written
    available: Written
    held: Written
    spent: Written
    expired: Written
    revoked: Written
    activates_at: Instant | None
    expires_at: Instant | None
    created_at: Instant


class LifetimeShape(Struct, frozen=True):
    issued: Written
    spent: Written
    expired: Written
    revoked: Written
    restored: Written


class UpcomingShape(Struct, frozen=True):
    at: Instant
    amount: Written


class BalanceShape(Struct, frozen=True):
    """What a member has at `as_of`; docs/concepts/semantics.md §2 defines the figures."""

    account_id: str
    currency_id: str
    as_of: Instant
    active: Written
    pending: Written
    held: Written
    total: Written
    deficit: Written
    lifetime: LifetimeShape
    next_expiration: UpcomingShape | None
    next_activation: UpcomingShape | None


def lot_shape(account: int, dated: DatedLot, scale: int) -> LotShape:
    """A lot of a settled account."""
    lot, expires_at = dated
    return LotShape(
        id=f"lot_{account << SEQUENCE_BITS | lot.seq:x}",
        account_id=ids.write(ids.ACCOUNT, account),
        seq=lot.seq,
        accrued_by=transaction_id(account, lot.accrued_by),
        issued=write_amount(lot.issued, scale),
        pending=write_amount(lot.pending, scale),
        available=write_amount(lot.available, scale),
        held=write_amount(lot.held, scale),
        spent=write_amount(lot.spent, scale),
        expired=write_amount(lot.expired, scale),
        revoked=write_amount(lot.revoked, scale),
        activates_at=instants.write_date(lot.activates_at),
        expires_at=instants.write_date(expires_at),
        created_at=instants.write(lot.created_at),
    )


def balance_shape(book: Book, balance: Balance, as_of: int) -> BalanceShape:
    scale = book.policy.scale

    def text(amount: int) -> str:
        return write_amount(amount, scale)

    def upcoming(found: Upcoming | None) -> UpcomingShape | None:
        return (
            None if found is None else UpcomingShape(instants.write(found.at), text(found.amount))
        )

    return BalanceShape(
        account_id=ids.write(ids.ACCOUNT, book.number),
        currency_id=ids.write(ids.CURRENCY, book.currency),
        as_of=instants.write(as_of),
        active=text(balance.active),
        pending=text(balance.pending),
        held=text(balance.held),
        total=text(balance.total),
        deficit=text(balance.deficit),
        lifetime=LifetimeShape(
            issued=text(balance.issued),
            spent=text(balance.spent),
            expired=text(balance.expired),
            revoked=text(balance.revoked),
            restored=text(balance.restored),
        ),
        next_expiration=upcoming(balance.next_expiration),
        next_activation=upcoming(balance.next_activation),
    )
