"""Writes beside the ledger, once for an idempotency key (an extension of ours).

What is kept with a key is the data that a retry is answered from (programs/once.py).
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from stampbook.dialects.altegio.access import AnyRequest, Visitor, context_of, idempotency_key
from stampbook.dialects.altegio.answers import encoded, refused
from stampbook.domain.refusals import Code, Refusal
from stampbook.programs import once
from stampbook.programs.once import Kept, Keyed, KeyReused
from stampbook.storage import former_fingerprints
from stampbook.storage.fingerprints import given
from stampbook.storage.store import Transacting, UniqueViolation
from stampbook.visits.attempting import Bill, House
from stampbook.visits.changing import Edit, change
from stampbook.visits.model import Visit
from stampbook.visits.recording import Numbers
from stampbook.visits.withdrawing import Ask

REUSED = Refusal(Code.IDEMPOTENCY_KEY_REUSED, "the idempotency key was used for another request")

KIND = "altegio request"

Write = Callable[[Transacting], Awaitable[Any]]
"""Makes the change and gives the data of the answer; None: there is none."""


class Earlier(NamedTuple):
    """An earlier request with the same key, and what it answered."""

    data: Any


class _Done(Exception):
    """Another request with the same key has done it."""

    def __init__(self, known: Earlier) -> None:
        super().__init__()
        self.known = known


async def earlier(request: AnyRequest, visitor: Visitor) -> Earlier | None:
    """The request that used this one's key. Raises Fault (422) if it asked for something else."""
    keyed = await _keyed(request, visitor)
    if keyed is None:
        return None
    try:
        kept = await once.find(context_of(request).store, keyed)
    except KeyReused:
        raise refused(REUSED) from None
    return None if kept is None else Earlier(msgspec.json.decode(kept.body))


async def change_once(
    request: AnyRequest,
    visitor: Visitor,
    house: House,
    bill: Bill,
    edit: Edit,
    ask: Ask,
    *,
    data: Callable[[Numbers], Any] = lambda numbers: None,
) -> Any:
    """Change a bill once for the request's key; `data` is what a retry is given again.

    Raises Fault when the change is refused, or the key was used for something else.
    """
    keyed = await _keyed(request, visitor)
    found: list[Any] = [None]

    async def guard() -> None:
        known = await earlier(request, visitor)
        if known is not None:
            raise _Done(known)

    async def seal(writing: Transacting, numbers: Numbers, after: Visit) -> None:
        found[0] = data(numbers)
        if keyed is not None:
            await once.keep(writing, keyed, _kept(found[0]), now=context_of(request).clock())

    try:
        outcome = await change(
            house, bill, edit, ask, seal=seal, guard=None if keyed is None else guard
        )
    except _Done as done:
        return done.known.data
    except UniqueViolation:
        known = await earlier(request, visitor)
        if known is None:
            raise
        return known.data
    if isinstance(outcome, Refusal):
        raise refused(outcome)
    return found[0]


async def write_once(request: AnyRequest, visitor: Visitor, write: Write) -> Any:
    """The data of `write`, or of the earlier request with the same key. Raises Fault (422)."""
    data: list[Any] = []

    async def kept(writing: Transacting) -> Kept:
        data.append(await write(writing))
        return _kept(data[-1])

    context = context_of(request)
    try:
        written = await once.write_once(
            context.store, await _keyed(request, visitor), kept, now=context.clock()
        )
    except KeyReused:
        raise refused(REUSED) from None
    return msgspec.json.decode(written.kept.body) if written.replayed else data[-1]


async def _keyed(request: AnyRequest, visitor: Visitor) -> Keyed | None:
    """The request as its key sees it: method, path and body. The path names the location or the
    chain, and the visitor's right in it is checked before a key is looked up."""
    key = idempotency_key(request)
    if key is None:
        return None
    method, path, body = request.method, request.url.path, await request.body()
    return Keyed(
        visitor.tenant,
        key,
        once.mark_of(KIND, given(method=method, path=path, body=body)),
        former_fingerprints.request(KIND, method.encode(), path.encode(), body),
    )


def _kept(data: Any) -> Kept:
    return Kept(200, encoded(data).decode())
