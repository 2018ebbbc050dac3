"""Erasing a person: their points are forfeited, and nothing is left that says who they were.

The member and all who were merged into them are one person. First their accounts are emptied and
closed, in one joint request; then texts go from every table (privacy); last, in the
transaction that writes the audit log's row, what they are found by. Until then the member is a
deleted one, and the same request can be made again: it goes on where the other ended.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.domain.model import AVAILABLE, PENDING, AccountStatus, Transaction
from stampbook.files import exported
from stampbook.ledger.joint import Acting, Beside, Joint, Planned
from stampbook.ledger.journal import erasing as journal
from stampbook.merging.requests import CLOSED, HoldsOpen
from stampbook.privacy import rows as tables
from stampbook.privacy.rows import Person
from stampbook.privacy.scrubbing import Known
from stampbook.programs import accounts, auditing, members
from stampbook.programs.accounts import Account
from stampbook.programs.auditing import entity_of
from stampbook.programs.members import Member
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.store import Store, Transacting
from stampbook.storage.tables import ACCOUNTS

OWN: Final = (
    ("ord", "SELECT order_id AS number FROM orders WHERE tenant_id = $1 AND member_id = $2"),
    ("pur", "SELECT purchase_id AS number FROM purchases WHERE tenant_id = $1 AND member_id = $2"),
    ("vis", "SELECT visit_id AS number FROM visits WHERE tenant_id = $1 AND member_id = $2"),
    ("evt", "SELECT event_id AS number FROM events WHERE tenant_id = $1 AND member_id = $2"),
)
"""What else is the person's, by the prefix of its ids."""


class WasMerged(Exception):
    """The member was merged into another, who is the same person: that one is to be erased."""

    def __init__(self, into: int) -> None:
        super().__init__(into)
        self.into = into


class HasPoints(Exception):
    """There are points, or debts, and nobody has said that they may be forfeited."""

    def __init__(self, account: int) -> None:
        super().__init__(account)
        self.account = account


class Forfeited(NamedTuple):
    """What an account has lost: points that were available or pending, and debts."""

    account: Account
    scale: int
    points: int
    debt: int
    rows: Sequence[Transaction]


class Whole(NamedTuple):
    """A person: the members that they are, the one who is erased first, and their accounts."""

    members: Sequence[Member]
    accounts: Sequence[Account]

    @property
    def person(self) -> Person:
        return Person(
            self.members[0].tenant_id,
            [each.member_id for each in self.members],
            [(each.shard, each.account_id) for each in self.accounts],
        )


async def whole(db: Transacting, member: Member) -> Whole:
    """The person whom the member is. Raises WasMerged."""
    if member.merged_into is not None:
        raise WasMerged(member.merged_into)
    found, reached = [member], [member.member_id]
    while reached:
        rows = await db.fetch(
            "SELECT member_id FROM members WHERE merged_into = $1 AND tenant_id = $2"
            " ORDER BY member_id",
            reached.pop(),
            member.tenant_id,
        )
        for row in rows:
            other = await members.get(db, row["member_id"], tenant=member.tenant_id)
            assert other is not None
            found.append(other)
            reached.append(other.member_id)
    held = [each for one in found for each in await accounts.of_member(db, one.member_id)]
    return Whole(found, held)


# -- points --------------------------------------------------------------------------------


def request_close(one: Whole, *, forfeit: bool, now: int, dry_run: bool) -> Joint:
    """The joint request that empties and closes the person's accounts; its result are those that
    had something, as `Forfeited`. Its plan raises HoldsOpen, HasPoints."""
    first = one.members[0]

    def plan(acting: Acting) -> Planned:
        lost = [_lose(acting, each, forfeit=forfeit) for each in one.accounts]
        beside = []
        if first.deleted_at is None:
            beside.append(Beside(_LEAVE, [(first.member_id, first.tenant_id, now)]))
        open_ones = [each for each in one.accounts if each.status is not AccountStatus.CLOSED]
        rows = [
            (each.shard, each.account_id, each.tenant_id, acting.book(each.account_id).version)
            for each in open_ones
        ]
        if rows:
            beside.append(Beside(_CLOSE, rows))
            beside += outbox.beside([_closed(each, now) for each in open_ones])
        return Planned([each for each in lost if each.points or each.debt], tuple(beside))

    return Joint(
        first.tenant_id,
        tuple(sorted(each.account_id for each in one.accounts)),
        plan,
        dry_run=dry_run,
    )


def _lose(acting: Acting, account: Account, *, forfeit: bool) -> Forfeited:
    """Raises HoldsOpen, HasPoints."""
    book = acting.book(account.account_id)
    if book.held or book.deadlines.keys:
        raise HoldsOpen(account.account_id)
    points, debt = book.split[PENDING] + book.split[AVAILABLE], book.owed
    if not points and not debt:
        return Forfeited(account, book.policy.scale, 0, 0, ())
    if not forfeit:
        raise HasPoints(account.account_id)
    rows = acting.forfeit(account.account_id)
    return Forfeited(account, book.policy.scale, points, debt, rows)


_LEAVE: Final = """
    UPDATE members SET status = 'deleted', deleted_at = $3, updated_at = $3
    WHERE member_id = $1 AND tenant_id = $2 AND deleted_at IS NULL
"""

_CLOSE: Final = f"""
    UPDATE accounts SET status = {CLOSED}, version = version + 1
    WHERE shard = $1 AND account_id = $2 AND tenant_id = $3 AND version = $4
"""  # noqa: S608 - a constant


# -- texts ---------------------------------------------------------------------------------


class Search(NamedTuple):
    """What the person is known by, and how many texts are gone already."""

    whole: Whole
    known: Known
    gone: int


async def erase_texts(store: Store, one: Whole) -> Search:
    """Erase all texts but those that the person is found by. It can be repeated. Writes, in
    transactions of its own."""
    person = one.person
    entities = [entity_of(auditing.MEMBER, each.member_id) for each in one.members]
    held = [f"acc_{each.account_id:x}" for each in one.accounts]
    ids = [*entities, *held, *await _ids(store, person)]
    known = await tables.known_of(store, person, ids=ids, entities=entities)
    gone = await tables.scrub(store, person, known)
    gone += await tables.erase_audit(store, person, known, entities)
    for shard, account in person.accounts:
        gone += await journal.erase_texts(store, shard, account)
    return Search(one, known, gone)


async def _ids(store: Store, person: Person) -> list[str]:
    return [
        f"{prefix}_{row['number']:x}"
        for prefix, sql in OWN
        for member in person.members
        for row in await store.fetch(sql, person.tenant, member)
    ]


async def finish(
    writing: Transacting, search: Search, *, reason: str, now: int
) -> tuple[Member, int]:
    """Erase what the person is found by, and the rest. Returns the member, and how many texts went
    altogether. Writes."""
    person, first = search.whole.person, search.whole.members[0]
    await members.hold(writing, first.member_id, tenant=person.tenant)
    gone = search.gone + await tables.erase_rows(writing, person, search.known)
    for each in person.members:
        await writing.execute(
            "UPDATE members SET erased_at = $3, updated_at = $3"
            " WHERE member_id = $1 AND tenant_id = $2 AND erased_at IS NULL",
            each,
            person.tenant,
            now,
        )
    for program in sorted({each.program_id for each in search.whole.members}):
        await exported.forget(writing, tenant=person.tenant, program=program, now=now)
    if first.erased_at is None:
        await outbox.put(writing, *(_erased(each, now) for each in search.whole.members))
        await auditing.record(
            writing,
            tenant=person.tenant,
            action="member.erased",
            now=now,
            entity=entity_of(auditing.MEMBER, first.member_id),
            program=first.program_id,
            reason=search.known.names.sub("…", reason),
        )
    erased = await members.get(writing, first.member_id, tenant=person.tenant)
    assert erased is not None
    return erased, gone


def _closed(account: Account, now: int) -> Outgoing:
    """Lets others learn that the account is closed."""
    closed = account._replace(status=AccountStatus.CLOSED, number=None)
    return Outgoing(
        "account.closed",
        now,
        account.tenant_id,
        ACCOUNTS.stored(closed),
        program=account.program_id,
        member=account.member_id,
        account=account.account_id,
    )


def _erased(member: Member, now: int) -> Outgoing:
    """Lets others learn that they have to erase the member, too."""
    number = member.member_id
    return Outgoing(
        "member.erased", now, member.tenant_id, number, program=member.program_id, member=number
    )
