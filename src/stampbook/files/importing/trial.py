"""Dry runs: every row is judged as if the rows before it had been written, and none is."""

from collections.abc import Generator, Mapping, Sequence
from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.commands import Command
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.facts import AccountFacts
from stampbook.domain.model import AccountStatus, Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Refusal
from stampbook.files.importing import people
from stampbook.files.importing.identity import FINGERPRINT_BYTES, Identity, Occurrences
from stampbook.files.importing.judging import Judging, Named, Target, refused_row
from stampbook.files.importing.overseen import Overseen
from stampbook.files.importing.people import Known
from stampbook.files.importing.progress import Refused, Tally
from stampbook.files.importing.unit import Made, Writer
from stampbook.files.reading.columns import Kind
from stampbook.files.reading.faults import Wrong
from stampbook.files.reading.items import Item
from stampbook.ledger.joint import Acting, Joint, JointRefused, Planned
from stampbook.pacing import A_TURN, in_turns
from stampbook.programs.accounts import Account
from stampbook.programs.members import ACCOUNT_STATUS, Member

Key = tuple[people.Who, int, str | None]
"""Whom an account that is not there yet would belong to, its currency, its number."""

NEW: Final = -1
"""The accounts and members of a dry run that are not there have numbers below zero."""


class Trying:
    """Does what is asked to accounts that are there (`real`), and to such as are not (`books`)."""

    def __init__(self, real: Acting | None, books: Mapping[int, Book], now: int) -> None:
        self._real = real
        self._books = books
        self._now = now if real is None else real.now

    @property
    def now(self) -> int:
        """The instant at which everything is decided."""
        return self._now

    def do(self, account: int, command: Command) -> Sequence[Transaction]:
        """See Doing."""
        if account > 0:
            assert self._real is not None
            return self._real.do(account, command)
        found = decide(self._books[account], command, self._now)
        if isinstance(found, Refusal):
            raise JointRefused(account, found)
        if found is None or isinstance(found, AlreadyCancelled):
            return ()
        assert isinstance(found, Transaction), "new accounts have no transfers"
        return (found,)


class Trial:
    """A dry run of a whole file. Files of transactions, whose rows rest on those before, keep what
    they did in memory."""

    def __init__(
        self, writer: Writer, policies: Mapping[int, Policy], occurrences: Occurrences
    ) -> None:
        self._writer = writer
        self._policies = policies
        self._occurrences = occurrences
        self._lasting = writer.terms.kind is Kind.TRANSACTIONS
        self._numbers: dict[Key, int] = {}
        self._books: dict[int, Book] = {}
        self._earlier: dict[int, list[Command]] = {}
        self._places: dict[str, Target] = {}
        self._moved: Mapping[int, int] = {}

    async def judge(self, unit: Sequence[Named]) -> Tally:
        """What would become of the rows."""
        writer = self._writer
        items = [each.row.item for each in unit if each.row.item is not None]
        known = await writer.find(writer.store, items)
        if not any(each.identity for each in unit):
            return self._members(unit, known)
        if not self._lasting:
            self._numbers.clear()
            self._books.clear()
        made, faults = Made(known), {}
        for at, each in enumerate(unit):
            if each.row.item is not None:
                try:
                    self._complete(each.row.item, made)
                except Wrong as wrong:
                    faults[at] = wrong
        taken, targets = await writer.names(unit)
        for each in unit:
            if each.identity is not None and each.row.item and each.row.item.name is not None:
                earlier = self._occurrences.taken(each.identity.external_id)
                if earlier is not None:
                    taken[each.identity.external_id] = earlier
        overseen = Overseen(await writer.judge(), self._moved)
        judging = Judging(unit, made.known, faults, taken, {**targets, **self._places}, overseen)
        tally, books = await self._tried(judging)
        self._keep(judging, books)
        self._moved = overseen.moved
        for each in unit:
            if each.identity is not None and each.identity.external_id in judging.written:
                self._occurrences.take(each.identity)
        return tally

    async def _tried(self, judging: Judging) -> tuple[Tally, Mapping[int, Book]]:
        now = self._writer.ledger.clock()
        accounts = judging.accounts()
        real = {account for account in accounts if account > 0}

        def attempt(
            acting: Acting | None,
        ) -> Generator[None, None, tuple[Tally, Mapping[int, Book]]]:
            # The plan may be run again, so it must not change what it begins with.
            books = {each: self._books[each].copy() for each in accounts if each < 0}
            trying = Trying(acting, books, now)
            for account in sorted(real & self._earlier.keys()):
                for at, command in enumerate(self._earlier[account], 1):
                    trying.do(account, command)
                    if not at % A_TURN:
                        yield
            tally = yield from judging.tally(trying)
            return tally, books

        if not real:
            return await in_turns(attempt(None))

        def plan(acting: Acting) -> Generator[None, None, Planned]:
            return Planned((yield from attempt(acting)))

        tenant = self._writer.program.tenant_id
        joint = Joint(tenant, tuple(sorted(real)), plan, dry_run=True)
        found: tuple[Tally, Mapping[int, Book]] = (await self._writer.ledger.join(joint)).result
        return found

    def _keep(self, judging: Judging, books: Mapping[int, Book]) -> None:
        if not self._lasting:
            return
        self._books.update(books)
        self._places.update(judging.places)
        for account, command in judging.done:
            if account > 0:
                self._earlier.setdefault(account, []).append(command)

    def _complete(self, item: Item, made: Made) -> None:
        """What the row lacks, as it would be. Raises Wrong."""
        member = made.known.member(item)
        if member is None:
            if item.card_number in made.known.numbered:
                raise Wrong("number_taken", "the card is another one's", column="card_number")
            member = self._member(item)
            made.add_member(item, member)
        if made.known.account(item, member) is None:
            who = made.known.who_of(item.person)
            account = self._account(item, member, who)
            made.add_account(item, account)
            if item.card_id is not None:
                made.call(item.card_id, member, account)

    def _member(self, item: Item) -> Member:
        program, person = self._writer.program, item.person
        number = NEW - len(self._numbers)
        return Member(
            number, program.program_id, program.tenant_id, person.external_id, person.email,
            person.phone, person.name, person.metadata or "{}", person.status or "active", 0, 0,
            None,
        )  # fmt: skip

    def _account(self, item: Item, member: Member, who: people.Who) -> Account:
        assert item.unit is not None
        currency = item.unit.currency
        key = who, currency, item.card_number
        number = self._numbers.get(key)
        status = ACCOUNT_STATUS[member.status]
        if number is None:
            number = self._numbers[key] = NEW - len(self._numbers)
            self._books[number] = _book(number, self._policies[currency], member, status)
        return Account(
            account_id=number,
            shard=0,
            tenant_id=member.tenant_id,
            program_id=member.program_id,
            currency_id=currency,
            member_id=member.member_id,
            number=item.card_number,
            is_primary=item.card_number is None,
            status=status,
            created_at=0,
        )

    def _members(self, unit: Sequence[Named], known: Known) -> Tally:
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
                if self._is_new(row.item, known):
                    created += 1
                else:
                    unchanged += 1
            except Wrong as wrong:
                refused.append(refused_row(row, wrong))
        return Tally(len(unit), created, unchanged, refused, {})

    def _is_new(self, item: Item, known: Known) -> bool:
        """Whether anything of the row is new. Raises Wrong."""
        member = known.member(item)
        if member is not None:
            if not known.is_same(item.person, member):
                raise Wrong("external_id_taken", "the member is there, with other values")
            return item.unit is not None and known.account(item, member) is None
        identity = Identity(":".join(known.who_of(item.person)), item.digest[:FINGERPRINT_BYTES])
        earlier = self._occurrences.taken(identity.external_id)
        if earlier is not None and earlier != identity.fingerprint:
            raise Wrong("external_id_taken", "the member is there, with other values")
        if item.card_number in known.numbered:
            raise Wrong("number_taken", "the card is another one's", column="card_number")
        self._occurrences.take(identity)
        return earlier is None


def _book(number: int, policy: Policy, member: Member, status: AccountStatus) -> Book:
    """The book of an account that has no row yet."""
    facts = AccountFacts(
        number=number,
        shard=0,
        tenant=policy.tenant,
        program=policy.program,
        currency=policy.currency,
        member=member.member_id,
        status=status,
        version=1,
    )
    return Book(facts, policy, complete=True)
