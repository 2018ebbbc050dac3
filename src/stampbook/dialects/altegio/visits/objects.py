"""The objects of a visit on the wire."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from stampbook.dialects.altegio.answers import money, quantity
from stampbook.dialects.altegio.texts import RU, type_title
from stampbook.domain.book import Book
from stampbook.domain.model import transaction_number
from stampbook.domain.policy import to_datetime
from stampbook.programs.members import Member
from stampbook.visits.model import Discount, Line, LineKind, Part, Payment, Visit
from stampbook.visits.promotion import KINDS, Applies, Effect, Measure, Promotion, Rule
from stampbook.visits.reading import Credit
from stampbook.visits.withdrawing import unit_of

SERVICE, PRODUCT, WHOLE_VISIT = 1, 7, 0
"""`item_type_id`: of what a transaction or an item is."""

DISCOUNT, ACCRUAL, WITHDRAWAL, REFERRAL = 1, 2, 3, 4
REPLENISHMENT, MANUAL_WITHDRAWAL, OVERDUE = 5, 6, 7
"""`type_id` of loyalty transactions."""

IN_FORCE: Final = 1
"""The only `status_id` that is ever shown."""

EXPENSE: Final = 5
EXPENSE_TITLE: Final = ("Service payments", "Оказание услуг")
DESK_TITLES: Final[Mapping[int, tuple[str, str]]] = {
    1: ("Cash", "Наличные"),
    2: ("Card", "Карта"),
}
"""The tills that `fast_payment` names; others have no title."""

ANY_ITEM, CUSTOM_SERVICES, CUSTOM = 0, 4, 3
"""`item_type_id` of a program: to which items it applies."""

NO_RECEIPTS: Final[Mapping[str, Any]] = {"last_operation_type": 1, "transactions": []}
"""There is no fiscal printer."""


def balance_of(book: Book | None) -> int:
    """What is on a card, in hundredths; negative when it owes points."""
    return 0 if book is None else book.active * unit_of(book)


def local_time(instant: int, timezone: str) -> str:
    """`2018-06-21 17:15:00` in the location's time zone."""
    return to_datetime(instant, timezone).strftime("%Y-%m-%d %H:%M:%S")


def iso_time(instant: int, timezone: str) -> str:
    """`2018-06-21T17:15:00+03:00`."""
    return to_datetime(instant, timezone).replace(microsecond=0).isoformat()


def item(line: Line) -> dict[str, Any]:
    """A line as one of `items[]`."""
    is_good = line.kind is LineKind.GOOD
    return {
        "id": line.number if is_good else 0,
        "item_id": line.item,
        "item_type_id": PRODUCT if is_good else SERVICE,
        "record_id": 0 if is_good else line.record,
        "item_title": line.title,
        "amount": quantity(line.quantity),
        "first_cost": money(line.first_cost),
        "manual_cost": money(line.cost),
        "discount": money(line.discount),
        "cost": money(line.cost),
        "master_id": line.staff,
        "good_id": line.item if is_good else 0,
        "service_id": 0 if is_good else line.item,
        "event_id": 0,
        "is_service": not is_good,
        "is_event": False,
        "is_good": is_good,
    }


def transaction(
    *,
    number: int,
    amount: int,
    type_id: int,
    chain: int,
    lang: str,
    line: Line | None = None,
    program: int = 0,
    card: int = 0,
) -> dict[str, Any]:
    """One of `loyalty_transactions[]`. Without a line it concerns the whole visit."""
    is_good = line is not None and line.kind is LineKind.GOOD
    is_service = line is not None and not is_good
    return {
        "id": number,
        "status_id": IN_FORCE,
        "amount": money(amount),
        "type_id": type_id,
        "program_id": program,
        "card_id": card,
        "salon_group_id": chain,
        "item_id": line.item if line is not None else 0,
        "item_type_id": PRODUCT if is_good else SERVICE if is_service else WHOLE_VISIT,
        "item_record_id": line.record if line is not None and is_service else 0,
        "goods_transaction_id": line.number if line is not None and is_good else 0,
        "is_discount": type_id == DISCOUNT,
        "is_loyalty_withdraw": type_id == WITHDRAWAL,
        "type": {"id": type_id, "title": type_title(type_id, lang)},
    }


def discount(visit: Visit, each: Discount, lang: str) -> dict[str, Any]:
    return transaction(
        number=each.transaction,
        amount=each.amount,
        type_id=DISCOUNT,
        chain=visit.program,
        lang=lang,
        line=visit.line(each.line),
        program=each.promotion,
        card=each.account,
    )


def withdrawal(visit: Visit, part: Part, lang: str) -> dict[str, Any]:
    return transaction(
        number=part.transaction,
        amount=part.amount,
        type_id=WITHDRAWAL,
        chain=visit.program,
        lang=lang,
        line=visit.line(part.line),
        card=part.account,
    )


def credit(visit: Visit, each: Credit, lang: str) -> dict[str, Any]:
    return transaction(
        number=transaction_number(account=each.account, seq=each.seq),
        amount=each.amount,
        type_id=REFERRAL if each.is_referral else ACCRUAL,
        chain=visit.program,
        lang=lang,
        program=each.promotion,
        card=each.account,
    )


def loyalty_transactions(visit: Visit, lang: str) -> list[dict[str, Any]]:
    """What reduces the bill: discounts, then withdrawals, each in the order they were made."""
    return [discount(visit, each, lang) for each in visit.discounts] + [
        withdrawal(visit, part, lang) for part in visit.parts
    ]


def payment(
    visit: Visit, each: Payment, *, client: Member | None, timezone: str, lang: str
) -> dict[str, Any]:
    """One of `payment_transactions[]`."""
    line = visit.line(each.line)
    is_good = line is not None and line.kind is LineKind.GOOD
    title = DESK_TITLES.get(each.desk, ("", ""))[lang == RU]
    return {
        "id": each.number,
        "document_id": visit.number,
        "date": local_time(each.paid_at, timezone),
        "type_id": EXPENSE,
        "expense_id": EXPENSE,
        "account_id": each.desk,
        "amount": money(each.amount),
        "client_id": visit.member,
        "master_id": line.staff if line is not None else 0,
        "supplier_id": 0,
        "comment": each.comment,
        "item_id": line.item if line is not None else 0,
        "target_type_id": 1,
        "record_id": line.record if line is not None else 0,
        "goods_transaction_id": line.number if line is not None and is_good else 0,
        "expense": {"id": EXPENSE, "title": EXPENSE_TITLE[lang == RU]},
        "account": {"id": each.desk, "title": title},
        "client": client_summary(client),
        "master": [],
        "supplier": [],
    }


def client_summary(client: Member | None) -> dict[str, Any]:
    """The client of a payment; the vendor's own clients expect the id as a text here."""
    if client is None:
        return {"id": "0", "name": "", "phone": ""}
    return {"id": str(client.member_id), "name": client.name or "", "phone": client.phone or ""}


def state(
    visit: Visit, lang: str, *, client: Member | None = None, timezone: str = "UTC"
) -> dict[str, Any]:
    """The visit's state. Only its payments tell of the client and of times."""
    return {
        "payment_transactions": [
            payment(visit, each, client=client, timezone=timezone, lang=lang)
            for each in visit.payments
        ],
        "loyalty_transactions": loyalty_transactions(visit, lang),
        "kkm_transaction_details_container": NO_RECEIPTS,
        "items": [item(line) for line in visit.lines],
    }


def program_summary(promotion: Promotion) -> dict[str, Any]:
    """A program as it is shown with a transaction or a card."""
    return {
        "id": promotion.number,
        "title": promotion.title,
        "value": money(promotion.rules[0].value if promotion.rules else 0),
        "loyalty_type_id": loyalty_type_id(promotion),
        "item_type_id": item_type_of(promotion),
        "value_unit_id": 1 if promotion.is_percent else 2,
        "group_id": promotion.program,
    }


def card_program(promotion: Promotion) -> dict[str, Any]:
    """A program as it is shown with a card."""
    kind = KINDS[promotion.kind]
    type_id = loyalty_type_id(promotion)
    return {
        **program_summary(promotion),
        "loyalty_type": {
            "id": type_id,
            "title": promotion.kind,
            "is_discount": kind.effect in (Effect.DISCOUNT, Effect.PACKAGE),
            "is_cashback": kind.effect is Effect.CASHBACK,
            "is_static": kind.by is Measure.STATIC,
            "is_accumulative": kind.by is not Measure.STATIC,
        },
        "rules": [rule_of(promotion, rule) for rule in promotion.rules],
    }


def rule_of(promotion: Promotion, rule: Rule) -> dict[str, Any]:
    """One of a program's `rules[]`: thresholds of money are amounts, of visits numbers."""
    counts_visits = KINDS[promotion.kind].by is Measure.VISITS
    return {
        "id": rule.number,
        "loyalty_program_id": promotion.number,
        "loyalty_type_id": loyalty_type_id(promotion),
        "value": money(rule.value),
        "parameter": rule.threshold if counts_visits else money(rule.threshold),
    }


NO_PROGRAM: Final[Mapping[str, Any]] = {
    "id": 0,
    "title": "",
    "value": 0,
    "loyalty_type_id": 0,
    "item_type_id": 0,
    "value_unit_id": 0,
    "group_id": 0,
}
"""The program that is shown for a transaction that has none."""


def loyalty_type_id(promotion: Promotion) -> int:
    """The place of the program's type in the vendor's list, from 1 on."""
    return list(KINDS).index(promotion.kind) + 1


def item_type_of(promotion: Promotion) -> int:
    if promotion.services is Applies.ANY and promotion.goods is Applies.ANY:
        return ANY_ITEM
    if promotion.services is Applies.CUSTOM and promotion.goods is Applies.ANY:
        return CUSTOM_SERVICES
    return CUSTOM


def listed(
    visit: Visit,
    credits: Iterable[Credit],
    programs: Mapping[int, Promotion],
    lang: str,
) -> list[dict[str, Any]]:
    """The visit's transactions with their programs."""
    rows = loyalty_transactions(visit, lang) + [credit(visit, each, lang) for each in credits]
    for row in rows:
        found = programs.get(row["program_id"])
        row["program"] = NO_PROGRAM if found is None else program_summary(found)
    return rows
