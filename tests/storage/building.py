"""Accounts, books and batches for the tests of stores, made with the domain's own decisions."""

from __future__ import annotations

import random
from collections.abc import Iterable

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Commit, Hold, Note, Redeem, Release
from stampbook.domain.deciding import decide
from stampbook.domain.model import (
    CREDITS,
    DEBITS,
    ORIGINALS,
    Kind,
    Lot,
    Movement,
    Redemption,
    Transaction,
)
from stampbook.domain.policy import ExpiryRule, PendingRule
from stampbook.ledger import writing
from stampbook.storage.policy_rows import encode_rules
from stampbook.storage.store import AccountFound, Batch, Demand, Store, Transacting
from tests.attributes import described

NOW = 1_700_000_000_000_000
DAY = 86_400_000_000


async def make_currency(
    store: Transacting,
    *,
    pending: PendingRule | None = None,
    expiry: ExpiryRule | None = None,
    spent_accrual: str = "debt",
    overdraft: int = 0,
) -> int:
    """A new currency in a new program of tenant 1."""
    program = await store.fetch_one(
        """
        INSERT INTO programs (tenant_id, name, timezone, status, created_at, updated_at)
        VALUES (1, 'Beans', 'Europe/Riga', 'active', 0, 0) RETURNING program_id
        """
    )
    assert program is not None
    currency = await store.fetch_one(
        """
        INSERT INTO currencies (program_id, tenant_id, name, code, scale, version, policy,
            spent_accrual, expired_restore, overdraft, temporary_timeout_s, created_at, updated_at)
        VALUES ($1, 1, 'Points', 'points', 2, 1, $2, $3, 'expire', $4, 86400, 0, 0)
        RETURNING currency_id
        """,
        program["program_id"],
        encode_rules(pending or PendingRule(), expiry or ExpiryRule()),
        spent_accrual,
        overdraft,
    )
    assert currency is not None
    number: int = currency["currency_id"]
    return number


async def make_accounts(store: Store, currency: int, count: int = 1) -> list[int]:
    """New accounts of the currency, each of a member of its own."""
    row = await store.fetch_one(
        "SELECT program_id FROM currencies WHERE currency_id = $1", currency
    )
    assert row is not None
    numbers: list[int] = []
    async with store.transaction() as writing:
        for _ in range(count):
            given = await writing.fetch_one(
                "INSERT INTO account_numbers DEFAULT VALUES RETURNING account_id"
            )
            member = await writing.fetch_one(
                """
                INSERT INTO members (program_id, tenant_id, status, created_at, updated_at)
                VALUES ($1, 1, 'active', 0, 0) RETURNING member_id
                """,
                row["program_id"],
            )
            assert given is not None
            assert member is not None
            number: int = given["account_id"]
            await writing.execute(
                """
                INSERT INTO accounts (shard, account_id, tenant_id, program_id, currency_id,
                                      member_id, is_primary, created_at)
                VALUES ($1, $2, 1, $3, $4, $5, $6, $7)
                """,
                number % store.shards,
                number,
                row["program_id"],
                currency,
                member["member_id"],
                True,
                NOW,
            )
            numbers.append(number)
    return numbers


async def make_account(store: Store, **policy: object) -> int:
    """A new account of a new currency."""
    currency = await make_currency(store, **policy)  # type: ignore[arg-type]
    (account,) = await make_accounts(store, currency)
    return account


async def load_one(store: Store, demand: Demand) -> AccountFound:
    """The answer to one demand."""
    (found,) = await store.load(demand.account % store.shards, [demand])
    return found


async def complete_book(store: Store, account: int) -> Book:
    """The account's book, empty as it must be, that from now on knows everything."""
    found = await load_one(store, Demand(account, opening=True))
    assert found.facts is not None
    assert found.facts.seq == 0
    (policy,) = await store.policies([found.facts.currency])
    return Book(found.facts, policy, complete=True)


def batch_of(book: Book) -> Batch:
    """All that is new in the book."""
    return writing.batch_of(book.shard, [book], {}, ())


async def save_book(store: Store, book: Book) -> None:
    """Save all that is new in the book."""
    if book.records:
        await store.save([batch_of(book)])
    book.saved()


async def carry_out(store: Store, book: Book, *commands: Command, now: int = NOW) -> None:
    """Decide the commands and save them as one batch; refusals have no effect."""
    for command in commands:
        decide(book, command, now)
    await save_book(store, book)


def random_commands(book: Book, dice: random.Random, count: int) -> Iterable[Command]:
    """Commands for the book as it is when each is asked for; many have an effect."""
    for at in range(count):
        target = dice.randint(1, max(1, book.seq))
        subject = dice.choice([None, "visit 1", "visit 2"])
        note = Note(
            subject=subject,
            reason=dice.choice([None, "заказ", "☕"]),
            metadata=dice.choice([None, '{"a": 1}']),
            actor=dice.choice([None, "anna"]),
            external_id=dice.choice([None, f"x{at}"]),
        )
        activates_at = dice.choice([None, None, NOW + dice.randint(1, 40) * DAY])
        expires_at = dice.choice([None, NOW + dice.randint(50, 400) * DAY])
        commands: list[Command] = [
            Accrue(
                dice.randint(1, 500),
                activates_at=activates_at,
                expires_at=expires_at,
                note=note,
            ),
            Accrue(dice.randint(1, 500), temporary=True, note=note),
            Accrue(dice.randint(100, 900), note=note),
            Redeem(dice.randint(1, 300), note=note),
            Redeem(dice.randint(1, 300), note=note),
            Hold(dice.randint(1, 200), note=note),
            Cancel(target, note=note),
            Cancel(target, note=note),
            Cancel(target, amount=dice.randint(1, 50), note=note),
            Commit(target, note=note),
            Release(target, note=note),
        ]
        yield dice.choice(commands)


async def lively_book(store: Store, account: int, *, seed: int, steps: int = 60) -> Book:
    """A book with a long random history, saved in batches of several rows, over some days."""
    book = await complete_book(store, account)
    dice = random.Random(seed)
    now = NOW
    for at, command in enumerate(random_commands(book, dice, steps)):
        now += dice.randint(1, DAY)
        decide(book, command, now)
        if at % 7 == 0:
            await save_book(store, book)
    await save_book(store, book)
    return book


# -- what a store must answer, from a complete book ---------------------------------------


class Expected:
    """The facts that a demand must bring, at least."""

    def __init__(self, book: Book, demand: Demand) -> None:
        self.book = book
        self.rows: set[int] = set()
        self.lots: set[int] = set(demand.lots)
        self.redemptions: set[int] = set(demand.redemptions)
        wanted = set(demand.rows) | {
            row.seq
            for row in book.rows.values()
            if row.subject in demand.subjects and row.kind in ORIGINALS
        }
        for seq in wanted:
            self._follow(book.rows[seq])
        for lot in demand.paid_by:
            self.redemptions.update(
                redemption.seq
                for redemption in book.redemptions.values()
                if lot in redemption.parts
            )
        for seq in self.redemptions:
            self.lots.update(lot for lot in self._parts(seq) if lot)

    def _parts(self, redemption: int) -> dict[int, int]:
        known = self.book.redemptions.get(redemption)
        return known.parts if known else {}

    def _follow(self, row: Transaction) -> None:
        root = self.book.rows[row.root]
        self.rows |= {row.seq, root.seq}
        if root.kind in DEBITS:
            self.redemptions.add(root.seq)
        for each in (row, root):
            if each.kind in CREDITS:
                self.lots.update(terms.lot for terms in each.terms)
        if row.kind is Kind.CANCEL:
            self.lots.update(posting.lot for posting in row.postings if posting.lot)
            self.redemptions.update(
                posting.redemption for posting in row.postings if posting.redemption
            )


def same(one: Lot | Movement | Redemption, other: Lot | Movement | Redemption) -> bool:
    """Whether two of the domain's objects say the same."""
    return type(one) is type(other) and described(one) == described(other)


def default_movement(row: Transaction) -> Movement:
    """How a transaction is of which the store has no row in `standings`."""
    return Movement(seq=row.seq, base=row.amount)
