"""Groups of tiers, standings and their reports on the native wire."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import (
    Amount,
    Id,
    Instant,
    Metadata,
    StoredMetadata,
    Text,
    read_amount,
    write_optional,
)
from stampbook.domain.model import FOREVER, transaction_number
from stampbook.loyalty.tiers.groups import NewTier, Tier, TierGroup
from stampbook.loyalty.tiers.machine import NO_TIER, Step
from stampbook.loyalty.tiers.reporting import Bucket
from stampbook.loyalty.tiers.standing import History, reached
from stampbook.loyalty.tiers.terms import Downgrade, Retention, Span, Terms

Basis = Literal["balance", "earned", "spend"]
Anchor = Literal["calendar", "activation"]
Change = Literal["at_once", "next_period"]
OnCancel = Literal["recount", "ordinary", "keep"]
GroupStatus = Literal["draft", "active", "inactive", "deleted"]
Cause = Literal["joined", "points", "segment", "window", "retention", "cancel", "void"]

Tiers = Annotated[list["TierBody"], Meta(max_length=100)]


class TierBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A tier for counts from `threshold` to `max` (null: up to the next tier), with a `segment` for
    its members only. In a change, `id` names the tier whose place it takes."""

    name: Text
    threshold: Amount
    max: Amount | None = None
    segment: Text | None = None
    keep_forever: bool = False
    external_id: Text | None = None
    id: Id | None = None


class TierGroupBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Tiers that a member reaches by what is counted in one currency."""

    name: Text
    currency_id: Id
    tiers: Tiers = []
    status: Literal["draft", "active"] = "active"
    basis: Basis = "earned"
    counts_pending: bool = True
    period: Span | None = None
    anchor: Anchor = "calendar"
    change: Change = "at_once"
    retention: Retention = Retention()
    downgrade: Downgrade = Downgrade()
    on_cancel: OnCancel = "recount"
    metadata: Metadata = {}


class TierGroupChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes. All but the name and the metadata changes in drafts only; `tiers` are
    all tiers, and former ones that are not named in them are removed."""

    name: Text | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    tiers: Tiers | UnsetType = UNSET
    basis: Basis | UnsetType = UNSET
    counts_pending: bool | UnsetType = UNSET
    period: Span | UnsetType | None = UNSET
    anchor: Anchor | UnsetType = UNSET
    change: Change | UnsetType = UNSET
    retention: Retention | UnsetType = UNSET
    downgrade: Downgrade | UnsetType = UNSET
    on_cancel: OnCancel | UnsetType = UNSET


class TierShape(Struct, frozen=True):
    id: str
    external_id: str | None
    name: str
    threshold: Written
    max: Written | None
    segment: str | None
    keep_forever: bool


class TierGroupShape(Struct, frozen=True):
    id: str
    program_id: str
    currency_id: str
    name: str
    tiers: Sequence[TierShape]
    created_at: Instant
    status: GroupStatus
    basis: Basis
    counts_pending: bool
    period: Span | None
    anchor: Anchor
    change: Change
    retention: Retention
    downgrade: Downgrade
    on_cancel: OnCancel
    metadata: StoredMetadata
    updated_at: Instant


class ReachedShape(Struct, frozen=True):
    """A tier that was reached, and when it was lost again (null: not yet)."""

    tier_id: str
    reached_at: Instant
    lost_at: Instant | None


class StayShape(Struct, frozen=True):
    """A standing: `tier_id` (null: no tier) after `from_tier_id`; the same one twice: prolonged.

    Until `ends_at` the tier is kept whatever the count. `points` is what was counted when it began,
    `transaction_id` what caused it, `annulled_by` what took back that on which it rested.
    """

    tier_id: str | None
    from_tier_id: str | None
    entered_at: Instant
    ends_at: Instant | None
    left_at: Instant | None
    cause: Cause
    points: Written
    transaction_id: str | None
    annulled_by: str | None


class NextShape(Struct, frozen=True):
    """The next tier and how many points are `missing`. They must come before `until` (null: at any
    time); with none missing, the tier is reached then."""

    tier_id: str
    missing: Written
    until: Instant | None


class ForeseenShape(Struct, frozen=True):
    """What becomes of the standing if nothing but time passes."""

    tier_id: str | None
    at: Instant


class StandingShape(Struct, frozen=True):
    """A member in a group. `tier_id` is the tier that they have now.

    `history` has each time that a tier was reached, a higher one including those below; `stays` has
    every standing. `points` is what counts in the present period.
    """

    id: str
    tier_id: str | None
    history: Sequence[ReachedShape]
    points: Written
    ends_at: Instant | None
    stays: Sequence[StayShape]
    next: NextShape | None
    foreseen: ForeseenShape | None


class MovesShape(Struct, frozen=True):
    """How many members came to a tier, and lost it, in the period that begins at `begins_at`."""

    begins_at: Instant
    tier_group_id: str
    tier_id: str
    joins: int
    upgrades: int
    downgrades: int
    lefts: int
    prolongs: int


class TiersReport(Struct, frozen=True):
    data: Sequence[MovesShape]


def terms_of(body: TierGroupBody) -> Terms:
    return Terms(**{name: getattr(body, name) for name in Terms.__struct_fields__})


def new_tier(body: TierBody, scale: int, pointer: str) -> NewTier:
    """The tier as it is to be written. Raises Failure (422)."""
    ceiling = None
    if body.max is not None:
        ceiling = read_amount(body.max, scale, f"{pointer}/max")
    return NewTier(
        body.name,
        read_amount(body.threshold, scale, f"{pointer}/threshold"),
        body.external_id,
        ceiling,
        body.segment,
        body.keep_forever,
        tier_id=None if body.id is None else ids.read(ids.TIER, body.id) or 0,
    )


def tier_group_shape(group: TierGroup, scale: int) -> TierGroupShape:
    terms = {name: getattr(group.terms, name) for name in Terms.__struct_fields__}
    return TierGroupShape(
        id=ids.write(ids.TIER_GROUP, group.tier_group_id),
        program_id=ids.write(ids.PROGRAM, group.program_id),
        currency_id=ids.write(ids.CURRENCY, group.currency_id),
        name=group.name,
        tiers=[tier_shape(tier, scale) for tier in group.tiers],
        created_at=instants.write(group.created_at),
        status=group.status.value,
        metadata=Raw(group.metadata.encode()),
        updated_at=instants.write(group.updated_at),
        **terms,
    )


def tier_shape(tier: Tier, scale: int) -> TierShape:
    return TierShape(
        id=ids.write(ids.TIER, tier.tier_id),
        external_id=tier.external_id,
        name=tier.name,
        threshold=amounts.write(tier.threshold, scale),
        max=None if tier.ceiling is None else amounts.write(tier.ceiling, scale),
        segment=tier.segment,
        keep_forever=tier.keep_forever,
    )


def standing_shape(
    group: TierGroup, history: History, *, account: int | None, scale: int
) -> StandingShape:
    """The member's standing. `account` is that of the group's currency."""
    tiers, steps = group.tiers, history.steps
    foreseen = history.foreseen
    return StandingShape(
        id=ids.write(ids.TIER_GROUP, group.tier_group_id),
        tier_id=_id_at(tiers, history.tier),
        # Tiers that ask for nothing are not reached: everybody has them.
        history=[
            ReachedShape(
                tier_id=ids.write(ids.TIER, tiers[each.tier].tier_id),
                reached_at=instants.write(each.reached_at),
                lost_at=write_optional(each.lost_at),
            )
            for each in reached(steps)
            if tiers[each.tier].threshold
        ],
        points=amounts.write(history.counted, scale),
        ends_at=_end(steps[-1].ends_at) if steps else None,
        stays=[
            _stay_shape(tiers, step, following, account=account, scale=scale)
            for step, following in zip(steps, [*steps[1:], None], strict=False)
        ],
        next=_next_shape(tiers, history, scale),
        foreseen=None
        if foreseen is None
        else ForeseenShape(_id_at(tiers, foreseen.tier), instants.write(foreseen.entered_at)),
    )


def _stay_shape(
    tiers: Sequence[Tier], step: Step, following: Step | None, *, account: int | None, scale: int
) -> StayShape:
    def transaction(seq: int) -> str | None:
        if not seq or account is None:
            return None
        return ids.write(ids.TRANSACTION, transaction_number(account=account, seq=seq))

    return StayShape(
        tier_id=_id_at(tiers, step.tier),
        from_tier_id=_id_at(tiers, step.former),
        entered_at=instants.write(step.entered_at),
        ends_at=_end(step.ends_at),
        left_at=None if following is None else instants.write(following.entered_at),
        cause=step.cause.value,
        points=amounts.write(step.points, scale),
        transaction_id=transaction(step.seq),
        annulled_by=transaction(step.annulled_by),
    )


def _next_shape(tiers: Sequence[Tier], history: History, scale: int) -> NextShape | None:
    """The nearest tier above the present one for which no segment is needed."""
    for position in range(history.tier + 1, len(tiers)):
        tier = tiers[position]
        if tier.segment is None and (tier.ceiling is None or history.counted <= tier.ceiling):
            missing = max(tier.threshold - history.counted, 0)
            return NextShape(
                ids.write(ids.TIER, tier.tier_id),
                amounts.write(missing, scale),
                _end(history.window_ends_at),
            )
    return None


def _id_at(tiers: Sequence[Tier], position: int) -> str | None:
    return None if position == NO_TIER else ids.write(ids.TIER, tiers[position].tier_id)


def _end(instant: int) -> str | None:
    return None if instant == FOREVER else instants.write(instant)


def report_shape(buckets: Sequence[Bucket]) -> TiersReport:
    return TiersReport(
        [
            MovesShape(
                instants.write(each.begins_at),
                ids.write(ids.TIER_GROUP, each.group),
                ids.write(ids.TIER, each.tier),
                *each.moves,
            )
            for each in buckets
        ]
    )
