"""Currencies: what a program counts, with the policies that govern the ledger's decisions."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from msgspec.json import decode

from stampbook.programs import auditing
from stampbook.programs.auditing import Load
from stampbook.programs.changing import assignments, insertion
from stampbook.programs.faults import Changed, Invalid, Taken
from stampbook.programs.policies import MAX_SCALE, Terms, check
from stampbook.programs.programs import Program, hold
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.policy_rows import decode_rules, encode_rules
from stampbook.storage.store import Row, Transacting, UniqueViolation
from stampbook.storage.tables import CURRENCIES, with_columns

CODE_LENGTH = 64
_NOT_IN_A_CODE = re.compile(r"[^a-z0-9]+")


class Currency(NamedTuple):
    """A row of `currencies`, its rules decoded. `metadata` is JSON text."""

    currency_id: int
    program_id: int
    tenant_id: int
    name: str
    code: str
    scale: int
    version: int
    terms: Terms
    metadata: str
    created_at: int
    updated_at: int


_fields_of = CURRENCIES.reader(Currency)
_terms_of = CURRENCIES.reader(Terms)


def _currency(row: Row) -> Currency:
    pending, expiry = decode_rules(row["policy"])
    terms = Terms(pending=pending, expiry=expiry, **_terms_of(row))
    return Currency(terms=terms, **_fields_of(row))


def _stored(terms: Terms) -> dict[str, object]:
    """The columns that hold the terms."""
    return {"policy": encode_rules(terms.pending, terms.expiry), **CURRENCIES.stored(terms)}


_EDITABLE = frozenset({"name", "code", "metadata", "updated_at", *_stored(Terms())})

_SELECT = with_columns("SELECT {currencies.c} FROM currencies c")
_RETURNING = with_columns("RETURNING {currencies}")


async def create(
    writing: Transacting,
    program: Program,
    *,
    name: str,
    now: int,
    code: str | None = None,
    scale: int = 0,
    terms: Terms | None = None,
    metadata: str = "{}",
) -> Currency:
    """A new currency of the program. Writes; raises Invalid, or Taken (code).

    Without a code it gets one from its name, numbered if that is taken.
    """
    terms = Terms() if terms is None else terms
    if not 0 <= scale <= MAX_SCALE:
        raise Invalid("scale", f"must be between 0 and {MAX_SCALE}")
    check(terms)
    if code is None:
        await hold(writing, program.program_id, tenant=program.tenant_id)
        code = await _free_code(writing, program, name)
    values = {
        "program_id": program.program_id,
        "tenant_id": program.tenant_id,
        "name": name,
        "code": code,
        "scale": scale,
        "version": 1,
        **_stored(terms),
        "metadata": metadata,
        "created_at": now,
        "updated_at": now,
    }
    sql = f"{insertion(CURRENCIES, values)} {_RETURNING}"
    try:
        row = await writing.fetch_one(sql, *values.values())
    except UniqueViolation:
        raise Taken("code") from None
    assert row is not None
    made = _currency(row)
    load, tenant = _told(made.currency_id), program.tenant_id
    auditing.made(writing, auditing.CURRENCY, made.currency_id, load, tenant=tenant, now=now)
    stored = partial(_all_stored, currency=made.currency_id, tenant=tenant)
    outbox.made(writing, (Currency, made.currency_id), stored, partial(_happened, at=now))
    return made


class Stored(NamedTuple):
    """All that is stored of a currency, by column: its own row, and that of its options."""

    currency: Mapping[str, Any]
    options: Mapping[str, Any] | None


def of_stored(stored: Stored) -> Currency:
    """The currency of its columns."""
    return _currency(stored.currency)


async def _all_stored(db: Transacting, currency: int, tenant: int) -> Stored | None:
    own = await db.fetch_one(
        f"{_SELECT} WHERE c.currency_id = $1 AND c.tenant_id = $2", currency, tenant
    )
    if own is None:
        return None
    options = await db.fetch_one(
        "SELECT initial_balance, backdating, exchange_points, exchange_money, return_spent,"
        " approval_above, earning_limits, spending_limits, unit_amount, unit_money"
        " FROM currency_options WHERE currency_id = $1",
        currency,
    )
    return Stored(dict(own), None if options is None else dict(options))


_OF_THE_CHANGE: Final = frozenset({"version", "updated_at"})


def _happened(before: Stored | None, after: Stored | None, *, at: int) -> tuple[Outgoing, ...]:
    """What has happened to a currency."""
    if after is None or (before and _plain(before) == _plain(after)):
        return ()
    own = after.currency
    value = (before, after)
    return (Outgoing("currency.updated", at, own["tenant_id"], value, program=own["program_id"]),)


def _plain(stored: Stored) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    own = {name: each for name, each in stored.currency.items() if name not in _OF_THE_CHANGE}
    return own, stored.options


def _told(currency: int) -> Load:
    """What the audit log tells of the currency, by the names of the native API."""

    async def load(db: Transacting) -> dict[str, Any] | None:
        row = await db.fetch_one(f"{_SELECT} WHERE c.currency_id = $1", currency)
        if row is None:
            return None
        found = _currency(row)
        policy = decode(encode_rules(found.terms.pending, found.terms.expiry))
        fields = found._asdict()
        del fields["terms"]
        return {**fields, **found.terms._asdict(), **policy}

    return load


async def watch(
    writing: Transacting, currency: int, *, now: int, part: str = "", load: Load | None = None
) -> None:
    """Let the audit log tell what becomes of the currency, or of a part of it that another table
    has. Nobody else changes it until the transaction ends. Writes."""
    row = await writing.fetch_one(
        "UPDATE currencies SET updated_at = updated_at WHERE currency_id = $1"
        " RETURNING tenant_id, program_id",
        currency,
    )
    if row is not None:
        await auditing.watch(
            writing,
            auditing.CURRENCY,
            currency,
            load or _told(currency),
            tenant=row["tenant_id"],
            now=now,
            program=row["program_id"],
            part=part,
        )
        stored = partial(_all_stored, currency=currency, tenant=row["tenant_id"])
        await outbox.watch(writing, (Currency, currency), stored, partial(_happened, at=now))


async def _free_code(db: Transacting, program: Program, name: str) -> str:
    """A code made of the name's ASCII letters and digits."""
    plain = _NOT_IN_A_CODE.sub("_", name.casefold()).strip("_")[: CODE_LENGTH - 4] or "points"
    rows = await db.fetch("SELECT code FROM currencies WHERE program_id = $1", program.program_id)
    taken = {row["code"] for row in rows}
    numbered = (f"{plain}_{number}" for number in range(2, len(taken) + 3))
    return next(code for code in (plain, *numbered) if code not in taken)


async def get(db: Transacting, currency: int, *, tenant: int) -> Currency | None:
    """The tenant's currency of that number, unless its program is deleted."""
    row = await db.fetch_one(
        f"""
        {_SELECT} JOIN programs p ON p.program_id = c.program_id
        WHERE c.currency_id = $1 AND c.tenant_id = $2 AND p.deleted_at IS NULL
        """,
        currency,
        tenant,
    )
    return None if row is None else _currency(row)


async def scales(db: Transacting, numbers: Iterable[int], *, tenant: int) -> dict[int, int]:
    """The scales of those of the currencies that are the tenant's, by number."""
    listed = ", ".join(str(int(each)) for each in sorted(set(numbers)))
    if not listed:
        return {}
    rows = await db.fetch(
        f"SELECT currency_id, scale FROM currencies"  # noqa: S608 - numbers
        f" WHERE tenant_id = $1 AND currency_id IN ({listed})",
        tenant,
    )
    return {row["currency_id"]: row["scale"] for row in rows}


async def by_code(db: Transacting, program: int, code: str) -> Currency | None:
    """The program's currency of that code."""
    row = await db.fetch_one(
        f"{_SELECT} WHERE c.program_id = $1 AND c.code = $2",
        program,
        code,
    )
    return None if row is None else _currency(row)


async def page(db: Transacting, program: int, *, after: int = 0, limit: int) -> list[Currency]:
    """The program's currencies by number, those above `after`."""
    rows = await db.fetch(
        f"""
        {_SELECT} WHERE c.program_id = $1 AND c.currency_id > $2
        ORDER BY c.currency_id LIMIT $3
        """,
        program,
        after,
        limit,
    )
    return [_currency(row) for row in rows]


async def count(db: Transacting, program: int) -> int:
    """How many currencies the program has."""
    row = await db.fetch_one(
        "SELECT count(*) AS currencies FROM currencies WHERE program_id = $1", program
    )
    return 0 if row is None else int(row["currencies"])


async def update(
    writing: Transacting,
    currency: Currency,
    *,
    now: int,
    terms: Terms | None = None,
    labels: Mapping[str, object] | None = None,
) -> Currency:
    """Change the terms, and `labels`: any of name, code, metadata. Writes.

    The scale never changes, since recorded amounts would change their meaning. Raises
    Invalid, Taken (code), or Changed if the currency was changed since it was read.
    """
    changes: dict[str, object] = dict(labels or {})
    if terms is not None:
        check(terms)
        changes |= _stored(terms)
    changes["updated_at"] = now
    set_clause = assignments(changes, _EDITABLE, first=3)
    await watch(writing, currency.currency_id, now=now)
    try:
        row = await writing.fetch_one(
            f"""
            UPDATE currencies SET version = version + 1, {set_clause}
            WHERE currency_id = $1 AND version = $2
            {_RETURNING}
            """,  # noqa: S608 - columns are those of _EDITABLE
            currency.currency_id,
            currency.version,
            *changes.values(),
        )
    except UniqueViolation:
        raise Taken("code") from None
    if row is None:
        raise Changed
    return _currency(row)
