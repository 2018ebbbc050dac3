"""Idempotency keys of methods that are not the ledger's: the answer is kept with the key."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from msgspec.json import decode, encode

from stampbook.dialects.altcraft.answers import Answer, refused
from stampbook.dialects.altcraft.exchange import Call
from stampbook.dialects.altcraft.wire import Interval, Person
from stampbook.domain.refusals import Code, Refusal
from stampbook.programs import once
from stampbook.programs.once import Kept, Keyed, KeyReused
from stampbook.storage import former_fingerprints
from stampbook.storage.fingerprints import named
from stampbook.storage.former_fingerprints import NotAskedThen
from stampbook.storage.store import Transacting

KIND = "altcraft request"


class Register(NamedTuple):
    """`register_user`."""

    program: int
    person: Person
    registered_at: int | None = None


class Remove(NamedTuple):
    """`remove_user`."""

    program: int
    person: Person


class Export(NamedTuple):
    """The start of an export: rows of the interval, with numbers above `after`."""

    program: int
    currency: int
    interval: Interval
    after: int | None = None


Request = Register | Remove | Export

Write = Callable[[Transacting], Awaitable[Answer]]


async def write_once(call: Call, asked: Request, write: Write) -> Answer:
    """The answer of `write`, or of the earlier request with the same key and the same `asked`.

    `asked` is what the request asks for, as values, so that it is the same in both formats; it
    names the program, in which the caller's right is checked before. Raises Fault (409) when the
    key was used for something else.
    """

    async def kept(writing: Transacting) -> Kept:
        return Kept(200, encode(await write(writing)).decode())

    try:
        written = await once.write_once(call.context.store, _keyed(call, asked), kept, now=call.now)
    except KeyReused:
        raise refused(Refusal(Code.IDEMPOTENCY_KEY_REUSED, "used for another request")) from None
    data, beside, has_data = decode(written.kept.body)
    return Answer(data, beside, has_data)


def _keyed(call: Call, asked: Request) -> Keyed | None:
    if call.key is None:
        return None
    method = type(asked).__name__.lower()
    mark = once.mark_of(KIND, {"method": method, **named(asked)})
    return Keyed(call.caller.tenant, call.key, mark, _former(method, asked))


def _former(method: str, asked: Request) -> bytes | None:
    """What earlier releases took; None: they could not be asked for it."""
    try:
        text = former_fingerprints.words_of_call(method, asked)
    except NotAskedThen:
        return None
    return former_fingerprints.request(KIND, text.encode("utf-8", "surrogatepass"))
