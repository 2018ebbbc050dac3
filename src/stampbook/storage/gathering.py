"""What a load has found so far of one account, however many statements brought it."""

from collections.abc import Iterable

from stampbook.domain.book import AccountFacts, Key
from stampbook.domain.model import FOREVER, Lot, Movement, Payee, Transaction
from stampbook.storage.rows import Values, facts_of, lot_of, movement_of
from stampbook.storage.store import PAGE, AccountFound, Demand


class Gathering:
    """The facts of one account, each once. `version` is the account's when they were read."""

    __slots__ = ("facts", "horizons", "lots", "movements", "payees", "rows", "version")

    def __init__(self) -> None:
        self.version = 0
        self.facts: AccountFacts | None = None
        self.lots: dict[int, Lot] = {}
        self.payees: dict[int, Payee] = {}
        self.movements: dict[int, Movement] = {}
        self.rows: dict[int, Transaction] = {}
        self.horizons: dict[str, Key | None] = {}

    def found(self, demand: Demand) -> AccountFound:
        """The answer to the demand."""
        return AccountFound(
            account=demand.account,
            exists=self.version > 0,
            facts=self.facts,
            lots=list(self.lots.values()),
            payees=list(self.payees.values()),
            movements=list(self.movements.values()),
            rows=list(self.rows.values()),
            payers_of=demand.payers_of,
            horizons=self.horizons,
            version=self.version,
        )

    def open(self, values: Values) -> AccountFacts:
        """The account's row has been read."""
        self.facts = facts_of(values)
        self.version = self.facts.version
        return self.facts

    def add_lot(self, values: Values) -> Lot:
        lot = self.lots[values[0]] = lot_of(values)
        return lot

    def add_movement(self, values: Values) -> Movement:
        movement = self.movements[values[0]] = movement_of(values)
        return movement

    def add_part(self, payee_seq: int, lot: int, amount: int, held: bool) -> None:
        """One part of an allocation; a payee's parts must all be added."""
        payee = self.payees.get(payee_seq)
        if payee is None:
            payee = self.payees[payee_seq] = Payee(seq=payee_seq, held=held)
        payee.parts[lot] = amount
        payee.held = held

    def add_payee(self, payee_seq: int, *, held: bool) -> None:
        """A payee that may have no parts; what its parts say of `held` counts more."""
        if payee_seq not in self.payees:
            self.payees[payee_seq] = Payee(seq=payee_seq, held=held)

    def add_window(self, name: str, page: Iterable[Values], *, whole: bool = False) -> None:
        """A page of a window: PAGE keys, and one more if the store has more."""
        keys: list[Key] = []
        for values in list(page)[: None if whole else PAGE + 1]:
            if len(keys) == PAGE and not whole:
                self.horizons[name] = keys[-1]
                return
            keys.append(self._add_key(name, values))
        self.horizons[name] = None

    def _add_key(self, name: str, values: Values) -> Key:
        if name == "deadlines":
            movement = self.add_movement(values)
            return movement.deadline_at, movement.seq
        lot = self.add_lot(values)
        return (lot.expires_at if name == "spendable" else lot.activates_at), lot.seq

    @property
    def slides(self) -> bool:
        """Whether its lots share a sliding expiry: all of them are wanted then, since each
        activity puts all off, and one that slept while the others slid has an old date."""
        return (
            self.facts is not None
            and self.facts.slides_at != FOREVER
            and self.horizons.get("spendable") is not None
        )
