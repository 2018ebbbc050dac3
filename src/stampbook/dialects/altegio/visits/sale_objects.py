"""A sale document on the wire: its state, and by what it can be paid."""

from typing import Any, Final, NamedTuple

from stampbook.dialects.altegio.answers import money, quantity
from stampbook.dialects.altegio.texts import RU, type_title
from stampbook.dialects.altegio.visits.objects import (
    DESK_TITLES,
    DISCOUNT,
    EXPENSE,
    EXPENSE_TITLE,
    NO_RECEIPTS,
    WITHDRAWAL,
    balance_of,
    local_time,
    loyalty_type_id,
)
from stampbook.edge.context import Context
from stampbook.programs import accounts
from stampbook.programs import programs as chains
from stampbook.programs.accounts import Account
from stampbook.visits import cards, promotions, reading
from stampbook.visits.model import Discount, Line, Location, Part, Payment, Visit, unpaid
from stampbook.visits.promotion import Promotion, discounts

CASH, CARD_DESK = 1, 2
DESKS: Final = (CASH, CARD_DESK)


class Document(NamedTuple):
    """What a document is made of."""

    context: Context
    visit: Visit
    location: Location
    lang: str


class Shown(NamedTuple):
    """What the objects of a document refer to: the chain, cards with balances, programs."""

    chain: dict[str, Any]
    cards: dict[int, dict[str, Any]]
    programs: dict[int, Promotion]


async def document_of(document: Document) -> dict[str, Any]:
    """State, receipts, and methods of payment."""
    shown = await _shown(document)
    visit = document.visit
    return {
        "state": {
            "items": [_item(line) for line in visit.lines],
            "loyalty_transactions": [
                *(_discount(document, shown, each) for each in visit.discounts),
                *(_withdrawal(document, shown, part) for part in visit.parts),
            ],
            "payment_transactions": [_payment(document, each) for each in visit.payments],
        },
        "kkm_state": NO_RECEIPTS,
        "payment_methods": await _methods(document, shown),
    }


async def _shown(document: Document) -> Shown:
    store, visit = document.context.store, document.visit
    chain = await chains.get(store, visit.program, tenant=visit.tenant)
    summary = {"id": visit.program, "title": "" if chain is None else chain.name}
    types = await cards.card_types(store, visit.program)
    numbers = {part.account for part in visit.parts}
    if visit.member:
        numbers |= {each.account_id for each in await reading.kept_cards(store, visit.member)}
    shown: dict[int, dict[str, Any]] = {}
    for number in sorted(numbers):
        card = await accounts.get(store, number, tenant=visit.tenant)
        if card is not None and card.currency_id in types:
            shown[number] = await _card(document, card, types[card.currency_id].title, summary)
    programs = await promotions.named(store, [each.promotion for each in visit.discounts])
    return Shown(summary, shown, programs)


async def _card(
    document: Document, card: Account, type_name: str, chain: dict[str, Any]
) -> dict[str, Any]:
    book = await document.context.ledger.read(card.account_id, tenant=card.tenant_id)
    return {
        "id": card.account_id,
        "type_id": card.currency_id,
        "number": card.number or cards.card_number(card.program_id, card.account_id),
        "balance": money(balance_of(book)),
        "type": {"id": card.currency_id, "type": type_name},
        "chain": chain,
    }


def _item(line: Line) -> dict[str, Any]:
    return {
        "id": line.number,
        "type": line.kind.value,
        "title": line.title,
        "amount": quantity(line.quantity),
        "default_cost_per_unit": money(line.first_cost * 1_000 // line.quantity),
        "default_cost_total": money(line.first_cost),
        "client_discount_percent": money(line.discount),
        "cost_to_pay_total": money(line.cost),
    }


def _transaction(
    document: Document,
    shown: Shown,
    *,
    number: int,
    line: int,
    amount: int,
    type_id: int,
    recorded_at: int,
) -> dict[str, Any]:
    """What discounts and withdrawals have in common here."""
    found = document.visit.line(line)
    return {
        "id": number,
        "document_id": document.visit.number,
        "sale_item_id": None,
        "sale_item_type": None if found is None else found.kind.value,
        "amount": money(amount),
        "type_id": type_id,
        "created_at": local_time(recorded_at, document.location.timezone),
        "chain": shown.chain,
        "type": {"id": type_id, "title": type_title(type_id, document.lang)},
    }


def _discount(document: Document, shown: Shown, each: Discount) -> dict[str, Any]:
    found = shown.programs.get(each.promotion)
    return {
        **_transaction(
            document,
            shown,
            number=each.transaction,
            line=each.line,
            amount=each.amount,
            type_id=DISCOUNT,
            recorded_at=each.created_at,
        ),
        "loyalty_program_id": each.promotion,
        "loyalty_program": None if found is None else _program(found, shown),
    }


def _withdrawal(document: Document, shown: Shown, part: Part) -> dict[str, Any]:
    return {
        **_transaction(
            document,
            shown,
            number=part.transaction,
            line=part.line,
            amount=part.amount,
            type_id=WITHDRAWAL,
            recorded_at=part.recorded_at,
        ),
        "loyalty_card_id": part.account,
        "loyalty_card": shown.cards.get(part.account),
    }


def _program(promotion: Promotion, shown: Shown) -> dict[str, Any]:
    type_id = loyalty_type_id(promotion)
    return {
        "id": promotion.number,
        "title": promotion.title,
        "type_id": type_id,
        "is_value_percent": promotion.is_percent,
        "type": {"id": type_id, "title": promotion.kind},
        "chain": shown.chain,
    }


def _desk(number: int, lang: str) -> dict[str, Any]:
    return {
        "id": number,
        "title": DESK_TITLES.get(number, ("", ""))[lang == RU],
        "is_cash": number == CASH,
        "is_default": number == CASH,
    }


def _payment(document: Document, each: Payment) -> dict[str, Any]:
    line = document.visit.line(each.line)
    return {
        "id": each.number,
        "document_id": document.visit.number,
        "sale_item_id": each.line or None,
        "sale_item_type": None if line is None else line.kind.value,
        "expense_id": EXPENSE,
        "account_id": each.desk,
        "amount": money(each.amount),
        "created_at": local_time(each.paid_at, document.location.timezone),
        "account": _desk(each.desk, document.lang),
        "expense": {"id": EXPENSE, "title": EXPENSE_TITLE[document.lang == RU]},
    }


async def _methods(document: Document, shown: Shown) -> list[dict[str, Any]]:
    """By what the rest can be paid: the tills, the client's cards, the cards' discounts."""
    visit, left = document.visit, unpaid(document.visit)
    methods = [
        {
            **_method("account", amount=left),
            "account_id": number,
            "account": _desk(number, document.lang),
        }
        for number in DESKS
    ]
    if not visit.member:
        return methods
    types = await cards.card_types(document.context.store, visit.program)
    offers = await promotions.of_program(document.context.store, visit.program)
    totals = await reading.totals_of(document.context.store, visit.program, visit.member)
    for card in await reading.open_cards(document.context.store, visit.member):
        summary = shown.cards.get(card.account_id)
        if summary is None:
            continue
        book = await document.context.ledger.read(card.account_id, tenant=visit.tenant)
        unit = types[card.currency_id].unit
        within_reach = min(max(0, balance_of(book)), left) // unit * unit
        methods.append(
            {
                **_method("loyalty_card", amount=within_reach),
                "loyalty_card_id": card.account_id,
                "loyalty_card": summary,
            }
        )
        for offer in offers:
            if offer.gives_discounts and card.currency_id in offer.currencies:
                amount = sum(discounts(offer, visit, totals).values())
                methods.append(
                    {
                        **_method("loyalty_program", amount=amount, value=offer.value(totals)),
                        "loyalty_program_id": offer.number,
                        "loyalty_program": _program(offer, shown),
                        "loyalty_card_id": card.account_id,
                        "loyalty_card": summary,
                    }
                )
    return methods


def _method(slug: str, *, amount: int, value: int = 0) -> dict[str, Any]:
    return {
        "slug": slug,
        "is_applicable": amount > 0,
        "applicable_amount": money(amount),
        "applicable_count": 0,
        "applicable_value": money(value),
    }
