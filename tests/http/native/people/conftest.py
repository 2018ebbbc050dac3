from __future__ import annotations

import pytest

from tests.http.native.asking import Api
from tests.http.native.people.office import Office
from tests.http.native.people.signing import as_person


@pytest.fixture
async def office(api: Api) -> Office:
    account = await api.account(approval_above="50")
    await api.accrue(account, "1000")
    anna = await as_person(api, "anna", role="support")
    ben = await as_person(api, "ben", role="manager")
    return Office(api, anna, ben, account)
