"""Writes that are not the ledger's: one transaction with the change and its idempotency key.

The answer's status and body are kept with the key (programs/once.py); a retry is answered from
there. A request that is refused leaves nothing behind.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.json import decode

from stampbook.dialects.native import ids
from stampbook.dialects.native.call import REPLAYED, Call
from stampbook.dialects.native.problems import Failure
from stampbook.edge.answers import JSON, Answer
from stampbook.programs import once
from stampbook.programs.once import Kept, Keyed, KeyReused
from stampbook.storage import former_fingerprints
from stampbook.storage.fingerprints import given
from stampbook.storage.store import Transacting

Write = Callable[[Transacting], Awaitable[Answer]]

KIND = "native request"


class _DryRun(Exception):
    """Leaves the transaction, which is rolled back, with the answer it would have had."""

    def __init__(self, worded: Answer) -> None:
        super().__init__()
        self.worded = worded


async def write_once(call: Call, write: Write, *, by_caller: bool = False) -> Answer:
    """Run `write` in a transaction, once for the request's idempotency key.

    A dry run is rolled back, and neither reads nor uses the key. What `write` raises rolls
    everything back. `by_caller`: a retry by another API key is another request.
    """
    if call.dry_run:
        return await _try_out(call, write)
    worded: list[Answer] = []

    async def kept(writing: Transacting) -> Kept:
        worded.append(await write(writing))
        return _kept(worded[-1])

    try:
        written = await once.write_once(
            call.context.store, keyed_of(call, by_caller=by_caller), kept, now=call.context.clock()
        )
    except KeyReused:
        raise _reused() from None
    return _replay(call, written.kept) if written.replayed else worded[-1]


async def find_answer(call: Call, db: Transacting) -> Answer | None:
    """What was answered to the earlier use of the request's key, if there was one.

    Raises Failure (422) when that was another request.
    """
    keyed = keyed_of(call)
    if keyed is None or call.dry_run:
        return None
    try:
        kept = await once.find(db, keyed)
    except KeyReused:
        raise _reused() from None
    return None if kept is None else _replay(call, kept)


async def remember(call: Call, writing: Transacting, worded: Answer) -> None:
    """Keep the answer under the request's key, if it has one. Writes; raises UniqueViolation if
    that is taken."""
    keyed = keyed_of(call)
    if keyed is not None:
        await once.keep(writing, keyed, _kept(worded), now=call.context.clock())


def keyed_of(call: Call, *, by_caller: bool = False) -> Keyed | None:
    """The request as its key sees it: method, path, body, and the program that bounds its caller.

    Callers bound to different programs never repeat each other: they may not see the same things.
    """
    key = call.headers.idempotency_key
    if key is None:
        return None
    caller = call.caller.api_key_id if by_caller else None
    program = call.caller.program
    fields = given(caller=caller, method=call.method, url=call.url, body=call.body, program=program)
    mark = once.mark_of(KIND, fields)
    parts = (str(caller).encode(), call.method.encode(), call.url.encode(), call.body)
    first = former_fingerprints.request(KIND, *parts)
    if program is None:
        return Keyed(call.caller.tenant, key, mark, first)
    bound = former_fingerprints.request(KIND, *parts, ids.write(ids.PROGRAM, program).encode())
    return Keyed(call.caller.tenant, key, mark, bound, vague=first)


def _kept(worded: Answer) -> Kept:
    return Kept(worded.status, worded.body.decode())


def _replay(call: Call, kept: Kept) -> Answer:
    """The stored answer. Raises Failure (422) for one of another program that was kept when the
    program was no part of the fingerprint."""
    if kept.is_vague and not _is_of(call.caller.program, decode(kept.body)):
        raise _reused()
    return Answer(kept.status, kept.body.encode(), (JSON, REPLAYED))


def _is_of(program: int | None, body: dict[str, Any]) -> bool:
    """Whether an answer is one of that program, as far as it names one."""
    name = body["id"] if str(body.get("id")).startswith(ids.PROGRAM) else body.get("program_id")
    if name is None:
        return "program_id" not in body
    return program is not None and bool(name == ids.write(ids.PROGRAM, program))


def _reused() -> Failure:
    return Failure(
        422, "idempotency_key_reused", "the idempotency key was used for another request"
    )


async def _try_out(call: Call, write: Write) -> Answer:
    try:
        async with call.context.store.transaction() as writing:
            raise _DryRun(await write(writing))
    except _DryRun as end:
        return end.worded
