"""Writes beside the ledger: which request of the native API is the same as an earlier one.

The rest is in edge/once.py: a write takes the request's idempotency key in its own transaction, and
a retry is answered as the first request was.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import unquote

from msgspec.json import decode

from stampbook.dialects.native import ids
from stampbook.dialects.native.call import Call, Reply
from stampbook.dialects.native.problems import Failure, refused
from stampbook.edge import once
from stampbook.edge.once import Keyed, KeyReused, Write
from stampbook.edge.operations import Handler
from stampbook.ledger.joint import Joint, JointRefused, Known
from stampbook.loyalty.faults import Refused
from stampbook.programs.faults import Changed, Gone, Invalid
from stampbook.storage import former_fingerprints
from stampbook.storage.fingerprints import given
from stampbook.storage.store import Transacting
from stampbook.visits.locations import Limit

KIND = "native request"

_OVERTAKEN: Final = frozenset((404, 409, 422))
"""Statuses of what was possible once and is not any more."""


def answering_repeats(handler: Handler) -> Handler:
    """The handler of a write, which answers a repeat as its request was answered, whatever became
    of what it names: a member may be merged since, a program deleted.

    Only a refusal costs a look: what is carried out has looked for the key itself.
    """

    @wraps(handler)
    async def answer(call: Call) -> Any:
        try:
            return await handler(call)
        except (Failure, Refused, Gone, Changed, Invalid) as refusal:
            if isinstance(refusal, Failure) and refusal.status not in _OVERTAKEN:
                raise
            found = await _kept(call)
            if found is None:
                raise
            return found

    return answer


async def _kept(call: Call) -> Reply | None:
    """The answer to the same request with the same key, if it was a write beside the ledger."""
    try:
        return await find_reply(call, call.context.store)
    except KeyReused:
        return None


async def write_once(call: Call, write: Write, *, by_caller: bool = False) -> Reply:
    """Run `write` in a transaction, once for the request's idempotency key.

    A dry run is rolled back, and neither reads nor uses the key. What `write` raises rolls
    everything back. `by_caller`: a retry by another API key or session is another request. Raises
    KeyReused.
    """
    if call.dry_run:
        return Reply(await once.try_out(call.context, write), False)
    keyed = keyed_of(call, by_caller=by_caller)
    written = await once.write_once(call.context, keyed, write, status=call.operation.status)
    if written.is_vague:
        _check_program(call, written.value)
    return Reply(written.value, written.replayed)


async def write_bounds_once(call: Call, write: Write) -> Reply:
    """As `write_once`, of what people's acts are judged by: this process forgets what it remembers
    of people, so that the very next act is judged anew; others do within TRUST_S."""
    reply = await write_once(call, write)
    call.context.people.forget_all()
    return reply


async def join_once(call: Call, build: Callable[[], Awaitable[Joint | Known]]) -> Reply:
    """Carry out the joint request that `build` makes, once for the request's idempotency key.

    A dry run writes nothing, and neither reads nor uses the key. Raises a Failure where the ledger
    refuses, KeyReused, and what `build` raises.
    """

    async def built() -> Joint | Known:
        made = await build()
        return made._replace(dry_run=True) if call.dry_run and isinstance(made, Joint) else made

    keyed = None if call.dry_run else keyed_of(call)
    try:
        written = await once.join_once(call.context, keyed, built, status=call.operation.status)
    except JointRefused as refusal:
        raise await failure_of(call, refusal) from None
    return Reply(written.value, written.replayed)


async def failure_of(call: Call, joint: JointRefused) -> Failure:
    """What the ledger refuses of a joint request, and which account refuses it."""
    account = joint.account
    if not account:
        return refused(joint.refusal, account=0, scale=0)
    known = await call.context.ledger.denominations.of(account)
    scale = 0 if known is None else known.scale
    named = ids.write(ids.ACCOUNT, account)
    return refused(joint.refusal, account=account, scale=scale, account_id=named)


async def find_reply(call: Call, db: Transacting) -> Reply | None:
    """What was answered to the earlier use of the request's key. Raises KeyReused."""
    found = None if call.dry_run else await once.earlier(db, keyed_of(call))
    if found is None:
        return None
    if found.is_vague:
        _check_program(call, found.value)
    return Reply(found.value, True)


async def remember(call: Call, writing: Transacting, value: object) -> None:
    """Keep the answer under the request's key, if it has one. Writes; raises UniqueViolation if
    that is taken."""
    keyed, status = keyed_of(call), call.operation.status
    await once.remember(call.context, writing, keyed, value, status=status)


def keyed_of(call: Call, *, by_caller: bool = False) -> Keyed | None:
    """The request as its key sees it: method, path, body, and what bounds its caller.

    Callers bound to different programs never repeat each other: they may not see the same things.
    """
    if call.key is None:
        return None
    method, program = call.operation.method, call.caller.program
    # Of keys, and of people bound to one whole program, the program says it all.
    limits = [each for each in sorted(call.caller.limits) if each != Limit(program or 0)]
    caller: object = None
    if by_caller:
        caller = call.caller.api_key_id or f"session {call.caller.session}"
    url = unquote(call.raw_path.decode("latin-1"))
    parts = (str(caller).encode(), method.encode(), url.encode(), call.body)
    first, vague = former_fingerprints.request(KIND, *parts), None
    if program is not None:
        bound = ids.write(ids.PROGRAM, program).encode()
        first, vague = former_fingerprints.request(KIND, *parts, bound), first
    return once.keyed_of(
        KIND,
        tenant=call.caller.tenant,
        key=call.key,
        fields=given(
            caller=caller,
            method=method,
            url=url,
            body=call.body,
            program=program,
            limits=limits or None,
        ),
        former=first,
        vague=vague,
    )


def _check_program(call: Call, kept: bytes) -> None:
    """Raises KeyReused where the answer is one of another program than the caller's: it was kept
    when the program was no part of the fingerprint."""
    program, body = call.caller.program, decode(kept)
    named = body["id"] if str(body.get("id")).startswith(ids.PROGRAM) else body.get("program_id")
    if named is None:
        is_same = "program_id" not in body
    else:
        is_same = program is not None and named == ids.write(ids.PROGRAM, program)
    if not is_same:
        raise KeyReused
