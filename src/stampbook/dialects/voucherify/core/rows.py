"""What the dialect reads and writes in the database: explicit SQL, one tenant per statement."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import definition_number, spell_customer
from stampbook.dialects.voucherify.core.points.transactions import Place
from stampbook.domain.policy import Policy
from stampbook.storage.policy_rows import COLUMNS_OF_POLICIES, policy_of
from stampbook.storage.store import Row, Store, Transacting


class Program(NamedTuple):
    """A program with what this dialect adds to it. `metadata` is JSON text."""

    program_id: int
    name: str
    status: str
    timezone: str
    starts_at: int | None
    ends_at: int | None
    validity_hours: dict[str, Any] | None
    metadata: str
    created_at: int
    updated_at: int


class Member(NamedTuple):
    """A member; `customer_id` is spelled as the wire has it. `metadata` is JSON text."""

    member_id: int
    program_id: int
    customer_id: str
    status: str
    metadata: str
    created_at: int
    updated_at: int


class Card(NamedTuple):
    """An account that this dialect serves: whole points of a card definition."""

    place: Place
    code: str | None
    due_at: int
    created_at: int

    @property
    def account(self) -> int:
        return self.place.account

    @property
    def policy(self) -> Policy:
        return self.place.policy


class Seat(NamedTuple):
    """What a path names; None for what does not exist or is deleted."""

    program: Program | None
    member: Member | None
    card: Card | None


SELECT_SEAT = f"""
    SELECT p.program_id, p.name, p.status AS program_status, p.timezone, p.starts_at, p.ends_at,
           p.metadata AS program_metadata, p.created_at AS program_created_at,
           p.updated_at AS program_updated_at, p.deleted_at, x.validity_hours,
           m.member_id, m.program_id AS program_of_member, m.status AS member_status,
           m.metadata AS member_metadata, m.created_at AS member_created_at,
           m.updated_at AS member_updated_at, b.customer_id, a.account_id, a.number, a.due_at,
           a.created_at AS card_created_at, c.currency_id, c.tenant_id, {COLUMNS_OF_POLICIES},
           d.definition_id
    FROM programs p
    LEFT JOIN voucherify_programs x ON x.program_id = p.program_id
    LEFT JOIN members m ON m.member_id = $3
                        AND (m.deleted_at IS NULL OR CAST($6 AS bigint) = 1)
    LEFT JOIN voucherify_members b ON b.member_id = m.member_id
    LEFT JOIN accounts a ON a.shard = $4 AND a.account_id = $5 AND a.member_id = m.member_id
    LEFT JOIN currencies c ON c.currency_id = a.currency_id AND c.scale = 0
    LEFT JOIN voucherify_assignments d ON d.currency_id = c.currency_id
    WHERE p.program_id = $1 AND p.tenant_id = $2 AND p.deleted_at IS NULL
"""  # noqa: S608 - names of columns
"""The member is found by its number alone, and `find_seat` looks whether it is of the program:
PostgreSQL might read all members of a program that is named beside it (decision 0320)."""

NOBODY = -1
"""The number of what a malformed id names: nothing."""


async def find_seat(
    store: Store,
    *,
    tenant: int,
    program: int,
    member: int = NOBODY,
    account: int = NOBODY,
    removed: bool = False,
    db: Transacting | None = None,
) -> Seat:
    """The tenant's program, its member, and the member's card, in one query; `db` is the
    transaction that asks, if there is one.

    `removed`: also a member who was deleted.
    """
    row = await (db or store).fetch_one(
        SELECT_SEAT, program, tenant, member, account % store.shards, account, int(removed)
    )
    if row is None:
        return Seat(None, None, None)
    found = program_of(row)
    if row["program_of_member"] != program:
        return Seat(found, None, None)
    return Seat(found, member_of(row), None if row["currency_id"] is None else card_of(row))


def program_of(row: Row) -> Program:
    """A program of a row that has the columns of `SELECT_SEAT`."""
    hours = row["validity_hours"]
    return Program(
        program_id=row["program_id"],
        name=row["name"],
        status=row["program_status"],
        timezone=row["timezone"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        validity_hours=None if hours is None else msgspec.json.decode(hours),
        metadata=row["program_metadata"],
        created_at=row["program_created_at"],
        updated_at=row["program_updated_at"],
    )


def member_of(row: Row) -> Member:
    """A member of a row that has the columns of `SELECT_SEAT`."""
    return Member(
        member_id=row["member_id"],
        program_id=row["program_id"],
        customer_id=spell_customer(row["customer_id"], row["member_id"]),
        status=row["member_status"],
        metadata=row["member_metadata"],
        created_at=row["member_created_at"],
        updated_at=row["member_updated_at"],
    )


def card_of(row: Row) -> Card:
    """A card of a row that has the columns of `SELECT_SEAT`."""
    place = Place(
        program=row["program_id"],
        member=row["member_id"],
        account=row["account_id"],
        definition=definition_number(row["definition_id"], row["currency_id"]),
        customer_id=spell_customer(row["customer_id"], row["member_id"]),
        policy=policy_of(row),
    )
    return Card(
        place=place,
        code=row["number"],
        due_at=row["due_at"],
        created_at=row["card_created_at"],
    )


async def cursor_secret(db: Transacting) -> bytes:
    """The secret that signs this database's cursors; the migration made it."""
    row = await db.fetch_one("SELECT secret FROM voucherify_secrets")
    assert row is not None
    secret: bytes = bytes(row["secret"])
    return secret


SELECT_CARDS = f"""
    SELECT p.timezone, p.status AS program_status, p.starts_at, p.ends_at, p.deleted_at,
           b.customer_id, a.member_id, a.account_id, a.number, a.due_at,
           a.created_at AS card_created_at,
           c.currency_id, c.program_id, c.tenant_id, {COLUMNS_OF_POLICIES}, d.definition_id
    FROM accounts a
    JOIN currencies c ON c.currency_id = a.currency_id AND c.scale = 0
    JOIN programs p ON p.program_id = a.program_id
    JOIN members m ON m.member_id = a.member_id
    LEFT JOIN voucherify_members b ON b.member_id = a.member_id
    LEFT JOIN voucherify_assignments d ON d.currency_id = c.currency_id
"""  # noqa: S608 - names of columns
"""Accounts as cards, for `card_of`; the caller adds its WHERE."""


async def find_cards(db: Transacting, member: int, *, tenant: int) -> list[Card]:
    """The member's cards, the oldest first."""
    rows = await db.fetch(
        f"{SELECT_CARDS} WHERE a.member_id = $1 AND a.tenant_id = $2 ORDER BY a.account_id",
        member,
        tenant,
    )
    return [card_of(row) for row in rows]


async def find_cards_among(
    db: Transacting, accounts: Collection[int], currencies: Sequence[int], *, tenant: int
) -> list[Card]:
    """The cards of those accounts, which are of these currencies."""
    if not accounts:
        return []
    places = [f"${at}" for at in range(2, len(accounts) + len(currencies) + 2)]
    rows = await db.fetch(
        f"{SELECT_CARDS} WHERE a.tenant_id = $1"
        f" AND a.currency_id IN ({', '.join(places[: len(currencies)])})"
        f" AND a.account_id IN ({', '.join(places[len(currencies) :])})",
        tenant,
        *currencies,
        *accounts,
    )
    return [card_of(row) for row in rows]
