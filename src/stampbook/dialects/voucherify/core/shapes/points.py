"""Points, transactions and reports as they are answered."""

from stampbook.dialects.voucherify.core.shapes.people import COUNTERS
from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    CUSTOMER_ID,
    DATE,
    INDIVIDUAL,
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
    titled,
)
from stampbook.dialects.voucherify.core.shapes.setup import EXPIRY_WORDS, PENDING_WORDS

PLACE = object_of(
    card_id=id_of("lcrd"),
    program_id=id_of("lprg"),
    member_id=id_of("lmbr"),
    card_definition_id=id_of("lcdef"),
    card_type=INDIVIDUAL,
)
PENDING_BUCKET = titled(
    "PendingPointsBucket",
    merged(
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
    ),
)
POINTS_BUCKET = titled(
    "PointsBucket",
    merged(
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
    ),
)
LINK = or_null(titled("Link", object_of(id=TEXT)))
TOTAL = object_of(total=POINTS)
BUCKET = object_of(
    id=id_of("lcpeb"), points=TOTAL, expiration_date=DATE, expiration_type=EXPIRY_WORDS
)
PENDING_DETAILS = object_of(points=object_of(total=COUNT, date=DATE, type=PENDING_WORDS))
DATED = object_of(points=object_of(total=COUNT, expiration_date=or_null(DATE)))
DATED_TOTAL = object_of(
    total=POINTS, expiration_date=or_null(DATE), expiration_type=or_null(EXPIRY_WORDS)
)
GIVEN_BACK = object_of(
    points=DATED_TOTAL,
    reward=LINK,
    reward_transaction=LINK,
    purchase=object_of(card_transaction=LINK, reward_transaction=LINK),
)
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
    "POINTS_PURCHASED": object_of(
        points=DATED_TOTAL, reward=LINK, reward_transaction=LINK, card_transaction=LINK
    ),
    "POINTS_PURCHASE_REVERSED": GIVEN_BACK,
    "POINTS_RETURNED": GIVEN_BACK,
    "PENDING_POINTS_ADDED": PENDING_DETAILS,
    "PENDING_POINTS_ACTIVATED": PENDING_DETAILS,
    "PENDING_POINTS_CANCELED": PENDING_DETAILS,
}
DETAILS = object_of(
    reason=or_null(TEXT),
    rejection=or_null(titled("Rejection", object_of(reason=TEXT, details=TEXT))),
    metadata=OPEN,
)


def _transaction(type_: str) -> Schema:
    title = "".join(word.capitalize() for word in type_.split("_"))
    return titled(
        f"{title}Transaction",
        merged(
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
        ),
    )


TRANSACTION: Schema = titled(
    "CardTransaction", {"anyOf": [_transaction(type_) for type_ in PARTICULARS]}
)
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
