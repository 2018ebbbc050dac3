"""The sale document of a visit: paying for it, and taking payments back.

A visit has one document, whose id is the visit's.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from stampbook.dialects.altegio.answers import refused
from stampbook.dialects.altegio.call import Call
from stampbook.dialects.altegio.faults import invalid, not_found
from stampbook.dialects.altegio.finding import (
    denomination_of,
    find_card,
    location_of,
    unless_closed,
)
from stampbook.dialects.altegio.once import earlier
from stampbook.dialects.altegio.visits.loyalty import (
    Case,
    change_bill,
    give_discount,
    is_linked,
    refer,
)
from stampbook.dialects.altegio.visits.sale_objects import Document, document_of
from stampbook.dialects.altegio.wire.fields import AMOUNTS, Fields
from stampbook.domain.model import split_number
from stampbook.domain.refusals import Refusal
from stampbook.ledger.outcomes import Outcome
from stampbook.programs.accounts import Account
from stampbook.visits import earning, editing, paying, promotions, reading
from stampbook.visits.changing import Earns
from stampbook.visits.model import UNITS, Visit, discount_number

METHOD_IDS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account_id",),
    "deposit": ("deposit_id",),
    "loyalty_card": ("loyalty_card_id",),
    "loyalty_program": ("loyalty_program_id", "loyalty_card_id"),
    "loyalty_certificate": ("loyalty_certificate_id",),
    "loyalty_abonement": ("loyalty_abonement_id",),
    "referral_loyalty_program": ("loyalty_program_id",),
}
"""By slug, the ids that a payment's `method` must have."""

WITH_AMOUNT: Final = ("account", "deposit", "loyalty_card", "loyalty_certificate")


class Payment(NamedTuple):
    """A payment as it was sent."""

    slug: str
    ids: Mapping[str, int]
    amount: int
    phone: str


async def read(call: Call) -> Any:
    """The document of a visit, and by what it can be paid."""
    return await _state(await _case(call))


async def pay(call: Call) -> Any:
    """Pay by any method; amounts are capped by what is left to pay."""
    case = await _case(call)
    payment = _payment(call.fields())
    outcome = await _PAYERS[payment.slug](case, payment)
    if isinstance(outcome, Refusal):
        raise refused(outcome)
    await earning.earn(case.house, case.bill, case.ask())
    return await _state(case)


async def cancel_loyalty_transaction(call: Call) -> Any:
    """Take back one discount, one part of a withdrawal, or one accrual."""
    case = await _case(call)
    number = call.id("transaction_id")
    if number is None:
        raise not_found()
    discount = discount_number(number)
    if discount is not None:
        await _cancel_discount(case, discount)
        return await _state(case)
    account, seq = split_number(number)
    outcome = await paying.cancel_movement(
        case.house, case.bill, account, seq, case.ask(), key=call.key
    )
    if isinstance(outcome, Refusal):
        raise refused(outcome)
    return await _state(case)


async def cancel_payment_transaction(call: Call) -> Any:
    """Take back one payment of money."""
    case = await _case(call)
    number = call.id("transaction_id")
    if all(payment.number != number for payment in case.visit.payments):
        if await earlier(call) is None:
            raise not_found()
        return await _state(case)
    await change_bill(case, lambda each: editing.remove_payments(each, [number or 0]))
    return await _state(case)


async def _cancel_discount(case: Case, number: int) -> None:
    if all(each.number != number for each in case.visit.discounts):
        if await earlier(case.call) is None:
            raise not_found()
        return
    await change_bill(case, lambda each: editing.remove_discounts(each, [number]))


async def _case(call: Call) -> Case:
    """The document's visit, which is in the location; its first record is taken for it."""
    location = await location_of(call)
    number, visit = call.id("document_id"), None
    if number is not None:
        visit = await reading.get(call.context.store, number, tenant=location.tenant)
    if visit is None or visit.location != location.number:
        raise not_found()
    return Case(call, location, visit.records[0].number if visit.records else 0, visit)


async def _state(case: Case) -> dict[str, Any]:
    """The document as it is now."""
    visit = await reading.get(case.store, case.visit.number, tenant=case.visit.tenant)
    assert visit is not None, "visits are never removed"
    call = case.call
    return await document_of(Document(call.context, visit, case.location, call.language))


def _payment(fields: Fields) -> Payment:
    """The payment of a body. Raises Fault (422) for an unknown slug or a missing id."""
    payment = fields.object("payment")
    method = payment.object("method")
    slug = method.choice("slug", tuple(METHOD_IDS))
    fields.check()
    ids = {name: method.id(name) for name in METHOD_IDS[slug]}
    amount = payment.amount("amount") if slug in WITH_AMOUNT else 0
    is_referral = slug == "referral_loyalty_program"
    phone = payment.phone("referrer_phone") if is_referral else ""
    if is_referral and not phone and not fields.errors:
        payment.wrong("referrer_phone", "required")
    fields.check()
    return Payment(slug, ids, amount, phone)


# -- the methods ---------------------------------------------------------------------


async def _by_money(case: Case, payment: Payment) -> Outcome | None:
    now = case.call.now

    def edit(visit: Visit) -> Visit:
        return editing.pay(
            visit, payment.amount, desk=payment.ids["account_id"], now=now, capped=True
        )

    await change_bill(case, edit, earns=Earns.FIRST)
    return None


async def _by_card(case: Case, payment: Payment) -> Outcome | None:
    card = await _card(case, payment.ids["loyalty_card_id"])
    digits = (await denomination_of(case.call, card.account_id)).scale
    if payment.amount % UNITS[digits]:
        raise invalid(("payment.amount", AMOUNTS[digits]))
    return await paying.withdraw(
        case.house,
        case.bill,
        card.account_id,
        case.ask(payment.amount),
        key=case.call.key,
    )


async def _by_program(case: Case, payment: Payment) -> Outcome | None:
    card = await _card(case, payment.ids["loyalty_card_id"])
    promotion = await promotions.get(
        case.store, payment.ids["loyalty_program_id"], program=case.location.program
    )
    if promotion is None or not is_linked(promotion, card, case.location):
        raise not_found()
    await give_discount(case._replace(card=card.account_id), promotion, earns=Earns.FIRST)
    return None


async def _by_referral(case: Case, payment: Payment) -> Outcome | None:
    await refer(case, payment.phone, payment.ids["loyalty_program_id"])
    return None


async def _by_what_is_not_kept(case: Case, payment: Payment) -> Outcome | None:
    """Deposits, certificates and memberships: there are none with any id."""
    raise not_found()


_PAYERS: Final = {
    "account": _by_money,
    "deposit": _by_what_is_not_kept,
    "loyalty_card": _by_card,
    "loyalty_program": _by_program,
    "loyalty_certificate": _by_what_is_not_kept,
    "loyalty_abonement": _by_what_is_not_kept,
    "referral_loyalty_program": _by_referral,
}


async def _card(case: Case, number: int) -> Account:
    card = await find_card(case.call, number, program=case.location.program)
    return await unless_closed(case.call, card)
