"""How the tests of accounts name dates and the house's member."""

from __future__ import annotations

from stampbook.dialects import instants
from tests.http.altcraft.house import House, Json


def at(instant: int) -> str:
    return instants.write(instant)


def named(house: House) -> Json:
    return {**house.who(), "points_currency_iid": house.currency.currency_id}
