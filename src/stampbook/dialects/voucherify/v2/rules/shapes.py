"""Earning rules and benefits as they are answered."""

from typing import Final

from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    OPEN,
    TEXT,
    TIME,
    Schema,
    array_of,
    id_of,
    object_of,
    one_of,
    or_null,
    titled,
)
from stampbook.dialects.voucherify.core.shapes.setup import DEFINITION
from stampbook.dialects.voucherify.v2.kernel.shapes import HOURS, LIMITS

STEP: Final[Schema] = {"type": "integer", "minimum": 1}
NUMBER: Final[Schema] = {"type": "number", "minimum": 0}


def _foreign(prefix: str) -> Schema:
    return object_of(id={"type": "string", "pattern": f"^{prefix}_[a-zA-Z0-9]+"})


APPLIES_TO: Final = {
    "anyOf": [
        object_of(type=one_of(name), **{name: _foreign(prefix)})
        for name, prefix in (("product", "prod"), ("sku", "sku"), ("products_collection", "pc"))
    ]
}
EVERY: Final = object_of(every=STEP, value=NUMBER)
EVERY_OF_METADATA: Final = object_of(every=STEP, value=NUMBER, property=TEXT)
EVERY_OF_ITEMS: Final = object_of(
    every=STEP, value=NUMBER, applicable_to=array_of(APPLIES_TO, minItems=1)
)
EXPIRATION: Final = DEFINITION["properties"]["points_expiration"]


def proportional_of(**more: Schema) -> Schema:
    return object_of(
        calculation_type=TEXT,
        card_definition_id=id_of("lcdef"),
        order_=object_of(amount_=EVERY, total_amount_=EVERY, metadata_=EVERY_OF_METADATA),
        customer_=object_of(metadata=EVERY_OF_METADATA),
        custom_event_=object_of(metadata=EVERY_OF_METADATA),
        order_items_=object_of(
            amount_=EVERY_OF_ITEMS, subtotal_amount_=EVERY_OF_ITEMS, quantity_=EVERY_OF_ITEMS
        ),
        **more,
    )


EFFECT: Final = {
    "anyOf": [
        object_of(
            type=one_of("POINTS"),
            points=object_of(
                value=COUNT, card_definition_id=id_of("lcdef"), points_expiration_=EXPIRATION
            ),
        ),
        object_of(
            type=one_of("POINTS_PROPORTIONAL"),
            points_proportional=proportional_of(points_expiration_=EXPIRATION),
        ),
        object_of(type=one_of("BENEFIT"), benefit=object_of(id=id_of("lben"))),
    ]
}
EARNING: Final = object_of(
    id=id_of("lernei"),
    name=or_null(TEXT),
    rules=or_null(OPEN),
    tier_rules=or_null(
        object_of(
            type=one_of("NO_REQUIREMENTS", "ANY_OF"),
            any_of_=array_of(
                object_of(
                    tier_structure_id=id_of("lts"), tier_ids=array_of(id_of("lt"), minItems=1)
                )
            ),
        )
    ),
    effects=array_of(EFFECT, minItems=1),
)
RULE: Final = titled(
    "EarningRule",
    object_of(
        id=id_of("lern"),
        name=TEXT,
        status=one_of("DRAFT", "ACTIVE", "INACTIVE"),
        earnings=array_of(EARNING, minItems=1),
        trigger=object_of(
            event=one_of(
                "customer.order.paid", "customer.custom_event", "customer.segment.entered"
            ),
            custom_event_=object_of(schema_id=TEXT),
            segment_=object_of(id=TEXT),
        ),
        error=or_null(object_of(message=TEXT)),
        validity_hours=HOURS,
        start_date=or_null(TIME),
        end_date=or_null(TIME),
        trigger_limits=LIMITS,
        metadata=OPEN,
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("earning_rule"),
    ),
)
