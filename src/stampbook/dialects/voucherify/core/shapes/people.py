"""Members, cards, memberships and activities as they are answered."""

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
from stampbook.dialects.voucherify.core.shapes.setup import PENDING_WORDS, PROGRAM

CUSTOMER = titled(
    "Customer",
    object_of(
        id=CUSTOMER_ID,
        source_id=or_null(TEXT),
        name=or_null(TEXT),
        email=or_null(TEXT),
        phone=or_null(TEXT),
        metadata=OPEN,
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("customer"),
    ),
)
MEMBER = titled(
    "Member",
    object_of(
        id=id_of("lmbr"),
        customer_id=CUSTOMER_ID,
        program_id=id_of("lprg"),
        status=one_of("ACTIVE", "INACTIVE", "DELETED"),
        metadata=OPEN,
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("member"),
    ),
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
CARD = titled(
    "Card",
    object_of(
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
    ),
)
MEMBER_CARD = titled(
    "MemberCard",
    object_of(
        member_role=one_of("OWNER"), created_at=TIME, card=CARD, object=one_of("member_card")
    ),
)
MEMBER_WITH_CARDS = titled(
    "MemberWithCards", merged(MEMBER, object_of(cards=array_of(MEMBER_CARD)))
)
BRIEF_PROGRAM = object_of(
    id=id_of("lprg"),
    name=TEXT,
    status=PROGRAM["properties"]["status"],
    metadata=OPEN,
    object=one_of("program"),
)
MEMBERSHIP = titled(
    "Membership",
    object_of(
        member=MEMBER,
        program=BRIEF_PROGRAM,
        cards=array_of(MEMBER_CARD),
        object=one_of("membership"),
    ),
)
MEMBERSHIPS = object_of(
    customer=object_of(id=CUSTOMER_ID, source_id=or_null(TEXT), object=one_of("customer")),
    memberships=array_of(MEMBERSHIP),
    object=one_of("memberships_result"),
)
ASYNC_ACTION = object_of(async_action_id=id_of("aa"))


def activity_of(entity: str, prefix: str, activity_prefix: str) -> Schema:
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
