"""Events of the ordinary kind: they give points on one account and concern nothing else.

Such an event takes the way of every movement, and shares the commit of its batch. Nothing is read
for it: it is judged by what the process remembers, and its row is written only if all of that is
still so. Every other event, and one whose row was not written, is left to events/awarding.py.
"""

from collections.abc import Sequence

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue
from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import StaleGuard
from stampbook.ledger.joint import Beside, Guard, JointRefused
from stampbook.ledger.submission import Submission
from stampbook.loyalty.events import facts, storing
from stampbook.loyalty.events.acquaintances import Acquaintance
from stampbook.loyalty.events.awarding import Awarding, is_active
from stampbook.loyalty.events.giving import accrual, award_of, giving_rules
from stampbook.loyalty.events.model import Event, Judged, Occurrence, member_guard
from stampbook.loyalty.events.storing import Grounds
from stampbook.loyalty.judging.paced import judge_paced
from stampbook.loyalty.judging.values import Happening, Verdict
from stampbook.loyalty.model import Award
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.rules.catalogue import Selection
from stampbook.loyalty.rules.currency_limits import EarningLimits


async def give(context: Awarding, what: Occurrence) -> Judged | None:
    """Judge what happened to a member, and give what rules give for it.

    None if that cannot be done here: nothing has happened then. Raises JointRefused if too much is
    waiting.
    """
    async with context.turns.of([member_guard(what.member)]):
        try:
            judged = await _give(context, what)
        except StaleGuard:
            context.acquaintances.forget(what.member)
            return None
        if judged is not None:
            context.acquaintances.moved(what.member, judged.event.position)
            context.acquaintances.saw(judged.event)
        return judged


async def _give(context: Awarding, what: Occurrence) -> Judged | None:
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
    event = _event(known, what, context.clock())
    at = event.effective_at
    selection = catalogue.now(what.kind, what.name)
    if (
        at < catalogue.youngest
        or not selection.needs_no_query
        or not is_active(known.program, known.member, now=event.created_at, at=at)
    ):
        return None
    frozen = await facts.gather(context.store, what, known.program, known.member, selection, at=at)
    found = await judge_paced(selection.candidates, Happening(frozen, what.order), {})
    if any(verdict.grants for verdict in found) or giving_rules(found) - context.catalogues.giving:
        return None
    event = event._replace(facts=frozen)
    given = _Given(known, catalogue.version, selection, event, found, context.store.shards)
    account = given.account
    if account is None:
        return None
    submission = Submission(
        what.tenant,
        account,
        program=what.program,
        planner=given.commands,
        guard=Guard(member_guard(what.member), known.position),
        beside=given.beside,
    )
    outcome = await context.ledger.submit(submission)
    if isinstance(outcome, Refusal):
        if outcome.code is Code.OVERLOADED:
            raise JointRefused(0, outcome)
        return None
    return Judged(given.event, given.awards, verdicts=tuple(found))


def _event(known: Acquaintance, what: Occurrence, now: int) -> Event:
    return Event(
        event_id=new_number(now),
        tenant_id=what.tenant,
        program_id=what.program,
        kind=what.kind,
        external_id=what.external_id,
        fingerprint=what.fingerprint,
        member_id=what.member,
        name=what.name,
        effective_at=now if what.effective_at is None else what.effective_at,
        created_at=now,
        position=known.position + 1,
        order_id=what.order_id,
        facts=None,
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
        rules = {gain.rule for gain in self._gains}
        versions = (each.version for each in selection.candidates.each)
        self._versions = {each.rule: each for each in versions if each.rule in rules}

    @property
    def account(self) -> int | None:
        """The one account to which all points go; None if there is no such account, or a limit."""
        currencies = {gain.currency for gain in self._gains}
        if len(currencies) != 1:
            return None
        opened = self._known.open_to.get(currencies.pop())
        if opened is None or opened.limits != EarningLimits():
            return None
        return opened.account

    def commands(self, book: Book, _now: int) -> list[Accrue]:
        """One accrual for each gain, by the policy of the account's currency."""
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
        grounds = Grounds(self._catalogue, known.program, known.member, self._gains[0].currency)
        return [
            storing.created_while(self.event, grounds),
            storing.awarded(self.event, self.awards, shards=self._shards),
        ]
