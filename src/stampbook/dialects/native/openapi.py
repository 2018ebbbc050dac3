"""What the OpenAPI description of the native API says beside its operations."""

from pathlib import Path
from typing import Any, Final

from stampbook.dialects.describing import IDEMPOTENCY_KEY, Description
from stampbook.dialects.native.codes import CODES
from stampbook.dialects.native.problems import MEDIA_TYPE, Problem
from stampbook.edge.bodies import MAX_NUMBER
from stampbook.settings import MAX_STALENESS_S

AMOUNT: Final[dict[str, Any]] = {
    "title": "Amount",
    "description": (
        "A plain decimal in the currency's scale. Requests may also send a whole number as a JSON"
        " number."
    ),
    "type": "string",
    "maxLength": MAX_NUMBER,
    "pattern": r"^-?[0-9]+(\.[0-9]{1,6})?$",
    "examples": ["399.50"],
}

CODE: Final[dict[str, Any]] = {
    "title": "ProblemCode",
    "description": "What went wrong, in one word that never changes. Later versions may have more.",
    "type": "string",
    "x-extensible-enum": list(CODES),
    "examples": ["insufficient_points"],
}

ACTOR: Final = {
    "name": "Stampbook-Actor",
    "in": "header",
    "description": "Who pressed the button; kept in the journal.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}

EXPECTED_SEQ: Final = {
    "name": "Stampbook-Expected-Seq",
    "in": "header",
    "description": "Write only while these are the accounts' last rows: acc_7f=12, acc_80=3.",
    "schema": {"type": "string"},
}

MAX_STALENESS: Final = {
    "name": "Stampbook-Max-Staleness",
    "in": "header",
    "description": (
        "How many seconds old the answer may be: a replica may then give it. 0: it comes from the"
        " primary."
    ),
    "schema": {"type": "integer", "minimum": 0, "maximum": MAX_STALENESS_S},
}

AGED: Final = {
    "Stampbook-Read-From": {
        "description": "Where the answer comes from. Only if it was allowed to be old.",
        "schema": {"type": "string", "enum": ["primary", "replica"]},
    },
    "Stampbook-As-Of": {
        "description": (
            "The instant up to which the answer has everything. Only if it was allowed to be old."
        ),
        "schema": {"type": "string", "format": "date-time"},
    },
    "Stampbook-Position": {
        "description": "The position of the last journal row that it has. Only from a replica.",
        "schema": {"type": "integer"},
    },
    "Age": {
        "description": "How many seconds ago that was. Only if it was allowed to be old.",
        "schema": {"type": "integer"},
    },
}

DRY_RUN: Final = {
    "name": "dry_run",
    "in": "query",
    "description": "true: the full answer, nothing written.",
    "schema": {"type": "boolean"},
}

FLAG: Final = {"type": "boolean"}

INSTANT: Final = {"type": "string", "format": "date-time"}

DESCRIPTION: Final = Description(
    title="Stampbook",
    text="The native API of a loyalty points ledger.",
    examples=Path(__file__).with_name("examples.json"),
    tags={
        "programs": "Programs, and what is in one: currencies, members, promotions, tiers, reports",
        "currencies": "What is counted, and the rules that the ledger decides by",
        "members": "People in a program",
        "merges": "Two members who became one, and the undo",
        "accounts": "What a member holds of a currency: balance, lots, transactions, statements",
        "transactions": "One transaction: read, commit, release, cancel, activate, expire",
        "transfers": "Points that move to another account",
        "bulk": "Many writes in one request",
        "api_keys": "Keys for applications",
        "promotions": "Offers by which points are accrued or redeemed",
        "tier_groups": "Tiers that qualification points lead to",
        "locations": "Places of business",
        "users": "People: their roles, and to what they are limited",
        "sessions": "Signing in, and ending a session",
        "session": "One's own session",
        "visits": "Visits, and what pays for them",
        "rules": "What earns points: versions, awards, and what a rule would give",
        "custom_events": "Facts that rules judge",
        "benefits": "Goods, codes or points that rules give",
        "rewards": "What points buy",
        "purchases": "What members have bought, and taking it back",
        "search": "Members, orders, visits and transactions, by any spelling",
        "audit": "Who changed what is administered",
        "anchors": "What journals and audit log were at an instant, to be kept elsewhere",
        "codes": "Codes that purchases and grants hand out",
        "events": "What has happened, in order, to be followed",
        "webhooks": "Where events are sent, and what was sent",
        "deliveries": "One event on its way to a webhook",
        "imports": "Files whose rows become members, points and transactions",
        "exports": "What a program has, as a file",
        "event_types": "What events there are, and what they say",
        "approvals": "What a second person must approve",
    },
    security={
        "api_key": {
            "type": "http",
            "scheme": "bearer",
            "description": (
                "The secret of an API key (`stampbook keys create`), or the token of a session."
            ),
        }
    },
    secured=[["api_key"]],
    unsecured=frozenset({"create_session"}),
    components={"Amount": AMOUNT, "ProblemCode": CODE},
    failure=Problem,
    failure_type=MEDIA_TYPE,
    failure_example={
        "type": "urn:stampbook:problem:insufficient_points",
        "title": "Insufficient points",
        "status": 409,
        "detail": "the active balance does not suffice",
        "code": "insufficient_points",
        "errors": [],
        "request_id": "req_5f0c1a9e77d31",
        "active": "12.50",
    },
    failures={
        "4XX": "The request was refused: a problem (RFC 9457).",
        "default": "The server could not answer: a problem (RFC 9457).",
    },
    write_parameters=(IDEMPOTENCY_KEY, ACTOR, EXPECTED_SEQ, DRY_RUN),
    aged_parameters=(MAX_STALENESS,),
    aged_headers=AGED,
    query={
        "limit": {"type": "integer", "minimum": 1, "maximum": 200},
        "from": INSTANT,
        "to": INSTANT,
        "as_of": INSTANT,
        "active": FLAG,
        "wait_s": {"type": "integer", "minimum": 0, "maximum": 30},
        "strict": FLAG,
        "allow_negative": FLAG,
        "never": FLAG,
    },
    path_examples={
        "programs": "prg_1",
        "currencies": "cur_1",
        "members": "mbr_1",
        "accounts": "acc_1",
        "transactions": "txn_800001",
        "api_keys": "key_1",
        "promotions": "prm_1",
        "tier_groups": "tgr_1",
        "locations": "loc_1",
        "visits": "vis_1",
        "benefits": "ben_1",
        "rewards": "rwd_1",
        "reward": "rwd_1",
        "purchases": "pur_5f0c1a9e77d31",
        "code": "7KQX-M4TD-PB9R-2WHC",
        "login": "olga@example.com",
        "users": "usr_2",
        "sessions": "ses_2",
        "payment_id": "pay_1",
        "order": "external:order-2001",
        "refund_id": "ref_5f0c1a9e77d31",
        "account_id": "acc_1",
        "approvals": "apr_1",
    },
    optional_bodies=frozenset(
        {
            "commit_transaction",
            "rotate_webhook",
            "enable_webhook",
            "release_transaction",
            "cancel_transaction",
            "activate_transaction",
            "expire_transaction",
            "refund_purchase",
            "pay_order",
            "cancel_order",
            "return_order_payment",
            "approve_request",
            "reject_request",
            "withdraw_request",
            "rotate_api_key",
        }
    ),
)
