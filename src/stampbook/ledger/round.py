"""One attempt at a batch: works are decided in order, from `Knowing` into `Writing`.

Single commands change books in the cache in place; several commands at once, and dry runs, are
decided on a copy. If the save fails, every book that was touched is forgotten and a new round
begins from the store.

No answer rests on a stale cache. An answer that writes something is guarded by the journal's
primary key; one that writes nothing (a refusal, a repeat, a dry run) must come from a book that
this round has read from the store, or that its save guards.
"""

from collections.abc import Sequence

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Command
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.decisions.recancelling import Elsewhere
from stampbook.domain.decisions.settling import settle
from stampbook.domain.facts import Unloaded
from stampbook.domain.invariants import BrokenInvariant
from stampbook.domain.model import NOBODY, Transaction
from stampbook.domain.refusals import Refusal
from stampbook.ledger.guarding import Guardian, guards_moved, restores_guarded
from stampbook.ledger.knowing import Knowing
from stampbook.ledger.origin import Origin, judged, moved
from stampbook.ledger.outcomes import Done
from stampbook.ledger.refused import NOT_FOUND, Reused, spoilt
from stampbook.ledger.repeating import earlier_use
from stampbook.ledger.submission import ANY_TENANT, Submission, external_ids_of
from stampbook.ledger.work import (
    Guilty,
    Lacks,
    NotLookedUp,
    Stale,
    StaleGuard,
    Work,
    expiries_of,
    takes_long,
    view_of,
)
from stampbook.ledger.writing import Writing
from stampbook.pacing import Slices, apart
from stampbook.storage.store import Beside


class Round:
    """Decides the works of one batch at the instant `now`. It reads and saves nothing itself.

    `elsewhere` are the works that cannot be decided in a batch (ledger.holding.wide): they concern
    a transfer's other leg, or a merged account, or the owner of a movement must be read first.
    """

    __slots__ = ("_guardian", "_origin", "_who", "elsewhere", "knowing", "now", "writing")

    def __init__(
        self, knowing: Knowing, writing: Writing, now: int, guardian: Guardian | None
    ) -> None:
        self.knowing = knowing
        self.writing = writing
        self.now = now
        self._guardian = guardian
        self._origin: Origin | None = None
        self._who = NOBODY
        self.elsewhere: list[Work] = []

    async def run(self, works: Sequence[Work]) -> None:
        """Decide every work. Afterwards each has a result, repeats, or is in `elsewhere`.

        Raises Guilty for a work whose decision raised: the round is over, its books are void.
        """
        waiting: Sequence[Work] = works
        knowing = self.knowing
        knowing.foresee(work.item for work in works)
        slices, lacks = Slices(), Lacks()
        while waiting:
            if knowing.lacking:
                await knowing.load()
            deferred: list[Work] = []
            blocked: set[int] = set()
            unknown: list[Submission] = []
            for work in waiting:
                account = work.item.account
                if account in blocked:
                    deferred.append(work)
                    continue
                if slices.over:
                    await slices.pause()
                try:
                    book = knowing.book(account)
                    if book is not None and takes_long(book, work.item, self.now):
                        await apart(self._decide, work, work.item, book)
                    else:
                        self._decide(work, work.item, book)
                except Unloaded as lack:
                    try:
                        lacks.note(account, lack)
                    except BrokenInvariant as broken:
                        # Another server may have written it since the book was read.
                        if book is None or not self._is_doubtful(book):
                            raise Guilty(work, broken) from broken
                        knowing.reopen(book)
                        lacks.forget()
                    else:
                        knowing.lacking[account] = lack
                    blocked.add(account)
                    deferred.append(work)
                except StaleGuard as stale:
                    work.fail(stale)
                except NotLookedUp:
                    unknown.append(work.item)
                    blocked.add(account)
                    deferred.append(work)
                except Stale:
                    lacks.forget()
                    blocked.add(account)
                    deferred.append(work)
                except Exception as error:
                    raise Guilty(work, error) from error
            if unknown:
                await knowing.look_up(unknown)
            waiting = deferred

    def _decide(self, work: Work, item: Submission, book: Book | None) -> None:
        if self._is_repeat(work, item):
            return
        if book is None:
            if not self.knowing.is_missing(item.account):
                self.knowing.lacking.setdefault(item.account, None)
                raise Stale
            work.result = NOT_FOUND
            return
        if item.tenant not in (book.tenant, ANY_TENANT) or (
            item.program is not None and book.program != item.program
        ):
            work.result = NOT_FOUND
            return
        if work.origin is not self._origin:  # a bulk has many works of one origin
            self._origin, self._who = work.origin, work.origin.who
        book.who = self._who
        if item.guard is not None:
            self._check_guard(*item.guard)
        if item.subject is not None and not self.knowing.knows_subject(item.account, item.subject):
            raise Unloaded(subjects=frozenset((item.subject,)))
        if item.account in work.origin.expected and item.tenant != ANY_TENANT:
            self._settle(book)
            stale = moved(work.origin, book)
            if stale is not None:
                self._answer_unwritten(work, item, book, stale)
                return
        if book.merged_into and (item.planner is not None or _cancels(item.commands)):
            self.elsewhere.append(work)
            return
        commands: Sequence[Command] = item.commands
        if item.planner is not None:
            self._settle(book)
            planned = item.planner(book, max(self.now, book.clock))
            if isinstance(planned, Refusal):
                self._answer_unwritten(work, item, book, planned)
                return
            commands = planned
        elif restores_guarded(self._guardian, book, commands):
            self.elsewhere.append(work)
            return
        if item.dry_run or len(commands) != 1 or work.overseeing is not None:
            self._decide_on_copy(work, item, book, commands)
            return
        (command,) = commands
        try:
            decision = decide(book, command, self.now)
        finally:
            if book.records:
                self.writing.books[book.number] = book
        if isinstance(decision, Transaction):
            self._succeed(work, item, book, (decision,))
            return
        self._answer_unwritten(work, item, book, decision)

    def _is_repeat(self, work: Work, item: Submission) -> bool:
        """Whether the key or an external id of the work was used before; answers it if so."""
        try:
            work.repeats = earlier_use(work, item, self.knowing, self.writing)
        except Reused as reused:
            work.result = reused.refusal
            return True
        return work.repeats is not None

    def _check_guard(self, subject: str, version: int) -> None:
        if self.writing.is_guarded(subject) or self.knowing.has_moved(subject, version):
            raise StaleGuard(subject)

    def _settle(self, book: Book) -> None:
        try:
            settle(book, max(self.now, book.clock))
        finally:
            # Events that were settled before a fact turned out to be missing stay settled.
            if book.records:
                self.writing.books[book.number] = book

    def _decide_on_copy(
        self, work: Work, item: Submission, book: Book, commands: Sequence[Command]
    ) -> None:
        """All of the commands or none: a copy takes the book's place only if all succeed."""
        self._settle(book)
        twin, is_alone = book.copy(), len(commands) == 1
        rows: list[Transaction] = []
        for command in commands:
            decision = decide(twin, command, self.now)
            if isinstance(decision, Transaction):
                rows.append(decision)
            elif decision is not None:
                if not (is_alone or isinstance(decision, Refusal)):
                    decision = spoilt(decision)
                self._answer_unwritten(work, item, book, decision)
                return
        beside: tuple[Beside, ...] = ()
        if rows and work.overseeing is not None:
            acts = [[(twin, rows)]]
            verdict = judged(work.origin, work.overseeing, acts, dry_run=item.dry_run)
            if isinstance(verdict, Refusal):
                self._answer_unwritten(work, item, book, verdict)
                return
            beside = verdict
        if item.dry_run:
            self._require_current(item, book)
            work.result = Done(
                view_of(twin), tuple(rows), dry_run=True, expiries=expiries_of(twin, rows)
            )
            return
        if not rows:
            self._answer_unwritten(work, item, book, None)
            return
        self.knowing.cache(twin.number).replace(twin)
        self.writing.books[twin.number] = twin
        self._succeed(work, item, twin, tuple(rows))
        self.writing.gather_beside(beside)

    def _succeed(
        self, work: Work, item: Submission, book: Book, rows: tuple[Transaction, ...]
    ) -> None:
        work.result = Done(view_of(book), rows, expiries=expiries_of(book, rows))
        writing = self.writing
        if item.guard is not None:
            writing.guard(*item.guard)
        elif self._guardian is not None:
            writing.move(guards_moved(self._guardian, book, rows))
        if item.key is not None:
            writing.remember(work, rows[0], len(rows))
        writing.remember_external_ids(book.program, work, rows)
        if item.beside is not None:
            writing.gather_beside(item.beside(rows))

    def _answer_unwritten(
        self,
        work: Work,
        item: Submission,
        book: Book,
        decision: AlreadyCancelled | Elsewhere | Refusal | None,
    ) -> None:
        """An answer that writes nothing of its own: it must not rest on a stale book."""
        if isinstance(decision, Elsewhere):
            self.elsewhere.append(work)
            return
        self._require_current(item, book)
        if isinstance(decision, Refusal):
            work.result = decision
        elif isinstance(decision, AlreadyCancelled):
            row = decision.transaction
            work.result = Done(view_of(book), (row,), already=True, dry_run=item.dry_run)
            if not item.dry_run:
                self.writing.remember(work, row, 1, already=True)
        else:
            work.result = Done(view_of(book), (), dry_run=item.dry_run)
            if not item.dry_run:
                self.writing.remember_nothing(work, book)

    def _require_current(self, item: Submission, book: Book) -> None:
        """Raise unless an answer that writes nothing is right; the item is then decided again:
        NotLookedUp until it is known whether the item repeats an earlier one, then Stale unless
        the book or its save is proved to be current.

        For answers that write something the save finds both out.
        """
        knowing = self.knowing
        keyed = item.key is not None and not item.dry_run
        if (keyed or external_ids_of(item)) and not knowing.is_looked_up(item):
            raise NotLookedUp
        if self._is_doubtful(book):
            knowing.reopen(book)
            raise Stale

    def _is_doubtful(self, book: Book) -> bool:
        """Whether nothing proves that the book is current: this round has not read it, and saves
        nothing of it."""
        return book.number not in self.writing.books and not self.knowing.is_fresh(book)


def _cancels(commands: Sequence[Command]) -> bool:
    return any(isinstance(command, Cancel) for command in commands)
