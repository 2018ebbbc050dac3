"""How the facts of a demand are found: look-ups that lead to further look-ups, for both databases.

A search says which rows it needs, receives them, and says what it needs next. The journal only
grows, so a question about the rows up to one of them always has the same answer.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from stampbook.domain.model import (
    CREDITS,
    DEBITS,
    HELD,
    OWED,
    SPENT,
    Kind,
    Lot,
    Movement,
    Redemption,
    Standing,
    Status,
    Transaction,
)
from stampbook.domain.state import read_parts
from stampbook.storage.rows import movement_of
from stampbook.storage.store import AccountFound, Demand

_PAID: Final = (HELD, SPENT)


class Need(NamedTuple):
    """The needs of one step of a search, among rows up to `upto`.

    `rows`: by number. `standings`: the newest of each transaction. `lots`: each as its newest row
    leaves it, if that closed it. `payers`: the rows in `lot_rows` for each lot. `histories`:
    the rows with a standing of each transaction. `subjects`: the originals of each, of a
    passage between merged accounts all rows.
    """

    account: int
    upto: int
    rows: frozenset[int] = frozenset()
    standings: frozenset[int] = frozenset()
    lots: frozenset[int] = frozenset()
    payers: frozenset[int] = frozenset()
    histories: frozenset[int] = frozenset()
    subjects: frozenset[str] = frozenset()


class Answers(NamedTuple):
    """The answers to a need; numbers are those of rows."""

    rows: Sequence[Transaction] = ()
    standings: Sequence[Standing] = ()
    lots: Sequence[Lot] = ()
    payers: Sequence[int] = ()
    histories: Mapping[int, Sequence[int]] = {}
    subjects: Sequence[int] = ()


Search = Generator[Need, Answers, None]


class Gathering:
    """The search for one demand. `upto` is the last row of the journal that counts."""

    def __init__(self, demand: Demand, upto: int) -> None:
        self.demand = demand
        self.upto = upto
        self.rows: dict[int, Transaction] = {}
        self.movements: dict[int, Movement] = {}
        self.redemptions: dict[int, Redemption] = {}
        self.lots: dict[int, Lot] = {}
        self._known: dict[int, Transaction] = {}
        self._standings: dict[int, Standing | None] = {}
        self._want_lots: set[int] = set(demand.lots)
        self._paying: set[int] = set()
        self._sought: set[int] = set()
        self._sought_lots: set[int] = set()
        self._histories: dict[int, Sequence[int]] = {}

    def search(self) -> Search:
        """Follow the demand until nothing is missing."""
        demand = self.demand
        named, redemptions, payers = set(demand.rows), set(demand.redemptions), set(demand.paid_by)
        subjects = set(demand.subjects)
        followed: set[int] = set()
        while True:
            need = self._need(named, redemptions, payers, subjects)
            if need is None:
                return
            answers = yield need
            self._take(answers, need)
            named.update(answers.subjects)
            payers, subjects = set(), set()
            self._find_redemptions(redemptions)
            for seq in sorted(named):
                row = self._known.get(seq)
                if row is None or seq not in self._standings or seq in followed:
                    continue
                followed.add(seq)
                named.add(row.root)
                self._keep(row)
                self._follow(row, redemptions)
            for seq in redemptions:
                self._settle_redemption(seq)

    def found(self, demand: Demand) -> AccountFound:
        """The answer, without the facts and states that opening the account adds."""
        return AccountFound(
            account=demand.account,
            facts=None,
            states=(),
            lots=list(self.lots.values()),
            redemptions=list(self.redemptions.values()),
            movements=list(self.movements.values()),
            rows=list(self.rows.values()),
            paid_by=demand.paid_by,
        )

    def _need(
        self, named: set[int], redemptions: set[int], payers: set[int], subjects: set[str]
    ) -> Need | None:
        rows = {seq for seq in named if 0 < seq <= self.upto and seq not in self._known}
        standings = {seq for seq in (*named, *redemptions) if seq not in self._standings}
        histories: set[int] = set()
        for seq in redemptions:
            if seq in self.redemptions or seq not in self._standings:
                continue
            if seq not in self._known:
                rows.add(seq)
            if self._standings[seq] is not None and seq not in self._histories:
                histories.add(seq)
            rows.update(at for at in self._histories.get(seq, ()) if at not in self._known)
        rows |= self._paying
        rows -= self._sought
        self._sought |= rows
        lots = self._want_lots - self._sought_lots
        self._sought_lots |= lots
        if not (rows or standings or histories or lots or payers or subjects):
            return None
        return Need(
            self.demand.account,
            self.upto,
            frozenset(rows),
            frozenset(standings),
            frozenset(lots),
            frozenset(payers),
            frozenset(histories),
            frozenset(subjects),
        )

    def _take(self, answers: Answers, need: Need) -> None:
        for row in answers.rows:
            self._known[row.seq] = row
        for seq in need.standings:
            self._standings.setdefault(seq, None)
        for standing in answers.standings:
            self._standings[standing.target] = standing
            self.movements[standing.target] = movement_of(standing)
        for lot in answers.lots:
            self.lots[lot.seq] = lot
        for target in need.histories:
            self._histories[target] = answers.histories.get(target, ())
        self._paying.update(answers.payers)

    def _find_redemptions(self, redemptions: set[int]) -> None:
        """Whom the rows pay that pay from a lot in question."""
        for seq in self._paying.intersection(self._known):
            self._paying.discard(seq)
            postings = self._known[seq].postings
            redemptions.update(
                each.redemption for each in postings if each.redemption and each.target in _PAID
            )

    def _keep(self, row: Transaction) -> None:
        """Add a row to the answer. Its standing, if it has any, is known."""
        self.rows[row.seq] = row

    def _follow(self, row: Transaction, redemptions: set[int]) -> None:
        """The lots and redemptions that a row leads to (storage.store.Demand)."""
        if row.kind in CREDITS:
            self._want_lots.update(terms.lot for terms in row.terms)
        if row.kind in DEBITS:
            redemptions.add(row.seq)
        if row.kind in (Kind.CANCEL, Kind.REINSTATE):
            self._want_lots.update(posting.lot for posting in row.postings if posting.lot)
            redemptions.update(posting.redemption for posting in row.postings if posting.redemption)

    def _settle_redemption(self, seq: int) -> None:
        """Add the redemption with all its parts, as soon as the rows that have them are known."""
        if seq in self.redemptions or seq not in self._standings:
            return
        standing = self._standings[seq]
        if standing is not None and standing.parts is not None:
            parts = read_parts(standing.parts)
        else:
            row = self._known.get(seq)
            if row is None or (standing is not None and seq not in self._histories):
                return
            history = [at for at in self._histories.get(seq, ()) if at != seq]
            if any(at not in self._known for at in history):
                return
            self._keep(row)
            parts = parts_of(seq, [row, *(self._known[at] for at in history)])
        held = standing is not None and standing.status is Status.TEMPORARY
        self.redemptions[seq] = Redemption(seq=seq, held=held, parts=parts)
        self._want_lots.update(lot for lot in parts if lot)


def parts_of(redemption: int, rows: Iterable[Transaction]) -> dict[int, int]:
    """The allocation that the rows' postings leave to the redemption, by lot."""
    parts: dict[int, int] = {}
    for row in rows:
        for posting in row.postings:
            if posting.redemption != redemption:
                continue
            if posting.lot == 0:
                amount = posting.amount if posting.target is OWED else -posting.amount
            elif posting.target not in _PAID:
                amount = -posting.amount
            elif posting.source is HELD:
                continue
            else:
                amount = posting.amount
            parts[posting.lot] = parts.get(posting.lot, 0) + amount
    return {lot: amount for lot, amount in parts.items() if amount}
