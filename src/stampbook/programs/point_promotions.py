"""Promotions of points: offers by which points are accrued or redeemed, with bounds of amounts.

An amount fits a promotion if one of its rules for that kind of movement and that currency admits
it. A promotion without such a rule admits every amount.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from stampbook.domain.model import MAX_AMOUNT
from stampbook.programs import auditing
from stampbook.programs.changing import assignments
from stampbook.programs.faults import Gone, Invalid, Taken
from stampbook.programs.programs import Program
from stampbook.storage.store import Row, Transacting, UniqueViolation

EDITABLE = frozenset({"name", "description", "status", "starts_at", "ends_at"})
STATUSES = ("active", "inactive")

MAX_RULES = 100
"""Rules of one promotion. One per currency and kind is enough, and a page must stay small."""


class Movement(StrEnum):
    """What a rule is for."""

    ACCRUAL = "accrual"
    REDEMPTION = "redemption"


class Rule(NamedTuple):
    """Bounds of an amount in smallest units, None: no bound. `static_amount` allows no others."""

    kind: Movement
    currency_id: int
    static_amount: int | None = None
    min_amount: int | None = None
    max_amount: int | None = None

    def admits(self, amount: int) -> bool:
        if self.static_amount is not None:
            return amount == self.static_amount
        least, most = self.min_amount or 0, self.max_amount or MAX_AMOUNT
        return least <= amount <= most


class PointPromotion(NamedTuple):
    """A row of `point_promotions` with its rules. Instants None: without limit."""

    promotion_id: int
    tenant_id: int
    program_id: int
    external_id: str | None
    name: str
    description: str | None
    status: str
    starts_at: int | None
    ends_at: int | None
    created_at: int
    updated_at: int
    rules: tuple[Rule, ...] = ()

    def is_active(self, now: int) -> bool:
        """Whether it is active and `now` is within its time."""
        return (
            self.status == "active"
            and (self.starts_at is None or self.starts_at <= now)
            and (self.ends_at is None or now < self.ends_at)
        )

    def admits(self, kind: Movement, *, currency: int, amount: int) -> bool:
        """Whether the amount (smallest units) fits; see the module."""
        rules = [r for r in self.rules if r.kind is kind and r.currency_id == currency]
        return not rules or any(rule.admits(amount) for rule in rules)


def _promotion(row: Row, rules: Sequence[Rule] = ()) -> PointPromotion:
    columns = [row[column] for column in PointPromotion._fields[:-1]]
    return PointPromotion._make([*columns, tuple(rules)])


async def create(
    writing: Transacting,
    program: Program,
    *,
    name: str,
    now: int,
    external_id: str | None = None,
    description: str | None = None,
    status: str = "active",
    starts_at: int | None = None,
    ends_at: int | None = None,
    rules: Sequence[Rule] = (),
) -> PointPromotion:
    """A new promotion. Writes; raises Invalid, or Taken (external_id).

    The rules' currencies must be the program's; the caller has checked that.
    """
    _check_dates(starts_at, ends_at)
    _check_rules(rules)
    try:
        row = await writing.fetch_one(
            """
            INSERT INTO point_promotions (tenant_id, program_id, external_id, name, description,
                status, starts_at, ends_at, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
            RETURNING promotion_id, tenant_id, program_id, external_id, name, description, status,
                starts_at, ends_at, created_at, updated_at
            """,
            program.tenant_id,
            program.program_id,
            external_id,
            name,
            description,
            status,
            starts_at,
            ends_at,
            now,
        )
    except UniqueViolation:
        raise Taken("external_id") from None
    assert row is not None
    for position, rule in enumerate(rules):
        await _add_rule(writing, row["promotion_id"], position, rule)
    number, tenant = row["promotion_id"], program.tenant_id
    load = partial(get, promotion=number, tenant=tenant)
    auditing.made(writing, auditing.PROMOTION, number, load, tenant=tenant, now=now)
    return _promotion(row, rules)


async def _add_rule(writing: Transacting, promotion: int, position: int, rule: Rule) -> None:
    await writing.execute(
        """
        INSERT INTO point_promotion_rules (promotion_id, position, kind, currency_id,
            static_amount, min_amount, max_amount)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        promotion,
        position,
        str(rule.kind),
        rule.currency_id,
        rule.static_amount,
        rule.min_amount,
        rule.max_amount,
    )


async def get(db: Transacting, promotion: int, *, tenant: int) -> PointPromotion | None:
    """The tenant's promotion of that number."""
    row = await db.fetch_one(
        """
        SELECT promotion_id, tenant_id, program_id, external_id, name, description, status,
               starts_at, ends_at, created_at, updated_at
        FROM point_promotions WHERE promotion_id = $1 AND tenant_id = $2
        """,
        promotion,
        tenant,
    )
    return None if row is None else (await _with_rules(db, [row]))[0]


async def by_external_id(db: Transacting, program: int, external_id: str) -> PointPromotion | None:
    """The program's promotion of that external id."""
    row = await db.fetch_one(
        """
        SELECT promotion_id, tenant_id, program_id, external_id, name, description, status,
               starts_at, ends_at, created_at, updated_at
        FROM point_promotions WHERE program_id = $1 AND external_id = $2
        """,
        program,
        external_id,
    )
    return None if row is None else (await _with_rules(db, [row]))[0]


async def page(
    db: Transacting,
    program: int,
    *,
    now: int,
    limit: int,
    is_active: bool | None = None,
    after: int = 0,
) -> list[PointPromotion]:
    """The program's promotions by number, those above `after`; by being active at `now`."""
    rows = await db.fetch(
        """
        SELECT promotion_id, tenant_id, program_id, external_id, name, description, status,
               starts_at, ends_at, created_at, updated_at
        FROM point_promotions
        WHERE program_id = $1 AND promotion_id > $2
          AND (CAST($3 AS bigint) < 0 OR CAST($3 AS bigint) = CASE
               WHEN status = 'active' AND (starts_at IS NULL OR starts_at <= $4)
                    AND (ends_at IS NULL OR ends_at > $4) THEN 1 ELSE 0 END)
        ORDER BY promotion_id LIMIT $5
        """,
        program,
        after,
        -1 if is_active is None else int(is_active),
        now,
        limit,
    )
    return await _with_rules(db, rows)


async def count(db: Transacting, program: int, *, now: int, is_active: bool | None = None) -> int:
    """How many the program has, all pages together."""
    row = await db.fetch_one(
        """
        SELECT count(*) AS promotions FROM point_promotions
        WHERE program_id = $1
          AND (CAST($2 AS bigint) < 0 OR CAST($2 AS bigint) = CASE
               WHEN status = 'active' AND (starts_at IS NULL OR starts_at <= $3)
                    AND (ends_at IS NULL OR ends_at > $3) THEN 1 ELSE 0 END)
        """,
        program,
        -1 if is_active is None else int(is_active),
        now,
    )
    assert row is not None
    return int(row["promotions"])


async def external_ids(db: Transacting, program: int) -> dict[int, str | None]:
    """The external ids of all of the program's promotions, by number."""
    rows = await db.fetch(
        "SELECT promotion_id, external_id FROM point_promotions WHERE program_id = $1", program
    )
    return {row["promotion_id"]: row["external_id"] for row in rows}


async def update(
    writing: Transacting, promotion: int, changes: Mapping[str, object], *, tenant: int, now: int
) -> PointPromotion:
    """Change the named columns of `EDITABLE`; rules stay. Writes; raises Invalid or Gone."""
    set_clause = assignments({**changes, "updated_at": now}, EDITABLE | {"updated_at"}, first=3)
    load = partial(get, promotion=promotion, tenant=tenant)
    await auditing.watch(writing, auditing.PROMOTION, promotion, load, tenant=tenant, now=now)
    before = await get(writing, promotion, tenant=tenant)
    if before is None:
        raise Gone
    starts_at, ends_at = (
        changes.get(name, getattr(before, name)) for name in ("starts_at", "ends_at")
    )
    _check_dates(starts_at, ends_at)
    await writing.execute(
        f"UPDATE point_promotions SET {set_clause}"  # noqa: S608 - columns are those of EDITABLE
        " WHERE promotion_id = $1 AND tenant_id = $2",
        promotion,
        tenant,
        *changes.values(),
        now,
    )
    changed = await get(writing, promotion, tenant=tenant)
    assert changed is not None
    return changed


async def _with_rules(db: Transacting, rows: Sequence[Row]) -> list[PointPromotion]:
    """The promotions (of one program, by number) with their rules."""
    if not rows:
        return []
    found = await db.fetch(
        """
        SELECT r.promotion_id, r.kind, r.currency_id, r.static_amount, r.min_amount, r.max_amount
        FROM point_promotion_rules r JOIN point_promotions p ON p.promotion_id = r.promotion_id
        WHERE p.program_id = $1 AND r.promotion_id BETWEEN $2 AND $3
        ORDER BY r.promotion_id, r.position
        """,
        rows[0]["program_id"],
        rows[0]["promotion_id"],
        rows[-1]["promotion_id"],
    )
    rules: dict[int, list[Rule]] = {}
    for row in found:
        rules.setdefault(row["promotion_id"], []).append(
            Rule(
                kind=Movement(row["kind"]),
                currency_id=row["currency_id"],
                static_amount=row["static_amount"],
                min_amount=row["min_amount"],
                max_amount=row["max_amount"],
            )
        )
    return [_promotion(row, rules.get(row["promotion_id"], ())) for row in rows]


def _check_dates(starts_at: object, ends_at: object) -> None:
    if isinstance(starts_at, int) and isinstance(ends_at, int) and ends_at <= starts_at:
        raise Invalid("ends_at", "must lie after starts_at")


def _check_rules(rules: Sequence[Rule]) -> None:
    if len(rules) > MAX_RULES:
        raise Invalid("rules", f"must be at most {MAX_RULES}")
    for at, rule in enumerate(rules):
        given = [rule.static_amount, rule.min_amount, rule.max_amount]
        if any(amount is not None and not 0 < amount <= MAX_AMOUNT for amount in given):
            raise Invalid(f"rules/{at}", "amounts must be positive and at most 9 * 10^15")
        if rule.static_amount is not None and given[1:] != [None, None]:
            raise Invalid(f"rules/{at}", "a static_amount excludes min_amount and max_amount")
        if rule.min_amount and rule.max_amount and rule.max_amount < rule.min_amount:
            raise Invalid(f"rules/{at}", "max_amount must not be below min_amount")
