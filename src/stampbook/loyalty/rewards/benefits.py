"""Benefits: goods, codes or points that rules give, and their steps: draft ↔ active, deleted."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import Fixed, Per
from stampbook.loyalty.rewards.columns import with_columns
from stampbook.loyalty.rewards.model import Benefit, BenefitTerms, BenefitType
from stampbook.loyalty.rewards.terms import read_benefit, write_benefit
from stampbook.loyalty.rules.naming import rules_that_give
from stampbook.programs import auditing
from stampbook.programs.changing import assignments
from stampbook.programs.faults import Gone, Invalid
from stampbook.storage.store import Row, Transacting

EDITABLE: Final = frozenset({"name", "metadata", "origin", "stock", "type", "terms"})

_sql: Final = partial(with_columns, kind=Benefit)

_UPDATE: Final = _sql(
    "UPDATE benefits SET {assigned} WHERE benefit_id = $1 AND tenant_id = $2 RETURNING {columns}"
)

_EFFECT_OF: Final[dict[BenefitType, type[Fixed] | type[Per]]] = {
    BenefitType.POINTS: Fixed,
    BenefitType.POINTS_PROPORTIONAL: Per,
}


def _benefit(row: Row) -> Benefit:
    values = {column: row[column] for column in Benefit._fields}
    values["type"] = BenefitType(values["type"])
    values["terms"] = read_benefit(values["terms"])
    return Benefit(**values)


async def create(
    writing: Transacting,
    *,
    tenant: int,
    program: int | None,
    name: str,
    type_: BenefitType,
    terms: BenefitTerms,
    now: int,
    status: str = "draft",
    stock: int | None = None,
    metadata: str = "{}",
    origin: str | None = None,
) -> Benefit:
    """A new benefit, a draft or active. Writes; raises Invalid.

    The currency of its points must exist; the caller has checked that.
    """
    assert status in ("draft", "active"), "there is no other beginning"
    _check_terms(type_, terms)
    _check_stock(stock)
    row = await writing.fetch_one(
        _sql("""
        INSERT INTO benefits (tenant_id, program_id, name, type, status, stock, terms, metadata,
            origin, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
        RETURNING {columns}
        """),
        tenant,
        program,
        name,
        str(type_),
        status,
        stock,
        write_benefit(terms),
        metadata,
        origin,
        now,
    )
    assert row is not None
    number = row["benefit_id"]
    load = partial(get, benefit=number, tenant=tenant)
    auditing.made(writing, auditing.BENEFIT, number, load, tenant=tenant, now=now)
    return _benefit(row)


async def _watched(writing: Transacting, benefit: int, *, tenant: int, now: int) -> Benefit:
    """The same as `hold`; and the audit log tells what becomes of the benefit."""
    held = await hold(writing, benefit, tenant=tenant)
    load = partial(get, benefit=benefit, tenant=tenant)
    await auditing.watch(writing, auditing.BENEFIT, benefit, load, tenant=tenant, now=now)
    return held


async def get(
    db: Transacting, benefit: int, *, tenant: int, deleted: bool = False
) -> Benefit | None:
    """The tenant's benefit of that number; with `deleted` also one that was."""
    row = await db.fetch_one(
        _sql("SELECT {columns} FROM benefits WHERE benefit_id = $1 AND tenant_id = $2"),
        benefit,
        tenant,
    )
    if row is None or (row["status"] == "deleted" and not deleted):
        return None
    return _benefit(row)


async def hold(writing: Transacting, benefit: int, *, tenant: int) -> Benefit:
    """The benefit, locked until the transaction ends. Writes, but changes nothing; raises Gone."""
    row = await writing.fetch_one(
        _sql("""
        UPDATE benefits SET updated_at = updated_at
        WHERE benefit_id = $1 AND tenant_id = $2 AND status <> 'deleted'
        RETURNING {columns}
        """),
        benefit,
        tenant,
    )
    if row is None:
        raise Gone
    return _benefit(row)


async def page(
    db: Transacting,
    *,
    tenant: int,
    program: int | None,
    limit: int,
    after: int = 0,
    status: str | None = None,
) -> list[Benefit]:
    """The program's benefits (None: the library's) by number, those above `after`; of one status
    if it is given, else all that are not deleted."""
    rows = await db.fetch(
        _sql("""
        SELECT {columns} FROM benefits
        WHERE tenant_id = $1 AND coalesce(program_id, 0) = $2 AND benefit_id > $3
          AND status <> 'deleted' AND (CAST($4 AS text) = '' OR status = $4)
        ORDER BY benefit_id LIMIT $5
        """),
        tenant,
        program or 0,
        after,
        status or "",
        limit,
    )
    return [_benefit(row) for row in rows]


async def update(
    writing: Transacting, benefit: int, changes: Mapping[str, object], *, tenant: int, now: int
) -> Benefit:
    """Change the named fields of `EDITABLE`; `terms` as BenefitTerms, which change only in a
    draft, and `type` with them. Writes; raises Gone, Invalid, or Refused (LOCKED_WHILE_ACTIVE)."""
    before = await _watched(writing, benefit, tenant=tenant, now=now)
    stored = dict(changes)
    if "terms" in changes:
        terms = changes["terms"]
        assert isinstance(terms, BenefitTerms)
        _check_terms(BenefitType(str(changes.get("type", before.type))), terms)
        if before.status != "draft" and terms != before.terms:
            raise Refused(
                Code.LOCKED_WHILE_ACTIVE, "what a benefit hands out changes only in a draft"
            )
        stored["terms"] = write_benefit(terms)
    if "stock" in changes:
        _check_stock(changes["stock"])
    set_clause = assignments({**stored, "updated_at": now}, EDITABLE | {"updated_at"}, first=3)
    row = await writing.fetch_one(
        _UPDATE.replace("{assigned}", set_clause),
        benefit,
        tenant,
        *stored.values(),
        now,
    )
    assert row is not None
    return _benefit(row)


async def step(
    writing: Transacting, benefit: int, status: str, *, tenant: int, now: int
) -> Benefit:
    """Make the benefit active, or a draft again. The status that it has already is no step and no
    fault. Writes; raises Gone, or Refused (IN_USE: an active rule gives what would become a draft).
    """
    before = await _watched(writing, benefit, tenant=tenant, now=now)
    if before.status == status:
        return before
    if status == "draft":
        await _check_unused(writing, benefit, tenant=tenant)
    return await _put_status(writing, benefit, status, tenant=tenant, now=now)


async def delete(writing: Transacting, benefit: int, *, tenant: int, now: int) -> Benefit:
    """Hide the benefit; its grants stay. Writes; raises Gone, or Refused (IN_USE) while an active
    rule gives it."""
    await _watched(writing, benefit, tenant=tenant, now=now)
    await _check_unused(writing, benefit, tenant=tenant)
    return await _put_status(writing, benefit, "deleted", tenant=tenant, now=now)


async def _check_unused(db: Transacting, benefit: int, *, tenant: int) -> None:
    rules = await rules_that_give(db, benefit, tenant=tenant)
    if rules:
        named = [("rule", rule) for rule in rules]
        raise Refused(Code.IN_USE, "an active rule gives the benefit", used_by=named)


async def _put_status(
    writing: Transacting, benefit: int, status: str, *, tenant: int, now: int
) -> Benefit:
    row = await writing.fetch_one(
        _sql("""
        UPDATE benefits SET status = $2, updated_at = $3
        WHERE benefit_id = $1 AND tenant_id = $4
        RETURNING {columns}
        """),
        benefit,
        status,
        now,
        tenant,
    )
    assert row is not None
    return _benefit(row)


def _check_stock(stock: object) -> None:
    if isinstance(stock, int) and not 0 <= stock <= MAX_AMOUNT:
        raise Invalid("stock", "must be between 0 and 9 * 10^15")


def _check_terms(type_: BenefitType, terms: BenefitTerms) -> None:
    wanted, effect = _EFFECT_OF.get(type_), terms.effect
    if (effect is None) != (wanted is None) or (wanted and not isinstance(effect, wanted)):
        raise Invalid("points", "must be given for a benefit of points, and for no other")
    if isinstance(effect, Fixed) and not 0 <= effect.points <= MAX_AMOUNT:
        raise Invalid("points", "must be at least 0 and at most 9 * 10^15")
    if isinstance(effect, Per) and not (effect.every > 0 and effect.points >= 0):
        raise Invalid("points", "must have an amount of at least 0 and an every above 0")
    if terms.sku is not None and type_ is not BenefitType.MATERIAL:
        raise Invalid("sku", "belongs to a material benefit")
