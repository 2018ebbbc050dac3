"""Carries joint requests out (ledger/joint.py): plans are run while their accounts are held."""

from collections.abc import Generator, Sequence
from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.commands import Command
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.decisions.forfeiting import forfeit
from stampbook.domain.decisions.merging import hand_over, take_back
from stampbook.domain.decisions.passing import Lacking, Passage
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import MAX_ACCOUNT, AccountStatus, Transaction
from stampbook.domain.refusals import Refusal
from stampbook.ledger.guarding import guards_moved
from stampbook.ledger.holding.forwarding import passage_between
from stampbook.ledger.holding.held import BUSY, Held, Refused, hold_all
from stampbook.ledger.joint import Joined, Joint, JointRefused, Planned
from stampbook.ledger.origin import Origin, current
from stampbook.ledger.outcomes import AccountView
from stampbook.ledger.refused import NOT_FOUND
from stampbook.ledger.resources import Resources
from stampbook.ledger.work import StaleGuard, view_of
from stampbook.pacing import apart, here, in_turns
from stampbook.storage.store import Beside, BesideConflict, SaveConflict

NEW_GUARD: Final = "INSERT INTO guards (subject, version) VALUES ($1, 1)"


async def join(resources: Resources, joint: Joint) -> Joined:
    """Run the plan and save all that it did, or nothing. Raises JointRefused, StaleGuard."""
    accounts, origin = set(joint.accounts), current()
    try:
        joined = await hold_all(
            resources, accounts, lambda: Attempt(resources, accounts, joint, origin)
        )
    except BesideConflict as conflict:
        raise StaleGuard(str(conflict)) from conflict
    if joined is None:
        raise JointRefused(0, BUSY)
    return joined


class Attempt(Held[Joined]):
    """One attempt at a joint request; to its plan it is `Acting`."""

    def __init__(
        self, resources: Resources, accounts: set[int], joint: Joint, origin: Origin
    ) -> None:
        super().__init__(resources, accounts, origin)
        self._joint = joint
        self._rows: dict[int, list[Transaction]] = {}
        self._seen: Book | None = None
        self._foreseen: dict[int, Book] = {}

    async def run(self) -> Joined:
        """Load, run the plan on copies, save."""
        joint = self._joint
        await self.oversee()
        await self.open_all(joint.foreseen)
        planned = await self.decided(self._run_plan)
        act = [
            (self.copied(account), [row for row in rows if row.account == account])
            for account, rows in self._rows.items()
        ]
        verdict = self.judged([act], dry_run=joint.dry_run)
        if isinstance(verdict, Refusal):
            self.start_over()
            raise JointRefused(act[0][0].number, verdict)
        if joint.dry_run:
            self.start_over()
        else:
            self._write(planned._replace(beside=(*planned.beside, *verdict)))
        try:
            await self.save()
        except BesideConflict:
            raise
        except SaveConflict as conflict:
            await self._check_stale(conflict)
            raise
        return Joined(planned.result, self._rows)

    async def _run_plan(self) -> Planned:
        self._rows, self._foreseen = {}, {}
        plan, run = self._joint.plan, here
        for account in self._joint.accounts:
            self._check_unmoved(account)
        try:
            if any(map(self.is_large, self._joint.accounts)):
                run = apart
            planned: Planned | Generator[None, None, Planned] = await run(plan, self)
            if isinstance(planned, Planned):
                return planned
            return await in_turns(planned, run)
        except Unloaded as lack:
            if self.knowing.lacking:
                raise
            # The plan has looked for an old row by itself: in the book that it was given last.
            assert self._seen is not None
            raise self.lacks(self._seen, lack) from None

    def _check_unmoved(self, account: int) -> None:
        try:
            self.check_unmoved(account)
        except Refused as refused:
            raise JointRefused(account, refused.refusal) from None

    def _write(self, planned: Planned) -> None:
        writing, joint = self.writing, self._joint
        new = tuple(guard.subject for guard in joint.guards if not guard.version)
        for guard in joint.guards:
            if guard.version:
                writing.guard(*guard)
        beside = [Beside(NEW_GUARD, [(subject,) for subject in sorted(new)])] if new else []
        writing.write_beside([*beside, *planned.beside], joint.keys)
        for account, rows in self._rows.items():
            own = [row for row in rows if row.account == account]
            book = self.copied(account)
            writing.move(guards_moved(self.resources.guardian, book, own))
            for row in own:
                print_of = planned.names.get(row.external_id or "")
                if print_of is not None:
                    writing.take_external_id(book.program, row, print_of)

    async def _check_stale(self, conflict: SaveConflict) -> None:
        """Whether the save has failed for a guard or a key: then another attempt would, too."""
        guards = {guard.subject: guard.version for guard in self._joint.guards if guard.version}
        found = await self.resources.store.find_guards(sorted(guards)) if guards else {}
        for subject, version in guards.items():
            if found.get(subject) != version:
                raise StaleGuard(subject) from conflict
        keys = self._joint.keys
        if keys and await self.resources.store.find_keys(keys):
            raise StaleGuard("an idempotency key") from conflict

    def objects(self, guard: str) -> bool:
        """An owner that the request itself is guarded by has been asked by its caller."""
        return all(guard != own.subject for own in self._joint.guards)

    # -- Acting --------------------------------------------------------------------

    def book(self, account: int) -> Book:
        """See Acting."""
        try:
            book = self.copied(account)
        except Refused as refused:
            raise JointRefused(account, refused.refusal) from None
        if book.tenant != self._joint.tenant or account not in self.accounts:
            raise JointRefused(account, NOT_FOUND)
        self.settled(book)
        self._seen = book
        return book

    def do(self, account: int, command: Command) -> Sequence[Transaction]:
        """See Acting."""
        try:
            decision = self.command(self.book(account), command)
        except Refused as refused:
            raise JointRefused(account, refused.refusal) from None
        if isinstance(decision, Refusal):
            raise JointRefused(account, decision)
        if isinstance(decision, AlreadyCancelled):
            return ()
        self._rows.setdefault(account, []).extend(decision)
        return decision

    def hand_over(self, account: int, into: int) -> tuple[Sequence[Transaction], AccountView]:
        """See Acting."""
        passage = self._passage(account, into)
        try:
            rows = hand_over(passage)
        except Lacking as lacking:
            raise self.lacks(lacking.book, lacking.lack) from None
        return self._passed(passage, rows)

    def take_back(self, account: int, into: int) -> tuple[Sequence[Transaction], AccountView]:
        """See Acting."""
        passage = self._passage(account, into)
        try:
            rows = take_back(passage)
        except Lacking as lacking:
            raise self.lacks(lacking.book, lacking.lack) from None
        if isinstance(rows, Refusal):
            raise JointRefused(into, rows)
        return self._passed(passage, rows)

    def forfeit(self, account: int) -> Sequence[Transaction]:
        """See Acting."""
        book = self.book(account)
        rows = forfeit(book, self.settled(book))
        if rows:
            self._rows.setdefault(account, []).extend(rows)
        return rows

    def _passage(self, account: int, into: int) -> Passage:
        source = self.book(account)
        if into:
            receiver = self.book(into)
            return passage_between(self, source, receiver)
        assert self._joint.dry_run
        if source.currency not in self._foreseen:
            facts = source.identity()._replace(number=MAX_ACCOUNT, status=AccountStatus.OPEN)
            self._foreseen[source.currency] = Book(facts, source.policy, complete=True)
        receiver = self._foreseen[source.currency]
        return Passage(source, receiver, self.settled(source, receiver))

    def _passed(
        self, passage: Passage, rows: Sequence[Transaction]
    ) -> tuple[Sequence[Transaction], AccountView]:
        for book in passage[:2]:
            own = [row for row in rows if row.account == book.number]
            if own and book.number in self.accounts:
                self._rows.setdefault(book.number, []).extend(own)
        return rows, view_of(passage.receiver)
