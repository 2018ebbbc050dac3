"""Merging: one person who was registered twice becomes one member.

All that the old member has open passes over to the accounts of the other, and whatever finds the
old one leads to the other, in one commit (domain.decisions.merging). Everything recorded stays
where it is; late cancels of it are passed on. The undo is possible while the other still has what
came.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from stampbook.domain.decisions.accruing import room_refusal
from stampbook.domain.model import AccountStatus, Transaction
from stampbook.ledger.joint import Acting, Beside, Guard, Joint, JointRefused, Known, Planned
from stampbook.ledger.origin import current
from stampbook.ledger.outcomes import AccountView
from stampbook.merging import merges
from stampbook.merging.merges import COLUMNS, Merge
from stampbook.programs import accounts, currencies, members
from stampbook.programs.accounts import Account
from stampbook.programs.faults import Invalid
from stampbook.programs.members import Member
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.store import Store
from stampbook.storage.tables import ACCOUNTS

CLOSED: Final = int(AccountStatus.CLOSED)


class HoldsOpen(Exception):
    """Something of the member waits for its end: a reservation, or points with a deadline."""

    def __init__(self, account: int) -> None:
        super().__init__(account)
        self.account = account


class LaterChange(Exception):
    """The member who took over was deleted later, or merged by `merge`: that has to be undone
    first."""

    def __init__(self, merge: int | None) -> None:
        super().__init__(merge)
        self.merge = merge


class Moved(NamedTuple):
    """What passed from one account to another: the rows of both, and the second one after it."""

    source: Account
    receiver: Account
    rows: Sequence[Transaction]
    after: AccountView


class Merged(NamedTuple):
    merge: Merge
    moved: Sequence[Moved]


# -- the merge -----------------------------------------------------------------------------


async def request_merge(
    store: Store,
    member: Member,
    into: Member,
    *,
    reason: str | None,
    actor: str | None,
    now: int,
    dry_run: bool,
    guards: tuple[Guard, ...] = (),
    also: tuple[Beside, ...] = (),
) -> Joint:
    """The joint request that merges a member into another of the same program; its result is a
    `Merged`. Its plan raises HoldsOpen.

    Both members are as they were read; accounts that the other lacks are opened, unless it is a dry
    run. `also` is what else passes over, and rests on `guards`. Raises Invalid.
    """
    if member.member_id == into.member_id:
        raise Invalid("into", "must be another member")
    if member.program_id != into.program_id:
        raise Invalid("into", "must be a member of the same program")
    row = await store.fetch_one("SELECT COALESCE(MAX(merge_id), 0) + 1 AS free FROM merges")
    assert row is not None
    who = current()
    merge = Merge(
        row["free"],
        member.tenant_id,
        member.program_id,
        member.member_id,
        into.member_id,
        member.status,
        reason,
        actor,
        who.user_id,
        who.api_key_id,
        who.dialect,
        who.request_id,
        who.address,
        0,
        now,
        None,
    )
    pairs = await _pairs(store, member, into, now=now, opens=not dry_run)

    def plan(acting: Acting) -> Planned:
        moved = [_hand_over(acting, source, receiver) for source, receiver in pairs]
        beside = (
            Beside(_MERGE, [(*merge,)]),
            Beside(_LEAVE, [(member.member_id, member.tenant_id, into.member_id, now)]),
            Beside(_ALL, [(member.member_id, member.tenant_id, len(pairs))]),
            Beside(_STAY, [(into.member_id, into.tenant_id)]),
            *_changed(acting, moved, _CLOSE, lambda each: each.receiver.account_id),
            *also,
            *outbox.beside([*(_closed(each, now) for each in moved), _merged(member, into, now)]),
        )
        return Planned(Merged(merge, moved), beside)

    return Joint(
        member.tenant_id,
        tuple(sorted({each.account_id for pair in pairs for each in pair if each.account_id})),
        plan,
        guards=guards,
        dry_run=dry_run,
    )


def _merged(member: Member, into: Member, now: int) -> Outgoing:
    """Lets others learn of the merge."""
    gone = member._replace(
        status="deleted", deleted_at=now, updated_at=now, merged_into=into.member_id
    )
    return Outgoing(
        "member.merged",
        now,
        member.tenant_id,
        (gone, into.member_id),
        program=member.program_id,
        member=member.member_id,
    )


def _closed(moved: Moved, now: int) -> Outgoing:
    """Lets others learn that the old account is closed."""
    account = moved.source._replace(
        status=AccountStatus.CLOSED, merged_into=moved.receiver.account_id
    )
    return Outgoing(
        "account.closed",
        now,
        account.tenant_id,
        ACCOUNTS.stored(account),
        program=account.program_id,
        member=account.member_id,
        account=account.account_id,
    )


async def _pairs(
    store: Store, member: Member, into: Member, *, now: int, opens: bool
) -> list[tuple[Account, Account]]:
    """Each account of the member that is not closed, and the one that takes over from it; one with
    the number 0 would be opened."""
    pairs: list[tuple[Account, Account]] = []
    for source in await accounts.of_member(store, member.member_id):
        if source.status is AccountStatus.CLOSED:
            continue
        found = await accounts.primary(store, member=into.member_id, currency=source.currency_id)
        if found is None and opens:
            currency = await currencies.get(store, source.currency_id, tenant=member.tenant_id)
            assert currency is not None
            found = await accounts.primary_or_open(store, into, currency, now=now)
        if found is None:
            found = source._replace(
                account_id=0, member_id=into.member_id, number=None, status=AccountStatus.OPEN
            )
        pairs.append((source, found))
    return pairs


def _hand_over(acting: Acting, source: Account, receiver: Account) -> Moved:
    """Raises HoldsOpen, JointRefused."""
    left = acting.book(source.account_id)
    if left.held or left.deadlines.keys:
        raise HoldsOpen(source.account_id)
    if receiver.account_id:
        refusal = room_refusal(
            acting.book(receiver.account_id), left.split[1] + left.split[2] + left.owed
        )
        if refusal is not None:
            raise JointRefused(receiver.account_id, refusal)
    rows, after = acting.hand_over(source.account_id, receiver.account_id)
    return Moved(source, receiver, rows, after)


def _changed(
    acting: Acting, moved: Sequence[Moved], sql: str, value: Callable[[Moved], int]
) -> tuple[Beside, ...]:
    """What changes the old accounts themselves, unless somebody else has done so meanwhile."""
    rows = [
        (
            each.source.shard,
            each.source.account_id,
            each.source.tenant_id,
            acting.book(each.source.account_id).version,
            value(each),
        )
        for each in moved
    ]
    return (Beside(sql, rows),) if rows else ()


_MERGE: Final = (
    f"INSERT INTO merges ({COLUMNS}) SELECT "  # noqa: S608 - our own columns
    + ", ".join(
        f"CAST(${at} AS {kind})"
        for at, kind in enumerate(
            ("bigint",) * 5
            + ("text",) * 3
            + ("bigint",) * 2
            + ("text",) * 3
            + ("smallint",)
            + ("bigint",) * 2,
            1,
        )
    )
    + " WHERE NOT EXISTS (SELECT 1 FROM merges WHERE merge_id = $1)"
)
"""Writes nothing, so that the request is built anew, if the number was taken meanwhile."""

_LEAVE: Final = """
    UPDATE members SET status = 'deleted', deleted_at = $4, updated_at = $4, merged_into = $3
    WHERE member_id = $1 AND tenant_id = $2 AND deleted_at IS NULL
"""

_ALL: Final = f"""
    UPDATE members SET updated_at = updated_at
    WHERE member_id = $1 AND tenant_id = $2
      AND (SELECT count(*) FROM accounts WHERE member_id = $1 AND status <> {CLOSED}) = $3
"""  # noqa: S608 - a constant
"""Writes nothing if an account was opened meanwhile: its points would not pass over."""

_STAY: Final = """
    UPDATE members SET updated_at = updated_at
    WHERE member_id = $1 AND tenant_id = $2 AND deleted_at IS NULL
"""

_CLOSE: Final = f"""
    UPDATE accounts SET status = {CLOSED}, merged_into = $5, version = version + 1
    WHERE shard = $1 AND account_id = $2 AND tenant_id = $3 AND version = $4 AND merged_into IS NULL
"""  # noqa: S608 - a constant


# -- the undo ------------------------------------------------------------------------------


async def request_undo(
    store: Store,
    merge: Merge,
    *,
    now: int,
    dry_run: bool,
    guards: tuple[Guard, ...] = (),
    also: tuple[Beside, ...] = (),
) -> Joint | Known:
    """The joint request that undoes a merge; its result is a `Merged`. One that was undone before
    stays so. `also` and `guards` are as those of the merge. Raises LaterChange."""
    member = await members.get(store, merge.member_id, tenant=merge.tenant_id)
    into = await members.get(store, merge.into_id, tenant=merge.tenant_id)
    if merge.undone_at is not None or member is None or member.merged_into != merge.into_id:
        return Known(Merged(merge, ()))
    if into is None or into.deleted_at is not None:
        later = await merges.of_member(store, merge.into_id, tenant=merge.tenant_id)
        raise LaterChange(
            next(
                (
                    each.merge_id
                    for each in later
                    if each.member_id == merge.into_id and each.undone_at is None
                ),
                None,
            )
        )
    held = {each.account_id: each for each in await accounts.of_member(store, into.member_id)}
    pairs = [
        (source, held[source.merged_into])
        for source in await accounts.of_member(store, merge.member_id)
        if source.merged_into in held and source.merged_into is not None
    ]
    undone = merge._replace(undone_at=now)

    def plan(acting: Acting) -> Planned:
        moved = []
        for source, receiver in pairs:
            rows, after = acting.take_back(source.account_id, receiver.account_id)
            moved.append(Moved(source, receiver, rows, after))
        status = int(members.ACCOUNT_STATUS[merge.status_before])
        beside = (
            Beside(_UNDO, [(merge.merge_id, now, merge.tenant_id)]),
            Beside(_RETURN, [(merge.member_id, merge.tenant_id, merge.status_before, now)]),
            *_changed(acting, moved, _OPEN, lambda _: status),
            *also,
            *outbox.beside([_returned(member, merge, now)]),
        )
        return Planned(Merged(undone, moved), beside)

    return Joint(
        merge.tenant_id,
        tuple(sorted({each.account_id for pair in pairs for each in pair})),
        plan,
        guards=guards,
        dry_run=dry_run,
    )


def _returned(member: Member, merge: Merge, now: int) -> Outgoing:
    """Lets others learn that the member is one of their own again."""
    back = member._replace(
        status=merge.status_before, deleted_at=None, updated_at=now, merged_into=None
    )
    return Outgoing(
        "member.updated",
        now,
        merge.tenant_id,
        (member, back),
        program=merge.program_id,
        member=merge.member_id,
    )


_UNDO: Final = """
    UPDATE merges SET undone_at = $2
    WHERE merge_id = $1 AND tenant_id = $3 AND undone_at IS NULL
"""

_RETURN: Final = """
    UPDATE members SET status = $3, deleted_at = NULL, updated_at = $4, merged_into = NULL
    WHERE member_id = $1 AND tenant_id = $2 AND merged_into IS NOT NULL
"""

_OPEN: Final = """
    UPDATE accounts SET status = $5, merged_into = NULL, version = version + 1
    WHERE shard = $1 AND account_id = $2 AND tenant_id = $3 AND version = $4
      AND merged_into IS NOT NULL
"""
