"""Explanations in answers."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from stampbook.dialects import instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.amounts import write as write_amount
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.lots import BalanceShape, balance_shape
from stampbook.dialects.native.wire.values import Instant
from stampbook.explaining.explanation import Change, Explanation
from stampbook.explaining.parts import Part

PartWord = Literal["lot", "pending", "held", "deficit"]
Sentence = Annotated[str, Meta(description="A sentence in the language asked for")]


class PartShape(Struct, frozen=True):
    """What a lot, a hold or a debt adds to the balance, or takes from it.

    `lot_id` is null for holds and debts; `transaction_id` is the accrual of a lot, or what holds or
    owes.
    """

    kind: PartWord
    lot_id: str | None
    transaction_id: str
    amount: Written
    text: Sentence


class ChangeShape(Struct, frozen=True):
    """A transaction in words; `effect` is what it did to the active balance."""

    transaction_id: str
    at: Instant
    effect: Written
    text: Sentence


class ExplanationShape(Struct, frozen=True):
    """Why the balance is what it is at `as_of`.

    The parts of the kind `lot` less those of the kind `deficit` are the active balance, to the last
    digit; `sum` says so. `changes` are the newest transactions, newest first, at most 20.
    """

    account_id: str
    as_of: Instant
    balance: BalanceShape
    sum: Sentence
    parts: Sequence[PartShape]
    changes: Sequence[ChangeShape]


def explanation_shape(found: Explanation) -> ExplanationShape:
    scale = found.book.policy.scale
    return ExplanationShape(
        account_id=ids.write(ids.ACCOUNT, found.account),
        as_of=instants.write(found.as_of),
        balance=balance_shape(found.book, found.balance, found.as_of),
        sum=found.total,
        parts=[_part(each, scale) for each in found.parts],
        changes=[_change(each, scale) for each in found.changes],
    )


def _part(part: Part, scale: int) -> PartShape:
    return PartShape(
        kind=part.kind.value,
        lot_id=None if part.lot is None else ids.write(ids.LOT, part.lot),
        transaction_id=ids.write(ids.TRANSACTION, part.transaction),
        amount=write_amount(part.amount, scale),
        text=part.text,
    )


def _change(change: Change, scale: int) -> ChangeShape:
    return ChangeShape(
        transaction_id=ids.write(ids.TRANSACTION, change.transaction),
        at=instants.write(change.at),
        effect=write_amount(change.effect, scale),
        text=f"{change.text} {change.fate}".rstrip(),
    )
