"""The audit log as it is read: pages of rows, newest first."""

from typing import Final, NamedTuple

from stampbook.storage.store import Row, Transacting

MOST: Final = 2**53
"""Above every number of a row."""


class Entry(NamedTuple):
    """A row of the audit log; `changes` is JSON text (programs/auditing.py). `actor` is the system
    login of who used the command line."""

    number: int
    at: int
    action: str
    entity: str | None
    program_id: int | None
    user_id: int | None
    api_key_id: int | None
    address: str | None
    request_id: str | None
    dialect: str | None
    actor: str | None
    changes: str
    reason: str | None


class Wanted(NamedTuple):
    """Which rows: those from `since` and before `until` that agree with whatever is given.

    `only_of`: about the programs to which this person is bound. `of_programs`: about programs.
    `of_keys`: False for all but those about API keys. `places`: of those about locations only those
    about these.
    """

    only_of: int | None = None
    of_programs: bool | None = None
    of_keys: bool | None = None
    since: int | None = None
    until: int | None = None
    user: int | None = None
    api_key: int | None = None
    action: str | None = None
    entity: str | None = None
    places: tuple[str, ...] | None = None


ALL: Final = Wanted()

_COMPARED: Final = {
    "only_of": "program_id IN (SELECT program_id FROM user_limits WHERE user_id = {})",
    "of_programs": "(program_id IS NOT NULL) = {}",
    "of_keys": "(action LIKE 'api_key.%') = {}",
    "since": "at >= {}",
    "until": "at < {}",
    "user": "user_id = {}",
    "api_key": "api_key_id = {}",
    "action": "action = {}",
    "entity": "entity = {}",
}


async def page(
    db: Transacting, *, tenant: int, wanted: Wanted = ALL, before: int | None = None, limit: int
) -> list[Entry]:
    """The tenant's rows with numbers below `before`, the newest first."""
    given = {name: getattr(wanted, name) for name in _COMPARED}
    given = {name: value for name, value in given.items() if value is not None}
    conditions = "".join(
        f" AND {_COMPARED[name].format(f'${at}')}" for at, name in enumerate(given, start=4)
    )
    places = wanted.places or ()
    if wanted.places is not None:
        first = 4 + len(given)
        named = ", ".join(["''", *(f"${at}" for at in range(first, first + len(places)))])
        conditions += (
            f" AND (entity IS NULL OR action NOT LIKE 'location.%' OR entity IN ({named}))"
        )
    rows = await db.fetch(
        f"""
        SELECT {", ".join(Entry._fields)} FROM audit
        WHERE tenant_id = $1 AND number < $2{conditions}
        ORDER BY number DESC LIMIT $3
        """,  # noqa: S608 - names of columns
        tenant,
        MOST if before is None else before,
        limit,
        *given.values(),
        *places,
    )
    return [_entry(row) for row in rows]


def _entry(row: Row) -> Entry:
    return Entry._make(row[column] for column in Entry._fields)
