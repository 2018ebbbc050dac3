"""The structure of what v2 answers, as JSON Schemas: every field always, and no other.

Restated from docs/reference/voucherify.md. `object_of` closes an object and requires all of its
fields; a name that ends in `_` is optional.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

Schema = dict[str, Any]


def object_of(**fields: Any) -> Schema:
    required = [name for name in fields if not name.endswith("_")]
    return {
        "type": "object",
        "properties": {name.removesuffix("_"): each for name, each in fields.items()},
        "required": required,
        "additionalProperties": False,
    }


def array_of(item: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": item, **limits}


def one_of(*words: str | None) -> Schema:
    return {"enum": list(words)}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def id_of(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[a-f0-9]{{18}}$"}


def merged(*schemas: Schema) -> Schema:
    """One object with the fields of several."""
    return {
        "type": "object",
        "properties": {k: v for each in schemas for k, v in each["properties"].items()},
        "required": [name for each in schemas for name in each["required"]],
        "additionalProperties": False,
    }


TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
POINTS: Schema = {"type": "integer"}
DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "format": "date"}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
OPEN: Schema = {"type": "object"}
CUSTOMER_ID: Schema = {"type": "string", "pattern": "^cust_[a-zA-Z0-9]+$"}
INDIVIDUAL = one_of("INDIVIDUAL")


def list_of(item: Schema, prefix: str) -> Schema:
    cursor = object_of(next={"type": "string", "pattern": f"^{prefix}_[a-f0-9]+$"}, expires_at=TIME)
    return object_of(object=one_of("list"), data=array_of(item), cursor=or_null(cursor))


ERROR = object_of(
    code={"type": "integer"},
    key={"type": "string", "pattern": "^[a-z0-9_]+$"},
    message=TEXT,
    details=TEXT,
    request_id={"type": "string", "pattern": "^v-[a-f0-9]{18}$"},
    resource_id_=TEXT,
    resource_type_=TEXT,
)
TOO_LARGE = object_of(statusCode=one_of(413), error=TEXT, message=TEXT)  # type: ignore[arg-type]

# -- programs, definitions ------------------------------------------------------------------

SPAN = object_of(
    days_of_week=array_of({"type": "integer", "minimum": 0, "maximum": 6}),
    start_time=TEXT,
    end_time=TEXT,
)
PROGRAM = object_of(
    id=id_of("lprg"),
    name=TEXT,
    status=one_of("DRAFT", "ACTIVE", "INACTIVE", "DELETED"),
    start_date=or_null(TIME),
    end_date=or_null(TIME),
    validity_hours=object_of(type=one_of("DAILY", "ANY_TIME"), daily_=array_of(SPAN)),
    metadata=OPEN,
    created_at=TIME,
    updated_at=or_null(TIME),
    object=one_of("program"),
)
NO_ITEMS = {"type": "null"}
NEW_PROGRAM = merged(
    PROGRAM,
    object_of(
        card_definitions=or_null(array_of(object_of(id=id_of("lcdef")))),
        earning_rules=NO_ITEMS,
        rewards=NO_ITEMS,
        tier_structures=NO_ITEMS,
    ),
)
ASSIGNMENT = object_of(
    card_type=INDIVIDUAL,
    card_definition_id=id_of("lcdef"),
    created_at=TIME,
    object=one_of("program_card_definition"),
)
ASSIGNMENTS = object_of(assigned=array_of(ASSIGNMENT), unassigned=array_of(ASSIGNMENT))

PERIOD = object_of(
    value={"type": "integer", "minimum": 1, "maximum": 90}, unit=one_of("DAY", "MONTH", "YEAR")
)
DAY = object_of(
    day={"type": "integer", "minimum": 1, "maximum": 31},
    month={"type": "integer", "minimum": 1, "maximum": 12},
)
EXPIRY_WORDS = one_of(
    "NO_EXPIRATION", "ROLLING_EXPIRATION", "CALENDAR_EXPIRATION", "SLIDING_EXPIRATION"
)
PENDING_WORDS = one_of("IMMEDIATE", "PERIOD_BASED", "FIXED_DATES", "EVENT_BASED")
LIMIT = {
    "anyOf": [
        object_of(type=one_of("BALANCE_BASED", "SPENDING_BASED", "POINTS"), max=COUNT),
        object_of(type=one_of("SPENDING"), min_amount=COUNT),
        object_of(
            type=one_of("TIME_BASED"),
            period=object_of(
                type=one_of("CURRENT_PERIOD"),
                current_period=object_of(unit=one_of("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")),
            ),
            points=object_of(max=COUNT),
        ),
    ]
}
LIMITS = object_of(type=one_of("NO_LIMIT", "LIMITED"), limits=array_of(LIMIT))
LIMIT_PAIR: Schema = {
    "type": "object",
    "properties": {"global": LIMITS, "transactions": LIMITS},
    "required": ["global", "transactions"],
    "additionalProperties": False,
}
METHOD = object_of(
    type=one_of("RETURN_POINTS", "REVOKE_FROM_PENDING", "REVOKE_FROM_BALANCE"),
    mode_=one_of(
        "REFUND_ALL", "REFUND_ITEM", "REFUND_AMOUNT", "REVOKE_TO_ZERO", "REVOKE_BELOW_ZERO"
    ),
)
REFUND = object_of(type=one_of("NONE", "REFUNDABLE"), methods=array_of(METHOD))
DEFINITION = object_of(
    id=id_of("lcdef"),
    name=TEXT,
    type=INDIVIDUAL,
    status=one_of("DRAFT", "ACTIVE", "DELETED"),
    code_config=object_of(pattern=TEXT, length=COUNT, charset=TEXT, prefix=TEXT, postfix=TEXT),
    points_expiration=object_of(
        type=EXPIRY_WORDS,
        rolling_expiration_=object_of(
            period=PERIOD,
            rounding_=object_of(
                type=one_of(
                    "END_OF_MONTH",
                    "END_OF_QUARTER",
                    "END_OF_HALF_YEAR",
                    "END_OF_YEAR",
                    "END_OF_PARTICULAR_MONTH",
                ),
                value_={"type": "integer", "minimum": 1, "maximum": 12},
            ),
        ),
        calendar_expiration_=object_of(expiration_dates=array_of(DAY, minItems=1, maxItems=20)),
        sliding_expiration_=object_of(
            earning_activity=FLAG,
            spending_activity=FLAG,
            custom_activity=FLAG,
            custom_activity_types=array_of(TEXT),
            period=PERIOD,
        ),
    ),
    pending_points=object_of(
        type=PENDING_WORDS,
        period_based_=object_of(period=PERIOD),
        fixed_dates_=object_of(dates=array_of(DAY, minItems=1, maxItems=20)),
        event_based_=object_of(event_types=array_of(TEXT), cancel_period=PERIOD),
    ),
    earning_limits=LIMIT_PAIR,
    spending_limits=LIMIT_PAIR,
    refunds=object_of(spent_points=REFUND, earned_points=REFUND),
    balance_settings=object_of(allow_negative=FLAG),
    pay_with_points=object_of(
        type=one_of("NO_PAYMENTS", "EXCHANGE_RATIO"), exchange_ratio_=object_of(formula=TEXT)
    ),
    metadata=OPEN,
    created_at=TIME,
    updated_at=or_null(TIME),
    object=one_of("card_definition"),
)

# -- members, cards -------------------------------------------------------------------------

MEMBER = object_of(
    id=id_of("lmbr"),
    customer_id=CUSTOMER_ID,
    program_id=id_of("lprg"),
    status=one_of("ACTIVE", "INACTIVE", "DELETED"),
    metadata=OPEN,
    created_at=TIME,
    updated_at=or_null(TIME),
    object=one_of("member"),
)
COUNTERS = (
    "total",
    "earned",
    "added",
    "purchased",
    "purchased_reversed",
    "subtracted",
    "expired",
    "spent",
    "refunded",
    "returned",
    "locked",
    "unlocked",
)
CARD = object_of(
    id=id_of("lcrd"),
    card_definition_id=id_of("lcdef"),
    card_type=INDIVIDUAL,
    code=or_null(TEXT),
    lifetime_bucket=object_of(
        points=object_of(**dict.fromkeys(COUNTERS, POINTS)),
        pending_points=object_of(total=POINTS, activated=POINTS, canceled=POINTS),
    ),
    balance=object_of(points=POINTS, pending_points=COUNT),
    next_expiration=or_null(object_of(points=POINTS, date=DATE)),
    next_activation=or_null(
        object_of(points=POINTS, type=PENDING_WORDS, date_=DATE, cancel_date_=DATE)
    ),
    object=one_of("card"),
)
MEMBER_CARD = object_of(
    member_role=one_of("OWNER"), created_at=TIME, card=CARD, object=one_of("member_card")
)
MEMBER_WITH_CARDS = merged(MEMBER, object_of(cards=array_of(MEMBER_CARD)))
BRIEF_PROGRAM = object_of(
    id=id_of("lprg"),
    name=TEXT,
    status=PROGRAM["properties"]["status"],
    metadata=OPEN,
    object=one_of("program"),
)
MEMBERSHIP = object_of(
    member=MEMBER,
    program=BRIEF_PROGRAM,
    cards=array_of(MEMBER_CARD),
    object=one_of("membership"),
)
MEMBERSHIPS = object_of(
    customer=object_of(id=CUSTOMER_ID, source_id=or_null(TEXT), object=one_of("customer")),
    memberships=array_of(MEMBERSHIP),
    object=one_of("memberships_result"),
)
NO_TIER = object_of(
    current={"type": "null"},
    tier_structure={"type": "null"},
    deferred=array_of(OPEN, maxItems=0),
    risks=array_of(OPEN, maxItems=0),
    opportunities=array_of(OPEN, maxItems=0),
    object=one_of("member_tier_progress"),
)
MEMBERSHIP_WITH_TIERS = merged(
    {**MEMBERSHIP, "properties": {**MEMBERSHIP["properties"]}},
    object_of(cards=array_of(merged(MEMBER_CARD, object_of(tier_progress=NO_TIER)))),
)

# -- points ---------------------------------------------------------------------------------

PLACE = object_of(
    card_id=id_of("lcrd"),
    program_id=id_of("lprg"),
    member_id=id_of("lmbr"),
    card_definition_id=id_of("lcdef"),
    card_type=INDIVIDUAL,
)
PENDING_BUCKET = merged(
    object_of(id=id_of("lcppb")),
    PLACE,
    object_of(
        points=object_of(total=COUNT),
        date=DATE,
        type=one_of("PERIOD_BASED", "FIXED_DATES", "EVENT_BASED"),
        status=one_of("PENDING", "ACTIVATED", "CANCELED", "DELETED"),
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("card_pending_points_bucket"),
    ),
)
POINTS_BUCKET = merged(
    object_of(id=id_of("lcpeb")),
    PLACE,
    object_of(
        customer_id=CUSTOMER_ID,
        points=object_of(total=COUNT),
        expiration_date=DATE,
        expiration_type=EXPIRY_WORDS,
        status=one_of("ACTIVE", "DELETED", "EXPIRED"),
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("card_points_bucket"),
    ),
)
LINK = or_null(object_of(id=TEXT))
TOTAL = object_of(total=POINTS)
BUCKET = object_of(
    id=id_of("lcpeb"), points=TOTAL, expiration_date=DATE, expiration_type=EXPIRY_WORDS
)
PENDING_DETAILS = object_of(points=object_of(total=COUNT, date=DATE, type=PENDING_WORDS))
DATED = object_of(points=object_of(total=COUNT, expiration_date=or_null(DATE)))
PARTICULARS: dict[str, Schema] = {
    "ADMIN_CREDIT": DATED,
    "POINTS_EARNED": DATED,
    "ADMIN_DEBIT": object_of(points=object_of(total={"type": "integer", "maximum": 0})),
    "POINTS_REFUNDED": object_of(points=TOTAL),
    "ADMIN_POINTS_EXPIRATION": object_of(bucket=BUCKET),
    "POINTS_EXPIRED": object_of(points=TOTAL, date=DATE, buckets=array_of(BUCKET, minItems=1)),
    "POINTS_SPENT_ON_REWARD": object_of(
        points=TOTAL,
        reward=LINK,
        reward_transaction=LINK,
        target_card=LINK,
        purchase_transaction=LINK,
    ),
    "POINTS_SPENT_ON_ORDER": object_of(points=TOTAL, order=LINK, order_transaction=LINK),
    "POINTS_RETURNED": object_of(
        points=object_of(
            total=POINTS, expiration_date=or_null(DATE), expiration_type=or_null(EXPIRY_WORDS)
        ),
        reward=LINK,
        reward_transaction=LINK,
        purchase=object_of(card_transaction=LINK, reward_transaction=LINK),
    ),
    "PENDING_POINTS_ADDED": PENDING_DETAILS,
    "PENDING_POINTS_ACTIVATED": PENDING_DETAILS,
    "PENDING_POINTS_CANCELED": PENDING_DETAILS,
}
DETAILS = object_of(
    reason=or_null(TEXT),
    rejection=or_null(object_of(reason=TEXT, details=TEXT)),
    metadata=OPEN,
)


def _transaction(type_: str) -> Schema:
    return merged(
        object_of(id=id_of("lctx")),
        PLACE,
        object_of(
            type=one_of(type_),
            details=merged(DETAILS, PARTICULARS[type_]),
            status=one_of("PENDING", "PROCESSING", "APPROVED", "REJECTED"),
            created_at=TIME,
            updated_at=or_null(TIME),
            object=one_of("card_transaction"),
        ),
    )


TRANSACTION: Schema = {"anyOf": [_transaction(type_) for type_ in PARTICULARS]}
CREATED = object_of(transaction=TRANSACTION, status=one_of("TRANSACTION_CREATED"), message=TEXT)
ADJUSTED = object_of(
    transaction=or_null(TRANSACTION),
    status=one_of("TRANSACTION_CREATED", "NO_CHANGE"),
    message=TEXT,
)
REPORT_ROW = object_of(
    date=DATE,
    **dict.fromkeys((f"points_{name}" for name in COUNTERS), POINTS),
    **dict.fromkeys(
        (f"pending_points_{name}" for name in ("total", "activated", "canceled")), POINTS
    ),
    object=one_of("card_daily_report"),
)
REPORT = object_of(data=array_of(REPORT_ROW), object=one_of("report"))
ASYNC_ACTION = object_of(async_action_id=id_of("aa"))


def activity(entity: str, prefix: str, activity_prefix: str) -> Schema:
    return object_of(
        id=id_of(activity_prefix),
        type={"type": "string", "pattern": f"^vl\\.{entity}\\.[a-z_.]+$"},
        data=OPEN,
        created_at=TIME,
        source=object_of(
            channel=one_of("API"),
            api_key=object_of(app_id=TEXT),
            user_=object_of(id=TEXT),
        ),
        **{f"{entity}_id": id_of(prefix)},
    )


@cache
def _validator(name: int) -> Draft202012Validator:
    return Draft202012Validator(_schemas[name], format_checker=FormatChecker())


_schemas: dict[int, Schema] = {}


def check(body: Any, schema: Schema) -> None:
    """Raises an AssertionError that says where the body is not as the schema has it."""
    _schemas[id(schema)] = schema
    errors = list(_validator(id(schema)).iter_errors(body))
    assert not errors, [(each.json_path, each.message) for each in errors[:5]]
