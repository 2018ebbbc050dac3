"""Grants as they are stored, with their codes."""

from collections.abc import Sequence
from functools import partial
from typing import Final, Literal, NamedTuple

from stampbook.loyalty.rewards.columns import with_columns
from stampbook.loyalty.rewards.model import Code, GrantRow
from stampbook.storage.store import Row, Transacting

_sql: Final = partial(with_columns, kind=GrantRow)


class HeldGrant(NamedTuple):
    """A grant and its code, if it handed one out."""

    grant: GrantRow
    codes: tuple[Code, ...] = ()

    @property
    def stays(self) -> Literal["code_used", "handed_out"] | None:
        """Why it stays when what gave it falls: its code was used, or it was goods. None: it falls,
        too."""
        if any(code.state == "used" for code in self.codes):
            return "code_used"
        return None if self.codes or self.grant.account_id is not None else "handed_out"


def _grant(row: Row) -> GrantRow:
    return GrantRow._make(row[column] for column in GrantRow._fields)


async def get(db: Transacting, grant: int, *, tenant: int) -> GrantRow | None:
    """The tenant's grant of that number."""
    row = await db.fetch_one(
        _sql("SELECT {columns} FROM grants WHERE grant_id = $1 AND tenant_id = $2"), grant, tenant
    )
    return None if row is None else _grant(row)


async def of_events(
    db: Transacting, events: Sequence[int], *, tenant: int
) -> dict[int, list[HeldGrant]]:
    """The grants of these events, oldest first, by event; those without grants are left out."""
    if not events:
        return {}
    listed = ", ".join(str(int(each)) for each in sorted(events))
    chosen = f"event_id IN ({listed}) AND tenant_id = $1"
    rows = await db.fetch(
        _sql(f"SELECT {{columns}} FROM grants WHERE {chosen} ORDER BY grant_id"),  # noqa: S608 - numbers
        tenant,
    )
    found = [_grant(row) for row in rows]
    codes: dict[int | None, list[Code]] = {}
    if found:
        coded = await db.fetch(
            with_columns(
                f"""
                SELECT {{columns}} FROM reward_codes
                WHERE grant_id IN (SELECT grant_id FROM grants WHERE {chosen}) ORDER BY code_id
                """,  # noqa: S608 - numbers
                Code,
            ),
            tenant,
        )
        for row in coded:
            code = Code._make(row[column] for column in Code._fields)
            codes.setdefault(code.grant_id, []).append(code)
    held: dict[int, list[HeldGrant]] = {}
    for grant in found:
        held.setdefault(grant.event_id, []).append(
            HeldGrant(grant, tuple(codes.get(grant.grant_id, ())))
        )
    return held


async def of_member(
    db: Transacting,
    member: int,
    *,
    tenant: int,
    limit: int,
    before: int | None = None,
    benefit: int | None = None,
) -> list[GrantRow]:
    """The member's grants, rejected ones too, the newest first, those with a number below
    `before`; of one benefit if it is given."""
    rows = await db.fetch(
        _sql("""
        SELECT {columns} FROM grants
        WHERE member_id = $1 AND tenant_id = $2 AND grant_id < $3
          AND (CAST($4 AS bigint) = 0 OR benefit_id = $4)
        ORDER BY grant_id DESC LIMIT $5
        """),
        member,
        tenant,
        2**53 if before is None else before,
        benefit or 0,
        limit,
    )
    return [_grant(row) for row in rows]
