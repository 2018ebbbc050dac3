"""A program's members as lists of clients: which of them, in which order, page by page.

A condition is a piece of SQL about the member `m`, with `?` for each of its values.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.json import encode

from stampbook.programs import members
from stampbook.programs.changing import escaped
from stampbook.programs.members import Member
from stampbook.programs.searching.keys import digits_in, email_key
from stampbook.programs.searching.merged import survivors
from stampbook.storage.store import Transacting
from stampbook.visits.finding import Span

WHOLE_PHONE: Final = 10
"""The number of digits from which a text may be a whole phone number."""

MAX_WORDS: Final = 10
"""How many words of a name are searched for, each by itself."""

COUNTED: Final[Mapping[str, str]] = {
    "visits": """
        (SELECT COUNT(*) FROM visits v
         WHERE v.program_id = m.program_id AND v.member_id = m.member_id AND v.attendance = 1)
    """,
    "sold": """
        (SELECT COALESCE(SUM(l.cost), 0)
         FROM visits v JOIN visit_lines l ON l.visit_id = v.visit_id AND l.deleted_at IS NULL
         WHERE v.program_id = m.program_id AND v.member_id = m.member_id AND v.attendance = 1)
    """,
    "paid": """
        (SELECT COALESCE(SUM(p.amount), 0)
         FROM visits v JOIN visit_payments p ON p.visit_id = v.visit_id AND p.deleted_at IS NULL
         WHERE v.program_id = m.program_id AND v.member_id = m.member_id AND v.attendance = 1)
    """,
}
"""What the visits to which a member came add up to; amounts in hundredths."""

ORDERS: Final[Mapping[str, str]] = {
    "id": "m.member_id",
    "name": "lower(COALESCE(m.name, ''))",
    "phone": "COALESCE(m.phone_key, '')",
    "email": "COALESCE(m.email_key, '')",
    "first_visit": """
        (SELECT COALESCE(MIN(v.starts_at), 0) FROM visits v
         WHERE v.program_id = m.program_id AND v.member_id = m.member_id AND v.attendance = 1)
    """,
    "last_visit": """
        (SELECT COALESCE(MAX(v.starts_at), 0) FROM visits v
         WHERE v.program_id = m.program_id AND v.member_id = m.member_id AND v.attendance = 1)
    """,
    "sold": COUNTED["sold"],
    "visits": COUNTED["visits"],
}
"""The orders of a list, in SQL."""


class Condition(NamedTuple):
    """A piece of SQL with `?` for its values."""

    sql: str
    values: tuple[object, ...] = ()


NOBODY: Final = Condition("1 = 0")


class WantedClients(NamedTuple):
    """Which clients, of which program. `any_of`: one of the conditions is enough."""

    tenant: int
    program: int
    conditions: Sequence[Condition] = ()
    any_of: bool = False


def any_of(conditions: Sequence[Condition]) -> Condition:
    """One of the conditions is enough; without conditions, nobody matches."""
    if not conditions:
        return NOBODY
    values = tuple(value for each in conditions for value in each.values)
    return Condition(f"({' OR '.join(each.sql for each in conditions)})", values)


def with_ids(numbers: Sequence[int]) -> Condition:
    listed = ", ".join(str(int(number)) for number in numbers)
    return Condition(f"m.member_id IN ({listed})") if listed else NOBODY


def with_phone(part: str) -> Condition:
    """The phone number has these digits one after the other."""
    digits = digits_in(part)
    return Condition("m.phone_key LIKE ?", (f"%{digits}%",)) if digits else NOBODY


async def by_phone(db: Transacting, program: int, part: str) -> Condition:
    """The phone number has these digits. A member's whole number finds only that member, so that
    the index is used, which cannot find a part of a number.
    """
    if len(digits_in(part)) >= WHOLE_PHONE:
        found = await members.find(db, program, phone=part)
        if found:
            return with_ids([each.member_id for each in found])
    return await leading(db, program, with_phone(part))


def with_email(part: str) -> Condition:
    return Condition("m.email_key LIKE ? ESCAPE '!'", (f"%{escaped(email_key(part) or '')}%",))


def with_card(part: str) -> Condition:
    """A card of the member has a number with that part."""
    return Condition(
        "EXISTS (SELECT 1 FROM accounts a WHERE a.member_id = m.member_id"
        " AND a.number LIKE ? ESCAPE '!')",
        (f"%{escaped(part.strip())}%",),
    )


def with_name(text: str) -> Condition:
    """Every word of the text is in the name or in the surname."""
    words = [_with_word(word) for word in text.split()[:MAX_WORDS]]
    values = tuple(value for each in words for value in each.values)
    return Condition(f"({' AND '.join(each.sql for each in words)})", values) if words else NOBODY


def _with_word(word: str) -> Condition:
    """SQLite ignores case for ASCII letters only, so the usual spellings are searched for."""
    spellings = sorted({word, word.casefold(), word.capitalize(), word.upper()})
    names = [Condition("m.name LIKE ? ESCAPE '!'", (f"%{escaped(each)}%",)) for each in spellings]
    surnames = [
        Condition(
            "m.metadata LIKE ? ESCAPE '!'",
            (f'%"surname":"%{escaped(encode(each).decode()[1:-1])}%',),
        )
        for each in spellings
    ]
    return any_of([*names, *surnames])


async def leading(db: Transacting, program: int, identity: Condition) -> Condition:
    """The condition is true of the member, or of somebody who was merged into this one."""
    where, values = _numbered([identity], [program])
    rows = await db.fetch(
        "SELECT m.member_id, m.tenant_id FROM members m"  # noqa: S608 - only constants
        f" WHERE m.program_id = $1 AND m.merged_into IS NOT NULL AND ({where[0]})"
        f" ORDER BY m.member_id LIMIT {members.MAX_NAMESAKES}",
        *values,
    )
    if not rows:
        return identity
    numbers = [row["member_id"] for row in rows]
    reached = await survivors(db, numbers, tenant=rows[0]["tenant_id"])
    return any_of([identity, with_ids(sorted(set(reached.values())))])


async def by_text(db: Transacting, program: int, text: str) -> Condition:
    """The text is part of a name, phone number, e-mail address or card number. A member's whole
    phone number finds only that member."""
    known = await leading(db, program, any_of([with_email(text), with_card(text)]))
    found = [with_name(text), known]
    if text.strip("+-() 0123456789"):
        return any_of(found)
    phone = await by_phone(db, program, text)
    return any_of([*found, phone]) if phone.values else phone


def changed(span: Span) -> Condition:
    return Condition("(m.updated_at >= ? AND m.updated_at < ?)", span)


def counted(what: str, least: int | None, most: int | None) -> Condition:
    """The figure of COUNTED lies between the two, both included; None: no bound."""
    bounds = [
        f"{COUNTED[what]} {sign} {int(bound)}"
        for sign, bound in ((">=", least), ("<=", most))
        if bound is not None
    ]
    return Condition(f"({' AND '.join(bounds)})" if bounds else "1 = 1")


async def count(db: Transacting, wanted: WantedClients) -> int:
    """How many there are."""
    where, values = _where(wanted)
    row = await db.fetch_one(f"SELECT COUNT(*) AS found FROM members m WHERE {where}", *values)  # noqa: S608
    assert row is not None
    found: int = row["found"]
    return found


async def page(
    db: Transacting,
    wanted: WantedClients,
    *,
    skip: int,
    limit: int,
    order: str = "id",
    descending: bool = False,
) -> list[Member]:
    """The clients in one of ORDERS, those with the same value by number."""
    where, values = _where(wanted)
    direction = "DESC" if descending else "ASC"
    columns = ", ".join(f"m.{name}" for name in Member._fields)
    rows = await db.fetch(
        f"""
        SELECT {columns} FROM members m WHERE {where}
        ORDER BY {ORDERS[order]} {direction}, m.member_id {direction}
        LIMIT ${len(values) + 1} OFFSET ${len(values) + 2}
        """,  # noqa: S608 - only constants, numbers and the names of columns
        *values,
        limit,
        skip,
    )
    return [Member._make(row[name] for name in Member._fields) for row in rows]


def _where(wanted: WantedClients) -> tuple[str, list[object]]:
    """The conditions with numbered parameters."""
    pieces, values = _numbered(wanted.conditions, [wanted.program, wanted.tenant])
    chosen = (" OR " if wanted.any_of else " AND ").join(pieces) or "1 = 1"
    return f"m.program_id = $1 AND m.tenant_id = $2 AND m.deleted_at IS NULL AND ({chosen})", values


def _numbered(
    conditions: Sequence[Condition], values: list[object]
) -> tuple[list[str], list[object]]:
    """The pieces of SQL with numbered parameters, which come after these values."""
    values, pieces = list(values), []
    for condition in conditions:
        first, *rest = condition.sql.split("?")
        for value, piece in zip(condition.values, rest, strict=True):
            values.append(value)
            first += f"${len(values)}{piece}"
        pieces.append(first)
    return pieces, values
