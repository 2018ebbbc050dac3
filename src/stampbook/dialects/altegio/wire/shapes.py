"""What is sent and answered, as JSON schemas, for the description of the API.

They describe; nothing is checked by them, since the wire takes more: numbers as texts, and fields
under any name of their family (wire/fields.py). Answers are those inside of the envelope.
"""

from typing import Any, Final

from stampbook.dialects.altegio.wire.fields import MAX_ITEMS, MAX_MOMENT
from stampbook.edge.bodies import MAX_TEXT
from stampbook.programs.people.passwords import MAX_PASSWORD

Schema = dict[str, Any]

ID: Final[Schema] = {"type": "integer", "minimum": 1}
COUNT: Final[Schema] = {"type": "integer"}
AMOUNT: Final[Schema] = {"title": "Amount", "type": "number", "multipleOf": 0.01}
TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
DATETIME: Final[Schema] = {"type": "string", "format": "date-time"}
PHONE: Final[Schema] = {"type": "string", "examples": ["79091552422"]}
ANYTHING: Final[Schema] = {}


def list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def shape(required: tuple[str, ...] = (), /, **fields: Schema) -> Schema:
    """An object; more fields than these may come."""
    found: Schema = {"type": "object", "properties": fields}
    return {**found, "required": list(required)} if required else found


def each(schema: Schema, *names: str) -> dict[str, Schema]:
    """Several fields of one kind."""
    return dict.fromkeys(names, schema)


def whole(**fields: Schema) -> Schema:
    """An object that always has all of the fields."""
    return shape(tuple(fields), **fields)


# -- what is sent ---------------------------------------------------------------------

SENT: Final[Schema] = {**TEXT, "maxLength": MAX_TEXT}
SENT_PHONE: Final[Schema] = {**PHONE, "maxLength": MAX_TEXT}
MOMENT: Final[Schema] = {**DATETIME, "maxLength": MAX_MOMENT}


def some_of(schema: Schema) -> Schema:
    """A list in a body."""
    return {**list_of(schema), "maxItems": MAX_ITEMS}


LOGIN: Final = shape(
    ("login", "password"),
    login=SENT,
    password={"type": "string", "maxLength": MAX_PASSWORD},
    totp=SENT,
)
NAMED: Final = shape(record_id=ID, visit_id=ID)
"""A visit, by itself or by a record of it."""

WITHDRAWAL: Final = shape(("amount",), record_id=ID, visit_id=ID, amount=AMOUNT)
REFERRAL: Final = shape(("referrer_phone",), record_id=ID, visit_id=ID, referrer_phone=SENT_PHONE)
NEW_CARD: Final = shape(
    ("loyalty_card_type_id", "phone"),
    loyalty_card_number=SENT,
    loyalty_card_type_id=ID,
    phone=SENT_PHONE,
)
BY_HAND: Final = shape(("amount",), amount=AMOUNT, title=SENT)
CLIENT_BODY: Final = shape(
    **each(SENT, "name", "email", "surname", "patronymic", "card", "birth_date", "comment"),
    phone=SENT_PHONE,
    **each(COUNT, "sex_id", "importance_id", "sms_check", "sms_not"),
    discount=AMOUNT,
    labels=some_of(ID),
    custom_fields=ANYTHING,
)
SEARCH: Final = shape(
    page=COUNT,
    page_size=COUNT,
    fields=some_of(SENT),
    order_by=SENT,
    order_by_direction={"enum": ["ASC", "DESC"]},
    operation={"enum": ["AND", "OR"]},
    filters=some_of(whole(type=SENT, state=shape())),
)
SERVICE: Final = shape(
    ("id",), id=ID, title=SENT, amount=COUNT, first_cost=AMOUNT, discount=AMOUNT, cost=AMOUNT
)
GOOD: Final = shape(
    **each(ID, "id", "good_id", "staff_id"),
    title=SENT,
    **each(AMOUNT, "amount", "price", "first_cost", "discount", "cost"),
    storage_id=COUNT,
)
RECORD_BODY: Final = shape(
    staff_id=ID,
    services=some_of(SERVICE),
    client=shape(id=ID, phone=SENT_PHONE, **each(SENT, "name", "surname", "patronymic", "email")),
    datetime=MOMENT,
    seance_length=COUNT,
    attendance=COUNT,
    comment=SENT,
    visit_id=ID,
)
VISIT_BODY: Final = shape(
    ("attendance", "comment"),
    attendance={"enum": [-1, 0, 1, 2]},
    comment=SENT,
    services=some_of(SERVICE),
    goods_transactions=some_of(GOOD),
    new_transactions=some_of(shape(("amount",), amount=AMOUNT, account_id=ID)),
    deleted_transaction_ids=some_of(ID),
    fast_payment={"enum": [0, 1, 2, 129, 130]},
)
PAYMENT_BODY: Final = whole(
    payment=shape(
        ("method",),
        method=shape(
            ("slug",),
            slug=SENT,
            **each(ID, "account_id", "loyalty_card_id", "loyalty_program_id"),
        ),
        amount=AMOUNT,
        referrer_phone=SENT_PHONE,
    )
)
RULE: Final = shape(("value",), value=AMOUNT, parameter=AMOUNT, service_id=COUNT)
PROGRAM_BODY: Final = shape(
    **each(SENT, "title", "type", "service_item_type", "good_item_type"),
    value_unit={"enum": ["percent", "amount"]},
    rules=some_of(RULE),
    loyalty_card_type_ids=some_of(ID),
    company_ids=some_of(ID),
    allowed_service_ids=some_of(ID),
    allowed_good_ids=some_of(ID),
)

# -- what is answered -----------------------------------------------------------------

USER: Final = whole(
    id=ID,
    **each(TEXT, "user_token", "name", "phone", "login", "email", "avatar"),
    is_approved=FLAG,
    is_email_confirmed=FLAG,
)
TITLED: Final = shape(("id", "title"), id=ID, title=TEXT)
TRANSACTION: Final = shape(
    ("id", "amount", "type_id"),
    id=ID,
    salon_group_id=ID,
    **each(
        COUNT,
        "status_id",
        "type_id",
        "program_id",
        "card_id",
        "item_id",
        "item_type_id",
        "item_record_id",
        "goods_transaction_id",
    ),
    amount=AMOUNT,
    is_discount=FLAG,
    is_loyalty_withdraw=FLAG,
    type=TITLED,
)
ITEM: Final = shape(
    **each(COUNT, "id", "item_type_id", "record_id", "master_id"),
    item_id=ID,
    item_title=TEXT,
    **each(AMOUNT, "amount", "first_cost", "manual_cost", "discount", "cost"),
    is_service=FLAG,
    is_good=FLAG,
)
PAYMENT: Final = shape(
    ("id", "amount"), id=ID, document_id=ID, date=TEXT, account_id=ID, amount=AMOUNT
)
RECEIPTS: Final = whole(last_operation_type=COUNT, transactions=list_of({}))
STATE: Final = whole(
    payment_transactions=list_of(PAYMENT),
    loyalty_transactions=list_of(TRANSACTION),
    kkm_transaction_details_container=RECEIPTS,
    items=list_of(ITEM),
)
CARD_TYPE: Final = whole(
    id=ID,
    salon_group_id=ID,
    title=TEXT,
    salon_group=TITLED,
    service_item_type=TEXT,
    good_item_type=TEXT,
)
SHORT_CARD: Final = shape(
    ("id", "balance"),
    **each(ID, "id", "type_id", "salon_group_id"),
    **each(
        AMOUNT,
        "balance",
        "paid_amount",
        "sold_amount",
        "max_discount_percent",
        "max_discount_amount",
    ),
    visits_count=COUNT,
    number=TEXT,
)
CARD: Final = shape(
    ("id", "balance"),
    id=ID,
    type_id=ID,
    balance=AMOUNT,
    number=TEXT,
    type=TITLED,
    salon_group=TITLED,
    programs=list_of(TITLED),
)
CLIENT: Final = shape(
    id=ID,
    **each(TEXT, "name", "surname", "phone", "email", "card"),
    visits=COUNT,
    spent=AMOUNT,
    paid=AMOUNT,
    last_change_date=DATETIME,
)
PROGRAM: Final = shape(("id", "title", "type"), id=ID, title=TEXT, type=TEXT, value_unit=TEXT)
DOCUMENT: Final = whole(
    state=whole(
        items=list_of(shape()),
        loyalty_transactions=list_of(shape()),
        payment_transactions=list_of(shape()),
    ),
    kkm_state=RECEIPTS,
    payment_methods=list_of(shape(("slug",), slug=TEXT, is_applicable=FLAG)),
)
RECORD: Final = shape(
    ("id", "visit_id"),
    id=ID,
    company_id=ID,
    staff_id=COUNT,
    services=list_of(shape()),
    goods_transactions=list_of(shape()),
    client=shape(),
    datetime=DATETIME,
    comment=TEXT,
    **each(COUNT, "attendance", "seance_length", "paid_full"),
    visit_id=ID,
    deleted=FLAG,
)
VISIT: Final = shape(
    ("id", "records"),
    id=ID,
    attendance=COUNT,
    datetime=DATETIME,
    comment=TEXT,
    payment_status=TEXT,
    records=list_of(RECORD),
)
RIGHTS: Final = whole(loyalty=shape())
