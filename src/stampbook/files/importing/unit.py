"""One unit of rows: judged together, and written in one commit with the place in the file."""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Final

from stampbook.domain.refusals import Code
from stampbook.files.importing import people
from stampbook.files.importing.identity import named
from stampbook.files.importing.judging import Judging, Named, Target, refused_row
from stampbook.files.importing.overseen import Overseen
from stampbook.files.importing.people import Known
from stampbook.files.importing.progress import Refused, Tally
from stampbook.files.reading.faults import Wrong
from stampbook.files.reading.items import Item, Terms
from stampbook.ledger.engine import Ledger
from stampbook.ledger.joint import Acting, Beside, Joint, JointRefused, Planned
from stampbook.ledger.saving import pause_after_conflict
from stampbook.ledger.work import StaleGuard
from stampbook.pacing import in_turns
from stampbook.programs import programs
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.faults import Changed
from stampbook.programs.members import Member
from stampbook.programs.people import overseeing
from stampbook.programs.people.overseeing import Bounds
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting

UNIT: Final = 500
"""Rows of a unit."""

MAX_TRIES: Final = 40
"""How often a unit is judged anew because others write to the same accounts."""

Steps = Callable[[Tally], tuple[Beside, ...]]
"""What is written with a unit, by what became of its rows."""


class Busy(Exception):
    """Others keep changing the accounts of the unit."""


class Overtaken(Exception):
    """Somebody else has gone on with the import, or has stopped it."""


class Writer:
    """Writes units of rows into one program."""

    def __init__(
        self,
        ledger: Ledger,
        program: Program,
        currencies: Mapping[int, Currency],
        terms: Terms,
        source: str,
        overseer: Bounds | None = None,
    ) -> None:
        self.ledger = ledger
        self.store = ledger.store
        self.program = program
        self.currencies = currencies
        self.terms = terms
        self.source = source
        self._overseer = overseer

    async def judge(self) -> overseeing.Judging | None:
        """What the person who sent the file may do now; None if nothing binds them."""
        return None if self._overseer is None else await self._overseer.prepare(self.ledger.clock())

    async def write(self, unit: Sequence[Named], steps: Steps) -> Tally:
        """Carry the rows out, each once, and what `steps` says with them.

        Raises Busy, Overtaken, and Unavailable; nothing of the unit has happened then, but its
        new members and accounts may be there.
        """
        for attempt in range(MAX_TRIES):
            try:
                if not any(each.identity for each in unit):
                    return await self._members(unit, steps)
                return await self._movements(unit, steps)
            except Changed:  # a member was merged or deleted before their account was opened
                await pause_after_conflict(attempt)
            except JointRefused as refused:
                if refused.refusal.code is not Code.OVERLOADED:
                    raise
                await pause_after_conflict(attempt)
        raise Busy

    async def find(self, db: Transacting, items: Sequence[Item]) -> Known:
        """What the program has of the people of these rows."""
        return await people.find(
            db, self.program.program_id, items, self.source, shards=self.store.shards
        )

    async def _movements(self, unit: Sequence[Named], steps: Steps) -> Tally:
        known, faults = await self._people(unit)
        taken, targets = await self.names(unit)
        overseen = Overseen(await self.judge())
        return await self._join(
            Judging(unit, known, faults, taken, targets, overseen), overseen, steps
        )

    async def _join(self, judging: Judging, overseen: Overseen, steps: Steps) -> Tally:
        accounts = judging.accounts()
        if not accounts:
            tally = await in_turns(judging.tally(None))
            await self._write_alone(steps(tally))
            return tally

        def plan(acting: Acting) -> Generator[None, None, Planned]:
            tally = yield from judging.tally(acting)
            return Planned(tally, steps(tally) + overseen.beside(), dict(judging.written))

        joint = Joint(self.program.tenant_id, tuple(sorted(accounts)), plan)
        try:
            joined = await self.ledger.join(joint)
        except StaleGuard as stale:
            raise Overtaken from stale
        found: Tally = joined.result
        return found

    async def _write_alone(self, rows: Sequence[Beside]) -> None:
        async with self.store.transaction() as writing:
            await write_steps(writing, rows)

    async def _members(self, unit: Sequence[Named], steps: Steps) -> Tally:
        """Rows of members: one transaction."""
        items = [each.row.item for each in unit if each.row.item is not None]
        async with self.store.transaction() as writing:
            await programs.hold(writing, self.program.program_id, tenant=self.program.tenant_id)
            known = await self.find(writing, items)
            made = Made(known)
            created = unchanged = 0
            refused: list[Refused] = []
            for each in unit:
                row = each.row
                if row.item is None:
                    if row.fault is None:
                        unchanged += 1
                        continue
                    refused.append(Refused(row.fault, row.text))
                    continue
                try:
                    if await self._member(writing, row.item, made):
                        created += 1
                    else:
                        unchanged += 1
                except Wrong as wrong:
                    refused.append(refused_row(row, wrong))
            tally = Tally(len(unit), created, unchanged, refused, {})
            await write_steps(writing, steps(tally))
        return tally

    async def _member(self, writing: Transacting, item: Item, made: "Made") -> bool:
        """Whether anything of the row is new. Writes; raises Wrong."""
        member = made.known.member(item)
        is_new = member is None
        if member is None:
            now = self.ledger.clock()
            if item.card_number in made.known.numbered:
                raise Wrong("number_taken", "the card is another one's", column="card_number")
            member = await people.enrol(writing, self.program, item.person, now=now)
            made.add_member(item, member)
        elif not made.known.is_same(item.person, member):
            raise Wrong("external_id_taken", "the member is there, with other values")
        if item.unit is None:
            return is_new
        return await self._account(writing, item, member, made) or is_new

    async def _account(
        self, writing: Transacting, item: Item, member: Member, made: "Made"
    ) -> bool:
        """Whether the row's account is new. Writes; raises Wrong."""
        account = made.known.account(item, member)
        is_new = account is None
        if account is None:
            account = await self._open(writing, item, member)
            made.add_account(account)
        if item.card_id is not None and item.card_id not in made.known.cards:
            program = self.program.program_id
            await people.name_card(writing, program, self.source, item.card_id, account)
            made.call(item.card_id, member, account)
        return is_new

    async def _open(self, writing: Transacting, item: Item, member: Member) -> Account:
        assert item.unit is not None
        return await people.open_account(
            writing,
            member,
            self.currencies[item.unit.currency],
            item.card_number,
            shards=self.store.shards,
            now=self.ledger.clock(),
        )

    async def _people(self, unit: Sequence[Named]) -> tuple[Known, dict[int, Wrong]]:
        """The members and accounts of the rows; those that are missing are made.

        Also why rows have none, by their places in the unit.
        """
        items = [each.row.item for each in unit if each.row.item is not None]
        known = await self.find(self.store, items)
        if all(self._has_account(known, item) for item in items):
            return known, wrongs(known, unit)
        faults: dict[int, Wrong] = {}
        async with self.store.transaction() as writing:
            await programs.hold(writing, self.program.program_id, tenant=self.program.tenant_id)
            made = Made(await self.find(writing, items))
            for at, each in enumerate(unit):
                if each.row.item is None:
                    continue
                try:
                    await self._complete(writing, each.row.item, made)
                except Wrong as wrong:
                    faults[at] = wrong
        return made.known, faults

    def _has_account(self, known: Known, item: Item) -> bool:
        try:
            member = known.member(item)
            has = member is not None and known.account(item, member) is not None
            return has and (item.card_id is None or item.card_id in known.cards)
        except Wrong:
            return True

    async def _complete(self, writing: Transacting, item: Item, made: "Made") -> None:
        """Make what the row lacks: a member, an account. Writes; raises Wrong."""
        member = made.known.member(item)
        if member is None:
            if item.card_number in made.known.numbered:
                raise Wrong("number_taken", "the card is another one's", column="card_number")
            now = self.ledger.clock()
            member = await people.enrol(writing, self.program, item.person, now=now)
            made.add_member(item, member)
        await self._account(writing, item, member, made)

    async def names(self, unit: Sequence[Named]) -> tuple[dict[str, bytes], dict[str, Target]]:
        """Which external ids are taken, with their fingerprints, and what cancels name."""
        wanted = {each.identity.external_id for each in unit if each.identity is not None}
        cancelled: dict[str, str] = {}
        for each in unit:
            if each.row.item is not None and each.row.item.cancels is not None:
                name = each.row.item.cancels
                cancelled[named(self.source, name)] = name
                cancelled.setdefault(name, name)
        program = self.program.program_id
        asked = sorted(wanted | cancelled.keys())
        rows = await self.store.find_external_ids([(program, name) for name in asked])
        taken = {row.external_id: row.fingerprint for row in rows if row.external_id in wanted}
        targets: dict[str, Target] = {}
        # A row of the same source comes before what somebody else calls by the same name.
        for row in sorted(rows, key=lambda each: each.external_id.startswith("imp:")):
            if row.external_id in cancelled:
                targets[cancelled[row.external_id]] = Target(row.account, row.seq)
        return taken, targets


class Made:
    """What is known of people while rows of a unit make more of them."""

    def __init__(self, known: Known) -> None:
        self._members = {who: list(listed) for who, listed in known.members.items()}
        self._primary, self._numbered = dict(known.primary), dict(known.numbered)
        self._cards = dict(known.cards)
        self.known = Known(known.region, self._members, self._primary, self._numbered, self._cards)

    def add_member(self, item: Item, member: Member) -> None:
        """It is found from here on by all that rows may name."""
        person = item.person
        for who in (
            self.known.who_of(person),
            self.known.who_of(person._replace(external_id=None)),
            self.known.who_of(person._replace(external_id=None, phone=None)),
        ):
            if who[1]:
                self.meet(who, member)

    def meet(self, who: people.Who, member: Member) -> None:
        """The member is one of those that `who` means."""
        listed = self._members.setdefault(who, [])
        if member not in listed:
            listed.append(member)

    def call(self, card_id: str, member: Member, account: Account) -> None:
        """The account is found by what the vendor calls it."""
        self._cards[card_id] = (member, account)

    def add_account(self, made: Account) -> None:
        """It is found by its owner and currency, or by its number."""
        if made.is_primary:
            self._primary[made.member_id, made.currency_id] = made
        if made.number is not None:
            self._numbered[made.number] = made

    def accounts(self) -> list[Account]:
        """All accounts that rows of the unit can mean."""
        cards = (account for _, account in self._cards.values())
        return [*self._primary.values(), *self._numbered.values(), *cards]


def wrongs(known: Known, unit: Sequence[Named]) -> dict[int, Wrong]:
    found: dict[int, Wrong] = {}
    for at, each in enumerate(unit):
        if each.row.item is None:
            continue
        try:
            member = known.member(each.row.item)
            if member is not None:
                known.account(each.row.item, member)
        except Wrong as wrong:
            found[at] = wrong
    return found


async def write_steps(writing: Transacting, rows: Sequence[Beside]) -> None:
    """Write what belongs to a unit without movements. Raises Overtaken."""
    for each in rows:
        for values in each.rows:
            if await writing.execute(each.sql, *values) != 1:
                raise Overtaken
