"""Discounts and referrals of a visit, and what is in force of all that loyalty did to it."""

from typing import Any, NamedTuple

from stampbook.dialects.altegio.answers import refused
from stampbook.dialects.altegio.call import Call
from stampbook.dialects.altegio.faults import invalid, not_found
from stampbook.dialects.altegio.finding import (
    find_card,
    find_chain,
    location_of,
    unless_closed,
    visit_of,
)
from stampbook.dialects.altegio.once import change_once
from stampbook.dialects.altegio.visits.objects import listed
from stampbook.dialects.altegio.visits.withdrawals import (
    Wanted,
    find_visit,
    state_of,
)
from stampbook.dialects.altegio.wire.fields import Fields
from stampbook.domain.refusals import Refusal
from stampbook.programs import accounts, members
from stampbook.programs.accounts import Account
from stampbook.programs.searching.merged import one_person
from stampbook.storage.store import Store
from stampbook.visits import earning, promotions, reading, recording
from stampbook.visits.attempting import Bill, House
from stampbook.visits.changing import Earns, Edit
from stampbook.visits.model import Location, Visit
from stampbook.visits.promoting import referrer_of, with_promotion, with_referral, without_promotion
from stampbook.visits.promotion import Effect, Promotion
from stampbook.visits.withdrawing import Ask


class Case(NamedTuple):
    """A checked request about a visit, which was read just now: who, where, which card."""

    call: Call
    location: Location
    record: int
    visit: Visit
    card: int = 0

    @property
    def store(self) -> Store:
        return self.call.context.store

    @property
    def house(self) -> House:
        return self.call.context.house

    @property
    def bill(self) -> Bill:
        return Bill(self.visit.tenant, self.visit.number)

    def ask(self, amount: int = 0) -> Ask:
        return self.call.visitor.ask._replace(amount=amount)


async def apply_discount_program(call: Call) -> Any:
    """Discount the visit by a program linked to the card. A second time: no second effect."""
    case, promotion = await _discount_case(call, gives=True)
    await give_discount(case, promotion)
    return await _state_after(case)


async def cancel_discount_program(call: Call) -> Any:
    """Take the program's discounts back. A second time: no second effect."""
    case, promotion = await _discount_case(call, gives=False)
    await change_bill(case, lambda each: without_promotion(each, promotion.number, case.card))
    return await _state_after(case)


async def give_discount(case: Case, promotion: Promotion, *, earns: Earns = Earns.NOTHING) -> None:
    """Discount the visit for the case's card. Raises Fault."""
    visit = case.visit
    totals = await reading.totals_of(case.store, visit.program, visit.member, without_deleted=True)
    now = case.call.now
    await change_bill(
        case,
        lambda each: with_promotion(each, promotion, case.card, totals=totals, now=now),
        earns=earns,
    )


async def change_bill(case: Case, edit: Edit, *, earns: Earns = Earns.NOTHING) -> None:
    """Change the case's visit, once for the request's key. Raises Fault."""
    await change_once(case.call, case.house, case.bill, edit, case.ask(), earns=earns)


async def apply_referral_program(call: Call) -> Any:
    """Discount the guest's lines and reward the person who sent them, once per visit."""
    location = await location_of(call)
    chain = await find_chain(call)
    if chain.program_id != location.program:
        raise not_found()
    fields = call.fields()
    phone = fields.phone("referrer_phone")
    case = await _case(call, location, fields)
    await refer(case, phone)
    return await _state_after(case)


async def refer(case: Case, phone: str, program: int | None = None) -> None:
    """Apply the chain's referral program (or the one named) with that referrer. Raises Fault."""
    store, visit = case.store, case.visit
    promotion = await _referral_program(store, visit, program)
    found = await members.find(store, visit.program, phone=phone)
    if not found:
        raise not_found()
    if visit.member in await one_person(store, found[0].member_id, tenant=visit.tenant):
        raise invalid(("referrer_phone", "own_phone"))
    card = await _referrer_card(store, found[0].member_id, promotion)
    if not referrer_of(visit):
        await recording.check_referral(store, visit)
    now = case.call.now
    await change_bill(
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


async def list_transactions(call: Call) -> Any:
    """All of the visit's transactions in force, with their programs."""
    store = call.context.store
    visit, _ = await visit_of(call)
    credits = await reading.credits_of(store, visit.number)
    programs = await promotions.named(
        store,
        [each.promotion for each in visit.discounts] + [each.promotion for each in credits],
    )
    return listed(visit, credits, programs, call.language)


async def visit_details(call: Call) -> Any:
    """The visit's state, with its payments."""
    location = await location_of(call)
    record, number = call.id("record_id"), call.id("visit_id")
    if record is None or number is None:
        raise not_found()
    found = await find_visit(call, location, Wanted(record, number))
    return await state_of(call, found.visit)


async def _case(
    call: Call, location: Location, fields: Fields, *, card: Account | None = None
) -> Case:
    """Steps 6 and 7: the body's shape, then whether its ids and the card belong together."""
    wanted = Wanted(*fields.some_ids("record_id", "visit_id"))
    fields.check()
    visit = (await find_visit(call, location, wanted)).visit
    if card is not None and card.program_id != location.program:
        raise not_found()
    number = 0 if card is None else card.account_id
    record = wanted.record or visit.records[0].number
    return Case(call, location, record, visit, number)


async def _discount_case(call: Call, *, gives: bool) -> tuple[Case, Promotion]:
    """The case and its program. What was given can be taken back also when the card or the
    program was removed, or they are no longer linked. Raises Fault (404, 422)."""
    location = await location_of(call)
    card = await find_card(call, call.id("card_id"), program=location.program)
    if gives:
        await unless_closed(call, card)
    number, promotion = call.id("program_id"), None
    if number is not None:
        promotion = await promotions.get(
            call.context.store, number, program=location.program, deleted=not gives
        )
    if promotion is None:
        raise not_found()
    case = await _case(call, location, call.fields(), card=card)
    if gives and not is_linked(promotion, card, location):
        raise not_found()
    return case, promotion


def is_linked(promotion: Promotion, card: Account, location: Location) -> bool:
    """Whether the program gives discounts to such cards in that location."""
    return (
        promotion.gives_discounts
        and card.currency_id in promotion.currencies
        and location.number in promotion.locations
    )


async def _state_after(case: Case) -> dict[str, Any]:
    """The state as it is now. Raises Fault (404) if the record was deleted meanwhile."""
    wanted = Wanted(case.record, case.visit.number)
    found = await find_visit(case.call, case.location, wanted)
    return await state_of(case.call, found.visit)
