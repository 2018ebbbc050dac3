"""Locations and visits on the wire: docs/reference/native-api-visits.md."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.problems import invalid_field
from stampbook.dialects.native.wire_ledger import TransactionShape
from stampbook.dialects.native.wire_programs import Amount, Instant, Text, read_amount
from stampbook.domain.model import MAX_AMOUNT
from stampbook.visits import editing
from stampbook.visits.locations import Limit
from stampbook.visits.model import (
    SCALE,
    UNITS,
    Attendance,
    Line,
    LineKind,
    Location,
    Visit,
    dues,
    payment_status,
    unpaid,
)
from stampbook.visits.promotion import Applies, Promotion, Rule, Totals

LOCATION, VISIT, APPOINTMENT, LINE, PAYMENT = "loc", "vis", "apt", "lin", "pay"

MAX_LINES = 200
MAX_LIMITS = 100
MAX_NUMBER = 2**53 - 1
HUNDRED_PERCENT = 10_000
MAX_QUANTITY = 10**9

AttendanceWord = Literal["did_not_come", "waiting", "came", "confirmed"]
PaymentStatusWord = Literal["not_paid", "paid_not_full", "paid_full", "paid_over"]
Number = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]
Comment = Annotated[str, Meta(max_length=4_000)]
Decimal = Annotated[str | int, Meta(description="A plain decimal number", examples=["12.5"])]

ATTENDANCE: Mapping[AttendanceWord, Attendance] = {
    "did_not_come": Attendance.DID_NOT_COME,
    "waiting": Attendance.WAITING,
    "came": Attendance.CAME,
    "confirmed": Attendance.CONFIRMED,
}
ATTENDANCE_WORDS: Mapping[int, AttendanceWord] = {
    number: word for word, number in ATTENDANCE.items()
}


class LocationBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A place of business. Without a time zone it has its program's."""

    program_id: str
    title: Text
    timezone: Text | None = None


class LocationChange(Struct, frozen=True, forbid_unknown_fields=True):
    title: Text | UnsetType = UNSET
    timezone: Text | UnsetType = UNSET


class LocationShape(Struct, frozen=True):
    id: str
    program_id: str
    title: str
    timezone: str


class LineBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A service or a good. `price` is that of the whole line before `discount_percent`; `cost`
    is what it costs after it, and follows from the two unless it is given.

    `id` names a line that is to be changed. `item` is the caller's number of the service or good.
    """

    kind: Literal["service", "good"]
    price: Amount
    id: str | None = None
    item: Number = 0
    title: Annotated[str, Meta(max_length=255)] = ""
    quantity: Decimal = 1
    discount_percent: Decimal = 0
    cost: Amount | None = None
    staff: Number = 0


Lines = Annotated[Sequence[LineBody], Meta(max_length=MAX_LINES)]


class VisitBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A visit with one appointment. `member_id`: the guest, if he is known."""

    location_id: str
    member_id: str | None = None
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

    account_id: str
    amount: Amount


class LineShape(Struct, frozen=True):
    """`left` is what is still to be paid of the line. `id` is null in a dry run's new lines."""

    id: str | None
    appointment_id: str | None
    kind: Literal["service", "good"]
    item: int
    title: str
    quantity: str
    price: Written
    discount_percent: str
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


class ReferralBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a program gives for bringing a friend: a discount to the guest, as many points to
    who sent him. A percentage of the guest's services and goods, or an amount."""

    title: Text
    unit: Literal["percent", "amount"]
    value: Decimal
    currency_ids: Annotated[Sequence[str], Meta(min_length=1, max_length=MAX_LIMITS)]
    location_ids: Annotated[Sequence[str], Meta(min_length=1, max_length=MAX_LIMITS)]


class ReferralShape(Struct, frozen=True):
    program_id: str
    title: str
    unit: Literal["percent", "amount"]
    value: str
    currency_ids: Sequence[str]
    location_ids: Sequence[str]


class LimitBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Without a location: the whole program."""

    program_id: str
    location_id: str | None = None


class LimitsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """To what the user is limited; empty: to nothing."""

    limits: Annotated[Sequence[LimitBody], Meta(max_length=MAX_LIMITS)]


class LimitsShape(Struct, frozen=True):
    login: str
    limits: Sequence[LimitBody]


# -- what callers send ---------------------------------------------------------------


def read_money(value: str | int, pointer: str, *, least: int = 0, scale: int = SCALE) -> int:
    """Hundredths of at least `least`, written with at most `scale` digits. Raises Failure (422)."""
    found = read_amount(value, scale, pointer) * UNITS[scale]
    if found < least:
        raise invalid_field(
            pointer, "must be greater than zero" if least else "must not be negative"
        )
    return found


def read_number(value: str | int, pointer: str, *, digits: int, least: int, most: int) -> int:
    """A decimal number of so many digits after the point, as an integer. Raises Failure (422)."""
    try:
        found = amounts.read(value, digits)
    except amounts.BadAmount:
        raise invalid_field(pointer, f"must have at most {digits} digits after the point") from None
    if not least <= found <= most:
        raise invalid_field(pointer, "is too small or too large")
    return found


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


def location_shape(location: Location) -> LocationShape:
    return LocationShape(
        ids.write(LOCATION, location.number),
        ids.write(ids.PROGRAM, location.program),
        location.title,
        location.timezone,
    )


def visit_shape(visit: Visit, numbers: Mapping[int, int] | None = None) -> VisitShape:
    """The visit; `numbers` says what became of negative numbers, None that they are no ids."""
    known = numbers or {}

    def named(prefix: str, number: int) -> str | None:
        number = known.get(number, number)
        return ids.write(prefix, number) if number > 0 else None

    left = dues(visit)
    return VisitShape(
        id=ids.write(VISIT, visit.number),
        program_id=ids.write(ids.PROGRAM, visit.program),
        location_id=ids.write(LOCATION, visit.location),
        member_id=named(ids.MEMBER, visit.member),
        starts_at=instants.write(visit.starts_at),
        attendance=ATTENDANCE_WORDS[visit.attendance],
        comment=visit.comment,
        cost=_money(visit.cost),
        unpaid=_money(unpaid(visit)),
        payment_status=payment_status(visit).value,
        appointments=[
            each for record in visit.records if (each := named(APPOINTMENT, record.number))
        ],
        lines=[
            LineShape(
                id=named(LINE, line.number),
                appointment_id=named(APPOINTMENT, line.record),
                kind=line.kind.value,
                item=line.item,
                title=line.title,
                quantity=amounts.write(line.quantity, 3),
                price=_money(line.first_cost),
                discount_percent=_money(line.discount),
                cost=_money(line.cost),
                left=_money(left[line.number]),
                staff=line.staff,
            )
            for line in visit.lines
        ],
        payments=[
            PaymentShape(
                id=named(PAYMENT, payment.number),
                line_id=named(LINE, payment.line),
                amount=_money(payment.amount),
                desk=payment.desk,
                comment=payment.comment,
                paid_at=instants.write(payment.paid_at),
            )
            for payment in visit.payments
        ],
        discounts=[
            DiscountShape(
                named(LINE, each.line), named(ids.ACCOUNT, each.account), _money(each.amount)
            )
            for each in visit.discounts
        ],
        withdrawals=[
            WithdrawalShape(
                ids.write(ids.TRANSACTION, part.transaction),
                ids.write(ids.ACCOUNT, part.account),
                named(LINE, part.line),
                _money(part.amount),
            )
            for part in visit.parts
        ],
    )


def _money(hundredths: int) -> str:
    return amounts.write(hundredths, SCALE)


def referral_of(
    body: ReferralBody,
    *,
    tenant: int,
    program: int,
    currencies: frozenset[int],
    locations: frozenset[int],
) -> Promotion:
    """The promotion that the body describes. Raises Failure (422)."""
    is_percent = body.unit == "percent"
    most = HUNDRED_PERCENT if is_percent else MAX_AMOUNT
    value = read_number(body.value, "/value", digits=2, least=1, most=most)
    return Promotion(
        number=0,
        tenant=tenant,
        program=program,
        title=body.title,
        kind="referral",
        services=Applies.ANY,
        goods=Applies.ANY,
        is_percent=is_percent,
        rules=(Rule(0, 0, value),),
        currencies=currencies,
        locations=locations,
        service_items=frozenset(),
        good_items=frozenset(),
        created_at=0,
        updated_at=0,
    )


def referral_shape(promotion: Promotion) -> ReferralShape:
    return ReferralShape(
        program_id=ids.write(ids.PROGRAM, promotion.program),
        title=promotion.title,
        unit="percent" if promotion.is_percent else "amount",
        value=_money(promotion.value(Totals())),
        currency_ids=[ids.write(ids.CURRENCY, each) for each in sorted(promotion.currencies)],
        location_ids=[ids.write(LOCATION, each) for each in sorted(promotion.locations)],
    )


def limits_shape(login: str, limits: frozenset[Limit]) -> LimitsShape:
    return LimitsShape(
        login,
        [
            LimitBody(
                ids.write(ids.PROGRAM, each.program),
                ids.write(LOCATION, each.location) if each.location else None,
            )
            for each in sorted(limits)
        ],
    )
