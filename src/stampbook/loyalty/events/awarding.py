"""What rules give for an event: judged before, worked out and written in one commit.

One member's events go one after the other: their guard moves with each of them, and limits and
positions rest on it. The rules are those of the catalogue whose version was read with the event.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from stampbook.ledger.engine import Ledger
from stampbook.ledger.joint import Acting, Beside, Guard, Joint, Known, Planned, join_anew
from stampbook.loyalty.events import facts, storing
from stampbook.loyalty.events.acquaintances import Acquaintances
from stampbook.loyalty.events.giving import Open, give, giving_rules, stored
from stampbook.loyalty.events.model import (
    Acted,
    Event,
    Judged,
    Occurrence,
    Prepared,
    budget_guard,
    member_guard,
)
from stampbook.loyalty.events.waiting import activate_waiting, waiting_accounts
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.judging.paced import judge_paced
from stampbook.loyalty.judging.values import Happening, Reason, Used, Verdict
from stampbook.loyalty.model import Facts, OrderFacts, Trigger, Version
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.rewards import granting, grants
from stampbook.loyalty.rules import currency_limits, using
from stampbook.loyalty.rules.catalogue import Catalogues, Selection, select, with_tried
from stampbook.loyalty.rules.currency_limits import NO_LIMITS
from stampbook.loyalty.turns import Turns
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.faults import Changed, Gone
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.programs.searching.merged import survivors
from stampbook.storage.store import Store


class Awarding(NamedTuple):
    """What events need: one of these a process."""

    store: Store
    ledger: Ledger
    clock: Callable[[], int]
    catalogues: Catalogues
    turns: Turns
    acquaintances: Acquaintances


async def fire(
    context: Awarding,
    occurrences: Sequence[Occurrence],
    *,
    beside: Sequence[Beside] = (),
    guards: Sequence[Guard] = (),
    dry_run: bool = False,
) -> tuple[Judged, ...]:
    """Judge what happened to members (one of each program), and give what rules give for it: all
    in one commit, with the rows of `beside`.

    What was stored before with the same id and content is returned as it is, and nothing is
    written. Raises Refused (external_id_taken), Gone, JointRefused, StaleGuard (a guard or a row of
    the caller's has moved; its own ones are read again).
    """

    async def build() -> Joint | Known:
        return await request(context, occurrences, beside=beside, guards=guards, dry_run=dry_run)

    async with context.turns.of(await rivals(context, occurrences)):
        joined = await join_anew(context.ledger.join, build)
    judged: tuple[Judged, ...] = joined.result
    if not dry_run:
        note_given(context, judged)
    return judged


async def request(
    context: Awarding,
    occurrences: Sequence[Occurrence],
    *,
    beside: Sequence[Beside] = (),
    guards: Sequence[Guard] = (),
    dry_run: bool = False,
) -> Joint | Known:
    """The joint request of `fire`, whose result is a tuple of Judged. Build it anew after
    StaleGuard, in the turns of `rivals`, and call `note_given` after it."""
    prepared = [await prepare(context, each, dry_run=dry_run) for each in occurrences]
    known = [each for each in prepared if isinstance(each, Judged)]
    if known:
        return Known(tuple(known))
    parts = [each for each in prepared if isinstance(each, Prepared)]
    return joint_of(occurrences[0].tenant, parts, beside=beside, guards=guards, dry_run=dry_run)


def joint_of(
    tenant: int,
    parts: Sequence[Prepared],
    *,
    beside: Sequence[Beside] = (),
    guards: Sequence[Guard] = (),
    dry_run: bool = False,
) -> Joint:
    """The joint request that writes these events; its result is a tuple of Judged."""

    def plan(acting: Acting) -> Planned:
        acted = [part.act(acting) for part in parts]
        rows = [*beside, *(row for each in acted for row in each.beside)]
        return Planned(tuple(each.judged for each in acted), tuple(rows))

    held = {guard.subject: guard for part in parts for guard in part.guards}
    return Joint(
        tenant,
        tuple(sorted({account for part in parts for account in part.accounts})),
        plan,
        guards=(*guards, *held.values()),
        dry_run=dry_run,
    )


def note_given(context: Awarding, judged: Iterable[Judged]) -> None:
    """Remember after the commit that the events are stored, and that rules have given something:
    that is marked only once."""
    for each in judged:
        context.catalogues.giving.update(giving_rules(each.verdicts))
        context.acquaintances.saw(each.event)


async def rivals(context: Awarding, occurrences: Sequence[Occurrence]) -> set[str]:
    """The turns that these events should take, so that they do not meet others of the process at
    their guards."""
    keys = {member_guard(each.member) for each in occurrences}
    for each in occurrences:
        catalogue = await context.catalogues.present(context.store, each.program)
        for limited in catalogue.now(each.kind, each.name).limited:
            if limited.version.limits.budget is not None:
                keys.add(budget_guard(limited.version.rule))
    return keys


async def prepare(
    context: Awarding,
    what: Occurrence,
    *,
    dry_run: bool = False,
    all_kinds: bool = False,
    all_names: bool = False,
    tried: Version | None = None,
) -> Prepared | Judged:
    """Judge what happened, and open the accounts to which something is given. What was stored
    before with the same id and content is returned as it is.

    Of a member who was merged since the caller has found them, it happened to who took over.

    Call it anew after StaleGuard. `all_kinds`: judge by rules of every trigger, `all_names`: by
    those for any name of what happened, `tried`: by this version too, in place of its rule's own
    (trials). Raises Refused (external_id_taken), Gone without such a member or program, and Changed
    if the member was merged and the caller's own rows name them.
    """
    store, now = context.store, context.clock()
    at = now if what.effective_at is None else what.effective_at
    # The guards first: what is read after them has not moved when they have not.
    subject = member_guard(what.member)
    version = (await store.find_guards([subject])).get(subject, 0)
    known = await _known(context, what)
    if known is not None:
        return known
    program = await programs.get(store, what.program, tenant=what.tenant)
    member = await members.get(store, what.member, tenant=what.tenant)
    if program is None or member is None or member.program_id != what.program:
        raise Gone
    if member.merged_into is not None:
        led = await _led(store, what)
        if led != what:
            return await prepare(
                context,
                led,
                dry_run=dry_run,
                all_kinds=all_kinds,
                all_names=all_names,
                tried=tried,
            )
    event = Event(
        event_id=new_number(now),
        tenant_id=what.tenant,
        program_id=what.program,
        kind=what.kind,
        external_id=what.external_id,
        fingerprint=what.fingerprint,
        member_id=what.member,
        name=what.name,
        effective_at=at,
        created_at=now,
        position=version + 1,
        order_id=what.order_id,
        facts=None,
        metadata=what.metadata,
    )
    guards = [Guard(subject, version)]
    if not is_active(program, member, now=now, at=at):
        return Prepared(event.member_id, (), tuple(guards), lambda _: stored(event, (), ()))
    catalogue = await context.catalogues.present(store, what.program)
    selection = await select(
        store,
        catalogue,
        what.program,
        trigger=None if all_kinds else what.kind,
        name=what.name,
        at=at,
        all_names=all_names,
    )
    if tried is not None:
        selection = with_tried(selection, tried, what.name)
    if facts.reads_tiers(selection):  # tiers follow from the journal, so what is due must be in it
        owned = await accounts.of_member(store, member.member_id)
        await context.ledger.settle(each.account_id for each in owned)
    frozen = await facts.gather(store, what, program, member, selection, at=at)
    event = event._replace(facts=frozen)
    found, budgets = await _judged(context, selection, what, frozen)
    found = tuple(_renamed(each, what.currency_of) for each in found)
    open_to = await _opened(context, program, member, found, at=at, dry_run=dry_run)
    found = tuple(_here(each, open_to) for each in found)
    found = tuple(_of_enough(each, open_to, what.order) for each in found)
    prizes = await granting.prepare(
        store,
        member,
        [grant for each in found for grant in each.grants],
        Happening(frozen, what.order),
        now=now,
        dry_run=dry_run,
        currency_of=what.currency_of,
    )
    giving = giving_rules(found)
    guards += [guard for rule, guard in budgets.items() if rule in giving]
    versions = selection.candidates.versions
    unmarked = sorted(giving - context.catalogues.giving)
    waiting = await waiting_accounts(store, what.member, what.types, tenant=what.tenant)

    def act(acting: Acting) -> Acted:
        activate_waiting(acting, waiting, what.types)
        return give(acting, event, found, versions, open_to, prizes, unmarked, shards=store.shards)

    if not dry_run:
        context.acquaintances.meet(program, member, version + 1, open_to)
    held = {each.account for each in open_to.values() if each.account is not None}
    held.update(granting.accounts_of(prizes), waiting)
    return Prepared(event.member_id, tuple(sorted(held)), tuple(guards), act)


async def _led(store: Store, what: Occurrence) -> Occurrence:
    """What happened to a member who was merged, as a thing of the member who took over.

    A visit stays where it is counted, and nobody joins twice. Raises Changed for a segment.
    """
    if what.kind is Trigger.SEGMENT_ENTERED:
        raise Changed
    if what.kind not in (Trigger.CUSTOM_EVENT, Trigger.ORDER_PAID):
        return what
    reached = await survivors(store, [what.member], tenant=what.tenant)
    return what._replace(member=reached.get(what.member, what.member))


async def _known(context: Awarding, what: Occurrence) -> Judged | None:
    """The event of that id. Raises Refused (external_id_taken) for another content."""
    if what.external_id is None:
        return None
    store = context.store
    event = await storing.by_external_id(store, what.program, what.kind, what.external_id)
    if event is None:
        return None
    if event.fingerprint != what.fingerprint:
        raise Refused(
            Code.EXTERNAL_ID_TAKEN, f"another event has the external id {what.external_id!r}"
        )
    held = await storing.awards_of(store, event.event_id, tenant=what.tenant)
    found = await grants.of_events(store, [event.event_id], tenant=what.tenant)
    granted = found.get(event.event_id, [])
    return Judged(
        event,
        tuple(each.award for each in held),
        tuple(each.grant for each in granted),
        {each.grant.grant_id: code.code for each in granted for code in each.codes},
        replayed=True,
    )


def is_active(program: Program, member: Member, *, now: int, at: int) -> bool:
    """Whether rules judge the member's events: now, and at the event's own instant."""
    begins = program.starts_at is None or program.starts_at <= min(now, at)
    lasts = program.ends_at is None or max(now, at) < program.ends_at
    return program.status == "active" and begins and lasts and member.status == "active"


async def _judged(
    context: Awarding, selection: Selection, what: Occurrence, frozen: Facts
) -> tuple[tuple[Verdict, ...], dict[int, Guard]]:
    """The verdicts without the limits of currencies, and the guards of budgets by rule."""
    store = context.store
    rules = [
        each.version.rule for each in selection.limited if each.version.limits.budget is not None
    ]
    subjects = {budget_guard(rule): rule for rule in rules}
    versions = await store.find_guards(sorted(subjects)) if subjects else {}
    guards = {rule: Guard(name, versions.get(name, 0)) for name, rule in subjects.items()}
    used: dict[int, Used] = {}
    for candidate in selection.limited:
        used[candidate.version.rule] = await using.used(
            store,
            candidate,
            member=what.member,
            tenant=what.tenant,
            at=frozen.at,
            timezone=frozen.timezone,
        )
    found = await judge_paced(selection.candidates, Happening(frozen, what.order), used)
    return tuple(found), guards


async def _opened(
    context: Awarding,
    program: Program,
    member: Member,
    found: Sequence[Verdict],
    *,
    at: int,
    dry_run: bool,
) -> dict[int, Open]:
    """The program's currencies in which something is given, by number."""
    store, opened = context.store, {}
    wanted = sorted({gain.currency for verdict in found for gain in verdict.gains})
    limits = await currency_limits.of_currencies(store, wanted)
    for number in wanted:
        currency = await currencies.get(store, number, tenant=program.tenant_id)
        if currency is None or currency.program_id != program.program_id:
            continue
        account = await accounts.primary(store, member=member.member_id, currency=number)
        if account is None and not dry_run:
            account = await accounts.primary_or_open(store, member, currency, now=context.clock())
        earning, earned = limits.get(number, NO_LIMITS).earning, 0
        if earning.period is not None and account is not None:
            earned = await using.earned(
                store,
                account.account_id,
                earning.period,
                tenant=program.tenant_id,
                at=at,
                timezone=program.timezone,
            )
        opened[number] = Open(
            currency, None if account is None else account.account_id, earning, earned
        )
    return opened


def _renamed(verdict: Verdict, currency_of: Mapping[int, int]) -> Verdict:
    """The verdict in the program's currencies."""
    if not currency_of or not verdict.gains:
        return verdict
    gains = (
        gain._replace(currency=currency_of.get(gain.currency, gain.currency))
        for gain in verdict.gains
    )
    return verdict._replace(gains=tuple(gains))


def _here(verdict: Verdict, open_to: Mapping[int, Open]) -> Verdict:
    """The verdict without points of other programs' currencies: they are given nowhere."""
    gains = tuple(gain for gain in verdict.gains if gain.currency in open_to)
    if len(gains) == len(verdict.gains):
        return verdict
    if gains or verdict.grants:
        return verdict._replace(gains=gains)
    return verdict._replace(gains=(), reason=Reason.NOTHING)


def _of_enough(verdict: Verdict, open_to: Mapping[int, Open], order: OrderFacts | None) -> Verdict:
    """The verdict without points of currencies for which the order is too small."""
    if order is None:
        return verdict
    gains = tuple(
        gain
        for gain in verdict.gains
        if (open_to[gain.currency].limits.min_order or 0) <= order.total
    )
    if len(gains) == len(verdict.gains):
        return verdict
    reason = verdict.reason if gains or verdict.grants else Reason.CAPPED
    return verdict._replace(gains=gains, reason=reason)
