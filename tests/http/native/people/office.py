"""Two people and an account of a currency whose large acts need both."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx

from tests.http.native.asking import Api


class Office(NamedTuple):
    """Anna works at the till, Ben is the manager; more than 50.00 needs both."""

    api: Api
    anna: Api
    ben: Api
    account: str


def waiting(answer: httpx.Response) -> Any:
    """The approval for which a request waits."""
    assert answer.status_code == 202, answer.text
    approval = answer.json()["approval"]
    assert approval["status"] == "pending"
    return approval


async def asked(office: Office, amount: str = "60", **rest: Any) -> str:
    return str(waiting(await office.anna.move(office.account, "accrue", amount, **rest))["id"])
