"""Transfers and atomic bulk requests: several accounts, all or nothing (ledger/holding/held.py)."""

from collections.abc import Sequence
from functools import partial

from stampbook.domain.book import Book
from stampbook.domain.commands import Command
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.decisions.passing import acts_first
from stampbook.domain.decisions.transferring import decide_transfer
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import Transaction, split_number
from stampbook.domain.refusals import Refusal
from stampbook.ledger.guarding import guards_moved
from stampbook.ledger.holding.held import BUSY, MAX_ROUNDS, Held, Refused, hold_all
from stampbook.ledger.knowing import ACTING
from stampbook.ledger.origin import Act, Origin
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.refused import NOT_FOUND, Reused
from stampbook.ledger.repeating import earlier_use
from stampbook.ledger.resources import Resources
from stampbook.ledger.saving import pause_after_conflict
from stampbook.ledger.submission import Submission, Transfer
from stampbook.ledger.work import Fingerprinted, StaleGuard, expiries_of, view_of
from stampbook.pacing import Slices, apart
from stampbook.storage.store import BesideConflict, KeyRow

Item = Submission | Transfer


async def decide_wide(
    resources: Resources, items: Sequence[Item], origin: Origin, *, atomic: bool = True
) -> list[Outcome]:
    """Carry all items out in one commit, or none.

    After a refusal the list ends with it; the items before it have not happened. Not `atomic`, for
    dry runs of one command each: a refused item leaves the others alone, and each is decided on
    what those before it would have left.
    """
    accounts = {account for item in items for account in _accounts(item)}
    for number in range(MAX_ROUNDS):
        try:
            done = await hold_all(
                resources, accounts, lambda: Attempt(resources, accounts, items, origin, atomic)
            )
        except BesideConflict:  # the person has done something else meanwhile
            await pause_after_conflict(number)
        else:
            if done is not None:
                return done
            break
    return [BUSY] if atomic else [BUSY] * len(items)


async def try_each(resources: Resources, items: Sequence[Item], origin: Origin) -> list[Outcome]:
    """What each dry run would do by itself, with the accounts as they are; whether the person may
    do it is not asked."""
    accounts = {account for item in items for account in _accounts(item)}
    done = await hold_all(resources, accounts, lambda: Trial(resources, accounts, items, origin))
    return [BUSY] * len(items) if done is None else done


def _accounts(item: Item) -> tuple[int, ...]:
    return (item.source, item.receiver) if isinstance(item, Transfer) else (item.account,)


def _targets(items: Sequence[Item]) -> dict[int, set[int]]:
    """The rows that the items act upon, by account. A load for each of them as it turns out to be
    lacking would have all items before it decided again."""
    targets: dict[int, set[int]] = {}
    for item in items:
        if isinstance(item, Submission):
            for command in item.commands:
                if isinstance(command, ACTING):
                    targets.setdefault(item.account, set()).add(command.target)
    return targets


class Attempt(Held[list[Outcome]]):
    """One attempt at the request."""

    def __init__(
        self,
        resources: Resources,
        accounts: set[int],
        items: Sequence[Item],
        origin: Origin,
        atomic: bool = False,
    ) -> None:
        super().__init__(resources, accounts, origin)
        self.items = items
        self.atomic = atomic
        self._slices = Slices()

    async def run(self) -> list[Outcome]:
        """Load, decide all on copies, save."""
        await self.oversee()
        await self.open_all(_targets(self.items))
        await self.knowing.look_up(self.items)
        outcomes = await self.decided(self._decide_all)
        if self.atomic and outcomes and isinstance(outcomes[-1], Refusal):
            # Nothing is done, so nobody has done anything.
            await self.save()
            return outcomes
        dry_run = any(item.dry_run for item in self.items)
        acts = [self._act(each) for each in outcomes]
        verdict = self.judged(acts, dry_run=dry_run)
        if isinstance(verdict, Refusal):
            place, verdict = self._first_refused(acts, verdict)
            self.start_over()
            return [*outcomes[:place], verdict]
        if dry_run:
            self.start_over()
        elif verdict:
            self.writing.write_beside(verdict, ())
        await self.save()
        return outcomes

    def _first_refused(self, acts: Sequence[Act], verdict: Refusal) -> tuple[int, Refusal]:
        """The place of the first act that a person may not do, after those before it, and why;
        `verdict` is that of all of them."""
        fine, refused = 0, len(acts)
        while refused - fine > 1:
            middle = (fine + refused) // 2
            found = self.judged(acts[:middle], dry_run=False)
            if isinstance(found, Refusal):
                refused, verdict = middle, found
            else:
                fine = middle
        return refused - 1, verdict

    def _act(self, outcome: Outcome) -> Act:
        """The rows that an outcome has written; none of a repeat or a refusal."""
        if not isinstance(outcome, Done) or outcome.replayed or outcome.already:
            return ()
        rows = outcome.transactions
        accounts = dict.fromkeys(row.account for row in rows)
        return [
            (self.copied(account), [row for row in rows if row.account == account])
            for account in accounts
        ]

    async def _decide_all(self) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for item in self.items:
            await self._slices.pause()
            try:
                outcomes.append(await self._decide(item))
            except Refused as refused:
                outcomes.append(refused.refusal)
                if self.atomic:
                    self.start_over()
                    break
        return outcomes

    async def _decide(self, item: Item) -> Outcome:
        repeated = await self._repeat(item)
        if repeated is not None:
            return repeated
        if any(self.is_large(account) for account in _accounts(item)):
            return await apart(self._decide_new, item)
        return self._decide_new(item)

    def _decide_new(self, item: Item) -> Outcome:
        if isinstance(item, Transfer):
            return self._transfer(item)
        return self._submission(item)

    async def _repeat(self, item: Item) -> Outcome | None:
        """The answer to an item whose key or external id was used before."""
        try:
            known = earlier_use(Fingerprinted(item), item, self.knowing, self.writing)
        except Reused as reused:
            raise Refused(reused.refusal) from None
        if known is None:
            return None
        copy = self.copies.get(known.account)
        if copy is not None and known.seq in {row.seq for row in copy.new_rows}:
            return self._repeat_of_this(copy, known)
        return await self.resources.reading.repeat(known)

    def _repeat_of_this(self, book: Book, known: KeyRow) -> Done:
        """The answer to an item that repeats an earlier one of the same request."""
        rows = acts_first(book.rows[seq] for seq in range(known.seq, known.seq + known.count))
        if not known.already:
            rows += [self._peer_of(row) for row in rows if row.peer]
        expiries: dict[int, int] = {}
        for row in rows:
            expiries |= expiries_of(self.copied(row.account), (row,))
        return Done(
            view_of(book),
            tuple(rows),
            replayed=True,
            already=known.already,
            named=known.named,
            expiries=expiries,
        )

    def _peer_of(self, row: Transaction) -> Transaction:
        account, seq = split_number(row.peer)
        return self.copied(account).rows[seq]

    def _submission(self, item: Submission) -> Outcome:
        book = self._book(item.account, item)
        rows: list[Transaction] = []
        for command in self._planned(item, book):
            decision = self.command(book, command)
            if isinstance(decision, Refusal):
                raise Refused(decision)
            if isinstance(decision, AlreadyCancelled):
                row = decision.transaction
                self.writing.remember(Fingerprinted(item), row, 1, already=True)
                return Done(view_of(book), (row,), already=True, dry_run=item.dry_run)
            rows.extend(decision)
        return self._done(item, book, rows)

    def _planned(self, item: Submission, book: Book) -> Sequence[Command]:
        """The item's commands. Raises Refused, Unloaded, StaleGuard."""
        if item.guard is not None and self.knowing.has_moved(*item.guard):
            raise StaleGuard(item.guard.subject)
        subject = item.subject
        if subject is not None and not self.knowing.knows_subject(item.account, subject):
            raise self.lacks(book, Unloaded(subjects=frozenset((subject,))))
        if item.planner is None:
            return item.commands
        try:
            planned = item.planner(book, self.settled(book))
        except Unloaded as lack:
            raise self.lacks(book, lack) from None
        if isinstance(planned, Refusal):
            raise Refused(planned)
        return planned

    def _transfer(self, item: Transfer) -> Outcome:
        source, receiver = self._book(item.source, item), self._book(item.receiver, item)
        now = self.settled(source, receiver)
        try:
            legs = decide_transfer(source, receiver, item.amount, item.note, now)
        except Unloaded as lack:
            raise self.lacks(source, lack) from None
        if isinstance(legs, Refusal):
            raise Refused(legs)
        return self._done(item, source, list(legs))

    def _done(self, item: Item, book: Book, rows: list[Transaction]) -> Done:
        if rows:  # what follows may repeat the external id of a dry run, too
            self.writing.remember_external_ids(book.program, Fingerprinted(item), rows)
        if rows and not item.dry_run:
            account = rows[0].account
            kept = sorted((row for row in rows if row.account == account), key=lambda row: row.seq)
            self.writing.remember(Fingerprinted(item), kept[0], len(kept))
            own = [row for row in rows if row.account == book.number]
            if isinstance(item, Submission) and item.guard is not None:
                self.writing.guard(*item.guard)
            else:
                self.writing.move(guards_moved(self.resources.guardian, book, own))
            if isinstance(item, Submission) and item.beside is not None:
                self.writing.gather_beside(item.beside(own))
        elif not item.dry_run:
            self.writing.remember_nothing(Fingerprinted(item), book)
        expiries: dict[int, int] = {}
        for row in rows:
            expiries |= expiries_of(self.copied(row.account), (row,))
        return Done(view_of(book), tuple(rows), dry_run=item.dry_run, expiries=expiries)

    def _book(self, account: int, item: Item) -> Book:
        """The account's copy, if the caller may know of it."""
        book = self.copied(account)
        if book.tenant != item.tenant or item.program not in (None, book.program):
            raise Refused(NOT_FOUND)
        self.check_unmoved(account)
        return book


class Trial(Attempt):
    """Dry runs, none of which sees what the others would have done."""

    async def run(self) -> list[Outcome]:
        """Load, decide each on copies of its own."""
        await self.open_all(_targets(self.items))
        await self.knowing.look_up(self.items)
        outcomes = []
        for item in self.items:
            await self._slices.pause()
            outcomes.append(await self.decided(partial(self._tried, item)))
            self.start_over()
        await self.save()
        return outcomes

    async def _tried(self, item: Item) -> Outcome:
        try:
            return await self._decide(item)
        except Refused as refused:
            return refused.refusal
