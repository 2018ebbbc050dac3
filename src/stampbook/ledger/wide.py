"""Requests that concern more than one account (transfers, atomic bulk requests), or an owner.

All shards that are touched are locked, in their order, so nothing else in this process moves
them meanwhile; saves are guarded against other processes as everywhere. Everything is decided
on copies of freshly read books, so a refusal leaves no trace.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Command
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.cancelling import Aim, AlreadyCancelled, take_aim
from stampbook.domain.decisions.recancelling import Elsewhere
from stampbook.domain.decisions.settling import settle
from stampbook.domain.decisions.transferring import Legs, decide_transfer, decide_transfer_cancel
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import Kind, Transaction, split_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.guarding import Change, Owner, guard_restored, guards_moved
from stampbook.ledger.knowing import Knowing
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.refused import NOT_FOUND, Reused
from stampbook.ledger.repeating import earlier_use
from stampbook.ledger.resources import Resources
from stampbook.ledger.saving import pause_after_conflict, save
from stampbook.ledger.submission import Submission, Transfer
from stampbook.ledger.work import Fingerprinted, Lacks, expiries_of, view_of
from stampbook.ledger.writing import Writing
from stampbook.pacing import LARGE, Slices, apart
from stampbook.storage.store import KeyRow, SaveConflict

MAX_ROUNDS = 12
"""How often the request is decided anew when other processes moved its accounts meanwhile."""

Item = Submission | Transfer


class _Refused(Exception):
    """One item was refused, so none of the request happens."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class _MoreShards(Exception):
    """An account of a shard that is not held turned out to be concerned."""


async def decide_wide(resources: Resources, items: Sequence[Item]) -> list[Outcome]:
    """Carry all items out in one commit, or none.

    After a refusal the list ends with it; the items before it have not happened.
    """
    accounts = {account for item in items for account in _accounts(item)}
    for number in range(MAX_ROUNDS):
        shards = sorted({account % resources.store.shards for account in accounts})
        async with AsyncExitStack() as held:
            for shard in shards:
                await held.enter_async_context(resources.locks[shard])
            attempt = Attempt(resources, items, accounts)
            try:
                return await attempt.run()
            except _MoreShards:
                continue
            except SaveConflict:
                attempt.knowing.failed(attempt.writing)
            except BaseException:  # also if the caller goes away during the save
                attempt.knowing.failed(attempt.writing)
                raise
        await pause_after_conflict(number)  # with the shards free, so that others get their turn
    return [Refusal(Code.OVERLOADED, "others keep changing these accounts; try again")]


def _accounts(item: Item) -> tuple[int, ...]:
    return (item.source, item.receiver) if isinstance(item, Transfer) else (item.account,)


class _OwnerWanted(Exception):
    """The owner of a movement must be read before the movement can come back in force."""

    def __init__(self, guard: str, tenant: int) -> None:
        super().__init__(guard)
        self.guard = guard
        self.tenant = tenant


class Attempt:
    """One attempt at the request, while its shards are locked."""

    def __init__(self, resources: Resources, items: Sequence[Item], accounts: set[int]) -> None:
        self.resources = resources
        self.items = items
        self.accounts = accounts
        self.held = {account % resources.store.shards for account in accounts}
        self.now = resources.clock()
        self.knowing = Knowing(resources.store, resources.caches)
        self.writing = Writing(resources.store)
        self.copies: dict[int, Book] = {}
        self.owners: dict[str, Owner] = {}
        self.changes: dict[str, list[Change]] = {}

    async def run(self) -> list[Outcome]:
        """Load, decide all on copies, save."""
        knowing = self.knowing
        await self._open_all()
        await knowing.look_up(self.items)
        slices, lacks = Slices(), Lacks()
        while True:
            outcomes: list[Outcome] = []
            try:
                for item in self.items:
                    await slices.pause()
                    outcomes.append(await self._decide(item))
                break
            except Unloaded as lack:
                for account in knowing.lacking:
                    lacks.note(account, lack)
                self._start_over()
                await knowing.load()
            except _OwnerWanted as wanted:
                self._start_over()
                await self._read_owner(wanted)
            except _Refused as refused:
                outcomes.append(refused.refusal)
                self._start_over()
                break
        if any(item.dry_run for item in self.items):
            self._start_over()
        await self._save()
        return outcomes

    async def _open_all(self) -> None:
        """Read the accounts anew, and their policies."""
        knowing, unread = self.knowing, list(self.accounts)
        while unread:
            for account in unread:
                self._open(account)
            await knowing.load()
            books = [knowing.book(account) for account in unread]
            unread = [book.number for book in books if book and not knowing.is_fresh(book)]

    def _open(self, account: int) -> None:
        book = self.knowing.book(account)
        if book is not None:
            self.knowing.reopen(book)
        else:
            self.knowing.lacking.setdefault(account, None)

    def _start_over(self) -> None:
        self.copies.clear()
        self.writing.clear()
        self.changes.clear()

    async def _read_owner(self, wanted: _OwnerWanted) -> None:
        guardian = self.resources.guardian
        assert guardian is not None
        self.owners[wanted.guard] = await guardian.owner(wanted.guard, tenant=wanted.tenant)

    async def _save(self) -> None:
        knowing, writing = self.knowing, self.writing
        for book in self.copies.values():
            if book.records:
                knowing.cache(book.number).replace(book)
                writing.books[book.number] = book
        for guard in self.changes:
            owner = self.owners.get(guard)
            if owner is not None:
                writing.guard(guard, owner.version)
        batches = await writing.batches()
        if batches:
            await save(self.resources.store, batches)
        knowing.saved(writing)

    # -- deciding ------------------------------------------------------------------

    async def _decide(self, item: Item) -> Outcome:
        repeated = await self._repeat(item)
        if repeated is not None:
            return repeated
        if any(self._is_large(account) for account in _accounts(item)):
            return await apart(self._decide_new, item)
        return self._decide_new(item)

    def _is_large(self, account: int) -> bool:
        book = self.knowing.book(account)
        return book is not None and book.size > LARGE

    def _decide_new(self, item: Item) -> Outcome:
        if isinstance(item, Transfer):
            return self._transfer(item)
        return self._submission(item)

    async def _repeat(self, item: Item) -> Outcome | None:
        """The answer to an item whose key or external id was used before."""
        try:
            known = earlier_use(Fingerprinted(item), item, self.knowing, self.writing)
        except Reused as reused:
            raise _Refused(reused.refusal) from None
        if known is None:
            return None
        copy = self.copies.get(known.account)
        if copy is not None and known.seq in {row.seq for row in copy.new_rows}:
            return self._repeat_of_this(copy, known)
        return await self.resources.reading.repeat(known)

    def _repeat_of_this(self, book: Book, known: KeyRow) -> Done:
        """The answer to an item that repeats an earlier one of the same request."""
        rows = [book.rows[seq] for seq in range(known.seq, known.seq + known.count)]
        if not known.already:
            rows += [self._peer_of(row) for row in rows if row.peer]
        expiries: dict[int, int] = {}
        for row in rows:
            expiries |= expiries_of(self._copy(row.account), (row,))
        return Done(
            view_of(book), tuple(rows), replayed=True, already=known.already, expiries=expiries
        )

    def _peer_of(self, row: Transaction) -> Transaction:
        account, seq = split_number(row.peer)
        return self._copy(account).rows[seq]

    def _submission(self, item: Submission) -> Outcome:
        book = self._book(item.account, item)
        rows: list[Transaction] = []
        for command in item.commands:
            decision = self._command(book, command)
            if isinstance(decision, Refusal):
                raise _Refused(decision)
            if isinstance(decision, AlreadyCancelled):
                row = decision.transaction
                self.writing.remember(Fingerprinted(item), row, 1, already=True)
                return Done(view_of(book), (row,), already=True, dry_run=item.dry_run)
            rows.extend(decision)
        return self._done(item, book, rows)

    def _command(
        self, book: Book, command: Command
    ) -> Sequence[Transaction] | AlreadyCancelled | Refusal:
        """Decide one command; the rows of a transfer's cancel are those of this account first."""
        try:
            refusal = self._objection(book, command)
            decision = refusal or decide(book, command, self.now)
        except Unloaded as lack:
            raise self._lacks(book, lack) from None
        if isinstance(decision, Elsewhere):
            legs = self._cancel_transfer(book, command, decision.peer)
            if not isinstance(legs, Legs):
                return legs
            return sorted(legs, key=lambda row: row.account != book.number)
        if isinstance(decision, Transaction):
            self._note_change(book, decision)
            return (decision,)
        return () if decision is None else decision

    def _objection(self, book: Book, command: Command) -> Refusal | None:
        """Whether the owner of a movement objects to its coming back. Raises Unloaded."""
        guard = guard_restored(self.resources.guardian, book, command)
        if guard is None:
            return None
        assert isinstance(command, Cancel)
        aim = take_aim(book, command, self._settled(book))
        if not isinstance(aim, Aim):
            return None  # refused, or done before: the owner makes no difference
        if guard not in self.owners:
            raise _OwnerWanted(guard, book.tenant)
        change = Change(aim.original, aim.amount, book.policy.scale)
        why = self.owners[guard].objection(change, self.changes.get(guard, ()))
        return None if why is None else Refusal(Code.NOT_CANCELLABLE, why, book.active)

    def _note_change(self, book: Book, row: Transaction) -> None:
        """Note what the row does to a movement that has an owner."""
        guardian = self.resources.guardian
        if guardian is None or row.kind is not Kind.CANCEL:
            return
        guard = guardian.guard_of(book.rows[row.root].subject)
        if guard is not None:
            amount = row.amount if row.link % 2 == 0 else -row.amount
            change = Change(book.rows[row.root], amount, book.policy.scale)
            self.changes.setdefault(guard, []).append(change)

    def _transfer(self, item: Transfer) -> Outcome:
        source, receiver = self._book(item.source, item), self._book(item.receiver, item)
        now = self._settled(source, receiver)
        try:
            legs = decide_transfer(source, receiver, item.amount, item.note, now)
        except Unloaded as lack:
            raise self._lacks(source, lack) from None
        if isinstance(legs, Refusal):
            raise _Refused(legs)
        return self._done(item, source, list(legs))

    def _cancel_transfer(
        self, asked: Book, command: Command, peer: int
    ) -> Legs | AlreadyCancelled | Refusal:
        assert isinstance(command, Cancel)
        account, seq = split_number(peer)
        if account not in self.accounts:
            self.accounts.add(account)
            raise _MoreShards
        other = self._copy(account)
        now = self._settled(asked, other)
        try:
            for book, target in ((asked, command.target), (other, seq)):
                if book.row(target) is None:
                    return NOT_FOUND
            return decide_transfer_cancel(asked, other, command, seq, now)
        except Unloaded as lack:
            for book in (asked, other):
                self._want(book, lack)
            raise

    def _settled(self, *books: Book) -> int:
        """Settle the books; returns the instant at which to decide about both."""
        now = max([self.now, *(book.clock for book in books)])
        for book in books:
            try:
                settle(book, now)
            except Unloaded as lack:
                raise self._lacks(book, lack) from None
        return now

    def _done(self, item: Item, book: Book, rows: list[Transaction]) -> Done:
        if rows and not item.dry_run:
            count = sum(row.account == rows[0].account for row in rows)
            self.writing.remember(Fingerprinted(item), rows[0], count)
            self.writing.remember_external_ids(book.program, Fingerprinted(item), rows)
            own = (row for row in rows if row.account == book.number)
            self.writing.move(guards_moved(self.resources.guardian, book, own))
        expiries: dict[int, int] = {}
        for row in rows:
            expiries |= expiries_of(self._copy(row.account), (row,))
        return Done(view_of(book), tuple(rows), dry_run=item.dry_run, expiries=expiries)

    def _book(self, account: int, item: Item) -> Book:
        """The account's copy, if the caller may know of it."""
        book = self._copy(account)
        if book.tenant != item.tenant or item.program not in (None, book.program):
            raise _Refused(NOT_FOUND)
        return book

    def _copy(self, account: int) -> Book:
        copy = self.copies.get(account)
        if copy is None:
            book = self.knowing.book(account)
            if book is None:
                raise _Refused(NOT_FOUND)
            copy = self.copies[account] = book.copy()
        return copy

    def _lacks(self, book: Book, lack: Unloaded) -> Unloaded:
        self._want(book, lack)
        return lack

    def _want(self, book: Book, lack: Unloaded) -> None:
        self.knowing.lacking[book.number] = lack
