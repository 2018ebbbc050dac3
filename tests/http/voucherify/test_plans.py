"""The statements of Voucherify's API that name a member find it by number, whatever PostgreSQL
believes of the members: they do not read those of a whole program."""

from __future__ import annotations

import pytest

from stampbook.dialects.voucherify.core.rows import SELECT_SEAT, find_seat
from stampbook.dialects.voucherify.v2.members.memberships import SELECT_MEMBERSHIPS
from stampbook.programs import members, programs
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Store
from tests.plans import STATISTICS, assert_found_by_number, generic_plan, peopled

STATEMENTS = {SELECT_SEAT: 6, SELECT_MEMBERSHIPS: 4}
"""With the numbers of their parameters."""


@pytest.mark.postgres
@pytest.mark.parametrize("statistics", STATISTICS)
async def test_members_are_found_by_their_numbers(
    postgres_server: TemporaryPostgres, postgres_template: str, statistics: str
) -> None:
    url = postgres_server.create_database("voucherify_plans", template=postgres_template)
    await peopled(url, statistics)
    for sql, parameters in STATEMENTS.items():
        assert_found_by_number(await generic_plan(url, sql, parameters))
    postgres_server.drop_database("voucherify_plans")


async def test_a_member_has_no_seat_in_another_program(store: Store) -> None:
    async with store.transaction() as writing:
        club, other = [
            await programs.create(writing, tenant=1, name=name, now=0) for name in ("Club", "Other")
        ]
        number = (await members.create(writing, club, now=0)).member_id
    here = await find_seat(store, tenant=1, program=club.program_id, member=number)
    assert here.member is not None
    there = await find_seat(store, tenant=1, program=other.program_id, member=number)
    assert there.program is not None
    assert there.member is None
