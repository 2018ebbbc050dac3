"""Members by the first letters of the words of their name, by digits of their phone that follow one
another, by e-mail address and by external id; cards by their number.

The databases' index `member_search` has the words and digits.
"""

import re
from typing import Final, NamedTuple

from stampbook.domain.model import AccountStatus
from stampbook.programs.changing import escaped
from stampbook.programs.members import MAX_NAMESAKES, Member
from stampbook.programs.searching.keys import digits_in, email_key, phone_key, region_of
from stampbook.programs.searching.merged import account_after, survivors
from stampbook.programs.searching.scope import Within
from stampbook.storage.searching import GRAM, Sought
from stampbook.storage.store import Row, Store, Transacting

MAX_WORDS: Final = 8
"""Words of a text that are looked for; what follows is not."""

LOCAL: Final = 10
"""The last digits that count of a longer number, whose beginning is spelled in several ways (+7, 8,
007)."""

_WORD: Final = re.compile(r"[^\W_]+")
_NUMBER: Final = re.compile(r"[-+()./\s0-9]+")

_SPELLED: Final = str.maketrans("\N{CYRILLIC SMALL LETTER IO}", "\N{CYRILLIC SMALL LETTER IE}")

_FIELDS: Final = ", ".join(f"m.{name}" for name in Member._fields)


class Card(NamedTuple):
    """An account, and whose it is."""

    account: int
    program: int
    member: int
    number: str | None
    name: str | None
    status: AccountStatus


def words_of(text: str) -> list[str]:
    """The words of a text in the form in which they are compared: small letters, and one of the two
    forms of a Russian letter that people spell in either way."""
    return _WORD.findall(text.lower().translate(_SPELLED))[:MAX_WORDS]


def digits_of(text: str) -> str | None:
    """The digits of what may be a phone number or a part of one; None for any other text."""
    digits = digits_in(text) if _NUMBER.fullmatch(text) else ""
    return digits if GRAM <= len(digits) <= 40 else None


async def by_words(store: Store, text: str, within: Within, *, limit: int) -> list[Member]:
    """Members in whose name each word of the text begins a word. Newest first."""
    words = words_of(text)
    if not words:
        return []
    found = await _listed(store, await store.find_members(Sought(*within, words)), within, limit)
    return found[:limit]


async def by_phone(store: Store, text: str, within: Within, *, limit: int) -> list[Member]:
    """Members whose phone number has the digits of the text; if it is that of some, these alone."""
    sought = digits_in(text)[-LOCAL:]
    numbers = await store.find_members(Sought(*within, digits=sought))
    found = await _listed(store, numbers, within, len(numbers))
    regions = await _regions(store, within)
    whole = {region: phone_key(text, region) for region in {None, *regions.values()}}

    def key(each: Member) -> str:
        return phone_key(each.phone, regions.get(each.program_id)) or ""

    exact = [each for each in found if key(each) == whole[regions.get(each.program_id)]]
    if not exact:
        for each in sorted({wanted for wanted in whole.values() if wanted}):
            exact += await _by(store, "phone_key", each, within, limit)
    return (exact or [each for each in found if sought in key(each)])[:limit]


async def _regions(db: Transacting, within: Within) -> dict[int, str]:
    """The regions of the programs that have one."""
    rows = await db.fetch(
        "SELECT program_id, phone_region FROM programs"  # noqa: S608 - numbers of our own
        f" WHERE tenant_id = $1 AND {within.of_programs('program_id')} AND phone_region <> ''",
        within.tenant,
    )
    return {row["program_id"]: row["phone_region"] for row in rows}


async def _listed(store: Store, numbers: list[int], within: Within, limit: int) -> list[Member]:
    """These members, those with the highest numbers first."""
    if not numbers:
        return []
    listed = ", ".join(str(each) for each in sorted(numbers, reverse=True)[:limit])
    rows = await store.fetch(
        f"SELECT {_FIELDS} FROM members m"  # noqa: S608 - numbers of our own
        f" WHERE m.member_id IN ({listed}) AND m.tenant_id = $1 AND m.deleted_at IS NULL"
        " ORDER BY m.member_id DESC",
        within.tenant,
    )
    return [_member(row) for row in rows]


def _member(row: Row) -> Member:
    return Member._make(row[column] for column in Member._fields)


async def by_email(store: Store, text: str, within: Within, *, limit: int) -> list[Member]:
    """Members with that e-mail address, in whatever case."""
    return await _by(store, "email_key", email_key(text), within, limit)


async def by_external_id(store: Store, text: str, within: Within, *, limit: int) -> list[Member]:
    """Members of that external id: one of a program at most. Who was merged leads to the member who
    took over, by an address and a phone number too."""
    return await _by(store, "external_id", text, within, limit)


async def _by(
    store: Store, column: str, value: str | None, within: Within, limit: int
) -> list[Member]:
    if not value:
        return []
    rows = await store.fetch(
        f"""
        SELECT {_FIELDS} FROM programs p JOIN members m ON m.program_id = p.program_id
        WHERE p.tenant_id = $1 AND {within.of_programs("p.program_id")}
          AND m.{column} = $2 AND (m.deleted_at IS NULL OR m.merged_into IS NOT NULL)
        ORDER BY m.member_id DESC LIMIT $3
        """,  # noqa: S608 - columns and numbers of our own
        within.tenant,
        value,
        limit,
    )
    return await _reached(store, [_member(row) for row in rows], within)


async def _reached(store: Store, found: list[Member], within: Within) -> list[Member]:
    """The members, those who took over in the place of merged ones."""
    if all(each.merged_into is None for each in found):
        return found
    reached = await survivors(store, [each.member_id for each in found], tenant=within.tenant)
    numbers = list(set(reached.values()))
    return await _listed(store, numbers, within, len(numbers))


async def of_customer(store: Store, customer: int, within: Within, *, limit: int) -> list[Member]:
    """Those who are this customer of a vendor's API in the programs."""
    rows = await store.fetch(
        f"""
        SELECT {_FIELDS} FROM voucherify_members v JOIN members m ON m.member_id = v.member_id
        WHERE v.customer_id = $1 AND v.left_at IS NULL AND m.tenant_id = $2
          AND {within.of_programs("m.program_id")}
          AND (m.deleted_at IS NULL OR m.merged_into IS NOT NULL)
        ORDER BY m.member_id DESC LIMIT $3
        """,  # noqa: S608 - columns and numbers of our own
        customer,
        within.tenant,
        limit,
    )
    return await _reached(store, [_member(row) for row in rows], within)


async def cards_by_number(store: Store, number: str, within: Within, *, limit: int) -> list[Card]:
    """Accounts with that number on their card, or those that took over from them: one of a program
    at most."""
    rows = await store.fetch(
        f"""
        SELECT a.account_id, a.program_id, a.member_id, a.number, m.name, a.status, a.merged_into
        FROM programs p JOIN accounts a ON a.program_id = p.program_id
             JOIN members m ON m.member_id = a.member_id
        WHERE p.tenant_id = $1 AND {within.of_programs("p.program_id")} AND a.number = $2
        ORDER BY a.account_id LIMIT $3
        """,  # noqa: S608 - columns and numbers of our own
        within.tenant,
        number,
        limit,
    )
    found: dict[int, Card] = {}
    for row in rows:
        each: Card | None = _card(row)
        if row["merged_into"] is not None:
            end = await account_after(store, row["merged_into"], tenant=within.tenant)
            each = await card(store, end, within)
        if each is not None:
            found[each.account] = each
    return list(found.values())


async def card(store: Store, account: int, within: Within) -> Card | None:
    """The account of that number of ours."""
    row = await store.fetch_one(
        f"""
        SELECT a.account_id, a.program_id, a.member_id, a.number, m.name, a.status
        FROM accounts a JOIN members m ON m.member_id = a.member_id
        WHERE a.shard = $1 AND a.account_id = $2 AND a.tenant_id = $3
          AND {within.of_programs("a.program_id")}
        """,  # noqa: S608 - columns and numbers of our own
        account % store.shards,
        account,
        within.tenant,
    )
    return None if row is None else _card(row)


def _card(row: Row) -> Card:
    return Card(
        row["account_id"],
        row["program_id"],
        row["member_id"],
        row["number"],
        row["name"],
        AccountStatus(row["status"]),
    )


async def containing(
    db: Transacting, program: int, text: str, *, after: int = 0, limit: int
) -> list[Member]:
    """The program's members whose external id, e-mail, phone or name contains the text, or that of
    somebody who was merged into them."""
    digits = digits_in(text)
    number = phone_key(text, await region_of(db, program)) if digits else None
    sought = (
        program,
        f"%{escaped(text)}%",
        f"%{escaped(email_key(text) or '')}%",
        f"%{digits}%" if digits else "",
        number or "",
    )
    merged = await db.fetch(
        "SELECT member_id, tenant_id FROM members"  # noqa: S608 - our own conditions
        f" WHERE {_SOUGHT} AND merged_into IS NOT NULL LIMIT $6",
        *sought,
        MAX_NAMESAKES,
    )
    numbers, tenant = [row["member_id"] for row in merged], merged[0]["tenant_id"] if merged else 0
    led = set((await survivors(db, numbers, tenant=tenant)).values())
    listed = ", ".join(str(each) for each in sorted(led)) or "NULL"
    rows = await db.fetch(
        f"""
        SELECT {", ".join(Member._fields)} FROM members
        WHERE ({_SOUGHT} OR member_id IN ({listed})) AND member_id > $6 AND deleted_at IS NULL
        ORDER BY member_id LIMIT $7
        """,  # noqa: S608 - numbers of our own
        *sought,
        after,
        limit,
    )
    return [_member(row) for row in rows]


_SOUGHT: Final = """
    program_id = $1 AND (external_id LIKE $2 ESCAPE '!' OR email_key LIKE $3 ESCAPE '!'
        OR phone_key LIKE $4 ESCAPE '!' OR phone_key = $5 OR name LIKE $2 ESCAPE '!'
        OR lower(name) LIKE $3 ESCAPE '!')
"""
