"""A program with a member, rules, and events, on a store."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stampbook.domain.commands import Cancel
from stampbook.domain.model import Transaction
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.loyalty.events import storing
from stampbook.loyalty.events.acquaintances import Acquaintances
from stampbook.loyalty.events.awarding import Awarding, fire
from stampbook.loyalty.events.model import Judged, Occurrence
from stampbook.loyalty.judging.values import Held
from stampbook.loyalty.model import (
    Award,
    Earning,
    Fixed,
    Limits,
    OrderFacts,
    Trigger,
    Version,
)
from stampbook.loyalty.rules import storing as rules
from stampbook.loyalty.rules.catalogue import Catalogues
from stampbook.loyalty.rules.storing import Rule
from stampbook.loyalty.turns import Turns
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.fingerprints import fingerprint
from stampbook.storage.store import Store

DAY = 86_400_000_000
NOW = 1_796_083_200_000_000  # 2026-12-01T00:00:00Z
UNLIMITED = Limits()
_ids = itertools.count(1)


class World:
    """One program of one currency. The clock only moves when a test moves it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.ledger = Ledger(store, clock=lambda: self.now)
        self.awarding = self.server()
        self.program: Program
        self.currency: Currency
        self.member: Member

    def server(self, ledger: Ledger | None = None) -> Awarding:
        """What a further server process has."""
        return Awarding(
            self.store,
            ledger or self.ledger,
            lambda: self.now,
            Catalogues(),
            Turns(),
            Acquaintances(),
        )

    async def begin(self) -> None:
        async with self.store.transaction() as writing:
            self.program = await programs.create(writing, tenant=1, name="Club", now=self.now)
            self.currency = await currencies.create(
                writing, self.program, name="Points", now=self.now
            )
            self.member = await members.create(writing, self.program, now=self.now)

    async def another_member(self) -> Member:
        async with self.store.transaction() as writing:
            return await members.create(writing, self.program, now=self.now)

    async def rule(
        self,
        points: int = 100,
        *,
        condition: str | None = None,
        limits: Limits = UNLIMITED,
        trigger: Trigger = Trigger.CUSTOM_EVENT,
        name: str | None = "played",
        version: Version | None = None,
        program: int | None = None,
    ) -> Rule:
        """An active rule that gives points."""
        if version is None:
            effects = (Fixed(self.currency.currency_id, points),)
            version = Version(0, 0, 0, trigger, name, (Earning(effects, condition),), limits=limits)
        async with self.store.transaction() as writing:
            rule = await rules.create(
                writing,
                tenant=1,
                program=program or self.program.program_id,
                name="Rule",
                version=version,
                now=self.now,
            )
            return await rules.activate(writing, rule, now=self.now)

    def played(
        self,
        *,
        at: int | None = None,
        member: Member | None = None,
        external_id: str | None = None,
        metadata: str = "{}",
    ) -> Occurrence:
        """A custom event."""
        return Occurrence(
            tenant=1,
            program=self.program.program_id,
            member=(member or self.member).member_id,
            kind=Trigger.CUSTOM_EVENT,
            effective_at=at,
            external_id=external_id or f"event {next(_ids)}",
            fingerprint=fingerprint({"metadata": metadata, "at": at}),
            name="played",
            metadata=metadata,
        )

    async def play(self, on: Awarding | None = None, **given: object) -> Judged:
        (judged,) = await fire(on or self.awarding, [self.played(**given)])  # type: ignore[arg-type]
        return judged

    async def buy(self, total: int, **given: object) -> Judged:
        """An order that is paid."""
        what = self.played(**given)._replace(  # type: ignore[arg-type]
            kind=Trigger.ORDER_PAID, name=None, order=OrderFacts(total, 0, total, ())
        )
        (judged,) = await fire(self.awarding, [what])
        return judged

    async def active(self, member: Member | None = None) -> int:
        """The member's active points."""
        found = await accounts.primary(
            self.store,
            member=(member or self.member).member_id,
            currency=self.currency.currency_id,
        )
        if found is None:
            return 0
        read = await self.ledger.balance(found.account_id, tenant=1)
        assert read is not None
        return read[1].active

    async def cancel(self, award: Award, amount: int | None = None) -> Transaction:
        """Cancel an award's accrual by hand."""
        done = await self.ledger.submit(Submission(1, award.account, (Cancel(award.seq, amount),)))
        assert isinstance(done, Done), done
        return done.transactions[0]

    async def held(self, judged: Judged) -> list[Held]:
        return await storing.awards_of(self.store, judged.event.event_id, tenant=1)


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[World]:
    world = World(store)
    await world.begin()
    await world.ledger.start()
    try:
        yield world
    finally:
        await world.ledger.stop()


def gave(judged: Judged) -> list[int]:
    """The amounts of the awards."""
    return [award.amount for award in judged.awards]


def why(judged: Judged) -> list[str]:
    return [str(verdict.reason) for verdict in judged.verdicts]
