"""What answers of this API look like, and how somebody signs in."""

from __future__ import annotations

from typing import Any

import httpx

from tests.http.altegio.shop import (
    PARTNER,
    V2,
    Shop,
)

AUTHENTICATION = {
    "success": False,
    "data": None,
    "meta": {"message": "Authentication needed."},
}


DENIED = {"success": False, "data": None, "meta": {"message": "Access denied."}}


MISSING: dict[str, Any] = {"success": False, "data": None, "meta": {}}


def assert_invalid(answer: httpx.Response, *fields: str) -> None:
    """A 422 that names these fields."""
    assert answer.status_code == 422, answer.text
    content = answer.json()
    assert (content["success"], content["data"]) == (False, None)
    assert content["meta"]["message"] == "An error has occurred."
    errors = content["meta"]["errors"]
    assert all(len(each) == 1 for each in errors)
    assert [name for each in errors for name in each] == list(fields)


def assert_no_card_type(answer: httpx.Response) -> None:
    """The answer to a card type that the chain does not have."""
    assert answer.status_code == 400, answer.text
    assert answer.json() == {
        "success": False,
        "data": None,
        "meta": {"message": "Invalid card type"},
    }


# -- signing in ----------------------------------------------------------------------


async def sign_in(shop: Shop, body: Any, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {PARTNER}", "Accept": V2, **more.pop("headers", {})}
    async with shop.new_client() as client:
        return await client.post("/api/v1/auth", json=body, headers=headers, **more)
