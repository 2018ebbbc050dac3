"""The operations on webhooks: docs/reference/native-api-webhooks.md."""

from dataclasses import replace
from typing import Final

from stampbook.dialects.native.rows import ADMIN, DELETE, GET, PAGING, PATCH, POST, row
from stampbook.dialects.native.webhooks import deliveries, endpoints
from stampbook.dialects.native.webhooks.wire import (
    CountShape,
    DeliveryShape,
    EnableBody,
    RangeBody,
    TrialShape,
    WebhookBody,
    WebhookChange,
    WebhookRotation,
    WebhookShape,
)
from stampbook.dialects.native.wire.pages import Page
from stampbook.programs.roles import Role

FILTERS: Final = {
    "status": "waiting, pending, delivered or failed: only those",
    "type": "only those of events of this type",
    "event_id": "only that of this event",
    "from": "only those of events that were recorded at this instant or later",
    "to": "only those of events that were recorded before this instant",
}

_TEST: Final = row(POST, "/v1/webhooks/{id}/test", endpoints.test_webhook, ADMIN,
    "Send a request to try a webhook out", TrialShape, role=Role.ADMIN)  # fmt: skip

WEBHOOKS: Final = (
    row(POST, "/v1/webhooks", endpoints.create_webhook, ADMIN,
        "Create a webhook", WebhookShape, 201, WebhookBody, role=Role.ADMIN),
    row(GET, "/v1/webhooks", endpoints.list_webhooks, ADMIN,
        "List webhooks", Page[WebhookShape], query=PAGING, role=Role.ADMIN),
    row(GET, "/v1/webhooks/{id}", endpoints.get_webhook, ADMIN,
        "Read a webhook", WebhookShape, role=Role.ADMIN),
    row(PATCH, "/v1/webhooks/{id}", endpoints.change_webhook, ADMIN,
        "Change a webhook", WebhookShape, body=WebhookChange, role=Role.ADMIN),
    row(DELETE, "/v1/webhooks/{id}", endpoints.delete_webhook, ADMIN,
        "Delete a webhook", WebhookShape, role=Role.ADMIN),
    row(POST, "/v1/webhooks/{id}/rotate", endpoints.rotate_webhook, ADMIN,
        "Give a webhook a new secret", WebhookShape, body=WebhookRotation, role=Role.ADMIN),
    # It is a request to somebody else, so it cannot be tried out.
    replace(_TEST, extra=frozenset()),
    row(POST, "/v1/webhooks/{id}/enable", endpoints.enable_webhook, ADMIN,
        "Enable a webhook", WebhookShape, body=EnableBody, role=Role.ADMIN),
    row(POST, "/v1/webhooks/{id}/disable", endpoints.disable_webhook, ADMIN,
        "Disable a webhook", WebhookShape, role=Role.ADMIN),
    row(GET, "/v1/webhooks/{id}/deliveries", deliveries.list_deliveries, ADMIN,
        "List a webhook's deliveries, newest first", Page[DeliveryShape],
        query={**FILTERS, **PAGING}, role=Role.ADMIN),
    row(POST, "/v1/webhooks/{id}/redeliver", deliveries.redeliver_range, ADMIN,
        "Send events of a span of time again", CountShape, 202, RangeBody, role=Role.ADMIN),
    row(GET, "/v1/deliveries", deliveries.list_deliveries_of_events, ADMIN,
        "List where events were sent, newest first", Page[DeliveryShape],
        query={"event_id": "ids of events, separated by commas: 1 to 100", **PAGING},
        required=frozenset({"event_id"}), role=Role.ADMIN),
    row(GET, "/v1/deliveries/{id}", deliveries.get_delivery, ADMIN,
        "Read a delivery, with its body and attempts", DeliveryShape, role=Role.ADMIN),
    row(POST, "/v1/deliveries/{id}/redeliver", deliveries.redeliver, ADMIN,
        "Send an event again", DeliveryShape, 202, role=Role.ADMIN),
)  # fmt: skip
