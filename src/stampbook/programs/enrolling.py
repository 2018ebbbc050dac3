"""Finds the member for a person, or creates one.

Every API that creates members in passing does it here. When several requests bring the same new
person at once, through any API and any server process, one of them creates the member and the
others find that member.
"""

from collections.abc import Awaitable, Callable, Sequence

from stampbook.programs import members, programs
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting

Find = Callable[[Transacting], Awaitable[Sequence[Member]]]
"""Looks the person up. It is called up to twice, the second time while no other request can
create members."""

Create = Callable[[Transacting], Awaitable[Member]]
"""Creates the member. Writes."""


async def find_or_create(
    writing: Transacting, program: Program, find: Find, create: Create
) -> Sequence[Member]:
    """The members whom `find` knows, or else the one whom `create` makes. Writes."""
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
    metadata: str = "{}",
) -> Member:
    """The program's member of that phone (the oldest, if several share it); one is created with
    name, e-mail address and metadata if there is nobody. Writes."""

    async def find(db: Transacting) -> Sequence[Member]:
        return await members.find(db, program.program_id, phone=phone)

    async def create(db: Transacting) -> Member:
        return await members.create(
            db, program, now=now, phone=phone, name=name, email=email, metadata=metadata
        )

    return (await find_or_create(writing, program, find, create))[0]
