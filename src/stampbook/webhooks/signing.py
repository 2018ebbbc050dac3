"""Secrets, and the headers that prove who has sent a request and what: Standard Webhooks
(standardwebhooks.com), by its library, or as Voucherify's."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_bytes, token_hex
from typing import Final

from standardwebhooks.webhooks import Webhook as Signer

from stampbook import __version__
from stampbook.domain.model import MICROSECONDS
from stampbook.webhooks.model import VOUCHERIFY, Secrets

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how a secret begins
SECRET_BYTES: Final = 32

USER_AGENT: Final = f"Stampbook/{__version__}"


def new_secret(format_: str) -> str:
    """A secret of 32 random bytes, as the format writes it."""
    if format_ == VOUCHERIFY:
        return token_hex(SECRET_BYTES)
    return SECRET_PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode()


def new_request_id() -> str:
    """The name of a request that is sent, which nothing else has."""
    return f"req_{token_hex(8)}"


def headers_of(
    format_: str, *, secrets: Secrets, event_id: str, body: str, now: int, request_id: str
) -> dict[str, str]:
    """The headers of an attempt at the instant, for exactly this body."""
    second = now // MICROSECONDS
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": event_id,
        "webhook-timestamp": str(second),
        **_signatures(format_, secrets.at(now), event_id, second, body),
        "x-request-id": request_id,
    }


def _signatures(
    format_: str, secrets: Sequence[str], event_id: str, second: int, body: str
) -> dict[str, str]:
    if format_ == VOUCHERIFY:
        # Its receivers compare with one signature. Until the overlap is over it is that of the
        # former secret (docs/decisions/0201-a-rotation-with-one-signature.md).
        return {"x-voucherify-signature": hex_signature(secrets[-1], body)}
    moment = datetime.fromtimestamp(second, UTC)
    found = [Signer(each).sign(event_id, moment, body) for each in secrets]
    return {"webhook-signature": " ".join(found)}


def hex_signature(secret: str, body: str) -> str:
    """The HMAC-SHA256 of the body in hexadecimal digits; the key is the secret as it is written."""
    return hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()
