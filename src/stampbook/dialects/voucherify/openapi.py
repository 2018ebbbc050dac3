"""What the OpenAPI description of this API, version 2 and version 1, says beside its operations."""

from pathlib import Path
from typing import Final

from stampbook.dialects.describing import Description
from stampbook.dialects.voucherify.core.shapes.schema import ERROR, titled

DESCRIPTION: Final = Description(
    title="Stampbook: loyalty in Voucherify's API",
    text=(
        "The loyalty operations of the API of Voucherify: version 2, and version 1 for those who"
        " still call it, on the same ledger as the other APIs."
    ),
    examples=Path(__file__).with_name("examples.json"),
    tags={
        "Access": "Tokens, and whether the server answers",
        "Customers": "People, in whatever programs they are",
        "Programs": "Loyalty programs",
        "Card definitions": "What the cards of a program are like",
        "Members": "People in a program",
        "Cards": "Loyalty cards, their balances and transactions",
        "Earning rules": "What earns points, and for whom",
        "Tier structures": "Levels that members reach by their points",
        "Rewards": "What points buy, purchases and their refunds",
        "Benefits": "What rules give besides points",
        "Orders": "Purchases, which earn points when they are paid",
        "Events": "What customers do, and the names of their events",
        "Reports": "Sums by day and in all",
        "Legacy v1": "Campaigns, cards and redemptions in the words of version 1",
    },
    security={
        "app_id": {"type": "apiKey", "in": "header", "name": "X-App-Id"},
        "app_token": {"type": "apiKey", "in": "header", "name": "X-App-Token"},
        "oauth": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of `POST /v1/oauth/token`, or the secret of an API key.",
        },
    },
    secured=[["app_id", "app_token"], ["oauth"]],
    failure=titled("Failure", ERROR),
    failure_example={
        "code": 404,
        "key": "not_found",
        "message": "Resource not found",
        "details": "Cannot find member with id lmbr_1",
        "request_id": "v-5f0c1a9e77d31b02c4",
    },
    failures={
        "4XX": "The request was refused.",
        "default": "The server could not answer.",
    },
    optional_bodies=frozenset(
        {"v1_export_card", "v1_export_campaign", "v1_roll_back", "v1_roll_back_stack"}
    ),
)
