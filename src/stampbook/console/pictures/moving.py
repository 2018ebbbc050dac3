"""The values of the cancel preview: from the native API's answer to a dry run, and the lots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stampbook.console.pictures.values import STATES, Split, units


class Move(NamedTuple):
    """An amount of a lot that moves. `source` and `target` are words of the native API: a state,
    `outside` for what is issued or vanishes, `owed` for a deficit."""

    source: str
    target: str
    amount: int


class Chunk(NamedTuple):
    """An amount that goes the same way, through the states in `path`: at least two."""

    path: tuple[str, ...]
    amount: int


@dataclass(frozen=True, slots=True)
class LotMoves:
    """What a command does to a lot. `lot` is its id, `expires_at` an instant of the native API or
    None, `name` where the lot comes from."""

    lot: str
    name: str
    expires_at: str | None
    before: Split
    moves: Sequence[Move]

    @property
    def after(self) -> Split:
        """Raises ValueError if the moves do not fit the lot."""
        return _moved(self.before, self.moves)


class Figures(NamedTuple):
    """An account's balance."""

    active: int
    deficit: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a command would do: its lots in the order of the answer, and the balance."""

    scale: int
    lots: Sequence[LotMoves]
    before: Figures
    after: Figures


def preview_of(
    transaction: Mapping[str, object],
    lots: Sequence[Mapping[str, object]],
    balance: Mapping[str, object],
    *,
    scale: int,
    names: Mapping[str, str] | None = None,
) -> Preview:
    """What the transaction of a dry run would do.

    `transaction` is the native API's answer to the dry run, `lots` its lots before (at least those
    that the transaction touches; a lot that is not among them is a new one), `balance` its balance
    before. `names` says where lots come from, by id. Raises ValueError if the lots are not those of
    before: something came between.
    """
    known = {str(lot["id"]): lot for lot in lots}
    moves: dict[str | None, list[Move]] = {}
    dates: dict[str, str | None] = {}
    for each in _objects(transaction["allocations"]):
        lot = None if each["lot_id"] is None else str(each["lot_id"])
        amount = units(str(each["amount"]), scale)
        moves.setdefault(lot, []).append(Move(str(each["from"]), str(each["to"]), amount))
        if lot is not None and each["expires_at"] is not None:
            dates[lot] = str(each["expires_at"])
    touched = []
    for lot, own in moves.items():
        if lot is None:
            continue
        found = known.get(lot)
        before = Split() if found is None else _split(found, scale)
        listed = found["expires_at"] if found is not None else None
        expires_at = dates.get(lot, None if listed is None else str(listed))
        name = (names or {}).get(lot, "")
        each_lot = LotMoves(lot, name, expires_at, before, own)
        _ = each_lot.after
        touched.append(each_lot)
    deficit = units(str(balance["deficit"]), scale)
    change = sum(
        (each.target == "owed") * each.amount - (each.source == "owed") * each.amount
        for each in moves.get(None, ())
    )
    return Preview(
        scale,
        touched,
        Figures(units(str(transaction["balance_before"]), scale), deficit),
        Figures(units(str(transaction["balance_after"]), scale), deficit + change),
    )


def _objects(value: object) -> Sequence[Mapping[str, object]]:
    assert isinstance(value, list | tuple), "allocations are a list"
    return value


def _split(lot: Mapping[str, object], scale: int) -> Split:
    return Split(*(units(str(lot[state]), scale) for state in STATES))


def _moved(split: Split, moves: Sequence[Move]) -> Split:
    amounts = dict(zip(STATES, split, strict=True))
    for source, target, amount in moves:
        if source in amounts:
            amounts[source] -= amount
            if amounts[source] < 0:
                raise ValueError(f"{amount} cannot move: less is {source}")
        if target in amounts:
            amounts[target] += amount
    return Split(*(amounts[state] for state in STATES))


def chunks(moves: Sequence[Move]) -> list[Chunk]:
    """The moves of a lot as ways: what arrives in a state and moves on is one way through it."""
    ways: list[Chunk] = []
    for source, target, amount in moves:
        rest, next_ways = amount, []
        for way in reversed(ways):  # what arrived last moves on first
            if rest and way.path[-1] == source and target not in way.path:
                part = min(rest, way.amount)
                rest -= part
                next_ways.append(Chunk((*way.path, target), part))
                if part < way.amount:
                    next_ways.append(way._replace(amount=way.amount - part))
            else:
                next_ways.append(way)
        ways = next_ways[::-1]
        if rest:
            ways.append(Chunk((source, target), rest))
    return ways
