"""Writes beside the ledger, once for an idempotency key: which request is the same one here."""

from collections.abc import Callable
from typing import Any

import msgspec

from stampbook.dialects.altegio.answers import refused
from stampbook.dialects.altegio.call import Call
from stampbook.domain.refusals import Refusal
from stampbook.edge import once
from stampbook.edge.once import Earlier, Keyed, Write
from stampbook.storage import former_fingerprints
from stampbook.storage.fingerprints import given
from stampbook.storage.store import Transacting, UniqueViolation
from stampbook.visits.attempting import Bill, House
from stampbook.visits.changing import Earns, Edit, change
from stampbook.visits.model import Visit
from stampbook.visits.recording import Numbers
from stampbook.visits.withdrawing import Ask

KIND = "altegio request"


class _Done(Exception):
    """Another request with the same key has done it."""

    def __init__(self, known: Earlier) -> None:
        super().__init__()
        self.known = known


async def earlier(call: Call) -> Earlier | None:
    """What the earlier request with the same key was answered. Raises BadKey, KeyReused."""
    return await once.earlier(call.context.store, keyed(call))


async def write_once(call: Call, write: Write) -> Any:
    """The data of `write`, or of the earlier request with the same key. Raises BadKey, KeyReused,
    and whatever `write` raises."""
    written = await once.write_once(call.context, keyed(call), write)
    return msgspec.json.decode(written.value) if written.replayed else written.value


async def change_once(
    call: Call,
    house: House,
    bill: Bill,
    edit: Edit,
    ask: Ask,
    *,
    data: Callable[[Numbers], Any] = lambda numbers: None,
    earns: Earns = Earns.NOTHING,
) -> Any:
    """Change a bill once for the request's key; `data` is what a retry is given again.

    Raises Fault when the change is refused; BadKey, KeyReused.
    """
    mark = keyed(call)
    found: list[Any] = [None]

    async def guard() -> None:
        known = await once.earlier(call.context.store, mark)
        if known is not None:
            raise _Done(known)

    async def seal(writing: Transacting, numbers: Numbers, after: Visit) -> None:
        found[0] = data(numbers)
        await once.remember(call.context, writing, mark, found[0])

    try:
        outcome = await change(
            house, bill, edit, ask, seal=seal, guard=None if mark is None else guard, earns=earns
        )
    except _Done as done:
        return msgspec.json.decode(done.known.value)
    except UniqueViolation:
        known = await once.earlier(call.context.store, mark)
        if known is None:
            raise
        return msgspec.json.decode(known.value)
    if isinstance(outcome, Refusal):
        raise refused(outcome)
    return found[0]


def keyed(call: Call) -> Keyed | None:
    """The request as its key sees it: method, path and body. The path names the location or the
    chain, and the visitor's right in it is checked before a key is looked up."""
    key = call.key
    if key is None:
        return None
    method, path, body = call.request.method, call.request.path, call.request.body
    return once.keyed_of(
        KIND,
        tenant=call.visitor.tenant,
        key=key,
        fields=given(method=method, path=path, body=body),
        former=former_fingerprints.request(KIND, method.encode(), path.encode(), body),
    )
