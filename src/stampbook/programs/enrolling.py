"""How people become members on the fly: found by what identifies them, or else created.

Every API that makes members in passing does it here. However many requests bring a new person at
once, by whatever API and through whatever server process, one of them creates the member and the
others find that member.
"""

from collections.abc import Awaitable, Callable, Sequence

from stampbook.programs import members, programs
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting

Find = Callable[[Transacting], Awaitable[Sequence[Member]]]
"""Looks the person up; called up to twice, the second time when nobody else can create."""

Create = Callable[[Transacting], Awaitable[Member]]
"""Creates the member. Writes."""


async def find_or_create(
    writing: Transacting, program: Program, find: Find, create: Create
) -> Sequence[Member]:
    """The members whom `find` knows; if it knows nobody, the one whom `create` makes. Writes."""
    found = await find(writing)
    if found:
        return found
    await programs.hold(writing, program.program_id, tenant=program.tenant_id)
    return await find(writing) or [await create(writing)]


async def by_phone(
    writing: Transacting,
    program: Program,
    phone: str,
    *,
    now: int,
    name: str | None = None,
    email: str | None = None,
) -> Member:
    """The program's member of that phone (the oldest, if several share it); one is created with
    name and e-mail address if there is nobody. Writes."""

    async def find(db: Transacting) -> Sequence[Member]:
        return await members.find(db, program.program_id, phone=phone)

    async def create(db: Transacting) -> Member:
        return await members.create(db, program, now=now, phone=phone, name=name, email=email)

    return (await find_or_create(writing, program, find, create))[0]
