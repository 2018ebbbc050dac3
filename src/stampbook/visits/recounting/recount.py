"""What follows for points when a visit counts for more or less, as one atomic unit.

The cashback of a visit follows from its bill and from the member's totals up to and with it, in the
order in which visits were completed. So when it counts for less, the cashback of later visits is
recounted with the new totals, downward only; when it counts for more, nothing rises.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from stampbook.domain.commands import Cancel, Note
from stampbook.domain.refusals import Refusal
from stampbook.ledger.joint import Acting, Beside, Guard, Joint, JointRefused, Planned
from stampbook.ledger.journal import rows
from stampbook.loyalty.events.model import member_guard
from stampbook.loyalty.faults import Code, Refused
from stampbook.visits import reading, recording
from stampbook.visits.attempting import House
from stampbook.visits.model import Visit, is_completed
from stampbook.visits.movements.subjects import cashback_subject, subject_of, visit_of
from stampbook.visits.promoting import reward_of
from stampbook.visits.promotion import Totals
from stampbook.visits.reading import Credit
from stampbook.visits.recounting import bills, completions, due, guests
from stampbook.visits.recounting.bills import Lowered
from stampbook.visits.recounting.completions import Completion, Dependent
from stampbook.visits.recounting.due import Due, Worth
from stampbook.visits.recounting.firing import Fired, Rejudged, fire, rejudge, take_back
from stampbook.visits.withdrawing import Ask, plan_accruals, plan_keeping, promotion_of

MAX_DEPENDENTS: Final = 1_000
"""How many later visits one change may concern."""

Allowed = Mapping[int, Mapping[int, int]]
"""What each account may go on paying, by line (withdrawing.allowances)."""


class Phase(Enum):
    """When it is recounted."""

    BEFORE = "before"
    """Before the bill changes: points go back, and nothing is given."""
    AFTER = "after"
    """After the bill has changed, or was paid: the visit earns what it is worth."""
    AFTER_WITHOUT_GIVING = "after without giving"
    """The same when a card takes no points."""


class Cut(NamedTuple):
    """An accrual of which at most `keeps` (smallest units) stays in force."""

    account: int
    seq: int
    keeps: int


class Reckoning(NamedTuple):
    """All that is to be done: to the visit's own accruals, to those of others, and to the rows."""

    cuts: tuple[Cut, ...]
    wanted: Due
    credits: tuple[Credit, ...]
    completion: tuple[Beside, ...]
    bills: tuple[Lowered, ...]
    guards: tuple[Guard, ...]
    judged: Rejudged | None = None
    fired: Fired | None = None

    @property
    def is_empty(self) -> bool:
        return not (
            self.cuts or self.wanted or self.completion or self.bills or self.judged or self.fired
        )

    @property
    def accounts(self) -> set[int]:
        """The accounts to which something may happen."""
        found = {*self.wanted, *(each.account for each in self.cuts)}
        if self.judged is not None:
            found |= self.judged.accounts
        return found if self.fired is None else found | {*self.fired.prepared.accounts}

    def all_guards(self, visit: Visit) -> tuple[Guard, ...]:
        """What it all rests on, each once: as it was read first."""
        held = {} if self.fired is None else {each.subject: each for each in self.fired.guards}
        own = Guard(subject_of(visit.number), visit.version)
        held |= {each.subject: each for each in (*(b.guard for b in self.bills), *self.guards, own)}
        return tuple(held.values())


async def recount(
    house: House,
    visit: Visit,
    after: Visit,
    ask: Ask,
    phase: Phase,
    *,
    allowed: Allowed | None = None,
    dry_run: bool = False,
) -> Visit | Refusal:
    """Make the points in force what they must be when the visit becomes `after`; returns the visit
    as it is then, with its new version and the rest of it unchanged.

    `allowed` is what cards may go on paying. Raises StaleGuard, and Refused when more than
    MAX_DEPENDENTS later visits are concerned. A refusal: nothing has happened.
    """
    cut = _cut_accounts(visit, allowed or {})
    found = await _reckon(house, visit, after, phase)
    if not cut and found.is_empty:
        return visit
    for account in found.wanted:
        await recording.register_account(house.store, visit.number, account)

    def plan(acting: Acting) -> Planned:
        for account in cut:
            _give_back(acting, visit, account, (allowed or {})[account], ask)
        for each in found.cuts:
            _lower(acting, each, ask)
        for account, wanted in found.wanted.items():
            _make_equal(acting, visit, account, wanted, found.credits, ask)
        beside: list[Beside] = []
        if found.judged is not None:
            beside += take_back(acting, found.judged, Note(reason=ask.reason, actor=ask.actor))
        if found.fired is not None:
            beside += found.fired.act(acting)
        beside += [row for bill in found.bills for row in bill.beside(acting.now)]
        return Planned(None, (*found.completion, *beside))

    joint = Joint(
        visit.tenant,
        tuple(sorted({*cut, *found.accounts})),
        plan,
        guards=found.all_guards(visit),
        dry_run=dry_run,
    )
    for each in (visit, *(bill.visit for bill in found.bills)):
        house.forget(each.number)
    try:
        await house.ledger.join(joint)
    except JointRefused as refused:
        return refused.refusal
    if found.fired is not None and house.awarding is not None:
        found.fired.note(house.awarding)
    return visit._replace(version=visit.version + (not dry_run))


# -- what is to be done ---------------------------------------------------------------


async def _reckon(house: House, visit: Visit, after: Visit, phase: Phase) -> Reckoning:
    store, before = house.store, phase is Phase.BEFORE
    completion = await completions.of_visit(store, visit.number) if visit.member else None
    counted = completion is not None and completion.counts
    refers = any(each.beneficiary for each in visit.discounts)
    less = _came_less(visit, after) if before else Totals()
    lessens = bool(visit.member) and min(less[:3]) < 0
    if before and not (counted or refers or lessens):
        return Reckoning((), {}, (), (), (), ())
    guest = after.member if before else await guests.guest_of(store, after)
    if completion is None:
        after = after._replace(member=guest)
    guards = await _guards(house, completion, after)
    credits = await reading.credits_of(store, visit.number)
    worth = await (
        due.kept(store, after, completion, credits) if before else due.offered(store, after, guest)
    )
    changed, totals = await _counted(house, completion, after, worth, guards, before=before)
    points = worth.due(totals)
    if not before:
        points = await guests.where_they_are(store, points, credits, tenant=visit.tenant)
        if completion is not None and changed is not None:
            changed = changed._replace(terms=guests.with_former(changed, completion, points))
    wanted: Due = {}
    if phase is Phase.AFTER:
        wanted = _wanted(credits, points)
        cuts = _referral_cuts(credits, after)
    else:
        cuts = [*_own_cuts(credits, points), *_referral_cuts(credits, after)]
    later = await _dependents(house, completion, changed)
    numbers = []
    if lessens:
        numbers = await bills.candidates(store, visit, limit=MAX_DEPENDENTS + 1)
    if len(later) + len(numbers) > MAX_DEPENDENTS:
        raise Refused(
            Code.CASCADE_TOO_LARGE,
            f"the thresholds of more than {MAX_DEPENDENTS} other visits depend on this one",
        )
    cuts += await _cuts_of(house, later)
    lowered = await bills.lowered(store, visit, numbers, less)
    found = Reckoning(tuple(cuts), wanted, credits, (), tuple(lowered), guards)
    if changed is None:
        return found
    if completion is None:
        fired = await fire(house, after, changed)
        passed_over = guests.passed_over(visit, after)
        if fired is None:
            passed_over += (completions.created(changed),)
        return found._replace(completion=passed_over, fired=fired)
    rejudged = await rejudge(house, visit, completion, changed)
    rows = () if changed == completion else (completions.changed(changed),)
    return found._replace(completion=rows, judged=rejudged)


def _came_less(visit: Visit, after: Visit) -> Totals:
    """By how much less than before the visit adds to what its member's visits add up to."""
    now = bills.came(after) if after.member == visit.member else Totals()
    return _difference(now, bills.came(visit))


def _difference(now: Totals, was: Totals) -> Totals:
    return Totals(now.visits - was.visits, now.sold - was.sold, now.paid - was.paid)


async def _guards(house: House, completion: Completion | None, after: Visit) -> tuple[Guard, ...]:
    """The guards of the events of whose visit it was, and of whose it is."""
    members = {after.member, 0 if completion is None else completion.member} - {0}
    subjects = sorted(member_guard(member) for member in members)
    versions = await house.store.find_guards(subjects) if subjects else {}
    return tuple(Guard(subject, versions.get(subject, 0)) for subject in subjects)


async def _counted(
    house: House,
    completion: Completion | None,
    after: Visit,
    worth: Worth,
    guards: Iterable[Guard],
    *,
    before: bool,
) -> tuple[Completion | None, Totals]:
    """What the visit counts for now (None: it was never completed), and the totals up to it."""
    completed = bool(after.member) and is_completed(after)
    is_same = completion is not None and completion.member == after.member
    if not completed or (before and not is_same):
        if completion is None:
            return None, Totals()
        return completion._replace(visits=0, sold=0, paid=0, terms=()), Totals()
    if completion is not None and is_same:
        position = completion.position
    else:
        versions = {guard.subject: guard.version for guard in guards}
        position = versions[member_guard(after.member)] + 1
    now = completions.completed(after, position, worth.terms)
    if completion is not None:
        now = completions.carried(completion, now, after)
    if before and completion is not None:
        now = completions.lower(completion, now)
    earlier = await completions.totals_before(house.store, after.member, position)
    return now, earlier.plus(now.totals)


def _wanted(credits: Iterable[Credit], points: Due) -> Due:
    """The cashback by account where it is not in force as it should be."""
    held: Due = {}
    for each in credits:
        if not each.is_referral:
            amounts = held.setdefault(each.account, {})
            amounts[each.promotion] = amounts.get(each.promotion, 0) + each.amount
    accounts = held.keys() | points.keys()
    return {
        account: points.get(account, {})
        for account in sorted(accounts)
        if held.get(account, {}) != points.get(account, {})
    }


def _own_cuts(credits: Iterable[Credit], points: Due) -> list[Cut]:
    return _over(
        (each, points.get(each.account, {}).get(each.promotion, 0))
        for each in credits
        if not each.is_referral
    )


def _referral_cuts(credits: Iterable[Credit], after: Visit) -> list[Cut]:
    """The referrer keeps as much as the guest still saves."""
    rewards = reward_of(after)
    return _over((each, rewards.get(each.promotion, 0)) for each in credits if each.is_referral)


def _over(credits: Iterable[tuple[Credit, int]]) -> list[Cut]:
    """The accruals of which more is in force than they may keep (hundredths)."""
    return [
        Cut(each.account, each.seq, (keeps + each.unit // 2) // each.unit)
        for each, keeps in credits
        if (keeps + each.unit // 2) // each.unit * each.unit < each.amount
    ]


async def _dependents(
    house: House, completion: Completion | None, changed: Completion | None
) -> list[Dependent]:
    """The member's later visits, with the new totals, if the visit counts for less: at most one
    more than may be."""
    if completion is None or not completion.counts:
        return []
    now = Totals()
    if changed is not None and changed.member == completion.member:
        now = changed.totals
    less = _difference(now, completion.totals)
    if min(less[:3]) >= 0:
        return []
    found = await completions.dependents(
        house.store, completion.member, completion.position, limit=MAX_DEPENDENTS + 1
    )
    return [each._replace(totals=each.totals.plus(less)) for each in found]


async def _cuts_of(house: House, dependents: Sequence[Dependent]) -> list[Cut]:
    """What these visits have earned beyond what their totals give."""
    terms = {
        (dependent.visit, each.account, each.promotion): (each, dependent.totals)
        for dependent in dependents
        for each in dependent.terms
    }
    accounts = sorted({account for _, account, _ in terms})
    subjects = {cashback_subject(each.visit) for each in dependents}
    cuts: list[Cut] = []
    if not terms:
        return cuts
    for row, amount in await rows.of_subjects(house.store, accounts, subjects):
        key = visit_of(row.subject) or 0, row.account, promotion_of(row.metadata)
        if key in terms:
            each, totals = terms[key]
            keeps = each.amount(totals) // each.unit
            if keeps < amount:
                cuts.append(Cut(row.account, row.seq, keeps))
    return cuts


# -- doing it, while the accounts are held --------------------------------------------


def _cut_accounts(visit: Visit, allowed: Allowed) -> list[int]:
    """The accounts that pay more for the visit than they may go on paying."""
    pays: dict[int, int] = {}
    for part in visit.parts:
        pays[part.account] = pays.get(part.account, 0) + part.amount
    return [
        account for account, lines in allowed.items() if pays.get(account, 0) != sum(lines.values())
    ]


def _give_back(
    acting: Acting, visit: Visit, account: int, lines: Mapping[int, int], ask: Ask
) -> None:
    book = acting.book(account)
    for part in visit.parts:
        if part.account == account:
            book.row(part.seq)
    for command in plan_keeping(visit.number, lines, ask, book, acting.now):
        acting.do(account, command)


def _lower(acting: Acting, cut: Cut, ask: Ask) -> None:
    over = acting.book(cut.account).movement(cut.seq).remaining - cut.keeps
    if over > 0:
        note = Note(reason=ask.reason, actor=ask.actor)
        acting.do(cut.account, Cancel(cut.seq, over, note=note))


def _make_equal(
    acting: Acting,
    visit: Visit,
    account: int,
    wanted: Mapping[int, int],
    credits: Iterable[Credit],
    ask: Ask,
) -> None:
    book = acting.book(account)
    for each in credits:
        if each.account == account:
            book.row(each.seq)
    subject = cashback_subject(visit.number)
    for command in plan_accruals(subject, wanted, ask, book, acting.now):
        acting.do(account, command)
