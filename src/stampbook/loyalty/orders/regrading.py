"""The tiers that members lose by a refund: the standings are replayed with the rows that it would
write."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from stampbook.domain.model import Transaction
from stampbook.loyalty.orders.effects import Step
from stampbook.loyalty.orders.model import Order
from stampbook.loyalty.tiers import besides, groups, standing
from stampbook.loyalty.tiers.groups import TierGroup
from stampbook.loyalty.tiers.machine import NO_TIER
from stampbook.programs import accounts, members, programs
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Store

GROUPS: Final = 100
"""Groups that are read at once."""


async def find(
    store: Store,
    concerned: Iterable[tuple[int, int]],
    rows: Mapping[int, Sequence[Transaction]],
    *,
    order: Order,
    amount: int,
    now: int,
) -> list[Step]:
    """The tiers that these members (with their programs) have no longer once these rows, by
    account, are written and this amount is taken of the order."""
    steps: list[Step] = []
    for number, home in sorted(set(concerned)):
        program = await programs.get(store, home, tenant=order.tenant)
        member = await members.get(store, number, tenant=order.tenant)
        after = 0
        while page := await groups.page(store, home, after=after, limit=GROUPS, active=True):
            for group in page:
                if program is not None and member is not None:
                    steps += await _of_group(
                        store, program, member, group, rows, order=order, amount=amount, now=now
                    )
            after = page[-1].tier_group_id
    return steps


async def _of_group(
    store: Store,
    program: Program,
    member: Member,
    group: TierGroup,
    rows: Mapping[int, Sequence[Transaction]],
    *,
    order: Order,
    amount: int,
    now: int,
) -> list[Step]:
    """A step if the member will have another tier in the group."""
    account = await accounts.primary(store, member=member.member_id, currency=group.currency_id)
    written = rows.get(account.account_id, ()) if account is not None else ()
    by_spending = group.terms.basis == "spend"
    if not (written or by_spending):
        return []
    facts = [besides.taken(order.number, order.effective_at, now, amount)] if by_spending else []
    before = await standing.of_member(store, program, group, member, now)
    then = await standing.history_after(
        store, program, group, member, now, rows=written, facts=facts
    )
    if before.tier == then.tier:
        return []
    change = Step(
        "tier",
        group=group.tier_group_id,
        tier=_number(group, then.tier),
        former=_number(group, before.tier),
    )
    if by_spending or account is None:
        return [change]
    return [
        Step(
            "tier",
            account=account.account_id,
            was=before.points,
            target=then.points,
            amount=before.points - then.points,
            group=change.group,
            tier=change.tier,
            former=change.former,
            currency=group.currency_id,
        )
    ]


def _number(group: TierGroup, place: int) -> int:
    return 0 if place == NO_TIER else group.tiers[place].tier_id
