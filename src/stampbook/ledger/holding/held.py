"""What concerns more than one account, or an owner: decided while all of it is held.

All shards that are touched are locked, in their order, so nothing else in this process moves
them meanwhile; saves are guarded against other processes as everywhere. Everything is decided
on copies of freshly read books, so a refusal leaves no trace.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final, Generic, TypeVar

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Command
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.cancelling import Aim, AlreadyCancelled, take_aim
from stampbook.domain.decisions.passing import Apart, is_passing
from stampbook.domain.decisions.recancelling import Elsewhere
from stampbook.domain.decisions.settling import settle
from stampbook.domain.decisions.transferring import Legs, decide_transfer_cancel
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import Kind, Transaction, split_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.guarding import Change, Owner, guard_restored
from stampbook.ledger.holding.forwarding import (
    OF_A_MERGE,
    cancelled_where_earned,
    forwarded,
    merged_among,
)
from stampbook.ledger.joint import JointRefused
from stampbook.ledger.knowing import Knowing
from stampbook.ledger.origin import Act, Origin, Overseeing, judged, moved
from stampbook.ledger.refused import NOT_FOUND
from stampbook.ledger.resources import Resources
from stampbook.ledger.saving import pause_after_conflict, save
from stampbook.ledger.work import Lacks
from stampbook.ledger.writing import Writing
from stampbook.pacing import LARGE
from stampbook.storage.store import Beside, BesideConflict, SaveConflict

MAX_ROUNDS = 12
"""How often the request is decided anew when other processes moved its accounts meanwhile."""

BUSY = Refusal(Code.OVERLOADED, "others keep changing these accounts; try again")

NOTHING: Final[Mapping[int, Collection[int]]] = {}

_Result = TypeVar("_Result")
_Decided = TypeVar("_Decided")


class Refused(Exception):
    """A part of the request was refused, so none of it happens."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class MoreShards(Exception):
    """An account of a shard that is not held turned out to be concerned."""


class OwnerWanted(Exception):
    """The owner of a movement must be read before the movement can come back in force."""

    def __init__(self, guard: str, tenant: int) -> None:
        super().__init__(guard)
        self.guard = guard
        self.tenant = tenant


async def hold_all(
    resources: Resources, accounts: set[int], begin: Callable[[], "Held[_Result]"]
) -> _Result | None:
    """The result of attempts, each with all shards of the accounts locked, until one succeeds.

    None when other processes kept changing the accounts. An attempt may add accounts.
    """
    for number in range(MAX_ROUNDS):
        shards = sorted({account % resources.store.shards for account in accounts})
        async with AsyncExitStack() as locked:
            for shard in shards:
                await locked.enter_async_context(resources.locks[shard])
            attempt = begin()
            try:
                return await attempt.run()
            except MoreShards:
                continue
            except BesideConflict:
                attempt.knowing.failed(attempt.writing)
                raise
            except (SaveConflict, Apart):
                attempt.knowing.failed(attempt.writing)
            except (Refused, JointRefused):
                attempt.keep()
                raise
            except BaseException:  # also if the caller goes away during the save
                attempt.knowing.failed(attempt.writing)
                raise
        await pause_after_conflict(number)  # with the shards free, so that others get their turn
    return None


class Held(Generic[_Result]):
    """One attempt at a request, while the shards of its accounts are locked.

    `run` of a subclass loads, decides on copies, and saves.
    """

    def __init__(self, resources: Resources, accounts: set[int], origin: Origin) -> None:
        self.resources = resources
        self.accounts = accounts
        self.origin = origin
        self.overseeing: Overseeing | None = None
        self.now = resources.clock()
        self.knowing = Knowing(resources.store, resources.caches)
        self.writing = Writing(resources.store)
        self.copies: dict[int, Book] = {}
        self.owners: dict[str, Owner] = {}
        self.changes: dict[str, list[Change]] = {}
        self._unmoved: set[int] = set()

    async def run(self) -> _Result:
        """The result, after its commit."""
        raise NotImplementedError

    async def decided(self, deciding: Callable[[], Awaitable[_Decided]]) -> _Decided:
        """What `deciding` gives when nothing is lacking any more; it may be run several times."""
        lacks = Lacks()
        while True:
            try:
                return await deciding()
            except Unloaded as lack:
                for account in self.knowing.lacking:
                    lacks.note(account, lack)
                self.start_over()
                await self.knowing.load()
            except OwnerWanted as wanted:
                self.start_over()
                await self._read_owner(wanted)

    async def oversee(self) -> None:
        """Read what the person may do, if it is one."""
        if self.origin.overseer is not None:
            self.overseeing = await self.origin.overseer.prepare(self.now)

    def judged(self, acts: Sequence[Act], *, dry_run: bool) -> Refusal | tuple[Beside, ...]:
        """Whether the person may do all of it; what is to be written with it."""
        if self.overseeing is None or not any(acts):
            return ()
        return judged(self.origin, self.overseeing, acts, dry_run=dry_run)

    async def open_all(self, foreseen: Mapping[int, Collection[int]] = NOTHING) -> None:
        """Read the accounts anew, and their policies; with them the rows that are foreseen."""
        knowing, unread = self.knowing, list(self.accounts)
        while unread:
            for account in unread:
                book = knowing.book(account)
                rows: Collection[int] = foreseen.get(account, ())
                if book is not None:
                    knowing.reopen(book)
                    rows = [each for each in rows if each not in book.rows]
                knowing.lacking[account] = Unloaded(rows=frozenset(rows)) if rows else None
            await knowing.load(anew=True)
            books = [knowing.book(account) for account in unread]
            unread = [book.number for book in books if book and not knowing.is_fresh(book)]

    def start_over(self) -> None:
        """Forget what was decided."""
        self.copies.clear()
        self.writing.clear()
        self.changes.clear()
        self._unmoved.clear()

    def keep(self) -> None:
        """Keep in memory what was read for a request that is refused: it was decided on copies."""
        self.start_over()
        self.knowing.saved(self.writing)

    async def _read_owner(self, wanted: OwnerWanted) -> None:
        guardian = self.resources.guardian
        assert guardian is not None
        self.owners[wanted.guard] = await guardian.owner(wanted.guard, tenant=wanted.tenant)

    async def save(self) -> None:
        """Save what was decided, if anything. Raises SaveConflict."""
        knowing, writing = self.knowing, self.writing
        for book in self.copies.values():
            if book.records:
                knowing.cache(book.number).replace(book)
                writing.books[book.number] = book
        for guard in self.changes:
            owner = self.owners.get(guard)
            if owner is not None:
                writing.guard(guard, owner.version)
                for further in owner.guards:
                    writing.guard(*further)
        batches = await writing.batches()
        if batches:
            await save(self.resources.store, batches)
        knowing.saved(writing)

    def is_large(self, account: int) -> bool:
        """Whether deciding about the account may keep the event loop for too long."""
        book = self.knowing.book(account)
        return book is not None and book.size > LARGE

    def command(
        self, book: Book, command: Command
    ) -> Sequence[Transaction] | AlreadyCancelled | Refusal:
        """Decide one command; the rows of a transfer's cancel are those of this account first."""
        if isinstance(command, Cancel):
            try:
                row = book.row(command.target)
                if row is not None and is_passing(row):
                    if command.only_pending and row.kind is Kind.TRANSFER_IN:
                        return cancelled_where_earned(self, book, command)
                    return Refusal(Code.NOT_CANCELLABLE, OF_A_MERGE, book.active)
                merged = merged_among(self, book, command)
                if merged:
                    return forwarded(self, book, command, merged)
            except Unloaded as lack:
                if self.knowing.lacking:
                    raise
                raise self.lacks(book, lack) from None
        return self.plainly(book, command)

    def plainly(
        self, book: Book, command: Command
    ) -> Sequence[Transaction] | AlreadyCancelled | Refusal:
        """Decide one command, whether or not its accounts are merged ones."""
        try:
            refusal = self._objection(book, command)
            decision = refusal or decide(book, command, self.now)
        except Unloaded as lack:
            raise self.lacks(book, lack) from None
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
        if guard is None or not self.objects(guard):
            return None
        assert isinstance(command, Cancel)
        aim = take_aim(book, command, self.settled(book))
        if not isinstance(aim, Aim):
            return None  # refused, or done before: the owner makes no difference
        if guard not in self.owners:
            raise OwnerWanted(guard, book.tenant)
        if self._shares_guards(guard):
            return Refusal(Code.NOT_CANCELLABLE, "cancel it in a request of its own", book.active)
        change = Change(aim.original, aim.amount, book.policy.scale)
        why = self.owners[guard].objection(change, self.changes.get(guard, ()))
        return None if why is None else Refusal(Code.NOT_CANCELLABLE, why, book.active)

    def _shares_guards(self, guard: str) -> bool:
        """Whether the answer rests on what another owner's movement has just changed."""
        subjects = {each.subject for each in self.owners[guard].guards}
        return any(
            other != guard and not subjects.isdisjoint(each.subject for each in owner.guards)
            for other, owner in self.owners.items()
            if other in self.changes
        )

    def objects(self, guard: str) -> bool:
        """Whether the owner of the guard is asked before its movement comes back in force."""
        return True

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

    def _cancel_transfer(
        self, asked: Book, command: Command, peer: int
    ) -> Legs | AlreadyCancelled | Refusal:
        """A refusal leaves both books as they were: a joint plan may go on after it."""
        assert isinstance(command, Cancel)
        account, seq = split_number(peer)
        other = self.reached(account)
        now = self.settled(asked, other)
        before = {book.number: book.copy() for book in (asked, other)}
        try:
            for book, target in ((asked, command.target), (other, seq)):
                if book.row(target) is None:
                    return NOT_FOUND
            legs = decide_transfer_cancel(asked, other, command, seq, now)
        except Unloaded as lack:
            for book in (asked, other):
                self._want(book, lack)
            raise
        if not isinstance(legs, Legs):
            self.copies.update(before)
        return legs

    def reached(self, account: int) -> Book:
        """The copy of an account that turned out to be concerned. Raises MoreShards, Refused."""
        if account not in self.accounts:
            self.accounts.add(account)
            raise MoreShards
        self.check_unmoved(account)
        return self.copied(account)

    def settled(self, *books: Book) -> int:
        """Settle the books; returns the instant at which to decide about both."""
        now = max([self.now, *(book.clock for book in books)])
        for book in books:
            try:
                settle(book, now)
            except Unloaded as lack:
                raise self.lacks(book, lack) from None
        return now

    def copied(self, account: int) -> Book:
        """The account's copy. Raises Refused if there is no such account."""
        copy = self.copies.get(account)
        if copy is None:
            book = self.knowing.book(account)
            if book is None:
                raise Refused(NOT_FOUND)
            copy = self.copies[account] = book.copy()
            copy.who = self.origin.who
        return copy

    def check_unmoved(self, account: int) -> None:
        """Before its first write: raises Refused if the account has moved since its caller looked,
        and Unloaded."""
        if account in self._unmoved or account not in self.origin.expected:
            return
        book = self.copied(account)
        self.settled(book)
        refusal = moved(self.origin, book)
        if refusal is not None:
            raise Refused(refusal)
        self._unmoved.add(account)

    def lacks(self, book: Book, lack: Unloaded) -> Unloaded:
        """Note that the book lacks something; returns the exception to raise."""
        self._want(book, lack)
        return lack

    def _want(self, book: Book, lack: Unloaded) -> None:
        self.knowing.lacking[book.number] = lack
