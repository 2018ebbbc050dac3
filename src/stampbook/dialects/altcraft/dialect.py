"""The Altcraft API as a dialect: format, token, scope; refusals in the envelope."""

from collections.abc import Sequence
from typing import Final

from stampbook.dialects.altcraft.answers import (
    BASE,
    failure,
    fault_answer,
    file_answer,
    refused,
    success_answer,
)
from stampbook.dialects.altcraft.call import Call, File, Success, Visit
from stampbook.dialects.altcraft.faults import Fault, incorrect
from stampbook.dialects.altcraft.formats.choosing import form_by_head, read
from stampbook.dialects.altcraft.routes import OPERATIONS
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.answers import Answer, HeaderPair, Streamed
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import bearer
from stampbook.edge.once import HEADER, BadKey, KeyReused, read_key
from stampbook.edge.operations import Operation
from stampbook.edge.requests import Request
from stampbook.ledger.origin import current

ACTOR: Final = b"stampbook-actor"
MAX_ACTOR: Final = 255


class Altcraft:
    """See the module, and edge/operations.py."""

    name = "altcraft"
    operations: Sequence[Operation] = OPERATIONS
    refusals: tuple[type[Exception], ...] = (Fault, BadKey, KeyReused)
    forgives_slashes = True

    def owns(self, path: str) -> bool:
        while "//" in path:
            path = path.replace("//", "/")
        return path == BASE or path.startswith(f"{BASE}/")

    def is_spoken(self, request: Request) -> bool:
        return False

    async def open(self, context: Context, request: Request) -> Call | Visit:
        """The caller, then whether they may, then what they sent. Raises Fault, BadKey."""
        assert request.route is not None
        scope = request.route.operation.scope
        if scope is None:
            (link,) = request.parameters.values()
            return Visit(context, link)
        reading = read(request)
        request.state = reading.form
        token = bearer(request.headers.get(b"authorization"))
        if token is None and reading.fields is not None:
            token = reading.fields.text("token")
        token = token or reading.query.get("token")
        caller = await context.callers.admit(request, token)
        if caller is None:
            # A body that cannot be read may hold the token: then that is what is wrong.
            hidden = reading.fault if not token and reading.fields is None else None
            raise hidden or Fault(401, "API token required")
        current().api_key_id = caller.api_key_id
        actor = _read_actor(request) if ACTOR in request.headers else None
        if scope not in caller.scopes:
            raise Fault(403, "No access")
        if reading.fault is not None:
            raise reading.fault
        assert reading.fields is not None
        return Call(
            context=context,
            caller=caller if actor is None else caller._replace(actor=actor),
            fields=reading.fields,
            key=read_key(request) if HEADER in request.headers else None,
            now=context.clock(),
            form=reading.form,
            request=request,
        )

    def print(self, call: Call | Visit, result: Success | File) -> Answer | Streamed:
        if isinstance(result, File):
            return file_answer(result)
        assert isinstance(call, Call)
        return success_answer(result, call.form)

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        if isinstance(refusal, BadKey):
            refusal = incorrect("idempotency-key", str(refusal))
        elif isinstance(refusal, KeyReused):
            refusal = refused(Refusal(Code.IDEMPOTENCY_KEY_REUSED, ""))
        assert isinstance(refusal, Fault)
        return fault_answer(refusal, request.state or form_by_head(request))

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        return fault_answer(failure(status, detail), request.state or form_by_head(request))

    async def postpone(
        self, context: Context, request: Request, refusal: Exception
    ) -> Answer | None:
        return None

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return ()


def _read_actor(request: Request) -> str:
    """Who pressed the button. Raises Fault (400) for what cannot be recorded."""
    actor = request.text(ACTOR) or ""
    if not 0 < len(actor) <= MAX_ACTOR or not actor.isprintable():
        raise incorrect(ACTOR.decode(), f"must have 1 to {MAX_ACTOR} printable characters")
    return actor


ALTCRAFT: Final = Altcraft()
