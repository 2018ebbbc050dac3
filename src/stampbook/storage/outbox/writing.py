"""Writes rows of the outbox, in the transaction of what has happened."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Final, NamedTuple

from msgspec.json import Encoder

from stampbook.storage.store import Beside, Transacting

_encode: Final = Encoder().encode

_INSERT: Final = """
    INSERT INTO outbox (tenant_id, program_id, member_id, account_id, type, at, value)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class Outgoing(NamedTuple):
    """What has happened: the type of the event, when it was recorded, whose it is, and the value
    that each API prints. `value` is of the type that events/values.py names for the event."""

    type: str
    at: int
    tenant: int
    value: Any
    program: int | None = None
    member: int | None = None
    account: int | None = None

    @property
    def row(self) -> tuple[object, ...]:
        value = _encode(self.value).decode()
        return self.tenant, self.program, self.member, self.account, self.type, self.at, value


async def put(writing: Transacting, *outgoing: Outgoing) -> None:
    """Write them, in this order. Writes."""
    for each in outgoing:
        await writing.execute(_INSERT, *each.row)


def beside(outgoing: Sequence[Outgoing]) -> tuple[Beside, ...]:
    """Writes them in the commit of a batch."""
    return (Beside(_INSERT, tuple(each.row for each in outgoing)),) if outgoing else ()


Load = Callable[[Transacting], Awaitable[Any]]
"""Reads a thing as it is now; None if it is not there."""

Tell = Callable[[Any, Any], Sequence[Outgoing]]
"""What has happened to a thing, from what it was (None: it is new) and what it is now."""


class _Watched:
    """A thing that a transaction may change. What has become of it is written once, at the end."""

    def __init__(self, load: Load, before: Any, tell: Tell) -> None:
        self._load, self._before, self._tell = load, before, tell

    async def __call__(self, writing: Transacting) -> None:
        after = await self._load(writing)
        if after != self._before:
            await put(writing, *self._tell(self._before, after))


async def watch(writing: Transacting, thing: Hashable, load: Load, tell: Tell) -> None:
    """Look at a thing before it changes, and write at the end of the transaction what has happened
    to it, if it has changed at all. Nobody else changes it until then. Writes."""
    name = ("outbox", thing)
    if name not in writing.endings:
        writing.endings[name] = _Watched(load, await load(writing), tell)


def made(writing: Transacting, thing: Hashable, load: Load, tell: Tell) -> None:
    """A thing was made just now: write at the end of the transaction what it has become. Writes."""
    writing.endings[("outbox", thing)] = _Watched(load, None, tell)
