"""The rows of promotions."""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from stampbook.programs import auditing
from stampbook.storage.store import Row, Transacting
from stampbook.visits.promotion import Applies, Promotion, Rule

MAX_RULES = 100
"""Rules of one promotion: a rule's number is its promotion's number and its place."""


def _promotion(row: Row) -> Promotion:
    terms: dict[str, Any] = json.loads(row["terms"])
    number: int = row["promotion_id"]
    return Promotion(
        number=number,
        tenant=row["tenant_id"],
        program=row["program_id"],
        title=row["title"],
        kind=row["kind"],
        services=Applies(terms["services"]),
        goods=Applies(terms["goods"]),
        is_percent=terms["is_percent"],
        rules=tuple(
            Rule(number * MAX_RULES + place, *values) for place, values in enumerate(terms["rules"])
        ),
        currencies=frozenset(terms["currencies"]),
        locations=frozenset(terms["locations"]),
        service_items=frozenset(terms["service_items"]),
        good_items=frozenset(terms["good_items"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        extra=terms["extra"],
    )


def _terms(promotion: Promotion) -> str:
    return json.dumps(
        {
            "services": promotion.services.value,
            "goods": promotion.goods.value,
            "is_percent": promotion.is_percent,
            "rules": [[rule.threshold, rule.value, rule.service] for rule in promotion.rules],
            "currencies": sorted(promotion.currencies),
            "locations": sorted(promotion.locations),
            "service_items": sorted(promotion.service_items),
            "good_items": sorted(promotion.good_items),
            "extra": dict(promotion.extra),
        },
        ensure_ascii=False,
        sort_keys=True,
    )


async def create(writing: Transacting, promotion: Promotion, *, now: int) -> Promotion:
    """A new promotion; its number and instants are given here. Writes."""
    row = await writing.fetch_one(
        """
        INSERT INTO promotions (tenant_id, program_id, title, kind, terms, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        RETURNING promotion_id, tenant_id, program_id, title, kind, terms, created_at, updated_at
        """,
        promotion.tenant,
        promotion.program,
        promotion.title,
        promotion.kind,
        _terms(promotion),
        now,
    )
    assert row is not None
    made = _promotion(row)
    load, tenant = partial(get, promotion=made.number, program=made.program), made.tenant
    auditing.made(writing, auditing.VISIT_PROMOTION, made.number, load, tenant=tenant, now=now)
    return made


async def _watch(writing: Transacting, promotion: int, *, program: int, now: int) -> None:
    row = await writing.fetch_one(
        "UPDATE promotions SET title = title WHERE promotion_id = $1 AND program_id = $2"
        " RETURNING tenant_id",
        promotion,
        program,
    )
    if row is not None:
        load, tenant = partial(get, promotion=promotion, program=program), row["tenant_id"]
        await auditing.watch(
            writing, auditing.VISIT_PROMOTION, promotion, load, tenant=tenant, now=now
        )


async def get(
    db: Transacting, promotion: int, *, program: int, deleted: bool = False
) -> Promotion | None:
    """The program's promotion of that number; a deleted one if asked for."""
    row = await db.fetch_one(
        """
        SELECT promotion_id, tenant_id, program_id, title, kind, terms, created_at, updated_at
        FROM promotions
        WHERE promotion_id = $1 AND program_id = $2
          AND (deleted_at IS NULL OR CAST($3 AS bigint) = 1)
        """,
        promotion,
        program,
        int(deleted),
    )
    return None if row is None else _promotion(row)


async def of_program(db: Transacting, program: int) -> list[Promotion]:
    """The program's promotions by number; not the deleted ones."""
    rows = await db.fetch(
        """
        SELECT promotion_id, tenant_id, program_id, title, kind, terms, created_at, updated_at
        FROM promotions WHERE program_id = $1 AND deleted_at IS NULL ORDER BY promotion_id
        """,
        program,
    )
    return [_promotion(row) for row in rows]


async def named(db: Transacting, promotions: Iterable[int]) -> dict[int, Promotion]:
    """The promotions of those numbers, also deleted ones."""
    found = {}
    for number in sorted(set(promotions) - {0}):
        row = await db.fetch_one(
            """
            SELECT promotion_id, tenant_id, program_id, title, kind, terms, created_at, updated_at
            FROM promotions WHERE promotion_id = $1
            """,
            number,
        )
        if row is not None:
            found[number] = _promotion(row)
    return found


async def replace(writing: Transacting, promotion: Promotion, *, now: int) -> Promotion | None:
    """Store the promotion's title and terms; None if it is deleted. Writes."""
    await _watch(writing, promotion.number, program=promotion.program, now=now)
    row = await writing.fetch_one(
        """
        UPDATE promotions SET title = $3, terms = $4, updated_at = $5
        WHERE promotion_id = $1 AND program_id = $2 AND deleted_at IS NULL
        RETURNING promotion_id, tenant_id, program_id, title, kind, terms, created_at, updated_at
        """,
        promotion.number,
        promotion.program,
        promotion.title,
        _terms(promotion),
        now,
    )
    return None if row is None else _promotion(row)


async def delete(writing: Transacting, promotion: int, *, program: int, now: int) -> bool:
    """Remove the promotion from all lists; its earlier effects stay. Writes."""
    await _watch(writing, promotion, program=program, now=now)
    touched = await writing.execute(
        """
        UPDATE promotions SET deleted_at = $3, updated_at = $3
        WHERE promotion_id = $1 AND program_id = $2 AND deleted_at IS NULL
        """,
        promotion,
        program,
        now,
    )
    return touched > 0
