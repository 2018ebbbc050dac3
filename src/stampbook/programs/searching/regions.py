"""Another phone region of a program: by which numbers its members are found from then on."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import combinations
from typing import Final

from stampbook.programs.searching.keys import phone_key
from stampbook.programs.searching.merged import survivors
from stampbook.storage.store import Row, Transacting

AT_ONCE: Final = 500
"""Members whose numbers are read and written at once."""

MAX_PAIRS: Final = 100
"""Pairs of members that a refusal names."""

_FOUND: Final = "(deleted_at IS NULL OR merged_into IS NOT NULL)"


class PhonesCollide(Exception):
    """Numbers of different members would become one: `pairs` are the first of them."""

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


async def rekey(
    writing: Transacting, program: int, before: str | None, after: str | None, *, tenant: int
) -> None:
    """Make the keys of the program's phone numbers those of another region, which it has already:
    since then, and until the commit, nobody else writes keys of its members.

    Writes; raises PhonesCollide if members who had different numbers would have the same one.
    """
    async for rows in _with_phones(writing, program):
        keys = [(row, phone_key(row["phone"], after)) for row in rows]
        changed = [(row["member_id"], key) for row, key in keys if key != row["phone_key"]]
        if changed:
            await _write(writing, changed, tenant)
    pairs: list[tuple[int, int]] = []
    async for rows in _sharing(writing, program):
        pairs += await _pairs(writing, rows, before, tenant)
        if len(pairs) >= MAX_PAIRS:
            break
    if pairs:
        raise PhonesCollide(sorted(pairs)[:MAX_PAIRS])


async def _with_phones(db: Transacting, program: int) -> AsyncIterator[list[Row]]:
    after = 0
    while rows := await db.fetch(
        """
        SELECT member_id, phone, phone_key FROM members
        WHERE program_id = $1 AND member_id > $2 AND phone IS NOT NULL
        ORDER BY member_id LIMIT $3
        """,
        program,
        after,
        AT_ONCE,
    ):
        yield rows
        after = rows[-1]["member_id"]
        await asyncio.sleep(0)  # Other requests come between two slices.


async def _write(writing: Transacting, keys: Sequence[tuple[int, str | None]], tenant: int) -> None:
    values = ", ".join(
        f"(CAST(${2 * at + 2} AS bigint), CAST(${2 * at + 3} AS text))" for at in range(len(keys))
    )
    await writing.execute(
        f"WITH k (member, key) AS (VALUES {values})"  # noqa: S608 - only places of parameters
        " UPDATE members SET phone_key = k.key FROM k"
        " WHERE members.member_id = k.member AND members.tenant_id = $1",
        tenant,
        *(value for pair in keys for value in pair),
    )


async def _sharing(db: Transacting, program: int) -> AsyncIterator[list[Row]]:
    """Members who have their number in common with others, together with these."""
    after = ""
    while groups := await db.fetch(
        f"""
        SELECT phone_key FROM members
        WHERE program_id = $1 AND phone_key > $2 AND {_FOUND}
        GROUP BY phone_key HAVING count(*) > 1 ORDER BY phone_key LIMIT $3
        """,  # noqa: S608 - a condition of our own
        program,
        after,
        AT_ONCE,
    ):
        first, last = groups[0]["phone_key"], groups[-1]["phone_key"]
        known = {row["phone_key"] for row in groups}
        rows = await db.fetch(
            f"""
            SELECT member_id, phone, phone_key FROM members
            WHERE program_id = $1 AND phone_key >= $2 AND phone_key <= $3 AND {_FOUND}
            """,  # noqa: S608 - a condition of our own
            program,
            first,
            last,
        )
        yield [row for row in rows if row["phone_key"] in known]
        after = last


async def _pairs(
    db: Transacting, rows: Sequence[Row], before: str | None, tenant: int
) -> list[tuple[int, int]]:
    """The pairs who have no number in common yet: members who share one go on to share it. A member
    who was merged counts as the one who has taken over."""
    ends = await survivors(db, [row["member_id"] for row in rows], tenant=tenant)
    numbers: dict[str, dict[int, set[str | None]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        if (end := ends.get(row["member_id"])) is not None:
            numbers[row["phone_key"]][end].add(phone_key(row["phone"], before))
    found: list[tuple[int, int]] = []
    for group in numbers.values():
        for pair in _apart(group):
            found.append(pair)
            if len(found) >= MAX_PAIRS:
                return found
    return found


def _apart(group: dict[int, set[str | None]]) -> Iterator[tuple[int, int]]:
    for one, other in combinations(sorted(group), 2):
        if not group[one] & group[other]:
            yield one, other
