"""The names of what movements belong to: orders, rewards, promotions, people, members.

Each kind of thing takes one query for all that a page needs.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from stampbook.loyalty.model import Trigger
from stampbook.storage.store import Row, Transacting

AT_ONCE: Final = 500
"""How many names one statement asks for."""


@dataclass
class Wanted:
    """The numbers of what must be named. `holders` are accounts whose members are."""

    orders: set[int] = field(default_factory=set)
    events: set[int] = field(default_factory=set)
    purchases: set[int] = field(default_factory=set)
    promotions: set[int] = field(default_factory=set)
    locations: set[int] = field(default_factory=set)
    users: set[int] = field(default_factory=set)
    holders: set[int] = field(default_factory=set)


class Occasion(NamedTuple):
    """An event that rules judged. `order` is the number of the order that it tells of."""

    trigger: Trigger
    name: str | None
    external_id: str | None
    order: int | None


class Person(NamedTuple):
    """A person of ours who acted."""

    name: str
    login: str


@dataclass
class Names:
    """What is known by name, by number."""

    orders: dict[int, str] = field(default_factory=dict)
    events: dict[int, Occasion] = field(default_factory=dict)
    rewards: dict[int, str] = field(default_factory=dict)
    """By the number of the purchase."""

    promotions: dict[int, str] = field(default_factory=dict)
    locations: dict[int, str] = field(default_factory=dict)
    users: dict[int, Person] = field(default_factory=dict)
    holders: dict[int, str] = field(default_factory=dict)


async def names_of(db: Transacting, wanted: Wanted, *, tenant: int) -> Names:
    """The names of what the tenant has of it; what is not there has none."""
    names = Names()
    for row in await _fetch(db, _EVENTS, wanted.events, tenant):
        names.events[row["number"]] = Occasion(
            Trigger(row["kind"]), row["name"], row["external_id"], row["order_id"]
        )
    told = {each.order for each in names.events.values() if each.order is not None}
    for row in await _fetch(db, _USERS, wanted.users, tenant):
        names.users[row["number"]] = Person(row["name"] or row["login"], row["login"])
    for texts, statement, numbers in (
        (names.orders, _ORDERS, wanted.orders | told),
        (names.rewards, _REWARDS, wanted.purchases),
        (names.promotions, _PROMOTIONS, wanted.promotions),
        (names.locations, _LOCATIONS, wanted.locations),
        (names.holders, _HOLDERS, wanted.holders),
    ):
        for row in await _fetch(db, statement, numbers, tenant):
            if row["name"] is not None:
                texts[row["number"]] = row["name"]
    return names


async def _fetch(
    db: Transacting, statement: str, numbers: Collection[int], tenant: int
) -> list[Row]:
    asked = sorted(numbers)
    found: list[Row] = []
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        places = ", ".join(f"${at}" for at in range(2, 2 + len(some)))
        found += await db.fetch(f"{statement} IN ({places})", tenant, *some)
    return found


_EVENTS: Final = """
    SELECT e.event_id AS number, e.kind, e.name, e.external_id, e.order_id FROM events e
    WHERE e.tenant_id = $1 AND e.event_id
"""
_USERS: Final = """
    SELECT u.user_id AS number, u.name, u.login FROM users u
    WHERE u.tenant_id = $1 AND u.user_id
"""
_ORDERS: Final = """
    SELECT o.order_id AS number, o.external_id AS name FROM orders o
    WHERE o.tenant_id = $1 AND o.order_id
"""
_REWARDS: Final = """
    SELECT p.purchase_id AS number, r.name FROM purchases p
    JOIN rewards r ON r.reward_id = p.reward_id
    WHERE p.tenant_id = $1 AND p.purchase_id
"""
_PROMOTIONS: Final = """
    SELECT p.promotion_id AS number, p.name FROM point_promotions p
    WHERE p.tenant_id = $1 AND p.promotion_id
"""
_LOCATIONS: Final = """
    SELECT l.location_id AS number, l.title AS name FROM locations l
    WHERE l.tenant_id = $1 AND l.location_id
"""
_HOLDERS: Final = """
    SELECT a.account_id AS number,
           coalesce(m.name, m.external_id, m.email, m.phone) AS name
    FROM accounts a JOIN members m ON m.member_id = a.member_id
    WHERE a.tenant_id = $1 AND a.account_id
"""
