"""Paying for a visit with a card, and what belongs to it (sections 4 and 5)."""

from typing import NamedTuple

from litestar import Response, get, post
from litestar.params import FromPath

from stampbook.dialects.altegio.access import (
    CANCEL,
    READ,
    WRITE,
    AnyRequest,
    Visitor,
    any_card_of,
    context_of,
    exchange_of,
    find_chain,
    location_of,
    require,
    unless_closed,
    visitor_of,
)
from stampbook.dialects.altegio.answers import by_accept, enveloped, language_of, refused
from stampbook.dialects.altegio.faults import denied, invalid, not_found
from stampbook.dialects.altegio.objects import listed
from stampbook.dialects.altegio.once import change_once
from stampbook.dialects.altegio.wire import Fields, body, id_in_path
from stampbook.dialects.altegio.withdrawals import (
    APPLY,
    TAKE_BACK,
    carry_out,
    find_visit,
    house_of,
    state_of,
    wanted_visit,
)
from stampbook.domain.refusals import Refusal
from stampbook.edge.context import Context
from stampbook.programs import accounts, members
from stampbook.programs.accounts import Account
from stampbook.storage.store import Store
from stampbook.visits import earning, locations, promotions, reading
from stampbook.visits.attempting import Bill, House
from stampbook.visits.changing import Edit
from stampbook.visits.model import Location, Visit
from stampbook.visits.promoting import with_promotion, with_referral, without_promotion
from stampbook.visits.promotion import Effect, Promotion
from stampbook.visits.withdrawing import Ask


class Case(NamedTuple):
    """A checked request about a visit: who, where, which visit, which card."""

    context: Context
    visitor: Visitor
    location: Location
    record: int
    visit: int
    card: int = 0

    @property
    def house(self) -> House:
        return house_of(self.context)

    @property
    def bill(self) -> Bill:
        return Bill(self.visitor.tenant, self.visit)

    def ask(self, amount: int = 0) -> Ask:
        return self.visitor.ask(amount)


@post("/visit/loyalty/apply_card_withdrawal/{location_id:str}/{card_id:str}", status_code=200)
async def apply_card_withdrawal(
    request: AnyRequest, location_id: FromPath[str], card_id: FromPath[str]
) -> Response[bytes]:
    """Withdraw points: at most the balance and what is left to pay; replaces an earlier one."""
    exchange = exchange_of(request)
    found = await carry_out(exchange, APPLY, location_id, card_id, request.body)
    return by_accept(request, found)


@post("/visit/loyalty/cancel_card_withdrawal/{location_id:str}/{card_id:str}", status_code=200)
async def cancel_card_withdrawal(
    request: AnyRequest, location_id: FromPath[str], card_id: FromPath[str]
) -> Response[bytes]:
    """Take back all that the card has paid in the visit. Nothing to take back: 200."""
    exchange = exchange_of(request)
    found = await carry_out(exchange, TAKE_BACK, location_id, card_id, request.body)
    return by_accept(request, found)


@post(
    "/visit/loyalty/apply_discount_program/{location_id:str}/{card_id:str}/{program_id:str}",
    status_code=200,
)
async def apply_discount_program(
    request: AnyRequest,
    location_id: FromPath[str],
    card_id: FromPath[str],
    program_id: FromPath[str],
) -> Response[bytes]:
    """Discount the visit by a program linked to the card. A second time: no second effect."""
    case, promotion = await _discount_case(request, location_id, card_id, program_id, WRITE)
    await give_discount(request, case, promotion)
    return await _state_after(request, case)


@post(
    "/visit/loyalty/cancel_discount_program/{location_id:str}/{card_id:str}/{program_id:str}",
    status_code=200,
)
async def cancel_discount_program(
    request: AnyRequest,
    location_id: FromPath[str],
    card_id: FromPath[str],
    program_id: FromPath[str],
) -> Response[bytes]:
    """Take the program's discounts back. A second time: no second effect."""
    case, promotion = await _discount_case(request, location_id, card_id, program_id, CANCEL)
    await change_bill(
        request, case, lambda each: without_promotion(each, promotion.number, case.card)
    )
    return await _state_after(request, case)


async def give_discount(request: AnyRequest, case: Case, promotion: Promotion) -> None:
    """Discount the visit for the case's card. Raises Fault."""
    visit = await _visit(case)
    totals = await reading.totals_of(case.context.store, visit.program, visit.member)
    now = case.context.clock()
    await change_bill(
        request,
        case,
        lambda each: with_promotion(each, promotion, case.card, totals=totals, now=now),
    )


async def change_bill(request: AnyRequest, case: Case, edit: Edit) -> None:
    """Change the case's visit, once for the request's key. Raises Fault."""
    await change_once(request, case.visitor, case.house, case.bill, edit, case.ask())


@post("/visit/loyalty/apply_referral_program/{location_id:str}/{chain_id:str}", status_code=200)
async def apply_referral_program(
    request: AnyRequest, location_id: FromPath[str], chain_id: FromPath[str]
) -> Response[bytes]:
    """Discount the guest's lines and reward who sent him, once per visit."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, WRITE)
    chain = await find_chain(request, visitor, chain_id)
    if chain.program_id != location.program:
        raise not_found()
    fields = Fields(body(await request.body()))
    phone = fields.phone("referrer_phone")
    case = await _case(request, visitor, location, fields)
    await refer(request, case, phone)
    return await _state_after(request, case)


async def refer(request: AnyRequest, case: Case, phone: str, program: int | None = None) -> None:
    """Apply the chain's referral program (or the one named) with that referrer. Raises Fault."""
    store = case.context.store
    visit = await _visit(case)
    promotion = await _referral_program(store, visit, program)
    found = await members.find(store, visit.program, phone=phone)
    if not found:
        raise not_found()
    if found[0].member_id == visit.member:
        raise invalid(("referrer_phone", "own_phone"))
    card = await _referrer_card(store, found[0].member_id, promotion)
    now = case.context.clock()
    await change_bill(
        request,
        case,
        lambda each: with_referral(
            each, promotion, case.record, beneficiary=card.account_id, now=now
        ),
    )
    outcome = await earning.reward(case.house, case.bill, case.ask())
    if isinstance(outcome, Refusal):
        raise refused(outcome)


async def _referral_program(store: Store, visit: Visit, program: int | None) -> Promotion:
    for promotion in await promotions.of_program(store, visit.program):
        if (
            promotion.effect is Effect.REFERRAL
            and visit.location in promotion.locations
            and program in (None, promotion.number)
        ):
            return promotion
    raise not_found()


async def _referrer_card(store: Store, member: int, promotion: Promotion) -> Account:
    for card in await accounts.of_member(store, member):
        if card.currency_id in promotion.currencies and reading.is_open(card):
            return card
    raise not_found()


@get("/visit/loyalty/transactions/{visit_id:str}")
async def list_transactions(request: AnyRequest, visit_id: FromPath[str]) -> Response[bytes]:
    """All of the visit's transactions in force, with their programs."""
    visitor = await visitor_of(request)
    require(visitor, READ)
    context = context_of(request)
    visit, _ = await visit_of_path(request, visitor, visit_id)
    credits = await reading.credits_of(context.store, visit.number)
    programs = await promotions.named(
        context.store,
        [each.promotion for each in visit.discounts] + [each.promotion for each in credits],
    )
    return by_accept(request, listed(visit, credits, programs, language_of(request)))


@get("/visit/details/{location_id:str}/{record_id:str}/{visit_id:str}")
async def visit_details(
    request: AnyRequest,
    location_id: FromPath[str],
    record_id: FromPath[str],
    visit_id: FromPath[str],
) -> Response[bytes]:
    """The visit's state, with its payments."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, READ)
    record, number = id_in_path(record_id), id_in_path(visit_id)
    if record is None or number is None:
        raise not_found()
    case = Case(context_of(request), visitor, location, record, number)
    visit = await _visit(case)
    return enveloped(await state_of(case.context, visit, location, language_of(request)))


async def visit_of_path(request: AnyRequest, visitor: Visitor, text: str) -> tuple[Visit, Location]:
    """The visit of a path that names no location, and the right in its location."""
    store = context_of(request).store
    number = id_in_path(text)
    visit = None
    if number is not None:
        visit = await reading.get(store, number, tenant=visitor.tenant)
    if visit is None:
        raise not_found()
    location = await locations.get(store, visit.location, tenant=visitor.tenant)
    assert location is not None
    if not visitor.in_location(location):
        raise denied()
    return visit, location


async def _case(
    request: AnyRequest,
    visitor: Visitor,
    location: Location,
    fields: Fields,
    *,
    card: Account | None = None,
) -> Case:
    """Steps 6 and 7: the body's shape, then whether its ids and the card belong together."""
    wanted = wanted_visit(fields)
    fields.check()
    context = context_of(request)
    visit = (await find_visit(context, visitor, location, wanted)).visit
    if card is not None and card.program_id != location.program:
        raise not_found()
    number = 0 if card is None else card.account_id
    record = wanted.record or visit.records[0].number
    return Case(context, visitor, location, record, visit.number, number)


async def _visit(case: Case) -> Visit:
    """The case's visit, if it is in the location and has the record. Raises Fault (404)."""
    visit = await reading.get(case.context.store, case.visit, tenant=case.visitor.tenant)
    if visit is None or visit.location != case.location.number or visit.record(case.record) is None:
        raise not_found()
    return visit


async def _discount_case(
    request: AnyRequest, location_id: str, card_id: str, program_id: str, scope: str
) -> tuple[Case, Promotion]:
    """The case and its program. What was given can be taken back also when the card or the
    program was removed, or they are no longer linked. Raises Fault (401, 403, 404, 422)."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, scope)
    card = await any_card_of(request, visitor, card_id)
    gives = scope == WRITE
    if gives:
        unless_closed(card)
    number = id_in_path(program_id)
    store = context_of(request).store
    promotion = None
    if number is not None:
        promotion = await promotions.get(store, number, program=location.program, deleted=not gives)
    if promotion is None:
        raise not_found()
    fields = Fields(body(await request.body()))
    case = await _case(request, visitor, location, fields, card=card)
    if gives and not is_linked(promotion, card, location):
        raise not_found()
    return case, promotion


def is_linked(promotion: Promotion, card: Account, location: Location) -> bool:
    """Whether the program gives discounts to such cards in that location."""
    return (
        promotion.effect is Effect.DISCOUNT
        and card.currency_id in promotion.currencies
        and location.number in promotion.locations
    )


async def _state_after(request: AnyRequest, case: Case) -> Response[bytes]:
    """The state as it is now."""
    visit = await _visit(case)
    return by_accept(
        request, await state_of(case.context, visit, case.location, language_of(request))
    )


routes = [
    apply_card_withdrawal,
    cancel_card_withdrawal,
    apply_discount_program,
    cancel_discount_program,
    apply_referral_program,
    list_transactions,
    visit_details,
]
