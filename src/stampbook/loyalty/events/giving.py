"""Gives what verdicts say, while the accounts are held: one accrual for each gain."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import convert
from msgspec.json import encode

from stampbook.domain.commands import Accrue, Note
from stampbook.domain.model import transaction_number
from stampbook.domain.policy import Policy, activation, expiration
from stampbook.ledger.joint import Acting, JointRefused
from stampbook.loyalty.events import storing
from stampbook.loyalty.events.model import Acted, Event, Judged, in_order, subject_of
from stampbook.loyalty.judging.judging import within
from stampbook.loyalty.judging.values import Reason, Room, Verdict
from stampbook.loyalty.model import Award, Fixed, Gain, Per, Version
from stampbook.loyalty.rewards.granting import Prize, grant_besides
from stampbook.loyalty.rules.currency_limits import EarningLimits
from stampbook.programs.currencies import Currency
from stampbook.storage.policy_rows import ExpiryShape, PendingShape, expiry_rule, pending_rule


class Open(NamedTuple):
    """A currency in which something is given. `account` is None in a trial without an account.
    `earned` is what its awards in force gave in the period of its limit."""

    currency: Currency
    account: int | None
    limits: EarningLimits
    earned: int


def give(
    acting: Acting,
    event: Event,
    found: Sequence[Verdict],
    versions: Mapping[int, Version],
    open_to: Mapping[int, Open],
    prizes: Sequence[Prize],
    unmarked: Sequence[int],
    *,
    shards: int,
) -> Acted:
    """Give what the verdicts say, within the limits of currencies."""
    rooms = {number: _room(acting, each) for number, each in open_to.items()}
    found = within(found, rooms)
    awards: list[Award] = []
    result: list[Verdict] = []
    for verdict in found:
        given: list[Gain] = []
        for gain in verdict.gains:
            account = open_to[gain.currency].account
            award = _give(acting, event, versions[gain.rule], gain, account)
            if award is not None:
                awards.append(award)
                given.append(gain)
        if len(given) < len(verdict.gains):
            result.append(_fallen(verdict, given))
        else:
            result.append(verdict)
    granted = grant_besides(acting, prizes, event=event.event_id, effective_at=event.effective_at)
    acted = stored(event, awards, result)
    judged = acted.judged._replace(grants=granted.rows, codes=granted.codes)
    beside = [*acted.beside, *granted.beside]
    if awards:
        beside.append(storing.awarded(event, awards, shards=shards))
    missed = storing.unrewarded(event, result)
    if missed is not None:
        beside.append(missed)
    marked = sorted(giving_rules(result) & set(unmarked))
    if marked:
        beside.append(storing.marked_as_giving(marked, event.tenant_id))
    return Acted(judged, tuple(beside))


def _fallen(verdict: Verdict, given: Sequence[Gain]) -> Verdict:
    """The verdict on a rule of which an account takes no more."""
    errors = (*verdict.errors, "the account takes no more points")
    reason = verdict.reason if given or verdict.grants else Reason.ERROR
    return verdict._replace(gains=tuple(given), reason=reason, errors=errors)


def _room(acting: Acting, each: Open) -> Room:
    limits = each.limits
    holds = 0
    if limits.balance is not None and each.account is not None:
        sums = acting.book(each.account).sums()
        holds = acting.book(each.account).active + sums.pending
    return Room(
        per_transaction=limits.per_transaction,
        balance=None if limits.balance is None else limits.balance - holds,
        period=None if limits.period is None else limits.period.max - each.earned,
    )


def _give(
    acting: Acting, event: Event, version: Version, gain: Gain, account: int | None
) -> Award | None:
    """Accrue the points of one effect; None where the account takes none: it is full, or has been
    closed. That is no reason to refuse the event."""
    seq = 0
    if account is not None:
        command = accrual(acting.book(account).policy, event, version, gain)
        try:
            (row,) = acting.do(account, command)
        except JointRefused:
            return None
        seq = row.seq
    return award_of(event, gain, account, seq)


def accrual(policy: Policy, event: Event, version: Version, gain: Gain) -> Accrue:
    """The command that gives the points of one effect to an account of that policy."""
    effect = version.earnings[gain.earning].effects[gain.effect]
    assert isinstance(effect, Fixed | Per)
    activates_at, expires_at = _dates(policy, effect, event.effective_at)
    note = Note(
        subject=subject_of(event.event_id),
        effective_at=event.effective_at,
        metadata=encode(
            {
                "rule": gain.rule,
                "version": gain.version,
                "earning": gain.earning,
                "effect": gain.effect,
                "event": event.event_id,
            }
        ).decode(),
    )
    return Accrue(gain.amount, activates_at=activates_at, expires_at=expires_at, note=note)


def award_of(event: Event, gain: Gain, account: int | None, seq: int) -> Award:
    """The gain as an award: the account's row `seq`. In a trial there may be no account."""
    return Award(
        award_id=transaction_number(account=account or 0, seq=seq),
        event_id=event.event_id,
        rule=gain.rule,
        version=gain.version,
        earning=gain.earning,
        effect=gain.effect,
        account=account or 0,
        seq=seq,
        currency=gain.currency,
        calculated=gain.calculated,
        amount=gain.amount,
    )


def _dates(policy: Policy, effect: Fixed | Per, at: int) -> tuple[int | None, int | None]:
    """When points become available and expire, where the effect says otherwise than its
    currency; None: as the currency says."""
    activates_at = expires_at = None
    if effect.pending is not None:
        shape: PendingShape = convert(effect.pending, PendingShape)
        activates_at = activation(policy._replace(pending=pending_rule(shape)), at)
    if effect.expiry is not None:
        other: ExpiryShape = convert(effect.expiry, ExpiryShape)
        rule = expiry_rule(other)
        begins = activation(policy, at) if activates_at is None else activates_at
        expires_at = expiration(policy._replace(expiry=rule), effective_at=at, activates_at=begins)
    return activates_at, expires_at


def stored(event: Event, awards: Sequence[Award], found: Sequence[Verdict]) -> Acted:
    """The event with its awards, which are not among the rows to be written yet."""
    judged = Judged(event, in_order(awards), verdicts=tuple(found))
    return Acted(judged, (storing.created(event),))


def giving_rules(found: Iterable[Verdict]) -> set[int]:
    """The rules that give something."""
    return {verdict.rule for verdict in found if verdict.gains or verdict.grants}
