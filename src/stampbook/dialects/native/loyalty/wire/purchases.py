"""Purchases and their refunds on the native wire."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct, convert

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.loyalty.wire.rewards import CodeState
from stampbook.dialects.native.wire.ledger import Reason
from stampbook.dialects.native.wire.values import Id, Instant, Metadata, StoredMetadata, Text
from stampbook.domain.model import transaction_number
from stampbook.loyalty.rewards.model import Code, Purchase
from stampbook.loyalty.rewards.refunding import Refunded

PurchaseState = Literal["approved", "partly_refunded", "refunded"]
Quantity = Annotated[int, Meta(ge=1, le=1_000)]


class PurchaseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What the member buys. A purchase with the same `external_id` is made once."""

    reward_id: Id
    quantity: Quantity = 1
    external_id: Text | None = None
    metadata: Metadata = {}


class RefundBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken back: `quantity` pieces, or all that remain. `allow` refunds what is not
    refundable, `write_off` leaves the stock as it is, `keep` lets used codes be. The journal keeps
    the `reason`."""

    quantity: Quantity | None = None
    policy: Literal["default", "allow"] = "default"
    stock: Literal["return", "write_off"] = "return"
    codes: Literal["void", "keep"] = "void"
    reason: Reason | None = None


class GainedShape(Struct, frozen=True):
    """What a reward of points put on another account. In a preview, the ids are null if that
    account does not exist yet."""

    currency_id: str
    account_id: str | None
    amount: Written
    transaction_id: str | None


class HandedOut(Struct, frozen=True):
    """A code of a purchase."""

    code: str
    state: CodeState


class PurchaseShape(Struct, frozen=True):
    """`points` were redeemed for all `quantity` pieces. `refunded` of them were taken back, and
    `written_off` of these did not return to the stock. In a preview, `account_id` and
    `transaction_id` are null if the account does not exist yet."""

    id: str
    program_id: str
    member_id: str
    reward_id: str
    state: PurchaseState
    quantity: int
    refunded: int
    written_off: int
    currency_id: str
    account_id: str | None
    points: Written
    transaction_id: str | None
    gained: GainedShape | None
    codes: Sequence[HandedOut]
    refundable: bool
    external_id: str | None
    metadata: StoredMetadata
    created_at: Instant
    updated_at: Instant


class RefundShape(Struct, frozen=True):
    """The purchase after the refund; the points that returned, and those of a reward of points that
    were taken; the codes that were voided, and the used ones that stay."""

    purchase: PurchaseShape
    quantity: int
    points: Written
    transaction_id: str | None
    taken: Written | None
    taken_transaction_id: str | None
    written_off: bool
    voided: Sequence[str]
    kept: Sequence[str]


def purchase_shape(
    purchase: Purchase, codes: Sequence[HandedOut], scales: Mapping[int, int]
) -> PurchaseShape:
    """`scales`: of the program's currencies."""
    return PurchaseShape(
        id=ids.write(ids.PURCHASE, purchase.purchase_id),
        program_id=ids.write(ids.PROGRAM, purchase.program_id),
        member_id=ids.write(ids.MEMBER, purchase.member_id),
        reward_id=ids.write(ids.REWARD, purchase.reward_id),
        state=convert(purchase.state, PurchaseState),
        quantity=purchase.quantity,
        refunded=purchase.refunded,
        written_off=purchase.written_off,
        currency_id=ids.write(ids.CURRENCY, purchase.currency_id),
        account_id=_account(purchase.account_id),
        points=amounts.write(purchase.points, scales[purchase.currency_id]),
        transaction_id=_transaction(purchase.account_id, purchase.seq),
        gained=_gained(purchase, scales),
        codes=codes,
        refundable=purchase.is_refundable,
        external_id=purchase.external_id,
        metadata=Raw(purchase.metadata.encode()),
        created_at=instants.write(purchase.created_at),
        updated_at=instants.write(purchase.updated_at),
    )


def _account(number: int | None) -> str | None:
    return ids.write(ids.ACCOUNT, number) if number else None


def _transaction(account: int | None, seq: int | None) -> str | None:
    if not account or not seq:
        return None
    return ids.write(ids.TRANSACTION, transaction_number(account=account, seq=seq))


def _gained(purchase: Purchase, scales: Mapping[int, int]) -> GainedShape | None:
    currency, account = purchase.target_currency_id, purchase.target_account_id
    points, seq = purchase.target_points, purchase.target_seq
    if currency is None or points is None:
        return None
    return GainedShape(
        ids.write(ids.CURRENCY, currency),
        _account(account),
        amounts.write(points, scales[currency]),
        _transaction(account, seq),
    )


def handed_out(codes: Sequence[Code]) -> list[HandedOut]:
    """Stored codes as their purchase shows them."""
    return [HandedOut(each.code, convert(each.state, CodeState)) for each in codes]


def refund_shape(done: Refunded, codes: Sequence[Code], scales: Mapping[int, int]) -> RefundShape:
    """`codes` are the purchase's, as they were before the refund."""
    voided = {each.code for each in done.voided}
    after = [each._replace(state="voided") if each.code in voided else each for each in codes]
    purchase, row = done.purchase, done.refund
    taken = taken_by = None
    if purchase.target_currency_id is not None and purchase.target_account_id is not None:
        taken = amounts.write(row.target_points, scales[purchase.target_currency_id])
        taken_by = _transaction(purchase.target_account_id, row.target_seq)
    return RefundShape(
        purchase=purchase_shape(purchase, handed_out(after), scales),
        quantity=row.quantity,
        points=amounts.write(row.points, scales[purchase.currency_id]),
        transaction_id=_transaction(purchase.account_id, row.seq),
        taken=taken,
        taken_transaction_id=taken_by,
        written_off=row.is_written_off,
        voided=[each.code for each in done.voided],
        kept=[each.code for each in done.kept],
    )
