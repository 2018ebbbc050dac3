"""What the OpenAPI description of this API says beside its operations."""

from pathlib import Path
from typing import Any, Final

from stampbook.dialects.describing import Description

FAILURE: Final[dict[str, Any]] = {
    "title": "Failure",
    "type": "object",
    "properties": {
        "success": {"type": "boolean"},
        "data": {},
        "meta": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "errors": {"type": "array", "items": {"type": "object"}},
            },
        },
    },
    "required": ["success", "meta"],
}

DESCRIPTION: Final = Description(
    title="Stampbook: loyalty in Altegio's API",
    text=(
        "The loyalty operations of the API of Altegio (YCLIENTS), on the same ledger as the other"
        " APIs. Bodies of answers are shown without their envelope where the caller chooses it by"
        " `Accept`."
    ),
    examples=Path(__file__).with_name("examples.json"),
    tags={
        "Signing in": "Tokens of people",
        "Loyalty of a visit": "What pays for a visit, and what discounts it",
        "Cards": "Cards of guests, their balances and transactions",
        "Clients": "Guests of a location, and finding them",
        "Programs": "Loyalty programs of a chain",
        "Sale documents": "What a visit costs, and what pays for it",
        "Memberships and certificates": "What else the vendor's loyalty has",
        "Records and visits": "Appointments, and the visits that they belong to",
        "Rights and places": "What a person may do, and where",
    },
    security={
        "partner": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": (
                "`Bearer <partner token>, User <user token>`. The partner token is an API key:"
                " `stampbook keys create`. Signing in needs the partner token alone."
            ),
        }
    },
    secured=[["partner"]],
    failure=FAILURE,
    failure_example={"success": False, "data": None, "meta": {"message": "Not found"}},
    failures={
        "4XX": "The request was refused.",
        "default": "The server could not answer.",
    },
)
