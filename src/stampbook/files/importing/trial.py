"""Dry runs: every row is judged as if the rows before it had been written, and none is."""

from collections.abc import Container, Generator, Mapping, Sequence

from stampbook.domain.book import Book
from stampbook.domain.commands import Command
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.facts import AccountFacts
from stampbook.domain.model import Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Refusal
from stampbook.files.importing.identity import Occurrences
from stampbook.files.importing.judging import Judging, Named, Target, refused_row
from stampbook.files.importing.overseen import Overseen
from stampbook.files.importing.progress import Refused, Tally
from stampbook.files.importing.prospects import Prospects
from stampbook.files.importing.unit import Made, Writer
from stampbook.files.reading.columns import Kind
from stampbook.files.reading.faults import Wrong
from stampbook.files.reading.items import Item
from stampbook.ledger.joint import Acting, Joint, JointRefused, Planned
from stampbook.pacing import A_TURN, in_turns
from stampbook.programs.accounts import Account
from stampbook.programs.members import ACCOUNT_STATUS, Member


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
        self,
        writer: Writer,
        policies: Mapping[int, Policy],
        occurrences: Occurrences,
        prospects: Prospects,
    ) -> None:
        self._writer = writer
        self._policies = policies
        self._occurrences = occurrences
        self._prospects = prospects
        self._lasting = writer.terms.kind is Kind.TRANSACTIONS
        self._books: dict[int, Book] = {}
        self._earlier: dict[int, list[Command]] = {}
        self._places: dict[str, Target] = {}
        self._moved: Mapping[int, int] = {}

    async def judge(self, unit: Sequence[Named]) -> Tally:
        """What would become of the rows."""
        writer = self._writer
        items = [each.row.item for each in unit if each.row.item is not None]
        made = self._prospects.made(await writer.find(writer.store, items), items)
        new, faults = self._completed(unit, made)
        if not any(each.identity for each in unit):
            return _tally_of_members(unit, new, faults)
        taken, targets = await writer.names(unit)
        for each in unit:
            if each.identity is not None and each.row.item and each.row.item.name is not None:
                earlier = self._occurrences.taken(each.identity.external_id)
                if earlier is not None:
                    taken[each.identity.external_id] = earlier
        overseen = Overseen(await writer.judge(), self._moved)
        judging = Judging(unit, made.known, faults, taken, {**targets, **self._places}, overseen)
        tally, books = await self._tried(judging, self._opened(made, judging))
        self._keep(judging, books)
        self._moved = overseen.moved
        for each in unit:
            if each.identity is not None and each.identity.external_id in judging.written:
                self._occurrences.take(each.identity)
        return tally

    async def _tried(
        self, judging: Judging, books: Mapping[int, Book]
    ) -> tuple[Tally, Mapping[int, Book]]:
        now = self._writer.ledger.clock()
        real = {account for account in judging.accounts() if account > 0}

        def attempt(
            acting: Acting | None,
        ) -> Generator[None, None, tuple[Tally, Mapping[int, Book]]]:
            # The plan may be run again, so it must not change what it begins with.
            copies = {number: book.copy() for number, book in books.items()}
            trying = Trying(acting, copies, now)
            for account in sorted(real & self._earlier.keys()):
                for at, command in enumerate(self._earlier[account], 1):
                    trying.do(account, command)
                    if not at % A_TURN:
                        yield
            tally = yield from judging.tally(trying)
            return tally, copies

        if not real:
            return await in_turns(attempt(None))

        def plan(acting: Acting) -> Generator[None, None, Planned]:
            return Planned((yield from attempt(acting)))

        tenant = self._writer.program.tenant_id
        joint = Joint(tenant, tuple(sorted(real)), plan, dry_run=True)
        found: tuple[Tally, Mapping[int, Book]] = (await self._writer.ledger.join(joint)).result
        return found

    def _opened(self, made: Made, judging: Judging) -> dict[int, Book]:
        """The books of the accounts that are not there, as earlier rows have left them."""
        opened = {each.account_id: each for each in made.accounts()}
        found: dict[int, Book] = {}
        for number in judging.accounts():
            if number < 0:
                book = self._books.get(number)
                found[number] = _book(opened[number], self._policies) if book is None else book
        return found

    def _keep(self, judging: Judging, books: Mapping[int, Book]) -> None:
        if not self._lasting:
            return
        self._books.update(books)
        self._places.update(judging.places)
        for account, command in judging.done:
            if account > 0:
                self._earlier.setdefault(account, []).append(command)

    def _completed(self, unit: Sequence[Named], made: Made) -> tuple[set[int], dict[int, Wrong]]:
        """Make what the rows lack, as an import would (`Writer`). By their places in the unit: for
        which rows there was something to make, and why rows have no member or account."""
        new: set[int] = set()
        faults: dict[int, Wrong] = {}
        for at, each in enumerate(unit):
            if each.row.item is None:
                continue
            try:
                if self._complete(each.row.item, made):
                    new.add(at)
            except Wrong as wrong:
                faults[at] = wrong
        return new, faults

    def _complete(self, item: Item, made: Made) -> bool:
        """Whether anything of the row is new. Raises Wrong."""
        member = made.known.member(item)
        is_new = member is None
        if member is None:
            if item.card_number in made.known.numbered:
                raise Wrong("number_taken", "the card is another one's", column="card_number")
            member = self._member(item)
            made.add_member(item, member)
            self._prospects.add_member(member, made.known.region)
        elif item.kind is Kind.MEMBERS and not made.known.is_same(item.person, member):
            raise Wrong("external_id_taken", "the member is there, with other values")
        if item.unit is None:
            return is_new
        account = made.known.account(item, member)
        if account is None:
            is_new = True
            account = self._account(item, member)
            made.add_account(account)
            self._prospects.add_account(account, member)
        if item.card_id is not None and item.card_id not in made.known.cards:
            made.call(item.card_id, member, account)
            self._prospects.call(item.card_id, account, member)
        return is_new

    def _member(self, item: Item) -> Member:
        program, person = self._writer.program, item.person
        now = self._writer.ledger.clock() if person.created_at is None else person.created_at
        return Member(
            self._prospects.number(), program.program_id, program.tenant_id, person.external_id,
            person.email, person.phone, person.name, person.metadata or "{}",
            person.status or "active", now, now, None,
        )  # fmt: skip

    def _account(self, item: Item, member: Member) -> Account:
        assert item.unit is not None
        return Account(
            account_id=self._prospects.number(),
            shard=0,
            tenant_id=member.tenant_id,
            program_id=member.program_id,
            currency_id=item.unit.currency,
            member_id=member.member_id,
            number=item.card_number,
            is_primary=item.card_number is None,
            status=ACCOUNT_STATUS[member.status],
            created_at=0,
        )


def _tally_of_members(
    unit: Sequence[Named], new: Container[int], faults: Mapping[int, Wrong]
) -> Tally:
    """What becomes of rows of members."""
    created = 0
    refused: list[Refused] = []
    for at, each in enumerate(unit):
        if each.row.fault is not None:
            refused.append(Refused(each.row.fault, each.row.text))
        elif at in faults:
            refused.append(refused_row(each.row, faults[at]))
        elif at in new:
            created += 1
    return Tally(len(unit), created, len(unit) - created - len(refused), refused, {})


def _book(account: Account, policies: Mapping[int, Policy]) -> Book:
    """The book of an account that has no row yet."""
    policy = policies[account.currency_id]
    facts = AccountFacts(
        number=account.account_id,
        shard=0,
        tenant=policy.tenant,
        program=policy.program,
        currency=policy.currency,
        member=account.member_id,
        status=account.status,
        version=1,
    )
    return Book(facts, policy, complete=True)
