"""Signing in: login and password become a user token."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.programs.roles import Role
from tests.http.altegio.asserting import AUTHENTICATION, assert_invalid, sign_in
from tests.http.altegio.shop import (
    PASSWORD,
    Shop,
    bearer,
    data_of,
)


async def test_a_user_signs_in_and_calls(shop: Shop) -> None:
    user = await shop.user("owner@example.com", Role.ADMIN, phone="79000000009")
    answer = await sign_in(shop, {"login": "Owner@Example.com", "password": PASSWORD})
    assert answer.status_code == 201
    data = data_of(answer)
    assert answer.json()["meta"] == []
    assert data == {
        "id": user.user_id,
        "user_token": data["user_token"],
        "name": "",
        "phone": "79000000009",
        "login": "owner@example.com",
        "email": "",
        "avatar": "",
        "is_approved": True,
        "is_email_confirmed": False,
    }
    record, visit = await shop.visit(2_000)
    called = await shop.cancel(record, visit, headers=bearer(data["user_token"]))
    assert called.status_code == 200


@pytest.mark.parametrize("login", ["owner@example.com", "nobody"])
async def test_wrong_credentials(shop: Shop, login: str) -> None:
    await shop.user("owner@example.com", Role.ADMIN)
    answer = await sign_in(shop, {"login": login, "password": "wrong"})
    assert answer.status_code == 401
    assert answer.json()["success"] is False


async def test_a_wrong_partner_cannot_sign_anybody_in(shop: Shop) -> None:
    await shop.user("owner@example.com", Role.ADMIN)
    body = {"login": "owner@example.com", "password": PASSWORD}
    answer = await sign_in(shop, body, headers={"Authorization": "Bearer nobody"})
    assert (answer.status_code, answer.json()) == (401, AUTHENTICATION)


async def test_secrets_in_the_address_are_refused(shop: Shop) -> None:
    answer = await sign_in(shop, {}, params={"login": "x", "password": "y"})
    assert_invalid(answer, "login", "password")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["login", "password"]),
        ({"login": "x"}, ["password"]),
        ({"login": [], "password": "y" * 5_000}, ["login", "password"]),
    ],
)
async def test_malformed_credentials(shop: Shop, body: Any, fields: list[str]) -> None:
    assert_invalid(await sign_in(shop, body), *fields)


# -- the Authorization header --------------------------------------------------------
