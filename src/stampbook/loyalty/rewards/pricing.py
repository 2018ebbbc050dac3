"""What a reward costs a member now: the first of its costs whose condition holds."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.json import decode

from stampbook.ledger.engine import Ledger
from stampbook.loyalty.conditions.evaluating import Evaluation, names_of
from stampbook.loyalty.events.facts import segments_of
from stampbook.loyalty.model import Facts, Standing
from stampbook.loyalty.rewards.model import Cost, Reward
from stampbook.loyalty.tiers.standing import standings
from stampbook.programs import accounts
from stampbook.programs.members import Member
from stampbook.programs.programs import Program

_TIERS: Final = frozenset({("member",), ("member", "tier"), ("member", "tiers")})
"""What conditions read that has the member's tiers in it."""


async def price_of(
    ledger: Ledger,
    program: Program,
    member: Member,
    reward: Reward,
    *,
    now: int,
    metadata: Mapping[str, Any] | None = None,
    currency: int | None = None,
) -> tuple[int, Cost] | None:
    """The cost and its place among the reward's costs; None if none is for this member now.

    Costs in currencies of other programs do not count. A condition that fails is not met.
    `metadata` replaces the member's. With `currency` only costs in it count.
    """
    rows = await ledger.store.fetch(
        "SELECT currency_id FROM currencies WHERE program_id = $1", program.program_id
    )
    own = {row["currency_id"] for row in rows}
    conditions = [each.condition for each in reward.terms.costs if each.condition is not None]
    evaluation = None
    if conditions:
        facts = await _facts(ledger, program, member, conditions, now=now)
        if metadata is not None:
            facts = facts._replace(member_metadata=metadata)
        evaluation = Evaluation(conditions, facts)
    for position, cost in enumerate(reward.terms.costs):
        if cost.currency not in own or currency not in (None, cost.currency):
            continue
        if cost.condition is None:
            return position, cost
        assert evaluation is not None
        if evaluation.holds(cost.condition) is True:
            return position, cost
    return None


async def _facts(
    ledger: Ledger, program: Program, member: Member, conditions: Sequence[str], *, now: int
) -> Facts:
    store = ledger.store
    tiers: Sequence[Standing] = ()
    if not _TIERS.isdisjoint(path[:2] for path in names_of(conditions)):
        # Tiers follow from the journal, so what is due must be in it.
        owned = await accounts.of_member(store, member.member_id)
        await ledger.settle(each.account_id for each in owned)
        tiers = await standings(store, program, member, now)
    return Facts(
        at=now,
        timezone=program.timezone,
        joined_at=member.created_at,
        standings=tuple(tiers),
        segments=await segments_of(store, member),
        member_metadata=decode(member.metadata),
    )
