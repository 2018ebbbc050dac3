"""Locations and visits on the wire: docs/reference/native-api-visits.md."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written, WrittenNumber
from stampbook.dialects.native import ids
from stampbook.dialects.native.problems import invalid_field
from stampbook.dialects.native.wire.money import (
    HUNDRED_PERCENT,
    Decimal,
    read_money,
    read_number,
    write_money,
)
from stampbook.dialects.native.wire.transactions import TransactionShape
from stampbook.dialects.native.wire.values import Amount, Id, Instant
from stampbook.domain.model import MAX_AMOUNT
from stampbook.edge.bodies import MAX_TEXT
from stampbook.visits import editing
from stampbook.visits.model import (
    Attendance,
    Line,
    LineKind,
    Visit,
    dues,
    payment_status,
    unpaid,
)

MAX_LINES = 200
MAX_NUMBER = 2**53 - 1
MAX_QUANTITY = 10**9

AttendanceWord = Literal["did_not_come", "waiting", "came", "confirmed"]
PaymentStatusWord = Literal["not_paid", "paid_not_full", "paid_full", "paid_over"]
Number = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]
Comment = Annotated[str, Meta(max_length=MAX_TEXT)]

ATTENDANCE: Mapping[AttendanceWord, Attendance] = {
    "did_not_come": Attendance.DID_NOT_COME,
    "waiting": Attendance.WAITING,
    "came": Attendance.CAME,
    "confirmed": Attendance.CONFIRMED,
}
ATTENDANCE_WORDS: Mapping[int, AttendanceWord] = {
    number: word for word, number in ATTENDANCE.items()
}


class LineBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A service or a good. `price` is that of the whole line before `discount_percent`; `cost`
    is what it costs after it, and follows from the two unless it is given.

    `id` names a line that is to be changed. `item` is the caller's number of the service or good.
    """

    kind: Literal["service", "good"]
    price: Amount
    id: Id | None = None
    item: Number = 0
    title: Annotated[str, Meta(max_length=255)] = ""
    quantity: Decimal = 1
    discount_percent: Decimal = 0
    cost: Amount | None = None
    staff: Number = 0


Lines = Annotated[Sequence[LineBody], Meta(max_length=MAX_LINES)]


class VisitBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A visit with one appointment. `member_id`: the guest, if they are known."""

    location_id: Id
    member_id: Id | None = None
    starts_at: Instant | None = None
    length_s: Annotated[int, Meta(ge=0, le=366 * 86_400)] = 3_600
    staff: Number = 0
    attendance: AttendanceWord = "waiting"
    comment: Comment = ""
    lines: Lines = ()


class VisitChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes. `lines` are all lines of the visit's first appointment from then
    on: one without an id is new, one that is not named goes."""

    attendance: AttendanceWord | UnsetType = UNSET
    comment: Comment | UnsetType = UNSET
    lines: Lines | UnsetType = UNSET


class PaymentBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Money, for each line what is left of it, the first lines first. `desk` is the till."""

    amount: Amount
    desk: Number = 1
    comment: Comment = ""


class WithdrawalBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Points of an account, at most its balance and what is left to pay."""

    account_id: Id
    amount: Amount


class LineShape(Struct, frozen=True):
    """`left` is what is still to be paid of the line. `id` is null in a dry run's new lines."""

    id: str | None
    appointment_id: str | None
    kind: Literal["service", "good"]
    item: int
    title: str
    quantity: WrittenNumber
    price: Written
    discount_percent: WrittenNumber
    cost: Written
    left: Written
    staff: int


class PaymentShape(Struct, frozen=True):
    """`line_id` null: money that belongs to no line."""

    id: str | None
    line_id: str | None
    amount: Written
    desk: int
    comment: str
    paid_at: Instant


class DiscountShape(Struct, frozen=True):
    """`account_id` null: given without a card."""

    line_id: str | None
    account_id: str | None
    amount: Written


class WithdrawalShape(Struct, frozen=True):
    """What is in force of one redemption that paid for one line."""

    transaction_id: str
    account_id: str
    line_id: str | None
    amount: Written


class VisitShape(Struct, frozen=True):
    id: str
    program_id: str
    location_id: str
    member_id: str | None
    starts_at: Instant
    attendance: AttendanceWord
    comment: str
    cost: Written
    unpaid: Written
    payment_status: PaymentStatusWord
    appointments: Sequence[str]
    lines: Sequence[LineShape]
    payments: Sequence[PaymentShape]
    discounts: Sequence[DiscountShape]
    withdrawals: Sequence[WithdrawalShape]


class WithdrawnShape(Struct, frozen=True):
    """The transactions that the request wrote on the account: cancels of what a replaced
    withdrawal took, then one redemption for each line. Empty when nothing was to be changed."""

    visit_id: str
    account_id: str
    transactions: Sequence[TransactionShape]


# -- what callers send ---------------------------------------------------------------


def line_of(body: LineBody, pointer: str, *, number: int, record: int) -> Line:
    """A line as it is to be. Raises Failure (422)."""
    first_cost = read_money(body.price, f"{pointer}/price")
    discount = read_number(
        body.discount_percent,
        f"{pointer}/discount_percent",
        digits=2,
        least=0,
        most=HUNDRED_PERCENT,
    )
    cost = editing.net_cost(first_cost, discount)
    if body.cost is not None:
        cost = read_money(body.cost, f"{pointer}/cost")
    if max(first_cost, cost) > MAX_AMOUNT:
        raise invalid_field(f"{pointer}/price", "is too large")
    return Line(
        number=number,
        record=record,
        kind=LineKind(body.kind),
        item=body.item,
        title=body.title,
        quantity=read_number(
            body.quantity, f"{pointer}/quantity", digits=3, least=1, most=MAX_QUANTITY
        ),
        first_cost=first_cost,
        discount=discount,
        cost=cost,
        staff=body.staff,
    )


# -- the shapes ----------------------------------------------------------------------


def visit_shape(visit: Visit, numbers: Mapping[int, int] | None = None) -> VisitShape:
    """The visit; `numbers` says what became of negative numbers, None that they are no ids."""
    known = numbers or {}

    def named(prefix: str, number: int) -> str | None:
        number = known.get(number, number)
        return ids.write(prefix, number) if number > 0 else None

    left = dues(visit)
    return VisitShape(
        id=ids.write(ids.VISIT, visit.number),
        program_id=ids.write(ids.PROGRAM, visit.program),
        location_id=ids.write(ids.LOCATION, visit.location),
        member_id=named(ids.MEMBER, visit.member),
        starts_at=instants.write(visit.starts_at),
        attendance=ATTENDANCE_WORDS[visit.attendance],
        comment=visit.comment,
        cost=write_money(visit.cost),
        unpaid=write_money(unpaid(visit)),
        payment_status=payment_status(visit).value,
        appointments=[
            each for record in visit.records if (each := named(ids.APPOINTMENT, record.number))
        ],
        lines=[
            LineShape(
                id=named(ids.LINE, line.number),
                appointment_id=named(ids.APPOINTMENT, line.record),
                kind=line.kind.value,
                item=line.item,
                title=line.title,
                quantity=amounts.write(line.quantity, 3),
                price=write_money(line.first_cost),
                discount_percent=write_money(line.discount),
                cost=write_money(line.cost),
                left=write_money(left[line.number]),
                staff=line.staff,
            )
            for line in visit.lines
        ],
        payments=[
            PaymentShape(
                id=named(ids.PAYMENT, payment.number),
                line_id=named(ids.LINE, payment.line),
                amount=write_money(payment.amount),
                desk=payment.desk,
                comment=payment.comment,
                paid_at=instants.write(payment.paid_at),
            )
            for payment in visit.payments
        ],
        discounts=[
            DiscountShape(
                named(ids.LINE, each.line),
                named(ids.ACCOUNT, each.account),
                write_money(each.amount),
            )
            for each in visit.discounts
        ],
        withdrawals=[
            WithdrawalShape(
                ids.write(ids.TRANSACTION, part.transaction),
                ids.write(ids.ACCOUNT, part.account),
                named(ids.LINE, part.line),
                write_money(part.amount),
            )
            for part in visit.parts
        ],
    )
