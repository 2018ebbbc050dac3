"""A member's points pay for an order; and what they have paid."""

from fractions import Fraction
from functools import partial
from typing import Annotated, Any, Final, Literal, NamedTuple

from msgspec import Meta

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.dialects.voucherify.core.bodies import Closed, read_body, required
from stampbook.dialects.voucherify.core.calls import Call, Simulation
from stampbook.dialects.voucherify.core.definitions import formulas
from stampbook.dialects.voucherify.core.definitions.options import SMALLEST_UNIT, exchange_of
from stampbook.dialects.voucherify.core.definitions.rows import find_definition
from stampbook.dialects.voucherify.core.faults import Fault, invalid_payload, not_found, refused
from stampbook.dialects.voucherify.core.judging import check_open
from stampbook.dialects.voucherify.core.lists.filters import Sql, id_field, instant_field
from stampbook.dialects.voucherify.core.lists.listing import Kind, list_page, read_page
from stampbook.dialects.voucherify.core.once import join_once, write_once
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.rows import NOBODY, Card, Member, Program, find_seat
from stampbook.dialects.voucherify.core.seats import find_member
from stampbook.dialects.voucherify.core.shapes.schema import list_of
from stampbook.dialects.voucherify.v2.members import resource as members
from stampbook.dialects.voucherify.v2.orders import transactions
from stampbook.dialects.voucherify.v2.orders.resource import find_order
from stampbook.dialects.voucherify.v2.orders.transactions import OrderTransaction
from stampbook.edge.operations import Operation
from stampbook.ledger.joint import Joint, JointRefused, Known, join_anew, with_result
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.orders import paying
from stampbook.loyalty.orders.model import Exchange, Order, Payment, ReturnSpent
from stampbook.loyalty.orders.paying import NothingToPay, Paid, Pay, Terms, Want
from stampbook.loyalty.orders.refunding import Desk
from stampbook.loyalty.rewards import spending
from stampbook.programs import accounts, currency_options
from stampbook.programs.searching.merged import account_after
from stampbook.storage.store import Transacting

Body = dict[str, Any]
AIM: Final = "Cannot pay for order when"
PATH: Final = f"{members.ITEM}/orders/payments"

KIND: Final = Kind(
    prefix="lcrsotx_",
    orders={"created_at": "t.created_at"},
    number="t.transaction_id",
    filters={
        "id": id_field("t.transaction_id", Prefix.ORDER_TRANSACTION),
        "created_at": instant_field("t.created_at"),
    },
)


class NamedOrder(Closed, frozen=True):
    """An order by its id, its source id, or both."""

    id: Annotated[str, Meta(pattern="^ord_[a-f0-9]+$", max_length=100)] | None = None
    source_id: Annotated[str, Meta(min_length=1, max_length=255)] | None = None


class Most(Closed, frozen=True):
    max: Annotated[int, Meta(ge=1, le=2**53 - 1)]


class PaymentLimit(Closed, frozen=True):
    type: Literal["CARD_BALANCE", "POINTS_LIMIT", "AMOUNT_LIMIT"]
    points_limit: Most | None = None
    amount_limit: Most | None = None


class PaymentRequest(Closed, frozen=True):
    card_id: Annotated[str, Meta(max_length=100)]
    order: NamedOrder
    payment_limit: PaymentLimit | None = None
    mode: Literal["TRANSACTION", "DRY_RUN"] | None = None


class _Bill(NamedTuple):
    """Who pays, with what, for which order. `ratio` is that of points to the smallest unit of
    money; None: points of the card pay for no orders."""

    member: Member
    card: Card
    order: Order
    terms: Terms | None
    ratio: Fraction


async def create_payment(call: Call) -> Body | Simulation:
    """All checks in their order, then the payment; of a dry run only the checks."""
    path = call.parameters
    program, member = await find_member(call, path["program"], path["member"])
    wanted = read_body(call.body, PaymentRequest)
    limits = _limits(wanted.payment_limit)
    if wanted.order.id is None and wanted.order.source_id is None:
        raise invalid_payload("Payload.order must have required property 'id' or 'source_id'")
    is_trial = wanted.mode == "DRY_RUN"

    bills: list[_Bill] = []

    async def build() -> Joint | Known:
        check_open(program, member, AIM, call.now)
        bills.append(await _bill(call, program, member, wanted))
        return await _request(call, bills[-1], limits, is_trial=is_trial)

    async def printing() -> Joint | Known:
        return with_result(await build(), transactions.print_created)

    try:
        # Only this process depends on the turn: whose payments wait for each other.
        async with call.context.awarding.turns.of({f"order-payments:{wanted.card_id}"}):
            if is_trial:
                joined = await join_anew(call.context.ledger.join, build)
                return Simulation(transactions.print_simulated(joined.result))
            return await join_once(call, printing)
    except Refused as refusal:
        return await _rejected(call, bills[-1], limits, refusal, is_trial=is_trial)
    except JointRefused as refusal:
        raise refused(refusal.refusal) from None


def _limits(limit: PaymentLimit | None) -> Body:
    """What a payment keeps of its limit. Raises a Fault (400)."""
    if limit is None or limit.type == "CARD_BALANCE":
        return {}
    name = limit.type.lower()
    return {name: required(getattr(limit, name), f"payment_limit.{name}").max}


async def _bill(call: Call, program: Program, member: Member, wanted: PaymentRequest) -> _Bill:
    """Raises a Fault: 404 card, 423, 404 order."""
    number = parse(Prefix.CARD, wanted.card_id)
    seat = await find_seat(
        call.store,
        tenant=call.tenant,
        program=program.program_id,
        member=member.member_id,
        account=NOBODY if number is None else number,
    )
    if seat.card is None and number is not None:
        # A card of a member who was merged: the one that has taken over pays.
        number = await account_after(call.store, number, tenant=call.tenant)
        seat = await find_seat(
            call.store,
            tenant=call.tenant,
            program=program.program_id,
            member=member.member_id,
            account=number,
        )
    if seat.card is None:
        raise not_found("card", wanted.card_id)
    card = seat.card
    definition = await find_definition(call.store, card.place.definition, tenant=call.tenant)
    options = await currency_options.get(call.store, card.policy.currency)
    payments = {} if definition is None else definition.body["pay_with_points"]
    formula = payments.get("exchange_ratio", {}).get("formula")
    if formula is None and options.exchange_points is None:
        raise _not_enabled()
    order = await _order(call, member, wanted.order)
    if options.exchange_points is not None and options.exchange_money is not None:
        exchange = Exchange(options.exchange_points, options.exchange_money)
        ratio = Fraction(exchange.points * SMALLEST_UNIT, exchange.money)
        return _Bill(member, card, order, _terms(exchange, options.return_spent), ratio)
    found = formulas.ratio_of(formula, order.content.metadata)
    made = None if found is None else exchange_of(found)
    if found is None or made is None:
        raise _not_enabled()
    return _Bill(member, card, order, _terms(made, options.return_spent), found)


def _terms(exchange: Exchange, return_spent: str) -> Terms:
    return Terms(exchange, ReturnSpent(return_spent))


def _not_enabled() -> Fault:
    return Fault(
        423,
        "pay_with_points_not_enabled",
        "Pay with points is not enabled",
        "Card definition does not have pay with points enabled",
    )


async def _order(call: Call, member: Member, named: NamedOrder) -> Order:
    """The order, of nobody or of this customer. Raises a Fault: 404, or 400 where the names are of
    different orders."""
    text = named.id if named.id is not None else named.source_id
    assert text is not None
    order = await find_order(call, text)
    # Orders are the tenant's: a key of one program sees those of its members alone.
    is_open = order.customer is None and call.caller.program is None
    if not is_open and order.customer != member.customer_id:
        raise not_found("order", text)
    if named.source_id is not None and order.external_id != named.source_id:
        raise invalid_payload("Payload.order: id and source_id name different orders")
    return order


async def _request(call: Call, bill: _Bill, limits: Body, *, is_trial: bool) -> Joint | Known:
    """The joint request, whose result is an OrderTransaction. Raises Refused."""
    account = await accounts.get(call.store, bill.card.account, tenant=call.tenant)
    if account is None:
        raise not_found("card", call.parameters["member"])

    async def find() -> Order:
        return bill.order

    def stored(payment: Payment) -> OrderTransaction:
        details = transactions.paid(payment.amount, payment.points, bill.ratio)
        made = _transaction(bill, payment.number, limits, details, at=payment.created_at)
        return made._replace(seq=payment.seq)

    def result(paid: Paid) -> OrderTransaction:
        return stored(paid.payment)

    ask = Pay(
        account,
        bill.terms,
        max_amount=limits.get("amount_limit"),
        max_points=limits.get("points_limit"),
        actor=call.caller.actor,
        dry_run=is_trial,
        within_order=True,
        beside=lambda payment: (transactions.stored(stored(payment), tenant=call.tenant),),
    )
    made = await paying.request(Desk(call.store, call.context.ledger), find, ask)
    return with_result(made, result)


def _transaction(
    bill: _Bill, number: int, limits: Body, payment: Body, *, at: int, rejection: Body | None = None
) -> OrderTransaction:
    place = bill.card.place
    return OrderTransaction(
        number=number,
        program=place.program,
        member=place.member,
        account=place.account,
        definition=place.definition,
        order=bill.order.number,
        seq=None,
        details={"metadata": limits, "payment": payment, "rejection": rejection},
        created_at=at,
    )


async def _rejected(
    call: Call, bill: _Bill, limits: Body, refusal: Refused, *, is_trial: bool
) -> Body | Simulation:
    """The transaction of a payment that comes to nothing. Writes it, unless it is only a trial;
    raises a Fault (423)."""
    if isinstance(refusal, NothingToPay) and refusal.want is Want.POINTS:
        raise Fault(
            423,
            "zero_card_balance",
            "Card balance is zero",
            "Operation requires a positive card balance",
        ) from None
    amount = limits.get("amount_limit", 0) if refusal.code is Code.PAYMENT_EXCEEDS_ORDER else 0
    points = -(-amount * bill.ratio.numerator // bill.ratio.denominator)
    made = _transaction(
        bill,
        new_number(call.now),
        limits,
        transactions.paid(amount, points, bill.ratio),
        at=call.now,
        rejection=_rejection(refusal),
    )
    if is_trial:
        return Simulation(transactions.print_simulated(made))

    async def write(writing: Transacting) -> Body:
        values = transactions.values_of(made, tenant=call.tenant)
        await writing.execute(transactions.INSERT, *values)
        return transactions.print_created(made)

    return await write_once(call, write)


def _rejection(refusal: Refused) -> Body:
    """What is in the way, in the vendor's words."""
    if not isinstance(refusal, NothingToPay) or refusal.want is Want.ORDER:
        return {"reason": "PAYMENT_EXCEEDS_ORDER_TOTAL_AMOUNT", "details": None}
    cap = refusal.cap
    if cap is None:
        return {"reason": "NOT_ENOUGH_BALANCE", "details": None}
    if cap.kind == spending.PER_TRANSACTION:
        details = {"type": "POINTS", "limit": cap.max}
        return {"reason": "TRANSACTION_SPENDING_LIMIT_EXCEEDED", "details": details}
    type_ = "SPENDING_BASED" if cap.kind == spending.LIFETIME else "TIME_BASED"
    details = {"type": type_, "limit": cap.max, "spendings": cap.spent}
    return {"reason": "GLOBAL_SPENDING_LIMIT_EXCEEDED", "details": details}


async def list_payments(call: Call) -> Body:
    page = read_page(call, KIND)
    path = call.parameters
    program, member = await find_member(call, path["program"], path["member"])
    of_row = partial(
        transactions.transaction_of, program=program.program_id, member=member.member_id
    )
    return await list_page(
        call,
        page,
        select=transactions.SELECT,
        where=Sql("t.member_id = $1 AND t.tenant_id = $2", (member.member_id, call.tenant)),
        print_=lambda row: transactions.print_recorded(of_row(row)),
    )


_row = partial(operation, tag="Orders")

OPERATIONS: Final[tuple[Operation, ...]] = (
    _row("POST", PATH, create_payment, "ledger:write", "Pay for an order with points",
         name="create_member_order_payment", body=PaymentRequest,
         answer=transactions.CREATED, status=202),
    _row("GET", PATH, list_payments, "read", "List what a member's points have paid",
         name="list_member_order_payments",
         answer=list_of(transactions.TRANSACTION, KIND.prefix), query=KIND.query),
)  # fmt: skip
