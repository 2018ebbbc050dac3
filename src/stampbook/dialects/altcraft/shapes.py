"""What methods read and answer, as JSON schemas: the page that describes the API is made of them.

The fields are read by `wire`, in either format; nothing is judged by these schemas.
"""

from typing import Any, Final

from stampbook.dialects.altcraft.formats.fields import MAX_TEXT
from stampbook.dialects.altcraft.rows import COLUMNS
from stampbook.dialects.altcraft.wire import DEFAULT_LIMIT, MATCHINGS, MAX_LIMIT, MAX_TIMEOUT_S
from stampbook.edge.bodies import MAX_METADATA, MAX_NUMBER

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string", "maxLength": MAX_TEXT}
INTEGER: Final[Schema] = {"type": "integer"}
FLAG: Final[Schema] = {"type": "boolean"}
DATE: Final[Schema] = {"type": "string", "format": "date-time", "maxLength": MAX_TEXT}
AMOUNT: Final[Schema] = {
    "title": "Amount",
    "type": "string",
    "description": "A decimal number in the currency's scale",
    "examples": ["100.50"],
}
GIVEN_AMOUNT: Final[Schema] = {
    **AMOUNT,
    "title": "GivenAmount",
    "type": ["string", "number"],
    "maxLength": MAX_NUMBER,
}
MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}

PROGRAM: Final = {"loyalty_program_id": INTEGER}
PERSON: Final = {
    **PROGRAM,
    "matching": {"enum": list(MATCHINGS), "description": "the field that identifies the member"},
    "email": TEXT,
    "phone": TEXT,
    "profile_id": TEXT,
    "field_name": TEXT,
    "field_value": {"type": ["string", "integer"], "maxLength": MAX_TEXT},
}
CURRENCY: Final = {"points_currency_iid": INTEGER, "points_currency_eid": TEXT}
DATES: Final = {"date_from": DATE, "date_to": DATE}
PAGE: Final = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
}
MOVEMENT: Final = {
    **PERSON,
    **CURRENCY,
    "amount": GIVEN_AMOUNT,
    "promotion_id": TEXT,
    "is_temp": FLAG,
    "temp_timeout_sec": {"type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_S},
    "created_at": DATE,
    "transaction_eid": {**TEXT, "minLength": 1},
    "external_data": {"type": "object", "description": f"at most {MAX_METADATA} bytes"},
}
POINTS: Final = {"activation_date": DATE, "expiration_date": DATE}

TARGET: Final = {"transaction_id": TEXT, "transaction_eid": TEXT}

MOVED: Final = {"transaction_id": TEXT, "balance": AMOUNT}
BALANCES: Final = {"total_balance": AMOUNT, "active_balance": AMOUNT}
TIER: Final = {
    "tiers_group_type": TEXT,
    "tier_eid": TEXT,
    "tier_id": INTEGER,
    "tier_order": INTEGER,
    "reached_at": DATE,
}
TASK: Final = {
    "task_id": TEXT,
    "status": {"enum": ["pending", "done", "failed"]},
    "url": MAYBE_TEXT,
    "lines": INTEGER,
}
RULES: Final[Schema] = {
    "type": "array",
    "items": {
        "title": "Rule",
        "type": "object",
        "properties": {
            **CURRENCY,
            "static_amount": MAYBE_TEXT,
            "min_amount": MAYBE_TEXT,
            "max_amount": MAYBE_TEXT,
        },
    },
}
PROMOTION: Final = {
    "id": INTEGER,
    "name": TEXT,
    "description": MAYBE_TEXT,
    "external_id": MAYBE_TEXT,
    "start_date": MAYBE_TEXT,
    "end_date": MAYBE_TEXT,
    "is_active": FLAG,
    "redeem_rules": RULES,
    "accrual_rules": RULES,
}
TRANSACTION: Final = {
    **dict.fromkeys(COLUMNS, MAYBE_TEXT),
    "amount": AMOUNT,
    "balance_before": AMOUNT,
    "balance_after": AMOUNT,
    "promo_iid": {"type": ["integer", "null"]},
    "is_temp": FLAG,
}


def fields(properties: Schema, *required: str) -> Schema:
    """An object that has the fields."""
    named = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **named}


def listed(title: str, properties: Schema) -> Schema:
    """An array of such objects, which have a name in descriptions."""
    return {"type": "array", "items": {"title": title, **fields(properties)}}


def envelope(data: Schema | None = None, **beside: Schema) -> Schema:
    """An answer; `beside` is at the top level. The data of an error is null, or the state."""
    shown = {} if data is None else {"data": {"anyOf": [data, {"type": "null"}]}}
    properties = {"error": INTEGER, "error_text": TEXT, **shown, **beside}
    return fields(properties, "error", "error_text", *shown)
