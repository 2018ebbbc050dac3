"""Idempotency keys of methods that are not the ledger's: the answer is kept with the key."""

from collections.abc import Awaitable, Callable

from msgspec.json import decode, encode

from stampbook.domain.refusals import Code, Refusal
from stampbook.http.altcraft.answers import Answer, refused
from stampbook.http.altcraft.exchange import Call
from stampbook.programs import once
from stampbook.programs.once import Kept, Keyed, KeyReused
from stampbook.storage.store import Transacting

Write = Callable[[Transacting], Awaitable[Answer]]


async def write_once(call: Call, asked: object, write: Write) -> Answer:
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


def _keyed(call: Call, asked: object) -> Keyed | None:
    if call.key is None:
        return None
    content = repr(asked).encode("utf-8", "surrogatepass")
    return Keyed(call.caller.tenant, call.key, once.fingerprint("altcraft request", content))
