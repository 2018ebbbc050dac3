"""Benefits are given by effects of rules, taken back with their awards, and given back.

A grant that cannot be given (nothing is left, the benefit is not active) is recorded as rejected;
the event happens all the same. What is given, is given in the commit of the event.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.json import encode

from stampbook.domain.commands import Accrue, Cancel, Note
from stampbook.ledger.joint import Acting, Beside, JointRefused
from stampbook.loyalty.events.model import subject_of
from stampbook.loyalty.faults import Code as Why
from stampbook.loyalty.faults import Refused
from stampbook.loyalty.judging.calculating import TooMany, points_of
from stampbook.loyalty.judging.values import Happening
from stampbook.loyalty.model import Grant
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.rewards import benefits
from stampbook.loyalty.rewards.columns import insertion
from stampbook.loyalty.rewards.grants import HeldGrant
from stampbook.loyalty.rewards.issuing import issue_generated, void
from stampbook.loyalty.rewards.model import Benefit, BenefitType, Code, GrantRow
from stampbook.programs import accounts, currencies
from stampbook.programs.members import Member
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.store import Store

OUT_OF_STOCK: Final = "out_of_stock"
INACTIVE: Final = "benefit_inactive"
NO_POINTS: Final = "no_points"
"""Why a grant was rejected."""


class Prize(NamedTuple):
    """A grant before it is written: what it gives, or why it gives nothing (`reason`).

    Of a benefit of points, `account` is the member's (None in a trial without an account).
    """

    grant: Grant
    benefit: Benefit
    grant_id: int
    member: int
    program: int
    reason: str | None = None
    currency: int = 0
    points: int = 0
    account: int | None = None


class Given(NamedTuple):
    """The grants of an event, the codes that they hand out by grant, and what is written."""

    rows: tuple[GrantRow, ...]
    codes: Mapping[int, str]
    beside: tuple[Beside, ...]


class Fallen(NamedTuple):
    """What became of grants: `rows` were taken back, with the codes they voided; `kept` stay (see
    HeldGrant.stays). `shortfalls` is how many of a grant's points could not be taken."""

    rows: tuple[GrantRow, ...]
    voided: tuple[Code, ...]
    kept: tuple[HeldGrant, ...]
    beside: tuple[Beside, ...]
    shortfalls: Mapping[int, int]


async def prepare(
    store: Store,
    member: Member,
    found: Sequence[Grant],
    happening: Happening,
    *,
    now: int,
    dry_run: bool = False,
    currency_of: Mapping[int, int] | None = None,
) -> tuple[Prize, ...]:
    """Read what the grants give, and open the accounts that they need: hold those in the plan.

    `currency_of` has the program's currency for each that benefits name, if it is another one.
    Call it anew for every attempt. Grants of benefits that do not exist are left out.
    """
    prizes = []
    for grant in found:
        benefit = await benefits.get(store, grant.benefit, tenant=member.tenant_id, deleted=True)
        if benefit is None:
            continue
        prize = Prize(grant, benefit, new_number(now), member.member_id, member.program_id)
        if benefit.status != "active":
            prize = prize._replace(reason=INACTIVE)
        elif benefit.terms.effect is not None:
            prize = await _of_points(
                store, member, prize, happening, now, currency_of or {}, dry_run=dry_run
            )
        prizes.append(prize)
    return tuple(prizes)


async def _of_points(
    store: Store,
    member: Member,
    prize: Prize,
    happening: Happening,
    now: int,
    currency_of: Mapping[int, int],
    *,
    dry_run: bool,
) -> Prize:
    effect = prize.benefit.terms.effect
    assert effect is not None
    number = currency_of.get(effect.currency, effect.currency)
    currency = await currencies.get(store, number, tenant=member.tenant_id)
    try:
        points = points_of(effect, happening)
    except TooMany:
        points = 0
    if points <= 0 or currency is None or currency.program_id != member.program_id:
        return prize._replace(reason=NO_POINTS)
    account = await accounts.primary(store, member=member.member_id, currency=number)
    if account is None and not dry_run:
        account = await accounts.primary_or_open(store, member, currency, now=now)
    held = None if account is None else account.account_id
    return prize._replace(currency=number, points=points, account=held)


def accounts_of(prizes: Sequence[Prize]) -> tuple[int, ...]:
    """The accounts that a plan must hold to give these."""
    return tuple({each.account for each in prizes if each.account is not None})


def grant_besides(
    acting: Acting, prizes: Sequence[Prize], *, event: int, effective_at: int
) -> Given:
    """Give: points are accrued, and the rest is in the rows to be written in the same commit.

    These are stale if meanwhile nothing is left of a benefit, or it is not active any more.
    """
    rows: list[GrantRow] = []
    codes: dict[int, str] = {}
    beside: list[Beside] = []
    taken: dict[int, int] = {}
    for prize in prizes:
        benefit = prize.benefit
        row = _row(prize, event=event, now=acting.now)
        before = taken.get(benefit.benefit_id, 0)
        if row.reason is None and benefit.stock is not None and benefit.stock <= before:
            row = row._replace(state="rejected", reason=OUT_OF_STOCK)
        if row.reason is None and prize.account is not None:
            row = _accrue(acting, prize, row, event=event, effective_at=effective_at)
        if row.reason is None:
            taken[benefit.benefit_id] = before + 1
            beside.append(Beside(_TAKE, ((benefit.benefit_id,),)))
            if benefit.type is BenefitType.CODE:
                issued = issue_generated(
                    1, tenant=benefit.tenant_id, now=acting.now, grant=prize.grant_id
                )
                codes[prize.grant_id] = issued.codes[0]
                beside.extend(issued.beside)
        rows.append(row)
    if rows:
        beside.append(Beside(_INSERT, tuple(map(tuple, rows))))
    beside.extend(_told(rows, codes))
    return Given(tuple(rows), codes, tuple(beside))


class GrantAsIs(NamedTuple):
    """A grant at the instant of an event, and the code that it hands out."""

    grant: GrantRow
    code: str | None


def _told(rows: Sequence[GrantRow], codes: Mapping[int, str]) -> tuple[Beside, ...]:
    """Lets others learn of grants that were given: rows of the outbox."""
    return outbox.beside(
        [
            Outgoing(
                "grant.created",
                row.created_at,
                row.tenant_id,
                GrantAsIs(row, codes.get(row.grant_id)),
                program=row.program_id,
                member=row.member_id,
            )
            for row in rows
            if row.reason is None
        ]
    )


def _row(prize: Prize, *, event: int, now: int) -> GrantRow:
    grant = prize.grant
    return GrantRow(
        grant_id=prize.grant_id,
        tenant_id=prize.benefit.tenant_id,
        program_id=prize.program,
        member_id=prize.member,
        benefit_id=prize.benefit.benefit_id,
        event_id=event,
        rule_id=grant.rule,
        version=grant.version,
        earning=grant.earning,
        effect=grant.effect,
        state="approved" if prize.reason is None else "rejected",
        reason=prize.reason,
        currency_id=None,
        account_id=None,
        seq=None,
        points=None,
        origin=None,
        created_at=now,
        refunded_at=None,
    )


def _accrue(
    acting: Acting, prize: Prize, row: GrantRow, *, event: int, effective_at: int
) -> GrantRow:
    """Accrue the points; an account that takes none rejects the grant, not the event."""
    assert prize.account is not None
    named = {"grant": prize.grant_id, "benefit": prize.benefit.benefit_id, "event": event}
    note = Note(
        subject=subject_of(event),
        effective_at=effective_at,
        metadata=encode(named).decode(),
    )
    try:
        accrued = acting.do(prize.account, Accrue(prize.points, note=note))[0]
    except JointRefused:
        return row._replace(state="rejected", reason=NO_POINTS)
    return row._replace(
        currency_id=prize.currency,
        account_id=prize.account,
        seq=accrued.seq,
        points=prize.points,
    )


def take_back(acting: Acting, held: Sequence[HeldGrant]) -> Fallen:
    """Take grants back with their award: points are cancelled by their currency's policy, unused
    codes voided, and their stock returns. Used codes and goods stay.

    The plan holds the accounts of the grants. Raises JointRefused: then nothing may happen.
    """
    rows: list[GrantRow] = []
    voided: list[Code] = []
    kept: list[HeldGrant] = []
    shortfalls: dict[int, int] = {}
    for each in held:
        grant = each.grant
        if grant.state != "approved":
            continue
        if each.stays:
            kept.append(each)
            continue
        cancel = None
        if grant.account_id is not None:
            assert grant.seq is not None
            cancelled = acting.do(grant.account_id, Cancel(grant.seq))
            cancel = cancelled[0].seq if cancelled else None
            shortfalls[grant.grant_id] = cancelled[0].shortfall if cancelled else 0
        voided += [code for code in each.codes if code.state == "issued"]
        rows.append(grant._replace(state="refunded", refunded_at=acting.now, cancel_seq=cancel))
    beside: list[Beside] = []
    for row in rows:
        beside.append(Beside(_PUT_BACK, ((row.benefit_id,),)))
        beside.append(Beside(_REFUND, ((row.grant_id, row.refunded_at, row.cancel_seq),)))
    beside.extend(void(voided, now=acting.now))
    return Fallen(tuple(rows), tuple(voided), tuple(kept), tuple(beside), shortfalls)


def give_back(
    acting: Acting, held: Sequence[HeldGrant], stocks: Mapping[int, int | None]
) -> tuple[Beside, ...]:
    """Undo `take_back` of these grants: what was cancelled and voided is in force again.

    `stocks` is what is left by benefit. Raises JointRefused, or Refused (OUT_OF_STOCK) where the
    goods that came back have been given to others.
    """
    beside: list[Beside] = []
    wanted: dict[int, int] = {}
    for each in held:
        grant = each.grant
        if grant.state != "refunded":
            continue
        number = grant.benefit_id
        wanted[number] = wanted.get(number, 0) + 1
        left = stocks.get(number)
        if left is not None and left < wanted[number]:
            raise Refused(Why.OUT_OF_STOCK, "what was given is not left any more")
        if grant.account_id is not None and grant.cancel_seq is not None:
            acting.do(grant.account_id, Cancel(grant.cancel_seq))
        beside.append(Beside(_TAKE_AGAIN, ((number,),)))
        beside.append(Beside(_APPROVE, ((grant.grant_id,),)))
        codes = [code for code in each.codes if code.state == "voided"]
        if codes:
            beside.append(Beside(_ISSUE_AGAIN, tuple((code.code_id,) for code in codes)))
    return tuple(beside)


_TAKE: Final = """
    UPDATE benefits SET stock = stock - 1, granted = granted + 1
    WHERE benefit_id = $1 AND status = 'active' AND (stock IS NULL OR stock >= 1)
    """

_TAKE_AGAIN: Final = """
    UPDATE benefits SET stock = stock - 1, granted = granted + 1
    WHERE benefit_id = $1 AND (stock IS NULL OR stock >= 1)
    """

_PUT_BACK: Final = """
    UPDATE benefits SET stock = stock + 1, granted = granted - 1 WHERE benefit_id = $1
    """

_REFUND: Final = """
    UPDATE grants SET state = 'refunded', refunded_at = $2, cancel_seq = $3
    WHERE grant_id = $1 AND state = 'approved'
    """

_APPROVE: Final = """
    UPDATE grants SET state = 'approved', refunded_at = NULL, cancel_seq = NULL
    WHERE grant_id = $1 AND state = 'refunded'
    """

_ISSUE_AGAIN: Final = """
    UPDATE reward_codes SET state = 'issued', voided_at = NULL
    WHERE code_id = $1 AND state = 'voided'
    """

_INSERT: Final = insertion("grants", GrantRow)
