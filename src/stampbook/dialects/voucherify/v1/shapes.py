"""Answers of v1, as JSON Schemas."""

from typing import Final

from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    CUSTOMER_ID,
    DATE,
    FLAG,
    OPEN,
    POINTS,
    TEXT,
    TIME,
    Schema,
    array_of,
    id_of,
    merged,
    object_of,
    one_of,
    or_null,
)

NOTHING: Final[Schema] = {"type": "null"}

VOUCHER_ID: Final = id_of("v")
CAMPAIGN_ID: Final = id_of("camp")

CATEGORIES: Final = {
    "category": NOTHING,
    "category_id": NOTHING,
    "categories": array_of(OPEN, maxItems=0),
}
VALIDITY: Final = {
    "start_date": or_null(TIME),
    "expiration_date": or_null(TIME),
    "validity_timeframe": NOTHING,
    "validity_day_of_week": NOTHING,
    "validity_hours": or_null(OPEN),
}
LINK: Final = {"object": one_of("list"), "url": TEXT}
ASSIGNED: Final = object_of(
    object=one_of("list"), data_ref=one_of("data"), data=array_of(OPEN, maxItems=0), total=COUNT
)

VOUCHER: Final = object_of(
    id=VOUCHER_ID,
    code=TEXT,
    campaign=TEXT,
    campaign_id=CAMPAIGN_ID,
    **CATEGORIES,
    **VALIDITY,
    type=one_of("LOYALTY_CARD"),
    discount=NOTHING,
    gift=NOTHING,
    loyalty_card=object_of(
        points=POINTS,
        balance=POINTS,
        next_expiration_date=or_null(DATE),
        next_expiration_points=POINTS,
        pending_points=COUNT,
        expired_points=POINTS,
        subtracted_points=POINTS,
    ),
    active=FLAG,
    additional_info=NOTHING,
    metadata=OPEN,
    is_referral_code=FLAG,
    holder_id=CUSTOMER_ID,
    created_at=TIME,
    updated_at=or_null(TIME),
    redemption=object_of(quantity=NOTHING, redeemed_quantity=COUNT, redeemed_points=POINTS, **LINK),
    publish=object_of(count=COUNT, **LINK),
    object=one_of("voucher"),
)
VOUCHERS: Final = object_of(
    object=one_of("list"), data_ref=one_of("vouchers"), vouchers=array_of(VOUCHER), total=COUNT
)
ONE_VOUCHER: Final = merged(VOUCHER, object_of(validation_rules_assignments=ASSIGNED))

CAMPAIGN: Final = object_of(
    id=CAMPAIGN_ID,
    name=TEXT,
    description=NOTHING,
    campaign_type=one_of("LOYALTY_PROGRAM"),
    type=one_of("AUTO_UPDATE"),
    voucher=object_of(
        type=one_of("LOYALTY_CARD"),
        loyalty_card=object_of(points=COUNT, expiration_rules=or_null(OPEN)),
        redemption=object_of(quantity=NOTHING),
        code_config=OPEN,
        is_referral_code=FLAG,
        **VALIDITY,
    ),
    auto_join=FLAG,
    join_once=FLAG,
    use_voucher_metadata_schema=FLAG,
    **VALIDITY,
    activity_duration_after_publishing=NOTHING,
    vouchers_count=COUNT,
    active=FLAG,
    metadata=OPEN,
    created_at=TIME,
    updated_at=or_null(TIME),
    **CATEGORIES,
    creation_status=one_of("DRAFT", "DONE"),
    vouchers_generation_status=one_of("DRAFT", "DONE"),
    protected=FLAG,
    validation_rules_assignments=ASSIGNED,
    object=one_of("campaign"),
)

RELATED: Final = object_of(type=one_of("voucher"), id=VOUCHER_ID)
BALANCE: Final = object_of(
    points=POINTS,
    total=POINTS,
    balance=POINTS,
    type=one_of("loyalty_card"),
    object=one_of("balance"),
    related_object=RELATED,
    operation_type=one_of("MANUAL"),
)
PENDING_BALANCE: Final = object_of(
    points=POINTS,
    total=POINTS,
    object=one_of("balance"),
    related_object=RELATED,
    operation_type=one_of("MANUAL"),
)


def entries_of(entry: Schema) -> Schema:
    """A list that is gone through by the ids of its entries."""
    return object_of(
        object=one_of("list"),
        data_ref=one_of("data"),
        data=array_of(entry),
        has_more=FLAG,
        more_starting_after_=TEXT,
    )


PENDING: Final = entries_of(
    object_of(
        id=id_of("lopp"),
        voucher_id=VOUCHER_ID,
        campaign_id=CAMPAIGN_ID,
        customer_id=CUSTOMER_ID,
        order_id=or_null(TEXT),
        points=POINTS,
        activates_at=DATE,
        details=OPEN,
        created_at=TIME,
        updated_at=NOTHING,
    )
)
EXPIRING: Final = object_of(
    object=one_of("list"),
    data_ref=one_of("data"),
    data=array_of(
        object_of(
            id=TEXT,
            voucher_id=VOUCHER_ID,
            campaign_id=CAMPAIGN_ID,
            bucket=object_of(total_points=POINTS),
            status=one_of("ACTIVE"),
            expires_at=or_null(DATE),
            created_at=TIME,
            object=one_of("loyalty_points_bucket"),
        )
    ),
    total=COUNT,
)
BRIEF: Final = object_of(id=TEXT, code=TEXT)
TRANSACTIONS: Final = entries_of(
    object_of(
        id=TEXT,
        source_id=or_null(TEXT),
        voucher_id=VOUCHER_ID,
        campaign_id=CAMPAIGN_ID,
        source=or_null(TEXT),
        reason=or_null(TEXT),
        type=TEXT,
        details=object_of(
            balance=object_of(
                type=one_of("loyalty_card"),
                total=POINTS,
                object=one_of("balance"),
                points=POINTS,
                balance=POINTS,
                related_object=RELATED,
            ),
            source_voucher_=BRIEF,
            destination_voucher_=BRIEF,
            redemption_=object_of(id=TEXT),
            rollback_=object_of(id=TEXT),
        ),
        related_transaction_id=or_null(TEXT),
        created_at=TIME,
    )
)
ACTIVITY: Final = entries_of(
    object_of(
        id=TEXT,
        type=TEXT,
        data=object_of(
            customer=object_of(id=CUSTOMER_ID, object=one_of("customer")),
            voucher=object_of(id=VOUCHER_ID, code=TEXT, object=one_of("voucher")),
            campaign=object_of(id=CAMPAIGN_ID, name=TEXT),
            transaction=object_of(id=TEXT),
        ),
        created_at=TIME,
        group_id=NOTHING,
    )
)
EXPORT: Final = object_of(
    id=id_of("exp"),
    object=one_of("export"),
    created_at=TIME,
    status=one_of("SCHEDULED"),
    channel=one_of("API"),
    exported_object=one_of("voucher_transactions"),
    parameters=object_of(order=TEXT, fields=array_of(TEXT), filters=OPEN),
    result=object_of(url=TEXT),
    user_id=NOTHING,
)
_MADE: Final = object_of(
    date=TIME,
    customer_id=CUSTOMER_ID,
    tracking_id=or_null(TEXT),
    metadata=OPEN,
    amount=POINTS,
    result=one_of("SUCCESS"),
    order=or_null(OPEN),
    related_object_type=one_of("voucher"),
    related_object_id=VOUCHER_ID,
    channel=object_of(channel_id=or_null(TEXT), channel_type=one_of("API")),
    customer=OPEN,
    voucher=VOUCHER,
)
REDEMPTION: Final = merged(
    _MADE,
    object_of(
        id=id_of("r"),
        object=one_of("redemption"),
        status=one_of("SUCCEEDED", "ROLLED_BACK"),
        reward=or_null(object_of(id=TEXT, object=one_of("reward"))),
        related_redemptions_=object_of(rollbacks=array_of(object_of(id=id_of("rr"), date=TIME))),
    ),
)
ROLLBACK: Final = merged(
    _MADE,
    object_of(
        id=id_of("rr"),
        object=one_of("redemption_rollback"),
        status=one_of("SUCCEEDED"),
        redemption=id_of("r"),
        reason=or_null(TEXT),
    ),
)
EITHER: Final[Schema] = {"anyOf": [REDEMPTION, ROLLBACK]}
STACK: Final = object_of(
    rollbacks=array_of(ROLLBACK), parent_rollback=ROLLBACK, order=or_null(OPEN)
)
