"""Idempotency keys of requests: the same for every dialect and every write beside the ledger.

A movement of the ledger takes its key with it (ledger.submission). Every other write goes through
here: the key is taken in the transaction that has the effect, and a retry is answered with what
the first request was answered (programs/once.py). What a dialect decides is which request is the
same one (`Keyed`: its fields, and what earlier releases took of them), and the words for BadKey and
KeyReused.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from stampbook.edge.context import Context
from stampbook.edge.requests import Request, text_of
from stampbook.ledger.joint import Acting, Beside, Joint, Known, LongPlan, Plan, Planned, join_anew
from stampbook.ledger.origin import current
from stampbook.programs import once
from stampbook.programs.once import UNFINISHED, Kept, Keyed, KeyReused, mark_of
from stampbook.storage.store import Key, Transacting
from stampbook.watching.asking import WORKER
from stampbook.watching.counting import count
from stampbook.watching.metrics import REPLAYS

__all__ = [
    "BadKey",
    "Earlier",
    "KeyReused",
    "Keyed",
    "Write",
    "Written",
    "earlier",
    "join_once",
    "keyed_of",
    "read_key",
    "remember",
    "try_out",
    "write_once",
    "write_then_print",
]

HEADER: Final = b"idempotency-key"

MAX_KEY: Final = 255

Write = Callable[[Transacting], Awaitable[Any]]
"""Makes the change, and gives what is to be answered: anything that JSON can be made of."""

Print = Callable[[Any], Awaitable[Any]]
"""Makes what is to be answered, after the commit, from what the change has given."""

_encode = msgspec.json.Encoder().encode


class BadKey(ValueError):
    """The `Idempotency-Key` of a request cannot be one; the message says why."""

    def __init__(self) -> None:
        super().__init__(f"must have 1 to {MAX_KEY} printable characters")


class Written(NamedTuple):
    """What is to be answered: of a replay the JSON text of the first answer, and its status."""

    value: Any
    replayed: bool
    status: int = 200
    is_vague: bool = False


class Earlier(NamedTuple):
    """What an earlier request with the same key was answered, as JSON text."""

    value: msgspec.Raw
    status: int
    is_vague: bool


def read_key(request: Request) -> str | None:
    """The idempotency key of the request. Raises BadKey."""
    value = request.headers.get(HEADER)
    if value is None:
        return None
    text = value.decode("ascii") if value.isascii() else text_of(value)
    if not (0 < len(text) <= MAX_KEY and text.isprintable()):
        raise BadKey
    return text


def keyed_of(
    kind: str,
    *,
    tenant: int,
    key: str | None,
    fields: Mapping[str, Any],
    former: bytes | None = None,
    vague: bytes | None = None,
) -> Keyed | None:
    """The request as its key sees it; None if it has no key.

    `kind` separates the dialects; `fields` (storage.fingerprints.given) has what it asks for.
    """
    if key is None:
        return None
    return Keyed(tenant, key, mark_of(kind, fields), former, vague)


async def write_once(
    context: Context, keyed: Keyed | None, write: Write, *, status: int = 200
) -> Written:
    """Run `write` in a transaction, once for the request's key.

    Raises KeyReused, and whatever `write` raises, which rolls everything back.
    """
    values: list[Any] = []

    async def kept(writing: Transacting) -> Kept:
        values.append(await write(writing))
        return Kept(status, "" if keyed is None else _encode(values[-1]).decode())

    written = await once.write_once(context.store, keyed, kept, now=context.clock())
    if written.replayed:
        found = _earlier(written.kept)
        return Written(found.value, True, found.status, found.is_vague)
    return Written(values[-1], False, status)


async def write_then_print(
    context: Context, keyed: Keyed | None, write: Write, print_: Print
) -> Written:
    """The same for an answer that is read after the commit. If the process ends in between, a
    retry reads it."""

    async def kept(writing: Transacting) -> Kept:
        return Kept(UNFINISHED, _encode(await write(writing)).decode())

    written = await once.write_once(context.store, keyed, kept, now=context.clock())
    if written.kept.status != UNFINISHED:
        found = _earlier(written.kept)
        return Written(found.value, True, found.status, found.is_vague)
    value = await print_(msgspec.json.decode(written.kept.body))
    if keyed is None:
        return Written(value, False)
    text = _encode(value)
    await once.amend(context.store, keyed, Kept(200, text.decode()))
    return Written(msgspec.Raw(text) if written.replayed else value, written.replayed)


async def join_once(
    context: Context,
    keyed: Keyed | None,
    build: Callable[[], Awaitable[Joint | Known]],
    *,
    status: int = 200,
) -> Written:
    """Carry out the joint request that `build` makes, once for the request's key.

    The result of its plan, or of `Known`, is what is to be answered: anything that JSON can be made
    of. Also what had nothing to do takes its key: a retry does not do what has become possible
    since. Raises KeyReused, JointRefused, and whatever `build` raises; the key is free then.
    """
    is_done = False

    async def known() -> Written | None:
        found = await earlier(context.store, keyed)
        return found and Written(found.value, True, found.status, found.is_vague)

    async def built() -> Joint | Known:
        nonlocal is_done
        found = await known()
        if found is not None:
            return Known(found)
        made = await build()
        is_done = isinstance(made, Known)
        if isinstance(made, Known):
            # In flight twice: what leaves this one nothing to do may be the effect of the other.
            found = await known()
            return made if found is None else Known(found)
        if keyed is None or made.dry_run:
            return made
        return made._replace(
            plan=_remembering(made.plan, keyed, status, context.clock()),
            keys=(*made.keys, Key(keyed.tenant, keyed.key)),
        )

    try:
        joined = await join_anew(context.ledger.join, built)
    except Exception:
        # The same request, in flight twice: what refuses this one may be the effect of the other.
        found = await known()
        if found is None:
            raise
        return found
    if isinstance(joined.result, Written):
        return joined.result
    if keyed is None or not is_done:
        return Written(joined.result, False, status)

    async def nothing(_: Transacting) -> Any:
        return joined.result

    return await write_once(context, keyed, nothing, status=status)


def _remembering(plan: Plan | LongPlan, keyed: Keyed, status: int, now: int) -> Plan:
    """The plan, which takes the key and keeps its answer in the same commit."""

    def remembering(acting: Acting) -> Planned:
        planned = plan(acting)
        assert isinstance(planned, Planned), "long plans answer no requests"
        kept = Kept(status, _encode(planned.result).decode())
        row = once.kept_row(keyed, kept, now=now)
        return planned._replace(beside=(*planned.beside, Beside(once.KEEP, [row])))

    return remembering


async def earlier(db: Transacting, keyed: Keyed | None) -> Earlier | None:
    """What the earlier request with the same key was answered. Raises KeyReused."""
    kept = None if keyed is None else await once.find(db, keyed)
    return None if kept is None else _earlier(kept)


async def remember(
    context: Context, writing: Transacting, keyed: Keyed | None, value: Any, *, status: int = 200
) -> None:
    """Keep an answer at the end of a longer operation, in the transaction of its last effect.

    Writes; raises UniqueViolation if another request has taken the key: `earlier` then has it.
    """
    if keyed is not None:
        kept = Kept(status, _encode(value).decode())
        await once.keep(writing, keyed, kept, now=context.clock())


async def try_out(context: Context, write: Write) -> Any:
    """What `write` would answer; everything is rolled back, and no key is looked at."""
    try:
        async with context.store.transaction() as writing:
            raise _DryRun(await write(writing))
    except _DryRun as end:
        return end.value


class _DryRun(Exception):
    """Leaves the transaction, which is rolled back, with what would have been answered."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _earlier(kept: Kept) -> Earlier:
    origin = current()
    origin.replayed = True
    count(REPLAYS, origin.dialect or WORKER)
    return Earlier(msgspec.Raw(kept.body.encode()), kept.status, kept.is_vague)
