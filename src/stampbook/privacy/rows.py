"""What tables hold about a person, and its erasing, by what `columns` says of each.

First everything is read that the person is known by. Then what only names them is searched and
scrubbed, page by page; then the journal's texts go, and last, in one transaction, what the person
is found by. So whatever ends the work half-way, it can be done again, with the same effect.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Final, NamedTuple

from stampbook.ledger.journal.erasing import texts as texts_of
from stampbook.privacy.columns import ERASED, REFUSALS, SOUGHT, Rows
from stampbook.privacy.scrubbing import (
    Known,
    known_by,
    names_person,
    strings_in,
)
from stampbook.programs.searching.keys import digits_in
from stampbook.storage.store import Row, Store, Transacting

PAGE: Final = 500
"""Rows that are read, or written in one transaction, at once."""

IDENTIFYING: Final = frozenset(
    {"external_id", "email", "phone", "phone_key", "email_key", "name", "number", "source_id"}
)
"""Columns of ERASED whose texts identify a person wherever they are."""

NAMES: Final = frozenset({"name"})
"""Those that others may have, too."""

PHONES: Final = frozenset({"phone", "phone_key"})
"""Those that are phone numbers, which can be written in many ways."""

NO_SALT: Final = b""
"""The salt of a row of the audit log whose texts were erased."""


class Person(NamedTuple):
    """Whose data is erased: the numbers of the member, of those who were merged into them, and of
    their accounts, as (shard, number)."""

    tenant: int
    members: Sequence[int]
    accounts: Sequence[tuple[int, int]]


# -- what the person is known by ---------------------------------------------------------


async def known_of(
    store: Store, person: Person, *, ids: Sequence[str], entities: Sequence[str]
) -> Known:
    """What the person is known by, as long as it is there. `ids` are the ids of all that is theirs,
    as APIs write them; `entities` those under which the audit log has rows about them."""
    names: set[str] = set()
    keys: set[str] = set()
    phones: set[str] = set()
    texts: set[str] = set()
    for rows in ERASED:
        for row in await _found(store, rows, person):
            for column in rows.left:
                text = row[column]
                if text is not None:
                    (names if column in IDENTIFYING else texts).update(strings_in(text))
                if text is not None and column in IDENTIFYING - NAMES:
                    keys.update(strings_in(text))
                if text is not None and column in PHONES:
                    phones.add(digits_in(text))
    for shard, account in person.accounts:
        async for page in texts_of(store, shard, account):
            for row in page:
                for column in ("reason", "metadata"):
                    texts.update(strings_in(row[column] or ""))
    async for page in _audited(store, person.tenant):
        for row in page:
            if row["entity"] in entities:
                texts.update(strings_in(row["changes"]))
                texts.add(row["reason"] or "")
    known = known_by(names, texts - names, ids, phones, keys)
    refused = [value async for value in _refused(store, person, known)]
    return known._replace(texts=frozenset({*known.texts, *known_by((), refused, ()).texts}))


async def _refused(store: Store, person: Person, known: Known) -> AsyncGenerator[str, None]:
    """What was wrong in rows of theirs that imports have refused: events quote it alone."""
    after: Row | None = None
    while page := await _page(store, REFUSALS, person, after):
        after = page[-1]
        for row in page:
            if row["value"] and known.keys.search(row["content"]):
                yield row["value"]


async def _found(db: Transacting, rows: Rows, person: Person) -> list[Row]:
    columns = ", ".join((*rows.key, *rows.left))
    return await db.fetch(
        f"SELECT {columns} FROM {rows.table} WHERE {condition(rows, person)}"  # noqa: S608 - ours
    )


def condition(rows: Rows, person: Person) -> str:
    """The condition on the rows about this person."""
    return rows.where.format(
        tenant=int(person.tenant),
        members=_listed(person.members),
        accounts=_listed([account for _, account in person.accounts]),
    )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(int(each)) for each in numbers) or "NULL"


# -- what only names the person ----------------------------------------------------------


async def scrub(store: Store, person: Person, known: Known) -> int:
    """Scrub every row of SOUGHT that is about the person. Returns how many texts went."""
    gone = 0
    for rows in SOUGHT:
        after: Row | None = None
        while page := await _page(store, rows, person, after):
            after = page[-1]
            theirs = [
                row
                for row in page
                if any(names_person(row[name], known) for name in rows.left if row[name])
            ]
            if theirs:
                async with store.transaction() as writing:
                    gone += await _leave(writing, rows, theirs, known)
    return gone


async def _page(store: Store, rows: Rows, person: Person, after: Row | None) -> list[Row]:
    """The next rows of the table, in the order of their keys."""
    columns = ", ".join((*rows.key, *rows.left))
    key = ", ".join(rows.key)
    places = ", ".join(f"${at}" for at in range(1, len(rows.key) + 1))
    beyond = "" if after is None else f" AND ({key}) > ({places})"
    return await store.fetch(
        f"SELECT {columns} FROM {rows.table}"  # noqa: S608 - ours
        f" WHERE {condition(rows, person)}{beyond} ORDER BY {key} LIMIT {PAGE}",
        *(() if after is None else [after[name] for name in rows.key]),
    )


async def _leave(writing: Transacting, rows: Rows, found: Sequence[Row], known: Known) -> int:
    """Write what is left of the rows. Returns how many texts are gone or shorter."""
    gone = 0
    for row in found:
        is_theirs = rows.whole and any(
            known.keys.search(row[column]) for column in rows.left if row[column]
        )
        left = {
            column: "" if is_theirs else make(row[column], known)
            for column, make in rows.left.items()
            if row[column] is not None
        }
        changed = {column: text for column, text in left.items() if text != row[column]}
        if not changed:
            continue
        first = len(rows.key) + 1
        sets = ", ".join(f"{column} = ${at}" for at, column in enumerate(changed, first))
        same = " AND ".join(f"{column} = ${at}" for at, column in enumerate(rows.key, 1))
        await writing.execute(
            f"UPDATE {rows.table} SET {sets} WHERE {same}",  # noqa: S608 - ours
            *[row[column] for column in rows.key],
            *changed.values(),
        )
        gone += len(changed)
    return gone


# -- what a hash covers ------------------------------------------------------------------


async def erase_audit(store: Store, person: Person, known: Known, entities: Sequence[str]) -> int:
    """Erase the texts of the audit log's rows about the person, with their salts. Returns of how
    many rows."""
    gone = 0
    async for page in _audited(store, person.tenant):
        theirs = [
            row["number"]
            for row in page
            if row["entity"] in entities
            or names_person(row["changes"], known)
            or (row["reason"] is not None and names_person(row["reason"], known))
        ]
        if theirs:
            async with store.transaction() as writing:
                gone += await writing.execute(
                    f"""
                    UPDATE audit SET changes = '{{}}', reason = NULL, salt = $2
                    WHERE tenant_id = $1 AND number IN ({_listed(theirs)})
                    """,  # noqa: S608 - numbers
                    person.tenant,
                    NO_SALT,
                )
    return gone


async def _audited(store: Store, tenant: int) -> AsyncGenerator[list[Row], None]:
    """The rows of the tenant's audit log that have texts, page by page; but not those that say why
    somebody was erased."""
    after = 0
    while page := await store.fetch(
        f"""
        SELECT number, entity, changes, reason FROM audit
        WHERE tenant_id = $1 AND number > $2 AND length(salt) > 0 AND action <> 'member.erased'
        ORDER BY number LIMIT {PAGE}
        """,  # noqa: S608 - a constant
        tenant,
        after,
    ):
        after = page[-1]["number"]
        yield page


# -- what the person is found by ---------------------------------------------------------


async def erase_rows(writing: Transacting, person: Person, known: Known) -> int:
    """Erase what all other tables have of the person. Returns how many texts went. Writes."""
    gone = 0
    for rows in ERASED:
        gone += await _leave(writing, rows, await _found(writing, rows, person), known)
    return gone
