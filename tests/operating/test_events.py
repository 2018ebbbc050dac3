"""Events and cursors mean the same after a restart and in a restored backup."""

from __future__ import annotations

from typing import Any

from tests.operating.test_backup import target
from tests.process.api import Api
from tests.process.conftest import Deployment
from tests.process.forking import Forking

__all__ = ["target"]


EVENTS = (
    "/v1/events?types=program.updated,currency.updated,member.created,account.opened,"
    "transaction.created"
)
"""What the test does; the worker's anchor of the day comes when it comes."""


def pulled(api: Api) -> tuple[list[Any], str]:
    """All events, and the last cursor."""
    found: list[Any] = []
    cursor = ""
    while True:
        page = api.get(f"{EVENTS}&limit=2{cursor and '&cursor=' + cursor}")
        found += page["data"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return found, cursor


def test_after_a_restart_and_a_restore(
    deployment: Deployment, target: str, forking: Forking
) -> None:
    file = deployment.folder / "points.backup"
    with deployment.serve() as server:
        api = Api(server.wait_until_ready(), deployment.secret)
        (account,) = api.open_accounts(1)
        api.move(account, "accrue", "5")
        middle = api.get(f"{EVENTS}&limit=3")["next_cursor"]
        everything, last = pulled(api)
        assert server.stop() == 0
    with deployment.serve() as server:
        api = Api(server.wait_until_ready(), deployment.secret)
        assert pulled(api)[0] == everything
        assert api.get(f"{EVENTS}&cursor={last}")["data"] == []
        assert server.stop() == 0
    place = ("--database", deployment.url)
    ended = forking.command("backup", str(file), *place, cwd=deployment.folder)
    assert ended.returncode == 0, ended
    ended = forking.command("restore", str(file), "--database", target, cwd=deployment.folder)
    assert ended.returncode == 0, ended
    with Deployment(target, deployment.folder, deployment.secret).serve() as server:
        api = Api(server.wait_until_ready(), deployment.secret)
        assert pulled(api)[0] == everything
        assert api.get(f"{EVENTS}&cursor={middle}")["data"] == everything[3:]
        row = api.move(account, "redeem", "2")
        (event,) = api.get(f"{EVENTS}&cursor={last}")["data"]
        assert event["data"]["transaction"] == row
        assert server.stop() == 0
