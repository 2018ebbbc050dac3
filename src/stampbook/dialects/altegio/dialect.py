"""The Altegio API as a dialect: envelopes and errors. How a call is opened is in call.py."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from stampbook.dialects.altegio.answers import (
    encoded,
    enveloped,
    fault_answer,
    fault_of_status,
    refused,
    wants_envelope,
)
from stampbook.dialects.altegio.call import (
    NO_META,
    Answered,
    Call,
    Page,
    accept_of,
    language_of,
    open_call,
)
from stampbook.dialects.altegio.faults import Fault, invalid
from stampbook.dialects.altegio.routes import BARE, OPERATIONS
from stampbook.dialects.altegio.wire.tokens import tokens
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.answers import JSON, Answer, HeaderPair
from stampbook.edge.context import Context
from stampbook.edge.once import BadKey, KeyReused
from stampbook.edge.requests import Request
from stampbook.loyalty.faults import Refused

ALWAYS_BARE: Final = b"/v1/visit/loyalty/"
"""Paths that only the newer pages print, without `/api`; their successes are bare, as printed."""

REUSED: Final = Refusal(
    Code.IDEMPOTENCY_KEY_REUSED, "the idempotency key was used for another request"
)


class Altegio:
    """See the module, and edge/operations.py."""

    name = "altegio"
    operations = OPERATIONS
    refusals = (Fault, BadKey, KeyReused, Refused)
    forgives_slashes = False

    def owns(self, path: str) -> bool:
        """/api/v1/…, and /v1/visit/… as newer pages print it. `/api/v1.1/…` is somebody else's."""
        return path == "/api/v1" or path.startswith(("/api/v1/", "/v1/visit/"))

    def is_spoken(self, request: Request) -> bool:
        """Two tokens, or the vendor's `Accept`."""
        _, user = tokens(request.headers.get(b"authorization", b""))
        return user is not None or wants_envelope(accept_of(request))

    open = staticmethod(open_call)

    def print(self, call: Call, result: Any) -> Answer:
        request = call.request
        assert request.route is not None
        operation = request.route.operation
        if operation.status == 204:
            return Answer(204, b"", ())
        if isinstance(result, Page):
            content = enveloped(result.rows, {"count": result.total, **result.meta})
            if not wants_envelope(accept_of(request)):
                content["count"] = result.total  # where clients older than version 2 read it
            return Answer(operation.status, encoded(content))
        data, meta, status = result, NO_META, operation.status
        if isinstance(result, Answered):
            data, meta, status = result.data, result.meta, result.status or status
        headers: tuple[HeaderPair, ...] = (JSON,)
        if operation.location is not None and status == 201:
            headers = (JSON, (b"location", address_of(request, operation.location, data)))
        is_bare = operation.extra is BARE and (
            not wants_envelope(accept_of(request)) or request.raw_path.startswith(ALWAYS_BARE)
        )
        return Answer(status, encoded(data if is_bare else enveloped(data, meta)), headers)

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        if isinstance(refusal, BadKey):
            refusal = invalid(("Idempotency-Key", "key"))
        elif isinstance(refusal, KeyReused):
            refusal = refused(REUSED)
        elif isinstance(refusal, Refused):
            refusal = Fault(422, refusal.code.value, literal=True)
        assert isinstance(refusal, Fault)
        return fault_answer(refusal, language_of(request))

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        return fault_answer(fault_of_status(status, detail), language_of(request))

    async def postpone(
        self, context: Context, request: Request, refusal: Exception
    ) -> Answer | None:
        return None

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return ()


def address_of(request: Request, template: str, data: Any) -> bytes:
    """Where the created thing can be read: its id, or that of the only one of a list."""
    made = data[0] if isinstance(data, list) else data
    named = {name: quote(value) for name, value in request.parameters.items()}
    return template.format(**named, id=made["id"]).encode()


ALTEGIO: Final = Altegio()
