"""Transactions in answers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import UNSET, Raw, Struct, UnsetType, field

from stampbook.dialects import instants
from stampbook.dialects.amounts import NOTHING, Written
from stampbook.dialects.amounts import write as write_amount
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import Instant, StoredMetadata
from stampbook.domain.decisions.passing import leaves
from stampbook.domain.model import (
    FOREVER,
    OWED,
    PENDING,
    SEQUENCE_BITS,
    Kind,
    Movement,
    Posting,
    Status,
    Transaction,
    split_number,
)
from stampbook.ledger.outcomes import SLIDES

Word = Literal[
    "pending", "available", "held", "spent", "expired", "revoked", "outside", "owed",
    "doomed", "reinstated",
]  # fmt: skip
TransactionStatus = Literal["in_force", "partly_cancelled", "cancelled", "temporary", "released"]

STATE_WORDS: tuple[Word, ...] = (
    "outside", "pending", "available", "held", "spent", "expired", "revoked", "owed",
    "doomed", "reinstated",
)  # fmt: skip
"""By the number of the state."""

MAX_NAMED: Final = 200
"""Allocations and postings that one answer names; the rest is a list of its own. A redemption may
take from thousands of lots."""

NO_METADATA = Raw(b"{}")


class AllocationShape(Struct, frozen=True):
    """An amount of a lot that moved; `lot_id` is null for what no lot pays (`owed`)."""

    lot_id: str | None
    amount: Written
    source: Word = field(name="from")
    target: Word = field(name="to")
    expires_at: Instant | None


class PostingShape(Struct, frozen=True):
    """The smallest fact; `transaction_id` is the redemption or hold that it pays or unpays."""

    lot_id: str | None
    amount: Written
    source: Word = field(name="from")
    target: Word = field(name="to")
    transaction_id: str | None


class TransactionShape(Struct, frozen=True):
    """A row of an account's journal.

    In the answer to a write `status` is that of the moment of writing. The fields after
    `approved_by` are there where they mean something; those from `cancelled_by` on when a
    transaction is read. `api_key_id`, `user_id`, `dialect` and `request_id` are whose request it
    was, by which API; null for what the clock did and in rows of earlier releases. `approved_by` is
    the second person, and null in the answer to a write.
    """

    id: str
    account_id: str
    seq: int
    type: str
    amount: Written
    effect: Written
    status: TransactionStatus
    balance_before: Written
    balance_after: Written
    cancels: str | None
    external_id: str | None
    reason: str | None
    actor: str | None
    effective_at: Instant
    created_at: Instant
    metadata: StoredMetadata
    allocations: Sequence[AllocationShape]
    shortfall: Written
    api_key_id: str | None = None
    user_id: str | None = None
    dialect: str | None = None
    request_id: str | None = None
    approved_by: str | None = None
    allocations_truncated: bool | UnsetType = UNSET
    more_allocations: int | UnsetType = UNSET
    commits: str | UnsetType = UNSET
    releases: str | UnsetType = UNSET
    activates: str | UnsetType = UNSET
    expires: str | UnsetType = UNSET
    transfer: str | UnsetType = UNSET
    deadline_at: Instant | UnsetType = UNSET
    by_clock: bool | UnsetType = UNSET
    already_cancelled: bool | UnsetType = UNSET
    forwarded: "ForwardedShape | UnsetType" = UNSET
    cancelled_by: str | UnsetType | None = UNSET
    cancelled_amount: Written | UnsetType = UNSET
    committed_by: str | UnsetType | None = UNSET
    released_by: str | UnsetType | None = UNSET
    postings: Sequence[PostingShape] | UnsetType = UNSET
    more_postings: int | UnsetType = UNSET


class ForwardedShape(Struct, frozen=True):
    """What a late cancel on a merged account gave to (negative: took from) the account that has
    the points now, and the last row there. `via`: the merged accounts on the way, in their order,
    if there are any, and the last row on each."""

    account_id: str
    transaction_id: str
    amount: Written
    via: "list[LinkShape] | UnsetType" = UNSET


class LinkShape(Struct, frozen=True):
    """An account, and a row of its journal."""

    account_id: str
    transaction_id: str


class TransferShape(Struct, frozen=True):
    """Both legs of a transfer."""

    source: TransactionShape = field(name="from")
    receiver: TransactionShape = field(name="to")


CANCEL: Final = Kind.CANCEL
HOLD: Final = Kind.HOLD
LINK_FIELDS = {
    Kind.COMMIT: "commits",
    Kind.RELEASE: "releases",
    Kind.ACTIVATE: "activates",
    Kind.EXPIRE: "expires",
}
KIND_WORDS = ("", *(kind.wire for kind in sorted(Kind)))
"""By the number of the kind: an enumeration's members are slow keys."""


def transaction_shape(
    row: Transaction,
    scale: int,
    expiries: Mapping[int, int],
    *,
    already: bool = False,
    unnamed: int = 0,
) -> TransactionShape:
    """A journal row as a write answers it: from the row and its lots' terms alone.

    `unnamed`: allocations that the row has had and that were left out when it was read.
    """
    account, kind, before, after = row.account, row.kind, row.balance_before, row.balance_after
    amount, effect = write_amount(row.amount, scale), after - before
    recorded_at = instants.write(row.recorded_at)
    key, user, dialect, request_id = row.who
    more: dict[str, Any] = {}
    moved = moved_postings(row)
    if len(moved) + unnamed > MAX_NAMED:
        more["allocations_truncated"] = True
        more["more_allocations"] = len(moved) + unnamed - MAX_NAMED
        del moved[MAX_NAMED:]
    if row.target and kind in LINK_FIELDS:
        more[LINK_FIELDS[kind]] = transaction_id(account, row.target)
    if row.peer:
        more["transfer"] = ids.write(ids.TRANSACTION, row.peer)
    if row.deadline_at != FOREVER:
        more["deadline_at"] = instants.write(row.deadline_at)
    if row.by_clock:
        more["by_clock"] = True
    if already:
        more["already_cancelled"] = True
    return TransactionShape(
        transaction_id(account, row.seq),
        f"acc_{account:x}",
        row.seq,
        KIND_WORDS[kind],
        amount,
        amount if effect == row.amount else write_amount(effect, scale),
        "temporary" if is_born_temporary(row) else "in_force",
        write_amount(before, scale),
        write_amount(after, scale),
        transaction_id(account, row.target) if kind is CANCEL else None,
        row.external_id,
        row.reason,
        row.actor,
        recorded_at if row.effective_at == row.recorded_at else instants.write(row.effective_at),
        recorded_at,
        NO_METADATA if row.metadata is None else Raw(row.metadata.encode()),
        allocation_shapes(row, moved, scale, expiries),
        write_amount(row.shortfall, scale) if row.shortfall else NOTHING[scale],
        None if key is None else f"key_{key:x}",
        None if user is None else f"usr_{user:x}",
        dialect,
        request_id,
        **more,
    )


def forwarded_shape(rows: Sequence[Transaction], scale: int) -> ForwardedShape | UnsetType:
    """Of all rows that a request wrote: where the first one's effect went, if it was passed on."""
    first = rows[0]
    ends: list[LinkShape] = []
    account = first.account
    while left := [row for row in rows if row.account == account and leaves(row, account)]:
        last = max(left, key=lambda row: row.seq)
        account = split_number(last.peer)[0]
        link = ids.write(ids.ACCOUNT, account), ids.write(ids.TRANSACTION, last.peer)
        ends.append(LinkShape(*link))
    if not ends:
        return UNSET
    return ForwardedShape(
        account_id=ends[-1].account_id,
        transaction_id=ends[-1].transaction_id,
        amount=write_amount(first.effect, scale),
        via=ends[:-1] or UNSET,
    )


def transaction_id(account: int, seq: int) -> str:
    return f"txn_{account << SEQUENCE_BITS | seq:x}"


def is_born_temporary(row: Transaction) -> bool:
    """Whether the transaction was made to be committed or rolled back."""
    if row.kind is HOLD:
        return True
    return bool(row.terms) and any(terms.locked for terms in row.terms)


def moved_postings(row: Transaction) -> list[Posting]:
    """What the row moved, lot by lot; bookkeeping beside the states is left out."""
    return [each for each in row.postings if each.source <= OWED and each.target <= OWED]


def named_only(row: Transaction) -> tuple[Transaction, int]:
    """The row with no more than an answer names, and how many allocations it has lost."""
    moved = moved_postings(row)
    if len(moved) <= MAX_NAMED:
        return row, 0
    kept = moved[:MAX_NAMED]
    lots = {posting.lot for posting in kept}
    terms = tuple(terms for terms in row.terms if terms.lot in lots or terms.locked)
    return row._replace(postings=tuple(kept), terms=terms), len(moved) - MAX_NAMED


def allocation_shapes(
    row: Transaction, postings: Iterable[Posting], scale: int, expiries: Mapping[int, int]
) -> list[AllocationShape]:
    """These postings of the row, of those that it moved."""
    own = {terms.lot: terms for terms in row.terms} if row.terms else {}
    shapes = []
    for posting in postings:
        lot, amount, source, target, _ = posting
        if lot in own:
            expires_at = own[lot].expires_at
            if own[lot].sliding and row.slides_at != FOREVER:
                expires_at = row.slides_at
        else:
            expires_at = _expiry(row, posting, expiries)
        shapes.append(
            AllocationShape(
                f"lot_{row.account << SEQUENCE_BITS | lot:x}" if lot else None,
                write_amount(amount, scale),
                STATE_WORDS[source],
                STATE_WORDS[target],
                None if expires_at == FOREVER else instants.write(expires_at),
            )
        )
    return shapes


def _expiry(row: Transaction, posting: Posting, expiries: Mapping[int, int]) -> int:
    """When a lot that the row did not date expires: the same whenever it is asked.

    FOREVER (null) for what is or was pending, which may yet be dated, and for lots that slide
    unless this row moved their common expiry.
    """
    if not posting.lot or posting.source is PENDING or posting.target is PENDING:
        return FOREVER
    expires_at = expiries.get(row.account << SEQUENCE_BITS | posting.lot, FOREVER)
    return row.slides_at if expires_at == SLIDES else expires_at


def standing(row: Transaction, by: Movement, scale: int) -> dict[str, Any]:
    """What has become of the transaction, and its postings: the fields of a single read."""
    rest = len(row.postings) - MAX_NAMED
    return {
        "status": status_word(row, by),
        "cancelled_by": _link(row, by.cancelled_by),
        "cancelled_amount": write_amount(by.cancelled, scale),
        "committed_by": _link(row, by.committed_by),
        "released_by": _link(row, by.released_by),
        "postings": posting_shapes(row, row.postings[:MAX_NAMED], scale),
        **({"more_postings": rest} if rest > 0 else {}),
    }


def posting_shapes(row: Transaction, postings: Iterable[Posting], scale: int) -> list[PostingShape]:
    """These postings of the row."""
    return [_posting_shape(row, each, scale) for each in postings]


def _link(row: Transaction, seq: int) -> str | None:
    return transaction_id(row.account, seq) if seq else None


def status_word(row: Transaction, movement: Movement) -> TransactionStatus:
    """What has become of the transaction, in a word."""
    if movement.status is Status.RELEASED:
        return "released"
    if movement.cancelled and movement.cancelled >= movement.base:
        return "cancelled"
    if movement.cancelled:
        return "partly_cancelled"
    return "temporary" if movement.status is Status.TEMPORARY else "in_force"


def _posting_shape(row: Transaction, posting: Posting, scale: int) -> PostingShape:
    lot = posting.lot
    return PostingShape(
        f"lot_{row.account << SEQUENCE_BITS | lot:x}" if lot else None,
        write_amount(posting.amount, scale),
        STATE_WORDS[posting.source],
        STATE_WORDS[posting.target],
        _link(row, posting.redemption),
    )
