"""The shape of every object on the wire: which fields there are, and of which type."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from stampbook.programs.roles import Role
from tests.http.altegio.programs.offering import create, discount, refer, referral
from tests.http.altegio.shop import PARTNER, PASSWORD, Shop

INT, NUM, STR, BOOL = (
    {"type": "integer"},
    {"type": "number"},
    {"type": "string"},
    {"type": "boolean"},
)
NULL = {"type": "null"}
ANY: dict[str, Any] = {}


def obj(**fields: Any) -> dict[str, Any]:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "properties": fields,
        "required": sorted(fields),
        "additionalProperties": False,
    }


def arr(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def maybe(shape: Any) -> dict[str, Any]:
    return {"anyOf": [shape, NULL]}


def fields(shape: Any, *names: str) -> dict[str, Any]:
    """Several fields of one shape."""
    return dict.fromkeys(names, shape)


TITLED = obj(id=INT, title=STR)
TRANSACTION = obj(
    **fields(
        INT,
        "id",
        "status_id",
        "type_id",
        "program_id",
        "card_id",
        "salon_group_id",
        "item_id",
        "item_type_id",
        "item_record_id",
        "goods_transaction_id",
    ),
    amount=NUM,
    is_discount=BOOL,
    is_loyalty_withdraw=BOOL,
    type=TITLED,
)
PROGRAM_SUMMARY = obj(
    **fields(INT, "id", "loyalty_type_id", "item_type_id", "value_unit_id", "group_id"),
    title=STR,
    value=NUM,
)
LISTED = obj(**TRANSACTION["properties"], program=PROGRAM_SUMMARY)
CHAIN_TRANSACTION = obj(
    **TRANSACTION["properties"],
    **fields(INT, "visit_id", "certificate_id", "abonement_id", "services_transaction_id"),
    created_date=STR,
)
ITEM = obj(
    **fields(
        INT,
        "id",
        "item_id",
        "item_type_id",
        "record_id",
        "master_id",
        "good_id",
        "service_id",
        "event_id",
    ),
    **fields(NUM, "amount", "first_cost", "manual_cost", "discount", "cost"),
    **fields(BOOL, "is_service", "is_event", "is_good"),
    item_title=STR,
)
PAYMENT = obj(
    **fields(
        INT,
        "id",
        "document_id",
        "type_id",
        "expense_id",
        "account_id",
        "client_id",
        "master_id",
        "supplier_id",
        "item_id",
        "target_type_id",
        "record_id",
        "goods_transaction_id",
    ),
    date={"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"},
    amount=NUM,
    comment=STR,
    expense=TITLED,
    account=TITLED,
    client=obj(id=STR, name=STR, phone=STR),
    master={"type": "array", "maxItems": 0},
    supplier={"type": "array", "maxItems": 0},
)
RECEIPTS = obj(last_operation_type={"const": 1}, transactions={"type": "array", "maxItems": 0})
STATE = obj(
    payment_transactions=arr(PAYMENT),
    loyalty_transactions=arr(TRANSACTION),
    kkm_transaction_details_container=RECEIPTS,
    items=arr(ITEM),
)
RULE = obj(**fields(INT, "id", "loyalty_program_id", "loyalty_type_id"), value=NUM, parameter=NUM)
CARD_TYPE = obj(id=INT, title=STR, salon_group_id=INT)
CARD_FIGURES = {
    **fields(INT, "id", "visits_count", "type_id", "salon_group_id", "points"),
    **fields(NUM, "balance", "paid_amount", "sold_amount"),
    "number": STR,
}
CARD = obj(
    **CARD_FIGURES,
    type=CARD_TYPE,
    salon_group=TITLED,
    programs=arr(
        obj(
            **PROGRAM_SUMMARY["properties"],
            loyalty_type=obj(
                id=INT,
                title=STR,
                **fields(BOOL, "is_discount", "is_cashback", "is_static", "is_accumulative"),
            ),
            rules=arr(RULE),
        )
    ),
)
CARD_SHORT = obj(**CARD_FIGURES, max_discount_percent=NUM, max_discount_amount=NUM)
SALE_CARD = obj(
    id=INT, type_id=INT, number=STR, balance=NUM, type=obj(id=INT, type=STR), chain=TITLED
)
SALE_PROGRAM = obj(id=INT, title=STR, type_id=INT, is_value_percent=BOOL, type=TITLED, chain=TITLED)
SALE_COMMON = {
    **fields(INT, "id", "document_id", "type_id"),
    "sale_item_id": NULL,
    "sale_item_type": {"enum": ["good", "service", None]},
    "amount": NUM,
    "created_at": STR,
    "chain": TITLED,
    "type": TITLED,
}
SALE = obj(
    state=obj(
        items=arr(
            obj(
                id=INT,
                type={"enum": ["good", "service"]},
                title=STR,
                **fields(
                    NUM,
                    "amount",
                    "default_cost_per_unit",
                    "default_cost_total",
                    "client_discount_percent",
                    "cost_to_pay_total",
                ),
            )
        ),
        loyalty_transactions=arr(
            {
                "oneOf": [
                    obj(**SALE_COMMON, loyalty_card_id=INT, loyalty_card=SALE_CARD),
                    obj(**SALE_COMMON, loyalty_program_id=INT, loyalty_program=SALE_PROGRAM),
                ]
            }
        ),
        payment_transactions=arr(
            obj(
                **fields(INT, "id", "document_id", "expense_id", "account_id"),
                sale_item_id=maybe(INT),
                sale_item_type={"enum": ["good", "service", None]},
                amount=NUM,
                created_at=STR,
                account=obj(id=INT, title=STR, is_cash=BOOL, is_default=BOOL),
                expense=TITLED,
            )
        ),
    ),
    kkm_state=RECEIPTS,
    payment_methods=arr(
        {
            "type": "object",
            "required": [
                "slug",
                "is_applicable",
                "applicable_amount",
                "applicable_count",
                "applicable_value",
            ],
            "properties": {
                "slug": {"enum": ["account", "loyalty_card", "loyalty_program"]},
                "is_applicable": BOOL,
                "account": obj(id=INT, title=STR, is_cash=BOOL, is_default=BOOL),
                "loyalty_card": SALE_CARD,
                "loyalty_program": SALE_PROGRAM,
            },
        }
    ),
)
PROGRAM_KINDS = {
    "enum": [
        f"{effect}_{how}"
        for effect, hows in (
            (
                "discount",
                ("static", "accumulative_visits", "accumulative_sold", "accumulative_paid"),
            ),
            (
                "cashback",
                (
                    "static_sold",
                    "static_paid",
                    "accumulative_paid",
                    "accumulative_sold",
                    "accumulative_paid_visits",
                    "accumulative_sold_visits",
                    "sold_visits",
                    "paid_visits",
                ),
            ),
            ("package", ("discount",)),
        )
        for how in hows
    ]
}
ITEM_KINDS = {"enum": ["any_allowed", "not_allowed", "custom_allowed"]}
PROGRAM_OWN = {
    "id": INT,
    "title": STR,
    "type": PROGRAM_KINDS,
    "service_item_type": ITEM_KINDS,
    "good_item_type": ITEM_KINDS,
    "value_unit": {"enum": ["percent", "amount"]},
    **fields(
        INT,
        "usage_limit",
        "visit_multiplicity",
        "sold_items_multiplicity",
        "expiration_timeout",
        "expiration_notification_timeout",
        "on_changed_notification_template_id",
        "on_expiration_notification_template_id",
    ),
    "expiration_timeout_unit": {"enum": ["day", "week", "month", "year"]},
    "params_source_type": {"enum": ["loyalty_card", "active_companies", "chain"]},
    "history_start_date": STR,
}
FOUND_PROGRAM = obj(
    **PROGRAM_OWN,
    **fields(
        INT,
        "loyalty_type_id",
        "item_type_id",
        "value_unit_id",
        "group_id",
        "current_package_progress",
        "allowed_usages_amount",
    ),
)
DOCUMENT = {"type": "object", "required": ["id", "type_id", "visit_id", "record_id", "type_title"]}
RECORD = {
    "type": "object",
    "required": [
        "id",
        "company_id",
        "staff_id",
        "services",
        "goods_transactions",
        "staff",
        "client",
        "date",
        "datetime",
        "visit_id",
        "attendance",
        "visit_attendance",
        "paid_full",
        "deleted",
        "documents",
    ],
    "properties": {
        "documents": arr(DOCUMENT),
        "paid_full": {"enum": [0, 1]},
        "attendance": {"enum": [-1, 0, 1, 2]},
        "client": maybe({"type": "object", "required": ["id", "name", "phone", "email"]}),
        "services": arr(
            {"type": "object", "required": ["id", "cost", "first_cost", "discount", "amount"]}
        ),
        "goods_transactions": arr(
            {"type": "object", "required": ["id", "good_id", "cost", "amount", "master_id"]}
        ),
    },
}
VISIT = obj(
    id=INT,
    attendance=INT,
    datetime=STR,
    comment=maybe(STR),
    payment_status={"enum": ["not_paid", "paid_not_full", "paid_full", "paid_over"]},
    records=arr(RECORD),
)
SIGNED_IN = obj(
    id=INT,
    **fields(STR, "user_token", "name", "phone", "login", "email", "avatar"),
    is_approved=BOOL,
    is_email_confirmed=BOOL,
)
PERMISSIONS = obj(loyalty={"type": "object", "additionalProperties": BOOL})
GROUP = obj(
    id=INT,
    title=STR,
    companies=arr(TITLED),
    access={"type": "object", "additionalProperties": {"enum": ["0", "1"]}},
)


def assert_shape(shape: Any, answer: httpx.Response) -> None:
    """The data of the answer has exactly this shape."""
    assert answer.status_code in (200, 201), answer.text
    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft202012Validator(shape).iter_errors(answer.json()["data"])
    ]
    assert not errors, errors


@pytest.fixture
async def visit(shop: Shop) -> tuple[int, int]:
    """A visit with a withdrawal, a discount, a referral, cashback and payments."""
    record, visit = await shop.visit(2_000, 300_000)
    await create(shop, type="cashback_static_sold")
    await referral(shop, is_percent=True, value=1_000)
    await shop.new_card(await shop.member("70001234567"), 0)
    await shop.apply(record, visit, 50)
    await discount(shop, "apply_discount_program", await create(shop), record, visit)
    await refer(shop, record, visit, 70001234567)
    body = {"attendance": 1, "comment": "thanks", "fast_payment": 2}
    assert (await shop.http.put(f"/api/v1/visits/{visit}/{record}", json=body)).status_code == 200
    return record, visit


async def test_the_visit_and_its_transactions(shop: Shop, visit: tuple[int, int]) -> None:
    record, number = visit
    place, chain = shop.location.number, shop.chain.program_id
    days = "created_after=2027-01-01&created_before=2027-12-31"
    for path, shape in (
        (f"visit/details/{place}/{record}/{number}", STATE),
        (f"visit/loyalty/transactions/{number}", arr(LISTED)),
        (f"chain/{chain}/loyalty/transactions?{days}", arr(CHAIN_TRANSACTION)),
        (f"company/{place}/sale/{number}", SALE),
        (f"visits/{number}", VISIT),
        (f"records/{place}", arr(RECORD)),
        (f"record/{place}/{record}", RECORD),
        (f"company/{place}/loyalty/programs/search", arr(FOUND_PROGRAM)),
        (f"loyalty/client_cards/{shop.guest.member_id}", arr(CARD)),
        (f"user/permissions/{place}", PERMISSIONS),
        ("groups", arr(GROUP)),
    ):
        assert_shape(shape, await shop.http.get(f"/api/v1/{path}"))
    assert_shape(STATE, await shop.apply(record, number, 60))
    assert_shape(STATE, await shop.cancel(record, number))


async def test_cards_and_signing_in(shop: Shop) -> None:
    place, card = shop.location.number, shop.card.account_id
    path = f"/api/v1/company/{place}/loyalty/cards/{card}/manual_transaction"
    assert_shape(CARD_SHORT, await shop.http.post(path, json={"amount": 1.5}))
    order = {"phone": "79000000002", "loyalty_card_type_id": shop.points.currency_id}
    assert_shape(CARD, await shop.http.post(f"/api/v1/loyalty/cards/{place}", json=order))
    await shop.user("owner@example.com", Role.ADMIN)
    answer = await shop.http.post(
        "/api/v1/auth",
        json={"login": "owner@example.com", "password": PASSWORD},
        headers={"Authorization": f"Bearer {PARTNER}"},
    )
    assert_shape(SIGNED_IN, answer)
