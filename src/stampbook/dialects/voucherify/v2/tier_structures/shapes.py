"""Tier structures and tiers as they are answered."""

from typing import Final

from stampbook.dialects.voucherify.core.shapes.schema import (
    FLAG,
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
from stampbook.dialects.voucherify.core.shapes.setup import DAY

LENGTH: Final[Schema] = {"type": "integer", "minimum": 1}
PERIOD: Final = object_of(value=LENGTH, unit=one_of("DAY", "MONTH", "YEAR"))
NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
STRUCTURE: Final = titled(
    "TierStructure",
    object_of(
        id=id_of("lts"),
        name=TEXT,
        type=one_of("POINT_BALANCE", "POINT_EARNED"),
        point_balance_=object_of(card_definition_id=id_of("lcdef")),
        point_earned_=object_of(
            card_definition_id=id_of("lcdef"),
            period=object_of(value=LENGTH, unit=one_of("DAY", "WEEK", "MONTH", "YEAR")),
            type=one_of("IMMEDIATELY", "NEXT_TRACKING_PERIOD"),
        ),
        expiration=object_of(
            type=one_of(
                "NO_RETENTION", "SLIDING_EXPIRATION", "FIXED_DURATION", "CALENDAR_EXPIRATION"
            ),
            fixed_duration_=object_of(period=PERIOD),
            calendar_expiration_=object_of(calendar_dates=array_of(DAY, minItems=1, maxItems=20)),
            sliding_expiration_=object_of(
                earning_activity=FLAG,
                spending_activity=FLAG,
                custom_activity=FLAG,
                custom_activity_types=array_of(TEXT),
                period=PERIOD,
            ),
        ),
        downgrade=object_of(
            type=one_of("MULTI_LEVEL", "SINGLE_LEVEL", "NO_DOWNGRADE"),
            grace_period_=object_of(
                value=LENGTH, unit=one_of("DAY", "MONTH", "YEAR"), round_up=FLAG
            ),
        ),
        metadata=OPEN,
        status=one_of("DRAFT", "ACTIVE", "INACTIVE", "DELETED"),
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("tier_structure"),
    ),
)
TIER: Final = titled(
    "Tier",
    object_of(
        id=id_of("lt"),
        tier_structure_id=id_of("lts"),
        name=TEXT,
        qualification_rules=object_of(
            type=one_of("POINTS", "POINTS_AND_SEGMENT"),
            points=object_of(min_value=NUMBER, max_value_=NUMBER),
            segment_=object_of(id=TEXT),
        ),
        downgrade=object_of(type=one_of("INHERIT", "NO_DOWNGRADE")),
        metadata=OPEN,
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("tier"),
    ),
)
