"""The sale document of a visit: paying for it, and taking payments back (section 11).

A visit has one document, whose id is the visit's.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from litestar import Response, delete, get, post
from litestar.params import FromPath

from stampbook.dialects.altegio.access import (
    CANCEL,
    READ,
    WRITE,
    AnyRequest,
    context_of,
    digits_of,
    find_card,
    idempotency_key,
    location_of,
    unless_closed,
    visitor_of,
)
from stampbook.dialects.altegio.answers import enveloped, language_of, refused
from stampbook.dialects.altegio.faults import invalid, not_found
from stampbook.dialects.altegio.once import earlier
from stampbook.dialects.altegio.paths import of_company
from stampbook.dialects.altegio.sale_objects import Document, document_of
from stampbook.dialects.altegio.visit_loyalty import (
    Case,
    change_bill,
    give_discount,
    is_linked,
    refer,
)
from stampbook.dialects.altegio.wire import AMOUNTS, Fields, body, id_in_path
from stampbook.domain.model import split_number
from stampbook.domain.refusals import Refusal
from stampbook.ledger.outcomes import Outcome
from stampbook.programs.accounts import Account
from stampbook.visits import earning, editing, paying, promotions, reading
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


DOCUMENT: Final = "/sale/{document_id:str}"


@get(of_company(DOCUMENT))
async def read(
    request: AnyRequest, location_id: FromPath[str], document_id: FromPath[str]
) -> Response[bytes]:
    case = await _case(request, location_id, document_id, READ)
    return await _state(request, case)


@post(of_company(f"{DOCUMENT}/payment"), status_code=200)
async def pay(
    request: AnyRequest, location_id: FromPath[str], document_id: FromPath[str]
) -> Response[bytes]:
    """Pay by any method; amounts are capped by what is left to pay."""
    case = await _case(request, location_id, document_id, WRITE)
    payment = _payment(Fields(body(await request.body())))
    outcome = await _PAYERS[payment.slug](request, case, payment)
    if isinstance(outcome, Refusal):
        raise refused(outcome)
    await earning.earn(case.house, case.bill, case.ask())
    return await _state(request, case)


@delete(
    of_company(f"{DOCUMENT}/payment/loyalty_transaction/{{transaction_id:str}}"), status_code=200
)
async def cancel_loyalty_transaction(
    request: AnyRequest,
    location_id: FromPath[str],
    document_id: FromPath[str],
    transaction_id: FromPath[str],
) -> Response[bytes]:
    """Take back one discount, one part of a withdrawal, or one accrual."""
    case = await _case(request, location_id, document_id, CANCEL)
    number = id_in_path(transaction_id)
    if number is None:
        raise not_found()
    discount = discount_number(number)
    if discount is not None:
        await _cancel_discount(request, case, discount)
        return await _state(request, case)
    account, seq = split_number(number)
    outcome = await paying.cancel_movement(
        case.house, case.bill, account, seq, case.ask(), key=idempotency_key(request)
    )
    if isinstance(outcome, Refusal):
        raise refused(outcome)
    return await _state(request, case)


@delete(
    of_company(f"{DOCUMENT}/payment/payment_transaction/{{transaction_id:str}}"), status_code=200
)
async def cancel_payment_transaction(
    request: AnyRequest,
    location_id: FromPath[str],
    document_id: FromPath[str],
    transaction_id: FromPath[str],
) -> Response[bytes]:
    """Take back one payment of money."""
    case = await _case(request, location_id, document_id, CANCEL)
    number = id_in_path(transaction_id)
    visit = await _visit(case)
    if all(payment.number != number for payment in visit.payments):
        if await earlier(request, case.visitor) is None:
            raise not_found()
        return await _state(request, case)
    await change_bill(request, case, lambda each: editing.remove_payments(each, [number or 0]))
    return await _state(request, case)


async def _cancel_discount(request: AnyRequest, case: Case, number: int) -> None:
    visit = await _visit(case)
    if all(each.number != number for each in visit.discounts):
        if await earlier(request, case.visitor) is None:
            raise not_found()
        return
    await change_bill(request, case, lambda each: editing.remove_discounts(each, [number]))


async def _case(request: AnyRequest, location_id: str, document_id: str, scope: str) -> Case:
    """The document's visit, which is in the location; its first record stands for it."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, scope)
    number = id_in_path(document_id)
    context = context_of(request)
    visit = None
    if number is not None:
        visit = await reading.get(context.store, number, tenant=visitor.tenant)
    if visit is None or visit.location != location.number:
        raise not_found()
    record = visit.records[0].number if visit.records else 0
    return Case(context, visitor, location, record, visit.number)


async def _visit(case: Case) -> Visit:
    visit = await reading.get(case.context.store, case.visit, tenant=case.visitor.tenant)
    if visit is None:
        raise not_found()
    return visit


async def _state(request: AnyRequest, case: Case) -> Response[bytes]:
    document = Document(case.context, await _visit(case), case.location, language_of(request))
    return enveloped(await document_of(document))


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


async def _by_money(request: AnyRequest, case: Case, payment: Payment) -> Outcome | None:
    now = case.context.clock()

    def edit(visit: Visit) -> Visit:
        return editing.pay(
            visit, payment.amount, desk=payment.ids["account_id"], now=now, capped=True
        )

    await change_bill(request, case, edit)
    return None


async def _by_card(request: AnyRequest, case: Case, payment: Payment) -> Outcome | None:
    card = await _card(request, case, payment.ids["loyalty_card_id"])
    digits = await digits_of(case.context, card)
    if payment.amount % UNITS[digits]:
        raise invalid(("payment.amount", AMOUNTS[digits]))
    return await paying.withdraw(
        case.house,
        case.bill,
        card.account_id,
        case.ask(payment.amount),
        key=idempotency_key(request),
    )


async def _by_program(request: AnyRequest, case: Case, payment: Payment) -> Outcome | None:
    card = await _card(request, case, payment.ids["loyalty_card_id"])
    promotion = await promotions.get(
        case.context.store, payment.ids["loyalty_program_id"], program=case.location.program
    )
    if promotion is None or not is_linked(promotion, card, case.location):
        raise not_found()
    await give_discount(request, case._replace(card=card.account_id), promotion)
    return None


async def _by_referral(request: AnyRequest, case: Case, payment: Payment) -> Outcome | None:
    await refer(request, case, payment.phone, payment.ids["loyalty_program_id"])
    return None


async def _by_what_is_not_kept(request: AnyRequest, case: Case, payment: Payment) -> Outcome | None:
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


async def _card(request: AnyRequest, case: Case, number: int) -> Account:
    card = unless_closed(await find_card(request, case.visitor, number))
    if card.program_id != case.location.program:
        raise not_found()
    return card


routes = [read, pay, cancel_loyalty_transaction, cancel_payment_transaction]
