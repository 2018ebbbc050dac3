"""What becomes of the rows of a unit, while their accounts are held."""

from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from stampbook.domain.commands import Command
from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Code
from stampbook.files.importing.commands import command_of
from stampbook.files.importing.identity import Identity
from stampbook.files.importing.overseen import Overseen
from stampbook.files.importing.people import Known
from stampbook.files.importing.progress import Refused, Tally
from stampbook.files.reading.columns import Kind
from stampbook.files.reading.faults import Wrong
from stampbook.files.reading.items import EXPIRE, Item
from stampbook.files.reading.reader import Row
from stampbook.ledger.joint import JointRefused
from stampbook.pacing import A_TURN
from stampbook.programs.accounts import Account

BLAMED: Final = {
    Code.EXCEEDS_ORIGINAL: "amount",
    Code.INSUFFICIENT_POINTS: "amount",
    Code.DEFICIT_OUTSTANDING: "amount",
    Code.ALREADY_CANCELLED: "cancels",
    Code.NOT_CANCELLABLE: "cancels",
}
"""The column to which a refusal of the ledger belongs, where it is of one."""

MISDATED: Final = (Code.INVALID_REQUEST,)
"""What it says of dates that cannot be; amounts that cannot be are not read."""


class Doing(Protocol):
    """What a plan needs of `Acting` (ledger/joint.py) to write rows."""

    @property
    def now(self) -> int:
        """See Acting."""

    def do(self, account: int, command: Command) -> Sequence[Transaction]:
        """See Acting."""


class Named(NamedTuple):
    """A row of a unit with its identity; rows that cannot be read, and members, have none."""

    row: Row
    identity: Identity | None


class Target(NamedTuple):
    """A movement that a cancel of the file names."""

    account: int
    seq: int


class Judging:
    """What becomes of the rows of a unit, by what is known of their accounts.

    `tally` may be called several times; each time it begins anew. `written` are the external ids
    that the last one took, `places` where its rows with ids of their own are, and `done` the
    commands that it carried out, in order.
    """

    def __init__(
        self,
        unit: Sequence[Named],
        known: Known,
        faults: Mapping[int, Wrong],
        taken: Mapping[str, bytes],
        targets: Mapping[str, Target],
        overseen: Overseen,
    ) -> None:
        self._unit = unit
        self._faults = faults
        self._taken = taken
        self.targets = targets
        self._overseen = overseen
        self.written: dict[str, bytes] = {}
        self.places: dict[str, Target] = {}
        self.done: list[tuple[int, Command]] = []
        self._accounts = {
            at: account.account_id
            for at, each in enumerate(unit)
            if at not in faults and (account := _account_of(known, each.row.item)) is not None
        }

    def accounts(self) -> set[int]:
        """All accounts that the rows may touch."""
        found = {
            account
            for at, account in self._accounts.items()
            if (identity := self._unit[at].identity) is not None
            and identity.external_id not in self._taken
        }
        if found:
            found |= {target.account for target in self.targets.values()}
        return found

    def tally(self, acting: Doing | None) -> Generator[None, None, Tally]:
        """Carry out what can be. Yields after every few rows, so that others get their turn."""
        self.written, self.places, self.done = {}, {}, []
        self._overseen.begin()
        created = unchanged = 0
        refused: list[Refused] = []
        totals: dict[str, int] = defaultdict(int)
        for at, each in enumerate(self._unit):
            row = each.row
            if at and not at % A_TURN:
                yield
            if row.item is None:
                if row.fault is None:
                    unchanged += 1
                else:
                    refused.append(Refused(row.fault, row.text))
                continue
            try:
                if at in self._faults:
                    raise self._faults[at]
                amount = self._carried_out(at, row.item, each.identity, acting)
            except Wrong as wrong:
                refused.append(refused_row(row, wrong))
                continue
            if amount is None:
                unchanged += 1
                continue
            created += 1
            assert row.item.unit is not None
            totals[row.item.unit.code] += amount
        return Tally(len(self._unit), created, unchanged, refused, totals)

    def _carried_out(
        self, at: int, item: Item, identity: Identity | None, acting: Doing | None
    ) -> int | None:
        """What the row has added to the currency; None if it was there. Raises Wrong."""
        assert identity is not None
        known = self.written.get(identity.external_id) or self._taken.get(identity.external_id)
        if known is not None:
            if known == identity.fingerprint:
                return None
            raise Wrong(
                "external_id_taken",
                "the same id came before, with other content",
                column=_name_column(item),
            )
        assert acting is not None
        account = self._accounts[at]
        command = self._command(item, identity, account, acting.now)
        assert item.unit is not None
        self._overseen.check(item.unit.currency, item.amount)
        try:
            rows = acting.do(account, command)
        except JointRefused as refused:
            code = refused.refusal.code
            column = _misdated(item, acting.now) if code in MISDATED else BLAMED.get(code)
            raise Wrong(code.value, refused.refusal.detail, column=column) from None
        if not rows:
            raise Wrong("already_cancelled", "it was cancelled before", column="cancels")
        self.written[identity.external_id] = identity.fingerprint
        self.done.append((account, command))
        self._overseen.did(item.unit.currency, item.amount)
        if item.name is not None:
            self.places[item.name] = Target(rows[0].account, rows[0].seq)
        return effect_of(item, rows[0])

    def _command(self, item: Item, identity: Identity, account: int, now: int) -> Command:
        if item.cancels is None:
            return command_of(item, identity, now)
        target = self.places.get(item.cancels) or self.targets.get(item.cancels)
        if target is None or target.account != account:
            raise Wrong("not_found", "the account has no such transaction", column="cancels")
        return command_of(item, identity, now, target.seq)


def _account_of(known: Known, item: Item | None) -> Account | None:
    if item is None:
        return None
    member = known.member(item)
    return None if member is None else known.account(item, member)


def _misdated(item: Item, now: int) -> str | None:
    """The column of the date that cannot be."""
    if item.at is not None and item.at > now:
        return "issued_at" if item.kind is Kind.LOTS else "at"
    return None if item.expires_at is None else "expires_at"


def _name_column(item: Item) -> str | None:
    if item.name is None:
        return None
    return "lot_id" if item.kind is Kind.LOTS else "external_id"


def effect_of(item: Item, row: Transaction) -> int:
    """What a row of the file adds to its currency, in smallest units."""
    if item.type == "cancel":
        return row.effect
    return -item.amount if item.type in ("redeem", EXPIRE) else item.amount


def refused_row(row: Row, wrong: Wrong) -> Refused:
    """The row with what is wrong with it."""
    return Refused(row.fault_of(wrong), row.text)
