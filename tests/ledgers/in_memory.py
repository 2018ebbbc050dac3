"""The domain alone: complete books, nothing stored, no concurrency.

After every step each book is rebuilt from its rows and held against the book that made them,
so that every test that plays on this ledger also tests replay (law 8).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from stampbook.domain.audit import blank, rebuild, replay
from stampbook.domain.balance import balance_of
from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Command, Note, Settle
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.decisions.recancelling import Elsewhere
from stampbook.domain.decisions.settling import settle
from stampbook.domain.decisions.transferring import Legs, decide_transfer, decide_transfer_cancel
from stampbook.domain.facts import AccountFacts
from stampbook.domain.model import AccountStatus, Movement, Transaction, split_number
from stampbook.domain.packing import lot_fields
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Code, Refusal
from stampbook.domain.state import take_state
from tests.attributes import described
from tests.ledgers.seen import Answer, Balance, Lot, Plan, Row, View

Decided = tuple[list[tuple[str, Transaction]], bool] | Refusal
"""The rows of a request with their accounts, and whether it had been done before."""

_accounts = count(1)


class InMemoryLedger:
    """Implements tests.ledgers.seen.Ledger on the domain's functions."""

    def __init__(self) -> None:
        self.now = 0
        self.books: dict[str, Book] = {}
        self.names: dict[int, str] = {}
        self.currencies: dict[str, str] = {}
        self.keys: dict[str, tuple[object, Answer]] = {}
        self.external_ids: dict[str, tuple[object, Answer]] = {}

    async def found(self, plan: Plan) -> None:
        for number, (name, policy) in enumerate(plan.currencies.items(), 1):
            plan.currencies[name] = policy._replace(currency=number, program=1, tenant=1, version=1)
        members = {each.member: None for each in plan.accounts.values()}
        for name, each in plan.accounts.items():
            policy = plan.currencies[each.currency]
            book = empty_book(next(_accounts), policy, member=list(members).index(each.member) + 1)
            self.books[name] = book
            self.names[book.number] = name
            self.currencies[name] = each.currency

    async def finish(self) -> None:
        """Every step was audited as it was made."""

    def set_clock(self, now: int) -> None:
        self.now = now

    async def submit(
        self, account: str, command: Command, *, key: str | None = None, dry_run: bool = False
    ) -> Answer:
        return self._once(
            (account, command),
            key,
            getattr(command, "note", Note()).external_id,
            dry_run,
            lambda: self._carry_out(account, command),
        )

    async def transfer(
        self,
        source: str,
        receiver: str,
        amount: int,
        *,
        note: Note,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Answer:
        return self._once(
            (source, receiver, amount, note),
            key,
            note.external_id,
            dry_run,
            lambda: self._carry_transfer_out(source, receiver, amount, note),
        )

    async def find(self, external_id: str) -> tuple[str, int] | None:
        known = self.external_ids.get(external_id)
        return (known[1].rows[0].account, known[1].rows[0].seq) if known else None

    async def forget(self, account: str) -> None:
        """There is nothing but memory."""

    async def settle(self, account: str) -> None:
        decide(self.books[account], Settle(), self.now)
        self._audit(account)

    async def balance(self, account: str, at: int | None = None) -> Balance:
        return seen_balance(self._look(account, at))

    async def lots(self, account: str) -> list[Lot]:
        return seen_lots(self._look(account))

    async def allocation(self, account: str, seq: int) -> dict[int, int]:
        return dict(self._look(account).redemptions[seq].parts)

    async def journal(self, account: str) -> list[Row]:
        return seen(account, self._look(account)).rows

    async def everything(self, account: str) -> View:
        return seen(account, self._look(account))

    async def set_account(self, account: str, status: AccountStatus) -> None:
        book = self.books[account]
        book.status, book.version = status, book.version + 1

    async def set_policy(self, currency: str, policy: Policy) -> None:
        for name, book in self.books.items():
            if self.currencies[name] == currency:
                old = book.policy
                book.policy = policy._replace(
                    currency=old.currency, program=1, tenant=1, version=old.version + 1
                )

    # -- the parts of a request -----------------------------------------------------

    def _once(
        self,
        body: object,
        key: str | None,
        external_id: str | None,
        dry_run: bool,
        carry_out: Callable[[], Decided],
    ) -> Answer:
        """Answer a repeat by key or external id as before; else carry the request out."""
        for known, code in (
            (self.keys.get(key or ""), Code.IDEMPOTENCY_KEY_REUSED),
            (self.external_ids.get(external_id or ""), Code.EXTERNAL_ID_TAKEN),
        ):
            if known is not None:
                same = known[0] == body
                return known[1]._replace(replayed=True) if same else Answer(code)
        if dry_run:
            kept, self.books = self.books, {name: b.copy() for name, b in self.books.items()}
        decided = carry_out()
        if dry_run:
            self.books = kept
        if isinstance(decided, Refusal):
            return Answer(decided.code)
        rows, already = decided
        answer = Answer(None, tuple(seen_row(name, row) for name, row in rows), already)
        if key and not dry_run:
            self.keys[key] = (body, answer)
        if external_id and not dry_run and not already:
            self.external_ids[external_id] = (body, answer)
        return answer

    def _carry_out(self, account: str, command: Command) -> Decided:
        book = self.books[account]
        decided = decide(book, command, self.now)
        self._audit(account)
        if isinstance(decided, Elsewhere):
            assert isinstance(command, Cancel)
            return self._cancel_transfer(account, command, decided.peer)
        if isinstance(decided, AlreadyCancelled):
            return [(account, decided.transaction)], True
        if isinstance(decided, Refusal):
            return decided
        assert decided is not None
        return [(account, decided)], False

    def _carry_transfer_out(self, source: str, receiver: str, amount: int, note: Note) -> Decided:
        now = self._settle_both(source, receiver)
        legs = decide_transfer(self.books[source], self.books[receiver], amount, note, now)
        return self._legs(source, receiver, legs)

    def _cancel_transfer(self, account: str, command: Cancel, peer: int) -> Decided:
        number, seq = split_number(peer)
        other = self.names[number]
        now = self._settle_both(account, other)
        books = self.books
        # A refusal may come after one leg's decision: the engine works on copies, so does this.
        trial = books[account].copy(), books[other].copy()
        legs = decide_transfer_cancel(*trial, command, seq, now)
        if isinstance(legs, Legs):
            books[account], books[other] = trial
        return self._legs(account, other, legs)

    def _legs(self, first: str, second: str, legs: Legs | AlreadyCancelled | Refusal) -> Decided:
        self._audit(first)
        self._audit(second)
        if isinstance(legs, Refusal):
            return legs
        if isinstance(legs, AlreadyCancelled):
            return [(first, legs.transaction)], True
        rows = [(self.names[row.account], row) for row in legs]
        return sorted(rows, key=lambda row: row[0] != first), False

    def _settle_both(self, first: str, second: str) -> int:
        books = self.books[first], self.books[second]
        now = max(self.now, books[0].clock, books[1].clock)
        for book in books:
            settle(book, now)
        return now

    def _look(self, account: str, at: int | None = None) -> Book:
        """A settled copy of the book, now or as it was at a past instant."""
        book = self.books[account].copy()
        at = self.now if at is None else at
        if at < book.clock:
            rows = [book.rows[seq] for seq in sorted(book.rows) if book.rows[seq].recorded_at <= at]
            book = rebuild(book.facts(), book.policy, rows)
        settle(book, max(at, book.clock))
        return book

    def _audit(self, account: str) -> None:
        audit(self.books[account])


def empty_book(number: int, policy: Policy, *, member: int = 1) -> Book:
    """The complete book of a new account of the policy's currency."""
    facts = AccountFacts(
        number=number,
        shard=0,
        tenant=policy.tenant,
        program=policy.program,
        currency=policy.currency,
        member=member,
        status=AccountStatus.OPEN,
        version=1,
    )
    return Book(facts, policy, complete=True)


def audit(book: Book) -> None:
    """Rebuild the book from its records, which checks the laws, and hold one against the other."""
    rebuilt = blank(book)
    faults = list(replay(rebuilt, book.records))
    assert not faults, faults
    assert contents(rebuilt) == contents(book)
    assert contents(reopened(book)) == open_contents(book)


def reopened(book: Book) -> Book:
    """The book as its last state alone makes it."""
    opened = Book(book.facts(), book.policy)
    since = book.state_seq - 1
    if book.seq:
        take_state(opened, [record.state for record in book.records[since:]])
    return opened


def contents(book: Book) -> dict[str, Any]:
    """All that a book holds, in a form that can be compared."""
    return {
        "facts": book.facts(),
        "common": (book.lots_made, book.slides_at, book.slid_at),
        "lots": {seq: lot_fields(lot) for seq, lot in sorted(book.lots.items())},
        "open": (sorted(book.open_lots), book.owing_parts),
        "parts": {
            seq: (redemption.held, sorted(redemption.parts.items()))
            for seq, redemption in sorted(book.redemptions.items())
            if redemption.parts
        },
        "movements": {
            seq: described(movement)
            for seq, movement in sorted(book.movements.items())
            if seq not in book.rows or not _is_as_written(movement, book.rows[seq])
        },
        "windows": [
            window.keys for window in (book.spendable, book.waiting, book.deadlines, book.owing)
        ],
    }


def open_contents(book: Book) -> dict[str, Any]:
    """The same of what is open."""
    twin = book.copy()
    twin.saved()
    twin.prune()
    return contents(twin)


def _is_as_written(movement: Movement, row: Transaction) -> bool:
    expected = Movement(seq=row.seq, base=row.amount)
    return described(movement) == described(expected)


def seen(account: str, book: Book) -> View:
    """Everything that a complete, settled book holds."""
    return View(
        seen_balance(book),
        seen_lots(book),
        [seen_row(account, book.rows[seq]) for seq in sorted(book.rows)],
        {seq: dict(redemption.parts) for seq, redemption in book.redemptions.items()},
    )


def seen_row(account: str, row: Transaction) -> Row:
    return Row(
        account,
        row.seq,
        row.kind,
        row.amount,
        row.balance_before,
        row.balance_after,
        row.recorded_at,
        row.shortfall,
        row.target,
    )


def seen_balance(book: Book) -> Balance:
    return Balance(*balance_of(book))


def seen_lots(book: Book) -> list[Lot]:
    return [
        Lot(
            lot.seq,
            lot.accrued_by,
            lot.pending,
            lot.available,
            lot.held,
            lot.spent,
            lot.expired,
            lot.revoked,
            lot.activates_at,
            book.expires_at(lot),
        )
        for _, lot in sorted(book.lots.items())
    ]
