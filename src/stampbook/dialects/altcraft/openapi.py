"""What the OpenAPI description of this API says beside its operations."""

from pathlib import Path
from typing import Any, Final

from stampbook.dialects.describing import Description

FAILURE: Final[dict[str, Any]] = {
    "title": "Failure",
    "type": "object",
    "properties": {
        "error": {"type": "integer"},
        "error_text": {"type": "string"},
        "data": {},
    },
    "required": ["error", "error_text"],
}

DESCRIPTION: Final = Description(
    title="Stampbook: loyalty in Altcraft's API",
    text=(
        "The loyalty methods of the API of Altcraft, on the same ledger as the other APIs. A method"
        " that is refused answers status 200 with `error` other than 0."
    ),
    examples=Path(__file__).with_name("examples.json"),
    tags={
        "Members": "People in a program",
        "Points": "Movements of points, and what becomes of them",
        "Accounts": "Balances, transactions, tiers, promotions",
        "Exports": "Transactions as a file",
    },
    security={
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "The secret of an API key: `stampbook keys create`.",
        }
    },
    secured=[["token"]],
    failure=FAILURE,
    failure_example={"error": 404, "error_text": "Not found: method", "data": None},
    failures={
        "4XX": "The request never reached a method.",
        "default": "The server could not answer.",
    },
)
