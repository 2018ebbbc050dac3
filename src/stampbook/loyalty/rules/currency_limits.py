"""Limits of what a currency gives to an account and takes from it, whatever the rule or reward.

Amounts are in the currency's smallest units.
"""

from collections.abc import Collection
from functools import partial
from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.json import Decoder, encode

from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.judging.periods import PERIODS
from stampbook.programs import currencies
from stampbook.programs.faults import Invalid
from stampbook.storage.store import Row, Transacting

Points = Annotated[int, Meta(ge=1, le=MAX_AMOUNT)]


class PeriodLimit(Struct, frozen=True, forbid_unknown_fields=True):
    """The most in a calendar period of the program's time zone."""

    max: Points
    period: str


class EarningLimits(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Limits of awards. An award above `per_transaction` is dropped whole; `balance` (active and
    pending points) and `period` leave the rest of it. An order whose total is below `min_order`
    (smallest units of money) earns nothing. None: no such limit."""

    per_transaction: Points | None = None
    balance: Points | None = None
    period: PeriodLimit | None = None
    min_order: Points | None = None


class SpendingLimits(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Limits of payments and purchases: of one, of all of them together, and in a period."""

    per_transaction: Points | None = None
    lifetime: Points | None = None
    period: PeriodLimit | None = None


class CurrencyLimits(Struct, frozen=True):
    """Both."""

    earning: EarningLimits = EarningLimits()
    spending: SpendingLimits = SpendingLimits()


NO_LIMITS: Final = CurrencyLimits()

_earning = Decoder(EarningLimits)
_spending = Decoder(SpendingLimits)


async def of_currencies(db: Transacting, currencies: Collection[int]) -> dict[int, CurrencyLimits]:
    """The limits of those of the currencies that have some."""
    if not currencies:
        return {}
    listed = ", ".join(str(int(each)) for each in sorted(currencies))
    rows = await db.fetch(
        f"""
        SELECT currency_id, earning_limits, spending_limits FROM currency_options
        WHERE currency_id IN ({listed})
          AND (earning_limits IS NOT NULL OR spending_limits IS NOT NULL)
        """  # noqa: S608 - numbers
    )
    return {row["currency_id"]: of_columns(row) for row in rows}


def of_columns(row: Row | None) -> CurrencyLimits:
    """The limits of their columns; none if none were set."""
    if row is None:
        return NO_LIMITS
    earning, spending = row["earning_limits"], row["spending_limits"]
    return CurrencyLimits(
        EarningLimits() if earning is None else _earning.decode(earning),
        SpendingLimits() if spending is None else _spending.decode(spending),
    )


async def get(db: Transacting, currency: int) -> CurrencyLimits:
    """The currency's limits."""
    return (await of_currencies(db, [currency])).get(currency, NO_LIMITS)


async def put(writing: Transacting, currency: int, limits: CurrencyLimits, *, now: int) -> None:
    """Set the currency's limits. Writes; raises Invalid."""
    for name, period in (
        ("earning_limits", limits.earning.period),
        ("spending_limits", limits.spending.period),
    ):
        if period is not None and period.period not in PERIODS:
            raise Invalid(f"{name}/period/period", f"must be one of {', '.join(PERIODS)}")
    load = partial(get, currency=currency)
    await currencies.watch(writing, currency, now=now, part="limits", load=load)
    await writing.execute(
        """
        INSERT INTO currency_options (currency_id, earning_limits, spending_limits)
        VALUES ($1, $2, $3)
        ON CONFLICT (currency_id) DO UPDATE SET earning_limits = excluded.earning_limits,
            spending_limits = excluded.spending_limits
        """,
        currency,
        None if limits.earning == EarningLimits() else encode(limits.earning).decode(),
        None if limits.spending == SpendingLimits() else encode(limits.spending).decode(),
    )
