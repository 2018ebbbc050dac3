"""The present standing of a transaction, in SQL: its newest row of `standings`, if it has any."""

from typing import Final

from stampbook.storage.store import BESIDE

IN_FORCE: Final = "CASE WHEN m.seq IS NULL THEN {amount} ELSE m.base - m.cancelled END"
"""What no cancel has taken of a movement that was never temporary, beside `standing_of` of it.
`amount` is the expression of what its row moved."""


def standing_of(
    transaction: str,
    *,
    row: str = "t",
    shard: str | None = None,
    upto: str | None = None,
    beside: bool = False,
) -> str:
    """A join of the standing `m` of a transaction: `transaction` is an expression on the row of the
    journal that is called `row`. With `upto`, an expression, it is the standing after the account's
    row of that number. Without a standing the columns are NULL.

    `shard` is the parameter that has the row's shard, where there is one: a distributed database
    sees by it that the statement touches no other. `beside`: the row is not of the journal but of a
    table beside it, which has the row's shard, account and number; `upto` cannot be asked for.
    """
    bound = "" if upto is None else f"AND n.seq <= {upto}"
    place = f"shard = {shard or f'{row}.shard'} AND {{0}}.account_id = {row}.account_id"
    newest, found = place.format("n"), place.format("m")
    table = f"standings{BESIDE}" if beside else "standings"
    return f"""
    LEFT JOIN {table} m ON m.{found} AND m.target = {transaction} AND m.seq = (
        SELECT n.seq FROM {table} n WHERE n.{newest} AND n.target = {transaction} {bound}
        ORDER BY n.seq DESC LIMIT 1
    )
    """  # noqa: S608 - made of constants
