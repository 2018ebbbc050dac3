"""Writes that are not the ledger's, once for an idempotency key (an extension of ours).

The answer is kept with the key (programs/once.py), and a retry is given it again.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from stampbook.dialects.voucherify.core.answers import refused
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.domain.refusals import Code, Refusal
from stampbook.programs import once
from stampbook.programs.once import UNFINISHED, Kept, Keyed, KeyReused
from stampbook.storage import former_fingerprints
from stampbook.storage.fingerprints import given
from stampbook.storage.store import Key, Transacting

KIND = "voucherify call"

T = TypeVar("T")

Write = Callable[[Transacting], Awaitable[Any]]
"""Makes the change, and gives the body of the answer."""

Print = Callable[[Any], Awaitable[Any]]
"""Makes the body of the answer, after the commit, from what the change has given."""


async def earlier(call: Call) -> Any:
    """The body of the earlier answer with the request's key; None if there was none, or if that
    was a write of the ledger, which judges by itself. Raises a Fault (423) for another request."""
    keyed = _keyed(call, "")
    if keyed is None:
        return None
    rows = await call.store.find_keys([Key(keyed.tenant, keyed.key)])
    if not rows or rows[0].account:
        return None
    kept = await _found(once.find(call.store, keyed))
    return None if kept is None else msgspec.json.decode(kept.body)


async def write_once(call: Call, write: Write) -> Any:
    """The body of the answer. Raises a Fault (423) when the key was used for another request."""

    async def kept(writing: Transacting) -> Kept:
        return Kept(200, msgspec.json.encode(await write(writing)).decode())

    keyed = _keyed(call, "")
    written = await _found(once.write_once(call.store, keyed, kept, now=call.now))
    return msgspec.json.decode(written.kept.body)


async def write_then_print(call: Call, write: Write, print_: Print, *, place: str = "") -> Any:
    """The same for an answer that is read after the commit. If the process ends in between, a
    retry reads it. `place` is that of an entry among several in the request."""

    async def kept(writing: Transacting) -> Kept:
        return Kept(UNFINISHED, msgspec.json.encode(await write(writing)).decode())

    keyed = _keyed(call, place)
    written = await _found(once.write_once(call.store, keyed, kept, now=call.now))
    data = msgspec.json.decode(written.kept.body)
    if written.kept.status != UNFINISHED:
        return data
    body = await print_(data)
    if keyed is not None:
        answer = Kept(200, msgspec.json.encode(body).decode())
        await once.amend(call.store, keyed, answer)
    return body


def _keyed(call: Call, place: str) -> Keyed | None:
    """The request as its key sees it: method, path, body, the program that bounds its caller."""
    if call.key is None:
        return None
    program = call.caller.program
    fields = given(
        method=call.method, path=call.path, program=program, place=place or None, body=call.body
    )
    former = former_fingerprints.request(
        KIND,
        call.method.encode(),
        call.path.encode(),
        str(program).encode(),
        place.encode(),
        call.body,
    )
    return Keyed(call.tenant, call.key + place, once.mark_of(KIND, fields), former)


async def _found(asking: Awaitable[T]) -> T:
    try:
        return await asking
    except KeyReused:
        detail = "the idempotency key was used for another request"
        raise refused(Refusal(Code.IDEMPOTENCY_KEY_REUSED, detail)) from None
