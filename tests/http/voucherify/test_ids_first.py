"""An unknown id of the path comes before whatever is wrong with the body."""

from __future__ import annotations

import pytest

from tests.http.voucherify.house import V2, House, error

NOBODY = "ffffffffffffffffff"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"programs/lprg_{NOBODY}"),
        ("DELETE", f"programs/lprg_{NOBODY}"),
        ("POST", f"programs/lprg_{NOBODY}/activate"),
        ("POST", f"programs/lprg_{NOBODY}/earning-rules/batch"),
        ("PUT", f"programs/lprg_{NOBODY}/rewards/lrew_{NOBODY}"),
        ("PUT", f"card-definitions/lcdef_{NOBODY}"),
        ("PUT", f"earning-rules/lern_{NOBODY}"),
        ("PUT", f"rewards/lrew_{NOBODY}"),
        ("PUT", f"tier-structures/lts_{NOBODY}"),
        ("POST", f"tier-structures/lts_{NOBODY}/tiers"),
        ("PUT", f"tier-structures/lts_{NOBODY}/tiers/lt_{NOBODY}"),
        ("DELETE", f"tier-structures/lts_{NOBODY}/tiers/lt_{NOBODY}"),
    ],
)
async def test_ids_first(house: House, method: str, path: str) -> None:
    response = await house.ask(method, f"{V2}/{path}", json={"colour": "red"})
    assert error(response)[:2] == (404, "not_found")


async def test_then_the_body(house: House) -> None:
    program = await house.program(status="DRAFT")
    for method, path in (("PUT", ""), ("POST", "/activate"), ("POST", "/earning-rules/batch")):
        response = await house.ask(
            method, f"{V2}/programs/{program['id']}{path}", json={"colour": "red"}
        )
        assert error(response)[:2] == (400, "invalid_payload")
