"""Members and accounts as rows name them."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, NamedTuple

from msgspec.json import decode

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.programs import accounts, currencies, members
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.storage.store import Transacting

AT_ONCE: Final = 500
MAX_CURRENCIES: Final = 1_000

METADATA: Final = "metadata."


class Holder(NamedTuple):
    """An account, its member and its currency."""

    account: Account
    member: Member
    currency: Currency


Reached = Callable[[int, int], object]
"""Called with how many of the members are done, and of how many."""


async def with_accounts(
    db: Transacting,
    program: int,
    reached: Reached = lambda done, of: None,
    *,
    with_deleted: bool = False,
) -> AsyncIterator[tuple[Member, list[Holder]]]:
    """The program's members by number, each with their accounts; those who were deleted, merged
    or erased only if `with_deleted`."""
    done, of = 0, await members.count(db, program, with_deleted=with_deleted)
    listed = await currencies.page(db, program, limit=MAX_CURRENCIES)
    units = {each.currency_id: each for each in listed}
    after = 0
    while page := await members.page(
        db, program, after=after, with_deleted=with_deleted, limit=AT_ONCE
    ):
        people = {each.member_id: each for each in page}
        owned: dict[int, list[Holder]] = {number: [] for number in people}
        for each in await accounts.of_members(db, people.keys()):
            holder = Holder(each, people[each.member_id], units[each.currency_id])
            owned[each.member_id].append(holder)
        for number, member in people.items():
            yield member, owned[number]
        after = page[-1].member_id
        done += len(page)
        reached(done, of)


async def holders(
    db: Transacting,
    program: int,
    reached: Reached = lambda done, of: None,
    *,
    with_deleted: bool = False,
) -> AsyncIterator[Holder]:
    """The program's accounts, by member: of those who are there, which can move elsewhere; or
    `with_deleted`, as reports and the journal have them."""
    async for _, owned in with_accounts(db, program, reached, with_deleted=with_deleted):
        for each in owned:
            yield each


def naming(member: Member) -> dict[str, str | None]:
    """By what an import finds the member again. Who has nothing of the kind, or was deleted, is
    named by their id here: somebody else may have the phone number of who was deleted."""
    nameless = not (member.external_id or member.phone or member.email)
    if nameless or (member.deleted_at is not None and member.merged_into is None):
        return {
            "external_id": ids.write(ids.MEMBER, member.member_id), "phone": None, "email": None,
        }  # fmt: skip
    return {
        "external_id": member.external_id,
        "phone": member.phone,
        "email": member.email,
    }


def described(member: Member) -> dict[str, Any]:
    """A row of members, without what it has of accounts."""
    metadata: Mapping[str, Any] = decode(member.metadata)
    return {
        **naming(member),
        "name": member.name,
        "status": member.status,
        "created_at": instants.write(member.created_at),
        **{f"{METADATA}{key}": value for key, value in metadata.items()},
    }


async def metadata_columns(db: Transacting, program: int) -> list[str]:
    """The columns that members' metadata needs in a file of columns."""
    found: set[str] = set()
    async for member, _ in with_accounts(db, program):
        found |= decode(member.metadata).keys()
    return [f"{METADATA}{key}" for key in sorted(found)]
