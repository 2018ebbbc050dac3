"""Whose the rows are: members and their accounts, found for a whole unit at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from msgspec.json import decode

from stampbook.files.reading.faults import Wrong
from stampbook.files.reading.items import Item, Person
from stampbook.programs import accounts, members
from stampbook.programs.accounts import Account
from stampbook.programs.changing import places
from stampbook.programs.currencies import Currency
from stampbook.programs.faults import Taken
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.programs.searching.keys import email_key, phone_key, region_of
from stampbook.storage.store import Transacting

COLUMNS: Final = ("external_id", "phone_key", "email_key")

Who = tuple[str, str]
"""A column of `members`, and the value by which a row names its member."""


def who_of(person: Person, region: str | None) -> Who:
    """By what the member is found: the external id, else the phone, else the e-mail address."""
    if person.external_id:
        return "external_id", person.external_id
    digits = phone_key(person.phone, region)
    return ("phone_key", digits) if digits else ("email_key", email_key(person.email) or "")


class Known(NamedTuple):
    """The members and accounts that a unit of rows can mean, and the region of phone numbers.

    `cards` are the accounts by what a vendor calls them, with their members.
    """

    region: str | None
    members: Mapping[Who, Sequence[Member]]
    primary: Mapping[tuple[int, int], Account]
    numbered: Mapping[str, Account]
    cards: Mapping[str, tuple[Member, Account]]

    def who_of(self, person: Person) -> Who:
        """By what the member is found."""
        return who_of(person, self.region)

    def is_same(self, person: Person, member: Member) -> bool:
        """Whether the member is as the row says; what it does not say can be anything."""
        phones = [phone_key(each.phone, self.region) for each in (person, member)]
        return (
            person.external_id in (None, member.external_id)
            and (person.email is None or email_key(person.email) == email_key(member.email))
            and (person.phone is None or phones[0] == phones[1])
            and person.name in (None, member.name)
            and person.status in (None, member.status)
            and person.created_at in (None, member.created_at)
            and (person.metadata is None or decode(person.metadata) == decode(member.metadata))
        )

    def member(self, item: Item) -> Member | None:
        """The one member that the row means, if there is one. Raises Wrong."""
        if item.card_id is not None and item.card_id in self.cards:
            return self.cards[item.card_id][0]
        person = item.person
        found = self.members.get(self.who_of(person), ())
        if len(found) > 1:
            raise Wrong("several_members", "several members have this; give an external_id")
        return found[0] if found else None

    def account(self, item: Item, member: Member) -> Account | None:
        """The account that the row means, if there is one. Raises Wrong."""
        assert item.unit is not None
        if item.card_id is not None and item.card_id in self.cards:
            card = self.cards[item.card_id][1]
            if card.currency_id != item.unit.currency:
                raise Wrong("unknown_currency", "the card has another currency", column="currency")
            return card
        if item.card_number is None:
            return self.primary.get((member.member_id, item.unit.currency))
        found = self.numbered.get(item.card_number)
        if found is not None and (found.member_id, found.currency_id) != (
            member.member_id,
            item.unit.currency,
        ):
            raise Wrong("number_taken", "the card is another one's", column="card_number")
        return found


async def find(
    db: Transacting, program: int, items: Iterable[Item], source: str, *, shards: int
) -> Known:
    """What the program has of them. Who was merged into another is found as the other."""
    region = await region_of(db, program)
    wanted: dict[str, set[str]] = defaultdict(set)
    numbers: set[str] = set()
    called: set[str] = set()
    for item in items:
        if item.card_id is not None:
            called.add(item.card_id)
        column, value = who_of(item.person, region)
        wanted[column].add(value)
        if item.card_number is not None:
            numbers.add(item.card_number)
    found: dict[Who, list[Member]] = defaultdict(list)
    named: dict[Member, list[Who]] = {}
    for column in COLUMNS:
        for member in await _members(db, program, column, wanted[column]):
            key = {
                "external_id": member.external_id,
                "phone_key": phone_key(member.phone, region),
                "email_key": email_key(member.email),
            }[column]
            named.setdefault(member, []).append((column, key or ""))
    reached = await members.survivors_of(db, named)
    for member, whos in named.items():
        survivor = reached.get(member.member_id)
        if survivor is None:
            continue
        for who in whos:
            if survivor not in found[who]:
                found[who].append(survivor)
    numbers_of = {each.member_id for listed in found.values() for each in listed}
    primary = {
        (each.member_id, each.currency_id): each
        for each in await accounts.of_members(db, numbers_of)
        if each.is_primary
    }
    numbered = {each.number or "": each for each in await accounts.by_numbers(db, program, numbers)}
    cards = await _cards(db, program, source, called, shards=shards)
    return Known(region, found, primary, numbered, cards)


async def _cards(
    db: Transacting, program: int, source: str, called: Collection[str], *, shards: int
) -> dict[str, tuple[Member, Account]]:
    """The cards that earlier rows of the source have called so, or whose number this is."""
    if not called:
        return {}
    found = {each.number or "": each for each in await accounts.by_numbers(db, program, called)}
    rows = await db.fetch(
        f"""
        SELECT card_id, account_id FROM import_cards
        WHERE program_id = $1 AND source = $2 AND card_id IN ({places(3, called)})
        """,  # noqa: S608 - only places of parameters
        program,
        source,
        *called,
    )
    named = {row["account_id"]: row["card_id"] for row in rows}
    for each in await accounts.of_ids(db, program, named, shards=shards):
        found[named[each.account_id]] = each
    owners = {each.member_id: each for each in await _owners(db, program, found.values())}
    return {
        name: (owners[each.member_id], each)
        for name, each in found.items()
        if each.member_id in owners
    }


async def _owners(db: Transacting, program: int, owned: Iterable[Account]) -> list[Member]:
    return await _members(db, program, "member_id", {each.member_id for each in owned})


async def name_card(
    writing: Transacting, program: int, source: str, card_id: str, account: Account
) -> None:
    """Later rows of the source may call the account so. Writes."""
    await writing.execute(
        """
        INSERT INTO import_cards (program_id, source, card_id, account_id)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
        """,
        program,
        source,
        card_id,
        account.account_id,
    )


async def _members(
    db: Transacting, program: int, column: str, values: Collection[str | int]
) -> list[Member]:
    if not values:
        return []
    rows = await db.fetch(
        f"""
        SELECT {", ".join(Member._fields)} FROM members
        WHERE program_id = $1 AND {column} IN ({places(2, values)})
          AND (deleted_at IS NULL OR merged_into IS NOT NULL)
        """,  # noqa: S608 - columns of our own
        program,
        *values,
    )
    # Asked for in this order, SQLite would look at all members of the program for each unit.
    found = [Member._make(row[field] for field in Member._fields) for row in rows]
    return sorted(found, key=attrgetter("member_id"))


async def enrol(writing: Transacting, program: Program, person: Person, *, now: int) -> Member:
    """A new member. Rules for new members do not judge them: they come from elsewhere.

    Writes; raises Wrong.
    """
    try:
        return await members.create(
            writing,
            program,
            now=now if person.created_at is None else person.created_at,
            external_id=person.external_id,
            email=person.email,
            phone=person.phone,
            name=person.name,
            metadata=person.metadata or "{}",
            status=person.status or "active",
            joins=False,
            recorded_at=now,
        )
    except Taken:
        raise Wrong("external_id_taken", "another member has this external id") from None


async def open_account(
    writing: Transacting,
    member: Member,
    currency: Currency,
    number: str | None,
    *,
    shards: int,
    now: int,
) -> Account:
    """A new account for a row. Writes; raises Wrong."""
    try:
        if number is None:
            return await accounts.open_primary(writing, member, currency, shards=shards, now=now)
        return await accounts.open_account(
            writing, member, currency, shards=shards, now=now, number=number
        )
    except Taken:
        raise Wrong("number_taken", "the card is another one's", column="card_number") from None
