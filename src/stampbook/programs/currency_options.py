"""Options of a currency besides its policy: a welcome bonus for new members, and back-dating."""

from functools import partial
from typing import NamedTuple

from stampbook.domain.model import MAX_AMOUNT
from stampbook.programs import currencies
from stampbook.programs.faults import Invalid
from stampbook.storage.store import Row, Transacting


class CurrencyOptions(NamedTuple):
    """`initial_balance` (smallest units) is accrued once for a new member. `backdating`: an
    operation may be dated before events that the clock has already recorded on its account.

    `exchange_points` (smallest units) pay for `exchange_money` (millionths of the unit of money);
    None: the points pay for no orders. `return_spent` says when they come back
    (loyalty/orders/model.py). An act of a person that moves more than `approval_above` (smallest
    units) needs a second person; None: none does. `unit_amount` (smallest units) are worth
    `unit_money` (millionths of the unit of money); None: nothing says what the points are worth.
    """

    initial_balance: int = 0
    backdating: bool = False
    exchange_points: int | None = None
    exchange_money: int | None = None
    return_spent: str = "proportional"
    approval_above: int | None = None
    unit_amount: int | None = None
    unit_money: int | None = None

    @property
    def unit_value(self) -> tuple[int, int] | None:
        """`unit_amount` and `unit_money`, if both are known."""
        if self.unit_amount is None or self.unit_money is None:
            return None
        return self.unit_amount, self.unit_money


async def get(db: Transacting, currency: int) -> CurrencyOptions:
    """The currency's options; the defaults if none were set."""
    row = await db.fetch_one(
        "SELECT initial_balance, backdating, exchange_points, exchange_money, return_spent,"
        " approval_above, unit_amount, unit_money FROM currency_options WHERE currency_id = $1",
        currency,
    )
    return of_columns(row)


def of_columns(row: Row | None) -> CurrencyOptions:
    """The options of their columns; the defaults if none were set."""
    if row is None:
        return CurrencyOptions()
    return CurrencyOptions(
        row["initial_balance"],
        bool(row["backdating"]),
        row["exchange_points"],
        row["exchange_money"],
        row["return_spent"],
        row["approval_above"],
        row["unit_amount"],
        row["unit_money"],
    )


async def initial_balances(db: Transacting, program: int) -> dict[int, int]:
    """What each of the program's currencies gives to a new member, by currency; currencies that
    give nothing are left out."""
    rows = await db.fetch(
        """
        SELECT o.currency_id, o.initial_balance
        FROM currency_options o JOIN currencies c ON c.currency_id = o.currency_id
        WHERE c.program_id = $1 AND o.initial_balance > 0 ORDER BY o.currency_id
        """,
        program,
    )
    return {row["currency_id"]: row["initial_balance"] for row in rows}


async def put(writing: Transacting, currency: int, options: CurrencyOptions, *, now: int) -> None:
    """Set the currency's options. Writes; raises Invalid."""
    if not 0 <= options.initial_balance <= MAX_AMOUNT:
        raise Invalid("initial_balance", "must be between 0 and 9 * 10^15 smallest units")
    if options.approval_above is not None and not 0 <= options.approval_above <= MAX_AMOUNT:
        raise Invalid("approval_above", "must be between 0 and 9 * 10^15 smallest units")
    for part in (options.exchange_points, options.exchange_money):
        if part is not None and not 0 < part <= MAX_AMOUNT:
            raise Invalid("exchange", "must have positive points and money")
    for part in (options.unit_amount, options.unit_money):
        if part is not None and not 0 < part <= MAX_AMOUNT:
            raise Invalid("unit_value", "must have a positive amount and positive money")
    load = partial(get, currency=currency)
    await currencies.watch(writing, currency, now=now, part="options", load=load)
    await writing.execute(
        """
        INSERT INTO currency_options (currency_id, initial_balance, backdating, exchange_points,
                                      exchange_money, return_spent, approval_above, unit_amount,
                                      unit_money)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (currency_id) DO UPDATE
        SET initial_balance = excluded.initial_balance, backdating = excluded.backdating,
            exchange_points = excluded.exchange_points, exchange_money = excluded.exchange_money,
            return_spent = excluded.return_spent, approval_above = excluded.approval_above,
            unit_amount = excluded.unit_amount, unit_money = excluded.unit_money
        """,
        currency,
        options.initial_balance,
        options.backdating,
        options.exchange_points,
        options.exchange_money,
        options.return_spent,
        options.approval_above,
        options.unit_amount,
        options.unit_money,
    )
