"""Events on the native wire, and trials of rules."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Raw, Struct

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.loyalty.wire.orders import TriedOrder
from stampbook.dialects.native.loyalty.wire.rules import AwardShape, EarningRuleBody
from stampbook.dialects.native.loyalty.wire.showing_rules import award_shape
from stampbook.dialects.native.wire.values import (
    Id,
    Instant,
    Metadata,
    StoredMetadata,
    Text,
    write_optional,
)
from stampbook.loyalty.events.cancelling import Taken
from stampbook.loyalty.events.model import Event, Judged
from stampbook.loyalty.judging.values import Held, Reason, Verdict
from stampbook.loyalty.model import Gain
from stampbook.loyalty.rewards.model import GrantRow


class CustomEventBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that a member did. The same body again is the same event."""

    external_id: Text
    member_id: Id
    name: Text
    effective_at: Instant | None = None
    metadata: Metadata = {}


class SegmentEntryBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A member enters a segment, which is made by the first entry."""

    external_id: Text
    member_id: Id
    segment: Text


class GrantedShape(Struct, frozen=True):
    """A benefit that an effect gave, or (rejected) why it did not."""

    id: str
    benefit_id: str
    rule_id: str
    state: str
    reason: str | None
    code: str | None


class EventShape(Struct, frozen=True):
    """`judged`: rules have judged it; an event of an inactive member or program never is."""

    id: str
    program_id: str
    member_id: str
    external_id: str | None
    name: str | None
    effective_at: Instant
    judged: bool
    awards: Sequence[AwardShape]
    grants: Sequence[GrantedShape]
    metadata: StoredMetadata
    created_at: Instant
    cancelled_at: Instant | None


class SegmentEntryShape(Struct, frozen=True):
    """`entered`: the request has changed it. `event` is that of the entry."""

    program_id: str
    member_id: str
    segment: str
    inside: bool
    entered: bool
    event: EventShape | None


class TakeShape(Struct, frozen=True):
    """What was taken back of one award: `amount` of the `was` in force."""

    award_id: str
    account_id: str
    was: Written
    amount: Written


class TakenShape(Struct, frozen=True):
    """A cancelled event, what was taken back, and grants that stay: goods, and used codes."""

    id: str
    cancelled_at: Instant | None
    taken: Sequence[TakeShape]
    kept: Sequence[str]


class RestoredShape(Struct, frozen=True):
    """An event whose cancel was undone, and what is in force of its awards again."""

    id: str
    cancelled_at: Instant | None
    given_back: Sequence[TakeShape]


class TriedEvent(Struct, frozen=True, forbid_unknown_fields=True):
    """A custom event that rules are tried on; its ids change nothing."""

    name: Text
    metadata: Metadata = {}
    external_id: Text | None = None
    member_id: Id | None = None
    effective_at: Instant | None = None


class EvaluateBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An order, an event, or the member alone: then rules of all triggers are tried.

    The member and the instant may be those of the order or the event. `rule` is tried as if it were
    active, in place of the rule `rule_id` if that is given, with the others of its trigger.
    """

    member_id: Id | None = None
    order: TriedOrder | None = None
    event: TriedEvent | None = None
    effective_at: Instant | None = None
    rule: EarningRuleBody | None = None
    rule_id: Id | None = None


UNSAVED: Final = (1 << 63) - 1
"""The number of the rule of a trial that has none yet: it comes after all others."""


class TriedAward(Struct, frozen=True):
    """What one effect would give: `amount` is what limits leave of `calculated`."""

    effect: int
    currency_id: str
    calculated: Written
    amount: Written


class VerdictShape(Struct, frozen=True):
    """Whether a rule counts, and why; `errors` are of conditions that could not be evaluated.
    `version` is 0 for the rule of the request, whose `rule_id` is null if it has none yet."""

    rule_id: str | None
    version: int
    reason: Reason
    earning: int | None
    awards: Sequence[TriedAward]
    benefit_ids: Sequence[str]
    errors: Sequence[str]


class EvaluationShape(Struct, frozen=True):
    """`judged`: false where no rule judges the member's events, since they or their program are
    not active."""

    program_id: str
    member_id: str
    judged: bool
    rules: Sequence[VerdictShape]


def event_shape(
    judged: Judged, scales: Mapping[int, int], in_force: Mapping[int, int] | None = None
) -> EventShape:
    """`scales` are those of the program's currencies; `in_force` is by award, without it all."""
    event = judged.event
    known = in_force or {}
    return EventShape(
        id=ids.write(ids.EVENT, event.event_id),
        program_id=ids.write(ids.PROGRAM, event.program_id),
        member_id=ids.write(ids.MEMBER, event.member_id),
        external_id=event.external_id,
        name=event.name,
        effective_at=instants.write(event.effective_at),
        judged=event.facts is not None,
        awards=[
            award_shape(Held(each, known.get(each.award_id, each.amount)), scales[each.currency])
            for each in judged.awards
        ],
        grants=[granted_shape(each, judged.codes.get(each.grant_id)) for each in judged.grants],
        metadata=Raw(event.metadata.encode()),
        created_at=instants.write(event.created_at),
        cancelled_at=write_optional(event.cancelled_at),
    )


def granted_shape(grant: GrantRow, code: str | None) -> GrantedShape:
    """A grant, and the code that it hands out."""
    return GrantedShape(
        id=ids.write(ids.GRANT, grant.grant_id),
        benefit_id=ids.write(ids.BENEFIT, grant.benefit_id),
        rule_id=ids.write(ids.RULE, grant.rule_id),
        state=grant.state,
        reason=grant.reason,
        code=code,
    )


def entry_shape(event: Event, shape: EventShape) -> SegmentEntryShape:
    assert event.name is not None
    return SegmentEntryShape(
        shape.program_id, shape.member_id, event.name, inside=True, entered=True, event=shape
    )


def taken_shape(taken: Taken, scales: Mapping[int, int]) -> TakenShape:
    return TakenShape(
        id=ids.write(ids.EVENT, taken.event.event_id),
        cancelled_at=write_optional(taken.event.cancelled_at),
        taken=_takes(taken, scales),
        kept=[ids.write(ids.GRANT, each.grant.grant_id) for each in taken.kept],
    )


def restored_shape(taken: Taken, scales: Mapping[int, int]) -> RestoredShape:
    return RestoredShape(
        id=ids.write(ids.EVENT, taken.event.event_id),
        cancelled_at=write_optional(taken.event.cancelled_at),
        given_back=_takes(taken, scales),
    )


def _takes(taken: Taken, scales: Mapping[int, int]) -> list[TakeShape]:
    return [
        TakeShape(
            ids.write(ids.AWARD, award.award_id),
            ids.write(ids.ACCOUNT, award.account),
            amounts.write(was, scales[award.currency]),
            amounts.write(amount, scales[award.currency]),
        )
        for award, was, amount in taken.takes
    ]


def verdict_shape(verdict: Verdict, scales: Mapping[int, int]) -> VerdictShape:
    def tried(gain: Gain) -> TriedAward:
        scale = scales[gain.currency]
        return TriedAward(
            gain.effect,
            ids.write(ids.CURRENCY, gain.currency),
            amounts.write(gain.calculated, scale),
            amounts.write(gain.amount, scale),
        )

    return VerdictShape(
        rule_id=None if verdict.rule == UNSAVED else ids.write(ids.RULE, verdict.rule),
        version=verdict.version,
        reason=verdict.reason,
        earning=verdict.earning,
        awards=[tried(gain) for gain in verdict.gains],
        benefit_ids=[ids.write(ids.BENEFIT, grant.benefit) for grant in verdict.grants],
        errors=verdict.errors,
    )
