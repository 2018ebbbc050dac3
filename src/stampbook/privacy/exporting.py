"""Rows about a person as they are stored, for an export of all that is kept."""

from collections.abc import AsyncGenerator
from typing import Any, Final

from stampbook.privacy.columns import ERASED
from stampbook.privacy.rows import PAGE, Person, condition
from stampbook.storage.store import Store

SHAPED: Final = frozenset(
    {
        "members",
        "accounts",
        "merges",
        "orders",
        "purchases",
        "visits",
        "outbox",
        "deliveries",
        "delivery_tries",
    }
)
"""Tables whose rows an API has shapes of; what belongs to a visit is part of it."""

OF_VISITS: Final = frozenset({"visit_lines", "visit_payments"})

SEGMENTS: Final = """
    SELECT segment, member_id, entered_at, left_at FROM segment_members
    WHERE member_id IN ({members}) ORDER BY stay_id
"""


async def records(store: Store, person: Person) -> AsyncGenerator[tuple[str, dict[str, Any]], None]:
    """Each row about the person of the other tables that hold personal data, with the table's name,
    table after table. Instants are microseconds UTC; bytes are left out."""
    for rows in ERASED:
        if rows.table in SHAPED or rows.table in OF_VISITS:
            continue
        key, after = ", ".join(rows.key), 0
        while True:
            found = await store.fetch(
                f"SELECT * FROM {rows.table} WHERE {condition(rows, person)}"  # noqa: S608 - ours
                f" ORDER BY {key} LIMIT {PAGE} OFFSET {after}"
            )
            for row in found:
                yield rows.table, _plain(row)
            if len(found) < PAGE:
                break
            after += PAGE
    members = ", ".join(str(int(each)) for each in person.members)
    for row in await store.fetch(SEGMENTS.format(members=members)):
        yield "segment_members", _plain(row)


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: row[name]
        for name in row.keys()  # noqa: SIM118 - a row of SQLite iterates values
        if not isinstance(row[name], bytes | memoryview)
    }
