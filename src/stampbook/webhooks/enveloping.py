"""The body of a request in the format of Voucherify's webhooks (v2024-01-01), around what its
dialect says of an event."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec.json import encode

from stampbook.webhooks.model import Webhook

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def enveloped(
    webhook: Webhook, *, event_id: str, name: str, at: int, data: Any, entity: str | None
) -> str:
    """Compact JSON, non-ASCII as it is. `event_id` is the same at each attempt; `entity` is the id
    of what it is about."""
    moment = (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds")
    created_at = moment.removesuffix("+00:00") + "Z"
    body = {
        "id": event_id,
        "project_id": f"proj_{webhook.tenant_id:018x}",
        "created_at": created_at,
        "type": name,
        "data": data,
        "source": {
            "id": f"wh_{webhook.webhook_id:018x}",
            "object": "webhook",
            "target_url": webhook.url,
        },
        "event": {
            "id": event_id,
            "type": name,
            "created_at": created_at,
            "entity_id": entity,
            "group_id": None,
            "event_source": {"channel": "API"},
        },
    }
    return encode(body).decode()
