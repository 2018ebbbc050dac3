"""Which requests beside the ledger are the same one, for their idempotency keys."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from msgspec.json import decode

from stampbook.dialects.altcraft.call import Call, Success
from stampbook.dialects.altcraft.wire import Interval, Person
from stampbook.edge import once
from stampbook.edge.once import Keyed, keyed_of
from stampbook.storage import former_fingerprints
from stampbook.storage.fingerprints import named
from stampbook.storage.former_fingerprints import NotAskedThen
from stampbook.storage.store import Transacting

KIND: Final = "altcraft request"


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


Asked = Register | Remove | Export

Write = Callable[[Transacting], Awaitable[Success]]


async def write_once(call: Call, asked: Asked, write: Write) -> Success:
    """The answer of `write`, or of the earlier request with the same key and the same `asked`.

    `asked` has values, so that it is the same in both formats; it names the program, in which the
    caller's right is checked before. Raises KeyReused.
    """
    written = await once.write_once(call.context, _keyed(call, asked), write)
    found: Any = decode(written.value) if written.replayed else written.value
    return Success(*found)


def _keyed(call: Call, asked: Asked) -> Keyed | None:
    method = type(asked).__name__.lower()
    return keyed_of(
        KIND,
        tenant=call.caller.tenant,
        key=call.key,
        fields={"method": method, **named(asked)},
        former=None if call.key is None else _former(method, asked),
    )


def _former(method: str, asked: Asked) -> bytes | None:
    """What earlier releases took; None: they could not be asked for it."""
    try:
        text = former_fingerprints.words_of_call(method, asked)
    except NotAskedThen:
        return None
    return former_fingerprints.request(KIND, text.encode("utf-8", "surrogatepass"))
