"""What counts for tiers in an account's journal. Pure."""

from collections.abc import Iterable
from typing import Final

from stampbook.domain.model import CREDITS, Kind, Posting, State, Transaction
from stampbook.loyalty.tiers.machine import Fact
from stampbook.loyalty.tiers.replaying import Older
from stampbook.loyalty.tiers.terms import Activity, Terms

_OUTSIDE_LOTS: Final = frozenset({State.OWED, State.CLAIMED, State.REINSTATED})
"""States that are counted beside the lots: such postings neither issue nor revoke."""

_ACTIVE: Final = frozenset({State.AVAILABLE, State.HELD, State.SPENT, State.EXPIRED})
"""Where points are that were issued, became active, and are in force."""

_SPENDING: Final = frozenset({Kind.REDEEM, Kind.COMMIT})


class Journal:
    """Makes facts of the rows of one account, in their order. `resumed`: not from the first on."""

    def __init__(self, terms: Terms, *, resumed: bool) -> None:
        self._terms = terms
        self._resumed = resumed
        self._counts_balance = terms.basis == "balance"
        self._inside = _ACTIVE | {State.PENDING} if terms.counts_pending else _ACTIVE
        self._counted_at: dict[int, int] = {}
        """The instant by which a lot's window is chosen."""
        self._lots: dict[int, int] = {}
        """The first lot of each accrual."""
        self._net: dict[int, int] = {}
        self._most: dict[int, int] = {}
        """Under `keep`: how much of a lot counts, and the most of it that ever did."""

    def facts_of(self, row: Transaction) -> list[Fact]:
        """The row's facts; those that undo come first. Raises Older if one of them concerns a row
        that was not read."""
        if row.kind in CREDITS:
            born = (each.lot for each in row.postings if each.source is State.OUTSIDE)
            self._lots[row.seq] = next(born, 0)
        if self._terms.basis == "spend":
            return []
        facts = self._balance(row) if self._counts_balance else self._earned(row)
        if self._terms.on_cancel == "keep":
            facts = [self._freshly(each) for each in facts]
        activity = self._activity(row, facts)
        if activity is not None and not facts:
            facts = [Fact(row.recorded_at, row.seq)]
        if not facts:
            return facts
        early = row.by_clock and row.kind is Kind.ACTIVATE
        if early or len(facts) > 1:
            facts = [each._replace(early=early, more=True) for each in facts]
        facts[-1] = facts[-1]._replace(more=False)
        if activity == "earning":
            # Each part has it, so that it is gone when a recount has taken all of them.
            return [each._replace(activity=activity) if each.delta > 0 else each for each in facts]
        facts[-1] = facts[-1]._replace(activity=activity)
        return facts

    def _activity(self, row: Transaction, facts: list[Fact]) -> Activity | None:
        """What keeps a tier under a sliding retention."""
        if self._terms.retention.type != "sliding":
            return None
        if row.kind in CREDITS and any(fact.delta > 0 for fact in facts):
            return "earning"
        if row.kind in _SPENDING and any(each.target is State.SPENT for each in row.postings):
            return "spending"
        return None

    def _earned(self, row: Transaction) -> list[Fact]:
        inside = self._inside
        undoing: list[Fact] = []
        others: list[Fact] = []
        for lot, postings in _by_lot(row.postings):
            delta = sum(
                each.amount * ((each.target in inside) - (each.source in inside))
                for each in postings
            )
            if not delta:
                continue
            undoes = any(State.REVOKED in (each.source, each.target) for each in postings)
            at = self._counted(lot, row.effective_at, is_new=delta > 0 and not undoes)
            fact = Fact(row.recorded_at, row.seq, delta, at, lot, undoes=undoes)
            (undoing if undoes else others).append(fact)
        if absorbed := self._absorbed(row):
            lot = self._lots[row.root]
            at = self._counted(lot, row.effective_at, is_new=False)
            undoing.append(Fact(row.recorded_at, row.seq, -absorbed, at, lot, undoes=True))
        return undoing + others

    def _absorbed(self, row: Transaction) -> int:
        """How much of what a cancel takes from an accrual had expired, and so moves nothing
        (negative: how much of it is given back). Raises Older."""
        if row.kind is not Kind.CANCEL:
            return 0
        absorbed = row.amount if row.link % 2 else -row.amount
        for each in row.postings:
            for state in (State.REVOKED, State.CLAIMED):
                absorbed -= each.amount * ((each.target is state) - (each.source is state))
        if not absorbed or self._lots.get(row.root):
            return absorbed
        returns = any(
            each.source in (State.SPENT, State.HELD) and each.target is not State.REVOKED
            for each in row.postings
        )
        # Unless it visibly gives back what a redemption took, its original must be known.
        if self._resumed and not (returns and row.link == 1):
            raise Older
        return 0

    def _freshly(self, fact: Fact) -> Fact:
        """The fact with what counts for the first time. Raises Older."""
        lot = fact.origin
        if not lot or fact.fades:  # what expires has come
            return fact
        change = fact.delta + fact.faded
        if fact.undoes and change > 0 and self._resumed and lot not in self._net:
            raise Older
        net = self._net[lot] = self._net.get(lot, 0) + change
        fresh = max(0, net - self._most.get(lot, 0))
        self._most[lot] = max(net, self._most.get(lot, 0))
        return fact._replace(fresh=fresh) if fact.undoes and fresh else fact

    def _counted(self, lot: int, effective_at: int, *, is_new: bool) -> int:
        if is_new:
            return self._counted_at.setdefault(lot, effective_at)
        known = self._counted_at.get(lot)
        if known is None and self._resumed and self._terms.period is not None:
            raise Older
        return effective_at if known is None else known

    def _balance(self, row: Transaction) -> list[Fact]:
        undoing: list[Fact] = []
        others: list[Fact] = []
        rest = row.effect
        for lot, postings in _by_lot(row.postings):
            taken, faded = _taken(postings)
            if taken:
                fact = Fact(row.recorded_at, row.seq, faded - taken, origin=lot, undoes=True)
                undoing.append(fact._replace(faded=-faded))
                rest -= faded - taken
                continue
            for each in postings:
                if each.target is State.AVAILABLE and each.source in (State.OUTSIDE, State.PENDING):
                    others.append(Fact(row.recorded_at, row.seq, each.amount, origin=lot))
                    rest -= each.amount
                elif each.target is State.EXPIRED and each.source is State.AVAILABLE:
                    fact = Fact(row.recorded_at, row.seq, -each.amount, origin=lot, fades=True)
                    others.append(fact)
                    rest += each.amount
        if absorbed := self._absorbed(row):
            lot = self._lots[row.root]
            undoing.append(Fact(row.recorded_at, row.seq, origin=lot, undoes=True, faded=-absorbed))
        if rest:
            others.append(Fact(row.recorded_at, row.seq, rest))
        return undoing + others


def _taken(postings: Iterable[Posting]) -> tuple[int, int]:
    """How much of what was active a lot's postings take back (negative: give back again), and how
    much of that had expired."""
    taken = faded = 0
    for each in postings:
        if State.REVOKED not in (each.source, each.target):
            continue
        taken_back = each.target is State.REVOKED
        other = each.source if taken_back else each.target
        if other is State.PENDING:
            continue
        amount = each.amount if taken_back else -each.amount
        taken += amount
        faded += amount if other is State.EXPIRED else 0
    return taken, faded


def _by_lot(postings: Iterable[Posting]) -> list[tuple[int, list[Posting]]]:
    lots: dict[int, list[Posting]] = {}
    for each in postings:
        if each.source not in _OUTSIDE_LOTS and each.target not in _OUTSIDE_LOTS:
            lots.setdefault(each.lot, []).append(each)
    return list(lots.items())
