"""The statement that saves an event finds its member by number, whatever PostgreSQL believes of the
members: it does not read those of a whole program."""

from __future__ import annotations

import pytest

from stampbook.loyalty.events import storing
from stampbook.loyalty.events.model import Event
from stampbook.loyalty.events.storing import Grounds
from stampbook.loyalty.model import Award, Facts, Trigger
from stampbook.programs.members import Member
from stampbook.storage.postgres.besides import with_besides
from stampbook.storage.postgres.connections import LOOKING_UP
from stampbook.storage.postgres.loading import STATEMENTS
from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.plans import KEPT, STATISTICS, Plan, assert_found_by_number, generic_plan, peopled

MEMBER = Member(1, 1, 1, None, None, None, None, "{}", "active", 0, 0, None)
EVENT = Event(
    event_id=1,
    tenant_id=1,
    program_id=1,
    kind=Trigger.CUSTOM_EVENT,
    external_id=None,
    fingerprint=None,
    member_id=1,
    name="played",
    effective_at=0,
    created_at=0,
    position=1,
    order_id=None,
    facts=Facts(at=0, timezone="UTC", joined_at=0),
    metadata="{}",
)
AWARD = Award(1, 1, 1, 1, 0, 0, 1, 1, 1, 10, 10)


async def saving(url: str) -> Plan:
    """An event that is written in the statement of the save, with its award."""
    besides = [
        storing.created_while(EVENT, Grounds(1, MEMBER, 1)),
        storing.awarded(EVENT, [AWARD], shards=1),
    ]
    save = STATEMENTS["save"]
    sql, arguments = with_besides(save, [None] * len(save.names), besides)
    return await generic_plan(url, sql, len(arguments), LOOKING_UP)


async def writing(url: str) -> Plan:
    """An event that is written by a statement of its own."""
    sql, rows, _types = storing.created(EVENT)
    return await generic_plan(url, sql, len(rows[0]), KEPT)


@pytest.mark.postgres
@pytest.mark.parametrize("statistics", STATISTICS)
async def test_members_are_found_by_their_numbers(
    postgres_server: TemporaryPostgres, postgres_template: str, statistics: str
) -> None:
    url = postgres_server.create_database("events_plans", template=postgres_template)
    await peopled(url, statistics)
    for plan in (await saving(url), await writing(url)):
        assert_found_by_number(plan)
    postgres_server.drop_database("events_plans")


@pytest.mark.postgres
async def test_what_an_event_was_judged_by_is_found_by_keys(
    postgres_server: TemporaryPostgres, postgres_template: str
) -> None:
    """No table is joined with the events of a batch."""
    url = postgres_server.create_database("events_grounds", template=postgres_template)
    found = {node["Index Name"]: node for node in await saving(url) if "Index Name" in node}
    for index in ("members_pkey", "rule_catalogues_pkey", "currency_options_pkey"):
        assert found[index]["Parent Relationship"] == "SubPlan"
    postgres_server.drop_database("events_grounds")
