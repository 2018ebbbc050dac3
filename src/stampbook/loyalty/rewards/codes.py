"""Codes that purchases and grants hand out: free → issued → used or voided.

The UNIQUE constraint over a tenant's codes and the guarded updates make each of them go out once.
"""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from secrets import choice
from typing import Final

from stampbook.loyalty.faults import Code as Why
from stampbook.loyalty.faults import Refused
from stampbook.loyalty.rewards.columns import with_columns
from stampbook.loyalty.rewards.model import Code
from stampbook.programs import auditing
from stampbook.programs.faults import Gone, Invalid, Taken
from stampbook.storage.store import Row, Transacting, UniqueViolation

ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Letters and digits that people do not take for others: no I, L, O, U, 0, 1."""

GROUPS: Final = 4
"""Groups of four characters. 30^16 codes: nobody guesses one of the few that are in use."""

MAX_POOL_UPLOAD: Final = 1_000
"""Codes of one upload."""

PLAIN: Final = re.compile(r"[A-Za-z0-9._~-]{1,64}", re.ASCII)
"""What a code of a pool may be: it must fit into a path of the API without escapes."""

_sql: Final = partial(with_columns, kind=Code)


def _code(row: Row) -> Code:
    return Code._make(row[column] for column in Code._fields)


def generated() -> str:
    """A new code such as `7KQX-M4TD-PB9R-2WHC`; see ALPHABET and GROUPS."""
    return "-".join("".join(choice(ALPHABET) for _ in range(4)) for _ in range(GROUPS))


async def add_to_pool(
    writing: Transacting,
    codes: Sequence[str],
    *,
    tenant: int,
    reward: int,
    now: int,
    program: int | None = None,
) -> list[Code]:
    """New free codes of the reward, all or none. Writes; raises Invalid or Taken (`codes/n`)."""
    if not 1 <= len(codes) <= MAX_POOL_UPLOAD:
        raise Invalid("codes", f"must be 1 to {MAX_POOL_UPLOAD}")
    added = []
    for at, code in enumerate(codes):
        if not PLAIN.fullmatch(code):
            raise Invalid(f"codes/{at}", "must have 1 to 64 of A-Z, a-z, 0-9 and . _ ~ -")
        try:
            row = await writing.fetch_one(_NEW_FREE, tenant, reward, code, now)
        except UniqueViolation:
            raise Taken(f"codes/{at}") from None
        assert row is not None
        added.append(_code(row))
    await auditing.record(
        writing,
        tenant=tenant,
        action="reward.updated",
        now=now,
        entity=auditing.entity_of(auditing.REWARD, reward),
        program=program,
        changes={"codes_added": {"before": None, "after": len(added)}},
    )
    return added


_NEW_FREE: Final = _sql("""
    INSERT INTO reward_codes (tenant_id, reward_id, code, state, created_at)
    VALUES ($1, $2, $3, 'free', $4) RETURNING {columns}
    """)


async def page(
    db: Transacting,
    reward: int,
    *,
    tenant: int,
    limit: int,
    after: int = 0,
    state: str | None = None,
) -> list[Code]:
    """The reward's codes, handed out or not, by number, those above `after`; of one state if it is
    given."""
    rows = await db.fetch(
        _sql("""
        SELECT {columns} FROM reward_codes
        WHERE reward_id = $1 AND tenant_id = $2 AND code_id > $3
          AND (CAST($4 AS text) = '' OR state = $4)
        ORDER BY code_id LIMIT $5
        """),
        reward,
        tenant,
        after,
        state or "",
        limit,
    )
    return [_code(row) for row in rows]


async def count(db: Transacting, reward: int, *, tenant: int) -> dict[str, int]:
    """How many of the reward's codes are in each state; states of none are left out."""
    rows = await db.fetch(
        """
        SELECT state, count(*) AS codes FROM reward_codes
        WHERE reward_id = $1 AND tenant_id = $2 GROUP BY state
        """,
        reward,
        tenant,
    )
    return {row["state"]: row["codes"] for row in rows}


async def free(db: Transacting, reward: int, *, limit: int) -> list[Code]:
    """The oldest free codes of the reward's pool."""
    rows = await db.fetch(
        _sql("""
        SELECT {columns} FROM reward_codes
        WHERE reward_id = $1 AND state = 'free' ORDER BY code_id LIMIT $2
        """),
        reward,
        limit,
    )
    return [_code(row) for row in rows]


async def of_purchase(db: Transacting, purchase: int) -> list[Code]:
    """The codes that the purchase handed out, by number."""
    rows = await db.fetch(
        _sql("SELECT {columns} FROM reward_codes WHERE purchase_id = $1 ORDER BY code_id"),
        purchase,
    )
    return [_code(row) for row in rows]


async def of_purchases(db: Transacting, purchases: Iterable[int]) -> dict[int, list[Code]]:
    """The codes of each of these purchases; those without codes are left out."""
    listed = ", ".join(str(int(each)) for each in purchases)
    found: dict[int, list[Code]] = {}
    if listed:
        chosen = f"purchase_id IN ({listed})"
        rows = await db.fetch(
            _sql(f"SELECT {{columns}} FROM reward_codes WHERE {chosen} ORDER BY code_id")  # noqa: S608
        )
        for code in map(_code, rows):
            assert code.purchase_id is not None
            found.setdefault(code.purchase_id, []).append(code)
    return found


async def of_grant(db: Transacting, grant: int) -> list[Code]:
    """The code that the grant handed out, if any."""
    rows = await db.fetch(
        _sql("SELECT {columns} FROM reward_codes WHERE grant_id = $1 ORDER BY code_id"), grant
    )
    return [_code(row) for row in rows]


async def find(db: Transacting, code: str, *, tenant: int) -> Code | None:
    """The tenant's code of that text."""
    row = await db.fetch_one(
        _sql("SELECT {columns} FROM reward_codes WHERE tenant_id = $1 AND code = $2"),
        tenant,
        code,
    )
    return None if row is None else _code(row)


async def use(writing: Transacting, code: str, *, tenant: int, now: int) -> Code:
    """Use a code that was handed out, once. Writes.

    Raises Gone for a code that nobody has (any more), Refused (CODE_USED) for one used before.
    """
    row = await writing.fetch_one(
        _sql("""
        UPDATE reward_codes SET state = 'used', used_at = $3
        WHERE tenant_id = $1 AND code = $2 AND state = 'issued' RETURNING {columns}
        """),
        tenant,
        code,
        now,
    )
    if row is not None:
        return _code(row)
    found = await find(writing, code, tenant=tenant)
    if found is not None and found.state == "used":
        raise Refused(Why.CODE_USED, "the code was used before")
    raise Gone
