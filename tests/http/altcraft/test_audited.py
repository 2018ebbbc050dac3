"""Every administrative operation of this dialect leaves one row of the audit log."""

from __future__ import annotations

from typing import Final

from stampbook.dialects.altcraft.dialect import ALTCRAFT
from tests.http.altcraft.house import House
from tests.http.altcraft.test_people import REGISTER, REMOVE, matched
from tests.http.audited import acts_of, check_acts, listen

ACTS: Final = {"register_member": "member.created", "delete_member": "member.deleted"}


async def test_every_administrative_operation_leaves_a_row(house: House) -> None:
    person = matched(house, matching="email", email="anna@example.com")
    heard = listen(house.client, ALTCRAFT)
    await house.call(REGISTER, person)
    await house.call(REMOVE, person)
    await check_acts(house.store, ALTCRAFT.operations, ACTS, heard)


async def test_who_is_registered_again_changes_nothing(house: House) -> None:
    person = matched(house, matching="email", email="anna@example.com")
    await house.call(REGISTER, person)
    heard = listen(house.client, ALTCRAFT)
    await house.call(REGISTER, person)
    [(_, answer)] = heard
    assert await acts_of(house.store, answer) == ()
