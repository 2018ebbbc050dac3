"""A file is no way around a person's limits, or around a second person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import fine
from tests.http.native.files.conftest import Office
from tests.http.native.people.signing import as_person, signed_in

ROWS = "external_id,currency,amount\n" + "".join(
    f"{number},points,{amount}\n" for number, amount in enumerate((60, 50, 40, 10, 1), start=1)
)


def codes(run: Any) -> list[tuple[int, str]]:
    return [(each["line"], each["code"]) for each in run["errors"]]


@pytest.mark.parametrize("dry_run", ["true", "false"])
async def test_each_row_is_an_act_of_the_person_who_sent_it(office: Office, dry_run: str) -> None:
    api = office.api
    (currency,) = fine(await api.get(f"/programs/{office.program}/currencies"))["data"]
    limits = [{"currency_id": currency["id"], "per_transaction": "50", "per_day": "100"}]
    anna = office._replace(api=await as_person(api, "anna", role="manager", limits=limits))
    run = await anna.take(ROWS, "balances", dry_run=dry_run)
    assert (run["created"], run["totals"]) == (3, {"points": "100.00"})
    assert codes(run) == [(2, "limit_exceeded"), (6, "limit_exceeded")]
    again = await anna.take("external_id,currency,amount\n9,points,1\n", "balances")
    assert codes(again) == ([] if dry_run == "true" else [(2, "limit_exceeded")])
    by_key = await office.take(ROWS, "balances", source="key")
    assert by_key["created"] == 5


async def test_a_row_above_the_amount_that_needs_two_is_refused(office: Office) -> None:
    api = office.api
    (currency,) = fine(await api.get(f"/programs/{office.program}/currencies"))["data"]
    fine(await api.patch(f"/currencies/{currency['id']}", {"approval_above": "50"}))
    ben = office._replace(api=await as_person(api, "ben", role="manager"))
    run = await ben.take(ROWS, "balances")
    assert (run["created"], codes(run)) == (4, [(2, "approval_required")])
    fine(await api.patch(f"/currencies/{currency['id']}", {"approval_above": None}))
    ben = office._replace(api=await signed_in(api, "ben"))
    later = await ben.take(ROWS, "balances")
    assert (later["created"], later["unchanged"]) == (1, 4)
