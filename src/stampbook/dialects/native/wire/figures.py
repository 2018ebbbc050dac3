"""Counts and sums of a program and of a currency on the native wire."""

from msgspec import Struct

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import Instant
from stampbook.ledger.journal.totals import Open
from stampbook.programs.currencies import Currency


class ProgramFigures(Struct, frozen=True):
    """How many members (without those who were removed), currencies and locations there are."""

    program_id: str
    members: int
    currencies: int
    locations: int


class CurrencyFigures(Struct, frozen=True):
    """A currency's accounts, and what is open in all of them at `as_of`. `undated_lots`: those of
    the open lots that have no expiry."""

    currency_id: str
    as_of: Instant
    accounts: int
    open_lots: int
    undated_lots: int
    available: Written
    pending: Written
    held: Written
    deficit: Written


def currency_figures(
    currency: Currency, dated: Open, undated: Open, *, accounts: int, at: int
) -> CurrencyFigures:
    scale = currency.scale

    def total(one: int, other: int) -> str:
        return amounts.write(one + other, scale)

    return CurrencyFigures(
        currency_id=ids.write(ids.CURRENCY, currency.currency_id),
        as_of=instants.write(at),
        accounts=accounts,
        open_lots=dated.lots + undated.lots,
        undated_lots=undated.lots,
        available=total(dated.available, undated.available),
        pending=total(dated.pending, undated.pending),
        held=total(dated.held, undated.held),
        deficit=total(dated.owed, undated.owed),
    )
