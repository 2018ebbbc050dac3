"""The movements in force on all accounts of a program, as a query that others can join.

A page in the middle of a list that is merged from two sources cannot be cut out of two lists
without reading both from their beginnings, so the database merges them.
"""

from typing import Final

from stampbook.domain.model import ORIGINALS, Kind, Status
from stampbook.ledger.journal.standing import standing_of

_KINDS: Final = ", ".join(str(int(kind)) for kind in sorted({*ORIGINALS, Kind.EXPIRE}))

SELECT: Final = f"""
    SELECT t.recorded_at, t.shard, t.account_id, t.seq, t.kind, t.subject, t.metadata, c.scale,
           CASE WHEN m.seq IS NULL THEN t.amount ELSE m.base - m.cancelled END AS amount
    FROM accounts a
    JOIN currencies c ON c.currency_id = a.currency_id
    JOIN transactions t ON t.shard = a.shard AND t.account_id = a.account_id
    {standing_of("t.seq")}
    WHERE a.program_id = $1 AND t.recorded_at >= $2 AND t.recorded_at < $3
      AND t.kind IN ({_KINDS})
      AND (m.seq IS NULL OR (m.status = {Status.IN_FORCE:d} AND m.base > m.cancelled))
"""  # noqa: S608 - numbers of enumerations
"""Originals and expiries of program $1, recorded in [$2, $3), and how much of each is in force.

Uncommitted temporary movements are left out, and so is what was taken back.
"""


def of_account(account: int) -> str:
    """The condition on rows `t` of SELECT that leaves those of one account.

    It names the shard, too: without it SQLite reads the whole journal.
    """
    number = f"{account:d}"
    return f"t.shard = {number} % (SELECT shards FROM ledger) AND t.account_id = {number}"  # noqa: S608
