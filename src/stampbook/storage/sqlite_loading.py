"""Loading from SQLite: the facts are followed one by one, in one view of the database."""

import sqlite3
from collections.abc import Mapping, Sequence

from stampbook.domain.book import Key
from stampbook.domain.model import CREDITS, DEBITS, FOREVER, Kind, Transaction
from stampbook.storage.gathering import Gathering
from stampbook.storage.rows import Values, row_of
from stampbook.storage.statements import named_texts
from stampbook.storage.store import AccountFound, Demand

STATEMENTS: Mapping[str, str] = named_texts("sqlite")

_START: Key = (-FOREVER - 1, 0)
"""Before every key of every window."""


def load(
    connection: sqlite3.Connection, shard: int, demands: Sequence[Demand]
) -> list[AccountFound]:
    """All that the demands ask for. The connection holds one view of the database."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return [_Loading(cursor, shard, demand).run() for demand in demands]


class _Loading:
    """One demand on its way."""

    def __init__(self, cursor: sqlite3.Cursor, shard: int, demand: Demand) -> None:
        self.cursor = cursor
        self.demand = demand
        self.key: dict[str, object] = {"shard": shard, "account": demand.account}
        self.gathered = Gathering()
        self.seen_payees: set[int] = set()

    def run(self) -> AccountFound:
        demand, gathered = self.demand, self.gathered
        account = self._all("account")
        if account:
            if demand.opening:
                self._open(account[0])
            gathered.version = account[0][7]
            for name, after in demand.after.items():
                gathered.add_window(name, self._page(name, after))
            self._load_facts()
        return gathered.found(demand)

    def _all(self, statement: str, **more: object) -> list[Values]:
        return self.cursor.execute(STATEMENTS[statement], {**self.key, **more}).fetchall()

    def _page(self, name: str, after: Key) -> list[Values]:
        return self._all(f"page_{name}", at=after[0], seq=after[1])

    def _open(self, account: Values) -> None:
        """The row and the first pages; the sums say where there is nothing to look for."""
        gathered = self.gathered
        facts = gathered.open(account)
        due = facts.next_due_at != FOREVER
        for name, any_there in (
            ("spendable", facts.available > 0),
            ("waiting", facts.pending > 0),
            ("deadlines", due),
        ):
            gathered.add_window(name, self._page(name, _START) if any_there else ())
        horizon = gathered.horizons["spendable"]
        if gathered.slides and horizon is not None:
            rest = self._all("rest_of_spendable", at=horizon[0], seq=horizon[1])
            gathered.add_window("spendable", rest, whole=True)
        if facts.owed:
            for part in self._all("owing"):
                gathered.add_part(*part)
        gathered.horizons["owing"] = None

    def _load_facts(self) -> None:
        demand = self.demand
        wanted = set(demand.rows)
        for subject in demand.subjects:
            wanted.update(seq for (seq,) in self._all("originals_of_subject", subject=subject))
        for seq in wanted:
            row = self._load_row(seq)
            if row is not None:
                root = self._load_row(row.root)
                self._follow(row)
                if root is not None:
                    self._follow(root)
        for lot in demand.lots:
            self._load_lot(lot)
        for lot in demand.payers_of:
            for (payee,) in self._all("payees_of_lot", lot=lot):
                self._load_payee(payee)
        for payee in demand.payees:
            self._load_payee(payee)

    def _load_row(self, seq: int) -> Transaction | None:
        """A row with its movement."""
        known = self.gathered.rows.get(seq)
        if known is not None:
            return known
        for values in self._all("row", seq=seq):
            self.gathered.rows[seq] = row_of(values)
        for values in self._all("movement", seq=seq):
            self.gathered.add_movement(values)
        return self.gathered.rows.get(seq)

    def _follow(self, row: Transaction) -> None:
        """The lots and payees that a row leads to (storage.store.Demand)."""
        if row.kind in CREDITS:
            for terms in row.terms:
                self._load_lot(terms.lot)
        if row.kind in DEBITS:
            self._load_payee(row.seq)
        if row.kind in (Kind.CANCEL, Kind.REINSTATE):
            for posting in row.postings:
                if posting.lot:
                    self._load_lot(posting.lot)
                if posting.payee:
                    self._load_payee(posting.payee)

    def _load_lot(self, lot: int) -> None:
        if lot not in self.gathered.lots:
            for values in self._all("lot", lot=lot):
                self.gathered.add_lot(values)

    def _load_payee(self, payee: int) -> None:
        """A payee with all parts and the lots of those."""
        if payee in self.seen_payees:
            return
        self.seen_payees.add(payee)
        for part in self._all("parts", payee=payee):
            self.gathered.add_part(*part)
        for values in self._all("lots_of_parts", payee=payee):
            self.gathered.add_lot(values)
        if payee not in self.gathered.payees:
            held = self._all("is_uncommitted_hold", payee=payee)
            self.gathered.add_payee(payee, held=bool(held and held[0][0]))
