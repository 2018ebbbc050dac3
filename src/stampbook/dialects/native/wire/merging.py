"""Merges in bodies and answers."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from stampbook.dialects import instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.amounts import write as write_amount
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.transactions import transaction_id
from stampbook.dialects.native.wire.values import Id, Instant, Text
from stampbook.domain.model import FOREVER, PENDING, Kind, Transaction
from stampbook.domain.model import transaction_number as number_of
from stampbook.merging.merges import Merge
from stampbook.merging.requests import Merged, Moved


class MergeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes over, and why. `dry_run` is that of the address."""

    into: Id
    reason: Text | None = None
    dry_run: bool = False


class MergeShape(Struct, frozen=True):
    """Two members who became one: `member_id` was merged into `into`."""

    id: str
    program_id: str
    member_id: str
    into: str
    reason: str | None
    actor: str | None
    user_id: str | None
    api_key_id: str | None
    merged_at: Instant
    undone_at: Instant | None


class MergedLotShape(Struct, frozen=True):
    """Points of one lot that passed over; `to_lot_id` is the lot that they became."""

    lot_id: str
    to_lot_id: str | None
    amount: Written
    state: Literal["available", "pending"]
    activates_at: Instant | None
    expires_at: Instant | None


class MergeTransferShape(Struct, frozen=True):
    """What passed from an account to the one that took over: points, lot by lot, and a debt.

    `to_account_id` is null where a dry run would open the account. Of an undo, what came back.
    """

    currency_id: str
    from_account_id: str
    to_account_id: str | None
    amount: Written
    deficit: Written
    lots: Sequence[MergedLotShape]
    transaction_ids: Sequence[str]


class MergeBalanceShape(Struct, frozen=True):
    """An account of the member who took over, after the merge or its undo."""

    account_id: str | None
    currency_id: str
    active: Written
    pending: Written
    held: Written
    total: Written
    deficit: Written


class MergedShape(Struct, frozen=True):
    merge: MergeShape
    transfers: Sequence[MergeTransferShape]
    balances: Sequence[MergeBalanceShape]


def merge_shape(merge: Merge) -> MergeShape:
    user, key = merge.user_id, merge.api_key_id
    return MergeShape(
        id=ids.write(ids.MERGE, merge.merge_id),
        program_id=ids.write(ids.PROGRAM, merge.program_id),
        member_id=ids.write(ids.MEMBER, merge.member_id),
        into=ids.write(ids.MEMBER, merge.into_id),
        reason=merge.reason,
        actor=merge.actor,
        user_id=None if user is None else ids.write(ids.USER, user),
        api_key_id=None if key is None else ids.write(ids.API_KEY, key),
        merged_at=instants.write(merge.merged_at),
        undone_at=None if merge.undone_at is None else instants.write(merge.undone_at),
    )


def merged_shape(merged: Merged) -> MergedShape:
    return MergedShape(
        merge=merge_shape(merged.merge),
        transfers=[_transfer(moved) for moved in merged.moved],
        balances=list(
            {
                (each.account_id, each.currency_id): each for each in map(_balance, merged.moved)
            }.values()
        ),
    )


def _transfer(moved: Moved) -> MergeTransferShape:
    scale, opened = moved.after.scale, moved.receiver.account_id != 0
    here, there = (
        [row for row in moved.rows if row.account == number]
        for number in (moved.source.account_id, moved.after.number)
    )
    lots: list[MergedLotShape] = []
    amount = deficit = 0
    for row, other in zip(here, there, strict=True):
        if row.kind is Kind.TRANSFER_OUT:
            amount += row.amount
            lots += _lots(row, other, scale, opened=opened)
        elif row.kind is Kind.TRANSFER_IN or _is_debt(row):
            deficit += row.amount
        else:
            amount += row.amount
    return MergeTransferShape(
        currency_id=ids.write(ids.CURRENCY, moved.source.currency_id),
        from_account_id=ids.write(ids.ACCOUNT, moved.source.account_id),
        to_account_id=ids.write(ids.ACCOUNT, moved.receiver.account_id) if opened else None,
        amount=write_amount(amount, scale),
        deficit=write_amount(deficit, scale),
        lots=lots,
        transaction_ids=[
            transaction_id(row.account, row.seq) for row in (*here, *(there if opened else ()))
        ],
    )


def _is_debt(row: Transaction) -> bool:
    """Whether a cancel takes back what paid a debt: then it takes points of the old account."""
    return not any(posting.redemption == row.root for posting in row.postings)


def _lots(
    row: Transaction, other: Transaction, scale: int, *, opened: bool
) -> list[MergedLotShape]:
    return [
        MergedLotShape(
            lot_id=ids.write(ids.LOT, number_of(account=row.account, seq=posting.lot)),
            to_lot_id=(
                ids.write(ids.LOT, number_of(account=other.account, seq=terms.lot))
                if opened
                else None
            ),
            amount=write_amount(posting.amount, scale),
            state="pending" if posting.source is PENDING else "available",
            activates_at=_instant(terms.activates_at),
            expires_at=_instant(terms.expires_at),
        )
        for posting, terms in zip(row.postings, other.terms, strict=True)
    ]


def _instant(at: int) -> str | None:
    return None if at == FOREVER else instants.write(at)


def _balance(moved: Moved) -> MergeBalanceShape:
    after = moved.after

    def text(amount: int) -> str:
        return write_amount(amount, after.scale)

    opened = moved.receiver.account_id != 0
    return MergeBalanceShape(
        account_id=ids.write(ids.ACCOUNT, moved.receiver.account_id) if opened else None,
        currency_id=ids.write(ids.CURRENCY, after.currency),
        active=text(after.active),
        pending=text(after.pending),
        held=text(after.held),
        total=text(after.total),
        deficit=text(after.deficit),
    )
