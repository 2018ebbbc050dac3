"""Programs and card definitions as they are answered."""

from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    FLAG,
    INDIVIDUAL,
    OPEN,
    TEXT,
    TIME,
    Schema,
    array_of,
    id_of,
    merged,
    object_of,
    one_of,
    or_null,
    titled,
)

SPAN = object_of(
    days_of_week=array_of({"type": "integer", "minimum": 0, "maximum": 6}),
    start_time=TEXT,
    end_time=TEXT,
)
PROGRAM = titled(
    "Program",
    object_of(
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
    ),
)
NEW_PROGRAM = titled(
    "NewProgram",
    merged(
        PROGRAM,
        object_of(
            card_definitions=or_null(array_of(object_of(id=id_of("lcdef")))),
            earning_rules=or_null(array_of(object_of(id=id_of("lern")))),
            rewards=or_null(
                array_of(
                    object_of(
                        id=id_of("lrew"),
                        stock=object_of(
                            type=one_of("UNLIMITED", "LIMITED"), limited_=object_of(quantity=COUNT)
                        ),
                    )
                )
            ),
            tier_structures=or_null(array_of(object_of(id=id_of("lts")))),
        ),
    ),
)
ASSIGNMENT = titled(
    "CardDefinitionAssignment",
    object_of(
        card_type=INDIVIDUAL,
        card_definition_id=id_of("lcdef"),
        created_at=TIME,
        object=one_of("program_card_definition"),
    ),
)

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
DEFINITION = titled(
    "CardDefinition",
    object_of(
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
    ),
)
