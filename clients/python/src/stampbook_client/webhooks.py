"""Verification of webhooks, by the scheme of Standard Webhooks (https://www.standardwebhooks.com)."""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

from msgspec import DecodeError

from stampbook_client.errors import StampbookError
from stampbook_client.events import Event
from stampbook_client.wire import decode

TOLERANCE_S: Final = 300
"""How far the time of a request may be from the present: nobody can send an old one again."""

PREFIX: Final = "whsec_"


class WebhookVerificationError(StampbookError):
    """The request is not from the server that has the secret, or it is too old: answer 400."""


class Webhook:
    """Verifies the requests that an endpoint gets.

    `secret` is what creating or rotating the webhook answered. While it is being rotated, requests
    are signed with both secrets, so either is accepted. `clock` answers the seconds since 1970.
    """

    def __init__(
        self,
        secret: str,
        *,
        tolerance_s: float = TOLERANCE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        try:
            self._key = b64decode(secret.removeprefix(PREFIX), validate=True)
        except Error:
            raise ValueError("the secret is not one of Standard Webhooks") from None
        if not self._key:
            raise ValueError("the secret is empty")
        self._tolerance_s = tolerance_s
        self._clock = clock

    def verify(self, body: bytes | str, headers: Mapping[str, str]) -> Event:
        """The event in the body, byte for byte as it came. `headers` may have any capitals.

        Raises WebhookVerificationError.
        """
        content = body.encode() if isinstance(body, str) else body
        given = {name.lower(): value for name, value in headers.items()}
        try:
            name, moment = given["webhook-id"], given["webhook-timestamp"]
            signatures = given["webhook-signature"]
        except KeyError as missing:
            raise WebhookVerificationError(f"the header {missing} is missing") from None
        self._check_moment(moment)
        expected = self._sign(name, moment, content)
        offered = [each[3:].encode() for each in signatures.split(" ") if each.startswith("v1,")]
        # All are compared, so that the time it takes says nothing.
        if not sum(hmac.compare_digest(expected, each) for each in offered):
            raise WebhookVerificationError("no signature is right")
        try:
            return decode(content, Event)
        except DecodeError as error:
            raise WebhookVerificationError(f"the body is no event: {error}") from None

    def _check_moment(self, moment: str) -> None:
        if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
            raise WebhookVerificationError("webhook-timestamp is no number of seconds")
        if abs(self._clock() - int(moment)) > self._tolerance_s:
            raise WebhookVerificationError("the request is too old, or one of the clocks is wrong")

    def _sign(self, name: str, moment: str, content: bytes) -> bytes:
        signed = b".".join((name.encode(), moment.encode(), content))
        return b64encode(hmac.digest(self._key, signed, sha256))
