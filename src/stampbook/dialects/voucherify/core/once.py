"""Which request is the same one, for writes that are not the ledger's (edge/once.py)."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from stampbook.dialects.voucherify.core.calls import Call
from stampbook.edge import once
from stampbook.edge.once import Keyed, Print, Write, Written
from stampbook.ledger.joint import Joint, Known
from stampbook.storage import former_fingerprints
from stampbook.storage.fingerprints import given
from stampbook.storage.store import Key

KIND: Final = "voucherify call"


async def earlier(call: Call) -> dict[str, Any] | None:
    """What the earlier request with the same key was answered; None if there was none, or if that
    was a write of the ledger, which judges by itself. Raises KeyReused."""
    if call.key is None:
        return None
    rows = await call.store.find_keys([Key(call.tenant, call.key)])
    if not rows or rows[0].account:
        return None
    found = await once.earlier(call.store, keyed_of(call))
    return None if found is None else msgspec.json.decode(found.value, type=dict[str, Any])


async def is_repeat(call: Call) -> bool:
    """Whether the idempotency key was used: the ledger then judges, not the present state."""
    return call.key is not None and bool(await call.store.find_keys([Key(call.tenant, call.key)]))


async def write_once(call: Call, write: Write) -> dict[str, Any]:
    """What is to be answered. Raises KeyReused."""
    return _value(await once.write_once(call.context, keyed_of(call), write))


async def write_then_print(
    call: Call, write: Write, print_: Print, *, place: str = ""
) -> dict[str, Any]:
    """The same for an answer that is read after the commit. `place` is that of an entry among
    several in the request."""
    return _value(await once.write_then_print(call.context, keyed_of(call, place), write, print_))


async def join_once(call: Call, build: Callable[[], Awaitable[Joint | Known]]) -> dict[str, Any]:
    """The same for a joint request of the ledger, whose plan makes the answer. Raises JointRefused,
    and what `build` raises."""
    return _value(await once.join_once(call.context, keyed_of(call), build))


def keyed_of(call: Call, place: str = "") -> Keyed | None:
    """The request as its key sees it: method, path, body, the program that bounds its caller."""
    if call.key is None:
        return None
    program = call.caller.program
    method = call.operation.method
    fields = given(
        method=method, path=call.path, program=program, place=place or None, body=call.body
    )
    former = former_fingerprints.request(
        KIND,
        method.encode(),
        call.path.encode(),
        str(program).encode(),
        place.encode(),
        call.body,
    )
    key = call.key + place
    return once.keyed_of(KIND, tenant=call.tenant, key=key, fields=fields, former=former)


def _value(written: Written) -> dict[str, Any]:
    value = written.value
    if isinstance(value, msgspec.Raw):  # a replay, as it was printed then
        return msgspec.json.decode(value, type=dict[str, Any])
    assert isinstance(value, dict)
    return value
