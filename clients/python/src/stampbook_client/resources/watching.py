"""Operations: watching.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.events import EventPage
from stampbook_client.models.watching import (
    Anchor,
    AuditEntry,
    Count,
    Delivery,
    EventTypes,
    WebhookEndpoint,
    WebhookTrial,
)
from stampbook_client.pages import Pages
from stampbook_client.params.watching import (
    ChangeWebhookParams,
    CreateWebhookParams,
    EnableWebhookParams,
    ListAuditParams,
    ListDeliveriesOfEventsParams,
    ListDeliveriesParams,
    ListEventsParams,
    RedeliverRangeParams,
    RotateWebhookParams,
)
from stampbook_client.sending import Api
from stampbook_client.values import PageParams, WriteOptions
from stampbook_client.wire import part


class AuditResource:
    """Who changed what is administered."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self, **params: Unpack[ListAuditParams]) -> Pages[AuditEntry]:
        """List what was done, newest first.

        The rows that the caller may see, newest first: administrators and keys see all,
        managers what is about programs, and those who are bound to programs what is about
        these. Keys are for administrators of the whole tenant, and so are rows about them.
        Needs the scope admin.
        """
        return self._api.pages("/v1/audit", params, AuditEntry)


class AnchorsResource:
    """What journals and audit log were at an instant, to be kept elsewhere."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self, **params: Unpack[PageParams]) -> Pages[Anchor]:
        """List anchors, newest first.

        A page has fewer than the limit where they are long. Needs the scope admin.
        """
        return self._api.pages("/v1/anchors", params, Anchor)


class EventsResource:
    """What has happened, in order, to be followed."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self, **params: Unpack[ListEventsParams]) -> EventPage:
        """Pull events, oldest first.

        The next events after the cursor; with `wait_s` as soon as there is one. Needs the scope
        read.
        """
        return self._api.read("/v1/events", params, EventPage)

    def types(self) -> EventTypes:
        """List the types of events.

        All types, also those that the caller does not see. Needs the scope read.
        """
        return self._api.read("/v1/event_types", {}, EventTypes)


class WebhooksResource:
    """Where events are sent, and what was sent."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, **params: Unpack[CreateWebhookParams]) -> WebhookEndpoint:
        """Create a webhook.

        An endpoint that gets what happens from now on. Needs the scope admin.
        """
        return self._api.write("POST", "/v1/webhooks", params, WebhookEndpoint)

    def list(self, **params: Unpack[PageParams]) -> Pages[WebhookEndpoint]:
        """List webhooks.

        By their ids. Needs the scope admin.
        """
        return self._api.pages("/v1/webhooks", params, WebhookEndpoint)

    def get(self, webhook_id: str) -> WebhookEndpoint:
        """Read a webhook.

        Needs the scope admin.
        """
        return self._api.read(f"/v1/webhooks/{part(webhook_id)}", {}, WebhookEndpoint)

    def update(self, webhook_id: str, **params: Unpack[ChangeWebhookParams]) -> WebhookEndpoint:
        """Change a webhook.

        Needs the scope admin.
        """
        return self._api.write("PATCH", f"/v1/webhooks/{part(webhook_id)}", params, WebhookEndpoint)

    def delete(self, webhook_id: str, **params: Unpack[WriteOptions]) -> WebhookEndpoint:
        """Delete a webhook.

        Needs the scope admin.
        """
        return self._api.write(
            "DELETE", f"/v1/webhooks/{part(webhook_id)}", params, WebhookEndpoint, has_body=False
        )

    def rotate(self, webhook_id: str, **params: Unpack[RotateWebhookParams]) -> WebhookEndpoint:
        """Give a webhook a new secret.

        A new secret; during the overlap requests are signed with both. Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/webhooks/{part(webhook_id)}/rotate", params, WebhookEndpoint
        )

    def test(self, webhook_id: str, **params: Unpack[WriteOptions]) -> WebhookTrial:
        """Send a request to try a webhook out.

        Send an event of the type webhook.test at once, whatever the endpoint's state. Needs the
        scope admin.
        """
        return self._api.write(
            "POST", f"/v1/webhooks/{part(webhook_id)}/test", params, WebhookTrial, has_body=False
        )

    def enable(self, webhook_id: str, **params: Unpack[EnableWebhookParams]) -> WebhookEndpoint:
        """Enable a webhook.

        Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/webhooks/{part(webhook_id)}/enable", params, WebhookEndpoint
        )

    def disable(self, webhook_id: str, **params: Unpack[WriteOptions]) -> WebhookEndpoint:
        """Disable a webhook.

        Needs the scope admin.
        """
        return self._api.write(
            "POST",
            f"/v1/webhooks/{part(webhook_id)}/disable",
            params,
            WebhookEndpoint,
            has_body=False,
        )

    def deliveries(
        self, webhook_id: str, **params: Unpack[ListDeliveriesParams]
    ) -> Pages[Delivery]:
        """List a webhook's deliveries, newest first.

        The newest first. Needs the scope admin.
        """
        return self._api.pages(f"/v1/webhooks/{part(webhook_id)}/deliveries", params, Delivery)

    def redeliver(self, webhook_id: str, **params: Unpack[RedeliverRangeParams]) -> Count:
        """Send events of a span of time again.

        Send those of a span of time again. Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/webhooks/{part(webhook_id)}/redeliver", params, Count, accepted=True
        )


class DeliveriesResource:
    """One event on its way to a webhook."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self, **params: Unpack[ListDeliveriesOfEventsParams]) -> Pages[Delivery]:
        """List where events were sent, newest first.

        To all endpoints that the caller sees, the newest first. Needs the scope admin.
        """
        return self._api.pages("/v1/deliveries", params, Delivery)

    def get(self, delivery_id: str) -> Delivery:
        """Read a delivery, with its body and attempts.

        With the body that was sent, and all attempts. Needs the scope admin.
        """
        return self._api.read(f"/v1/deliveries/{part(delivery_id)}", {}, Delivery)

    def redeliver(self, delivery_id: str, **params: Unpack[WriteOptions]) -> Delivery:
        """Send an event again.

        Send one again. Needs the scope admin.
        """
        return self._api.write(
            "POST",
            f"/v1/deliveries/{part(delivery_id)}/redeliver",
            params,
            Delivery,
            has_body=False,
            accepted=True,
        )
