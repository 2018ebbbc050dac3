"""Joint requests that are carried out once for each idempotency key."""

from typing import Protocol

from stampbook.ledger.joint import Joint, Known


class Once(Protocol):
    """A request's idempotency key, and what its caller makes of the result.

    Both methods are called for every attempt at the request.
    """

    async def earlier(self) -> Known | None:
        """What was answered to an earlier request with the same key."""

    def kept(self, joint: Joint) -> Joint:
        """The same joint request, which also takes the key and keeps the answer."""
