"""Secrets, and the headers that prove who has sent a request and what: Standard Webhooks
(standardwebhooks.com), by its library."""

from base64 import b64encode
from datetime import UTC, datetime
from secrets import token_bytes, token_hex
from typing import Final

from standardwebhooks.webhooks import Webhook as Signer

from stampbook import __version__
from stampbook.domain.model import MICROSECONDS
from stampbook.webhooks.model import Secrets

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how a secret begins
SECRET_BYTES: Final = 32

USER_AGENT: Final = f"Stampbook/{__version__}"


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return SECRET_PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode()


def new_request_id() -> str:
    """The name of a request that is sent, which nothing else has."""
    return f"req_{token_hex(8)}"


def headers_of(
    *, secrets: Secrets, event_id: str, body: str, now: int, request_id: str
) -> dict[str, str]:
    """The headers of an attempt at the instant, for exactly this body."""
    second = now // MICROSECONDS
    moment = datetime.fromtimestamp(second, UTC)
    signatures = [Signer(each).sign(event_id, moment, body) for each in secrets.at(now)]
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": event_id,
        "webhook-timestamp": str(second),
        "webhook-signature": " ".join(signatures),
        "x-request-id": request_id,
    }
