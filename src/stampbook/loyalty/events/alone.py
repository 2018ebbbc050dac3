"""Events of the ordinary kind: they give points on one account and concern nothing else.

Such an event takes the way of every movement, and shares the commit of its batch. Nothing is read
for it: it is judged by what the process remembers, and its row is written only if all of that is
still so. Of the program, the policy by which the ledger decides says so, and every save compares
its version. Every other event, and one whose row was not written, is left to events/awarding.py.
"""

from collections.abc import Sequence

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue
from stampbook.domain.model import FOREVER, Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import StaleGuard
from stampbook.ledger.joint import Beside, Guard, JointRefused
from stampbook.ledger.submission import Submission
from stampbook.loyalty.events import facts, storing
from stampbook.loyalty.events.acquaintances import Acquaintance
from stampbook.loyalty.events.awarding import Awarding, is_active
from stampbook.loyalty.events.giving import accrual, award_of, giving_rules
from stampbook.loyalty.events.model import Event, Judged, Occurrence, in_order, member_guard
from stampbook.loyalty.events.storing import Grounds
from stampbook.loyalty.judging.paced import judge_paced
from stampbook.loyalty.judging.values import Happening, Verdict
from stampbook.loyalty.model import Award, Facts
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.rules.catalogue import Selection
from stampbook.loyalty.rules.currency_limits import NO_LIMITS
from stampbook.programs.programs import Program


async def give(context: Awarding, what: Occurrence) -> Judged | None:
    """Judge what happened to a member, and give what rules give for it.

    None if that cannot be done here: nothing has happened then. Raises JointRefused if too much is
    waiting.
    """
    subject = member_guard(what.member)
    async with context.turns.of([subject]):
        try:
            judged = await _give(context, what, subject)
        except StaleGuard:
            context.acquaintances.forget(what.member)
            return None
        if judged is not None:
            context.acquaintances.moved(what.member, judged.event.position)
            context.acquaintances.saw(judged.event)
        return judged


async def _give(context: Awarding, what: Occurrence, subject: str) -> Judged | None:
    known = context.acquaintances.of(what.member, tenant=what.tenant)
    catalogue = context.catalogues.remembered(what.program)
    if (
        known is None
        or catalogue is None
        or known.program.program_id != what.program
        or what.order is not None
        or what.currency_of
        or context.acquaintances.has_seen(what.program, what.kind, what.external_id)
    ):
        return None
    now = context.clock()
    at = now if what.effective_at is None else what.effective_at
    selection = catalogue.now(what.kind, what.name)
    if (
        at < catalogue.youngest
        or not selection.needs_no_query
        or not is_active(known.program, known.member, now=now, at=at)
    ):
        return None
    frozen = await facts.gather(context.store, what, known.program, known.member, selection, at=at)
    found = await judge_paced(selection.candidates, Happening(frozen), {})
    if not giving_rules(found) <= context.catalogues.giving or any(each.grants for each in found):
        return None
    event = _event(known, what, frozen, now)
    given = _Given(known, catalogue.version, selection, event, found, context.store.shards)
    account = given.account
    if account is None:
        return None
    submission = Submission(
        what.tenant,
        account,
        program=what.program,
        planner=given.commands,
        guard=Guard(subject, known.position),
        beside=given.beside,
    )
    outcome = await context.ledger.submit(submission)
    if isinstance(outcome, Refusal):
        if outcome.code is Code.OVERLOADED:
            raise JointRefused(0, outcome)
        return None
    return Judged(given.event, in_order(given.awards), verdicts=tuple(found))


def _event(known: Acquaintance, what: Occurrence, frozen: Facts, now: int) -> Event:
    return Event(
        event_id=new_number(now),
        tenant_id=what.tenant,
        program_id=what.program,
        kind=what.kind,
        external_id=what.external_id,
        fingerprint=what.fingerprint,
        member_id=what.member,
        name=what.name,
        effective_at=frozen.at,
        created_at=now,
        position=known.position + 1,
        order_id=what.order_id,
        facts=frozen,
        metadata=what.metadata,
    )


class _Given:
    """An event that was judged, and what the ledger does for it."""

    def __init__(
        self,
        known: Acquaintance,
        catalogue: int,
        selection: Selection,
        event: Event,
        found: Sequence[Verdict],
        shards: int,
    ) -> None:
        self.event = event
        self.awards: tuple[Award, ...] = ()
        """The gains as the ledger wrote them last."""
        self._known = known
        self._catalogue = catalogue
        self._shards = shards
        self._gains = [gain for verdict in found for gain in verdict.gains]
        self._versions = selection.candidates.versions

    @property
    def account(self) -> int | None:
        """The one account to which all points go; None if there is no such account, or a limit."""
        currency = self._gains[0].currency if self._gains else None
        if currency is None or any(gain.currency != currency for gain in self._gains):
            return None
        opened = self._known.open_to.get(currency)
        if opened is None or opened.limits != NO_LIMITS.earning:
            return None
        return opened.account

    def commands(self, book: Book, _now: int) -> list[Accrue]:
        """One accrual for each gain, by the policy of the account's currency. Raises StaleGuard if
        the program is not as it is remembered."""
        if not _is_of(book.policy, self._known.program):
            raise StaleGuard("the program has changed")
        return [
            accrual(book.policy, self.event, self._versions[gain.rule], gain)
            for gain in self._gains
        ]

    def beside(self, rows: Sequence[Transaction]) -> list[Beside]:
        """The event, if all that it was judged by is still so, and its awards."""
        self.awards = tuple(
            award_of(self.event, gain, row.account, row.seq)
            for gain, row in zip(self._gains, rows, strict=True)
        )
        known = self._known
        grounds = Grounds(self._catalogue, known.member, self._gains[0].currency)
        return [
            storing.created_while(self.event, grounds),
            storing.awarded(self.event, self.awards, shards=self._shards),
        ]


def _is_of(policy: Policy, program: Program) -> bool:
    """Whether the policy has the program's dates and time zone, and the program is active."""
    return (
        policy.accepts
        and policy.timezone == program.timezone
        and policy.starts_at == (-FOREVER if program.starts_at is None else program.starts_at)
        and policy.ends_at == (FOREVER if program.ends_at is None else program.ends_at)
    )
