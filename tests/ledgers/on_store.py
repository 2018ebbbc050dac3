"""The engine on a store: the whole way of a command but for HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from stampbook.domain.audit import apply_row, blank
from stampbook.domain.book import Book
from stampbook.domain.commands import Command, Note
from stampbook.domain.decisions.settling import settle
from stampbook.domain.model import FOREVER, AccountStatus
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Outcome
from stampbook.ledger.submission import Submission, Transfer
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.policies import Terms
from stampbook.storage.store import Store
from stampbook.verifying.accounts import verify_accounts
from tests.ledgers.in_memory import seen, seen_balance, seen_row
from tests.ledgers.seen import Answer, Balance, Lot, Plan, Row, View

TENANT = 1
PAGE = 500


class StoreLedger:
    """Implements tests.ledgers.seen.Ledger. Each use makes a program of its own in the store.

    An `engine` that is given may be that of others, too: who gives it starts and stops it, and
    sets its clock.
    """

    def __init__(self, store: Store, *, tenant: int = TENANT, engine: Ledger | None = None) -> None:
        self.store = store
        self.tenant = tenant
        self.now = 0
        self.is_shared = engine is not None
        self.engine = engine or Ledger(store, clock=lambda: self.now)
        self.accounts: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.currencies: dict[str, currencies.Currency] = {}
        self.program = 0

    async def found(self, plan: Plan) -> None:
        if not self.is_shared:
            await self.engine.start()
        any_policy = next(iter(plan.currencies.values()))
        async with self.store.transaction() as writing:
            program = await programs.create(
                writing,
                tenant=self.tenant,
                name="a scenario's",
                now=0,
                timezone=any_policy.timezone,
                status="active" if any_policy.accepts else "inactive",
                starts_at=None if any_policy.starts_at == -FOREVER else any_policy.starts_at,
                ends_at=None if any_policy.ends_at == FOREVER else any_policy.ends_at,
            )
            self.program = program.program_id
            for name, policy in plan.currencies.items():
                self.currencies[name] = await currencies.create(
                    writing, program, name=name, now=0, scale=policy.scale, terms=terms_of(policy)
                )
            people = {
                name: await members.create(writing, program, now=0, name=name)
                for name in dict.fromkeys(each.member for each in plan.accounts.values())
            }
            for name, each in plan.accounts.items():
                account = await accounts.open_account(
                    writing,
                    people[each.member],
                    self.currencies[each.currency],
                    shards=self.store.shards,
                    now=0,
                )
                self.accounts[name] = account.account_id
                self.names[account.account_id] = name

    async def finish(self) -> None:
        """Stop, and verify all that the program has in the store."""
        if not self.is_shared:
            await self.engine.stop()
        for shard in range(self.store.shards):
            async for account in verify_accounts(self.store, shard, program=self.program):
                assert not account.faults, account.faults

    def set_clock(self, now: int) -> None:
        self.now = now

    def submission(
        self, account: str, command: Command, *, key: str | None = None, dry_run: bool = False
    ) -> Submission:
        """The command as the engine takes it."""
        return Submission(
            tenant=self.tenant,
            account=self.accounts[account],
            commands=(command,),
            key=self._key(key),
            dry_run=dry_run,
        )

    async def submit(
        self, account: str, command: Command, *, key: str | None = None, dry_run: bool = False
    ) -> Answer:
        submission = self.submission(account, command, key=key, dry_run=dry_run)
        return self._answer(await self.engine.submit(submission))

    async def submit_all(
        self, requests: Sequence[tuple[str, Command, str]], *, atomic: bool
    ) -> list[Answer]:
        """Many at once: account, command and key of each."""
        items = [self.submission(account, what, key=key) for account, what, key in requests]
        return [self._answer(each) for each in await self.engine.submit_all(items, atomic=atomic)]

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
        return self._answer(
            await self.engine.transfer(
                Transfer(
                    tenant=self.tenant,
                    source=self.accounts[source],
                    receiver=self.accounts[receiver],
                    amount=amount,
                    key=self._key(key),
                    dry_run=dry_run,
                    note=note,
                )
            )
        )

    async def find(self, external_id: str) -> tuple[str, int] | None:
        found = await self.store.find_external_ids([(self.program, external_id)])
        return (self.names[found[0].account], found[0].seq) if found else None

    async def forget(self, account: str) -> None:
        self.engine.forget([self.accounts[account]])

    async def settle(self, account: str) -> None:
        await self.engine.settle([self.accounts[account]])

    async def balance(self, account: str, at: int | None = None) -> Balance:
        found = await self.engine.balance(self.accounts[account], tenant=self.tenant, at=at)
        assert found is not None
        return Balance(*found[1])

    async def lots(self, account: str) -> list[Lot]:
        return (await self.everything(account)).lots

    async def allocation(self, account: str, seq: int) -> dict[int, int]:
        return (await self.everything(account)).allocations[seq]

    async def journal(self, account: str) -> list[Row]:
        return (await self.everything(account)).rows

    async def everything(self, account: str) -> View:
        """What the stored journal makes of the account by now; the engine's figures agree."""
        book, said = await self._book(account)
        now = max(self.now, book.clock)
        if book.next_due_at <= now:
            book = book.copy()
            settle(book, now)
        assert said == seen_balance(book)
        return seen(account, book)

    async def set_account(self, account: str, status: AccountStatus) -> None:
        number = self.accounts[account]
        await self.store.execute(
            "UPDATE accounts SET status = $1, version = version + 1 WHERE account_id = $2",
            int(status),
            number,
        )
        self.engine.forget([number])

    async def set_policy(self, currency: str, policy: Policy) -> None:
        async with self.store.transaction() as writing:
            await programs.update(
                writing,
                self.program,
                {"status": "active" if policy.accepts else "inactive"},
                tenant=self.tenant,
                now=self.now,
            )
            current = await currencies.get(
                writing, self.currencies[currency].currency_id, tenant=TENANT
            )
            assert current is not None
            await currencies.update(writing, current, now=self.now, terms=terms_of(policy))

    # -- inside --------------------------------------------------------------------------

    def _key(self, key: str | None) -> str | None:
        """Keys are the tenant's: every program of the tests has its own."""
        return None if key is None else f"{self.program}-{key}"

    async def book(self, account: str) -> Book:
        """The account's complete book, made of its stored journal."""
        book, _ = await self._book(account)
        return book.copy()

    async def _book(self, account: str) -> tuple[Book, Balance]:
        """The same, and what the engine says of the account. Do not change the book."""
        number = self.accounts[account]
        found = await self.engine.balance(number, tenant=self.tenant)
        assert found is not None
        known, said = found
        book = self._begun(account, known)
        book.policy, book.status, book.version = known.policy, known.status, known.version
        while page := await self.store.journal(number, after=book.seq, limit=PAGE):
            for row in page:
                apply_row(book, row)
        return book, Balance(*said)

    def _begun(self, account: str, known: Book) -> Book:
        """A book of the account that has its first rows, or none."""
        return blank(known)

    def _answer(self, outcome: Outcome) -> Answer:
        if isinstance(outcome, Refusal):
            return Answer(outcome.code)
        rows = tuple(seen_row(self.names[row.account], row) for row in outcome.transactions)
        return Answer(None, rows, outcome.already, outcome.replayed)


def terms_of(policy: Policy) -> Terms:
    """The currency's own part of a policy."""
    return Terms(**{field: getattr(policy, field) for field in Terms._fields})
