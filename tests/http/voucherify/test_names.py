"""Names with a slash, a question mark, a percent sign: what can be created can be addressed."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.http.voucherify.house import idle_rule
from tests.process.api import Api
from tests.process.conftest import Deployment, deploy

NAMES = ("A/B", "/", "a%2Fb", "?x=1#y", " 1 & 2 ", "ключ/1")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("slash")
    deployment: Deployment = deploy(f"sqlite:{folder}/points.sqlite", folder)
    with deployment.serve() as server:
        yield Api(server.wait_until_ready(), deployment.secret)


@pytest.mark.parametrize("name", NAMES)
def test_names_in_paths(api: Api, name: str) -> None:
    """A code, a campaign's name and a customer's source id, each in every path that has one."""
    definition = api.post(
        "/v2/loyalties/card-definitions",
        {"name": "Points", "type": "INDIVIDUAL", "status": "ACTIVE"},
    )
    rule = api.post("/v2/loyalties/earning-rules", idle_rule(definition["id"]))
    program = api.post(
        "/v2/loyalties/programs",
        {
            "name": name,
            "status": "ACTIVE",
            "card_definitions": [{"id": definition["id"]}],
            "earning_rules": [{"id": rule["id"]}],
        },
    )
    path = quote(name, safe="")
    body = {"customer": {"source_id": name, "name": "Anna"}, "voucher": name}
    voucher = api.post(f"/v1/loyalties/{path}/members", body)
    assert voucher["code"] == name
    assert api.get(f"/v1/customers/{path}")["source_id"] == name
    way = "identification_type=customer_source_id"
    assert api.get(f"/v2/loyalties/memberships/{path}?{way}")["memberships"]
    program_path = f"/v2/loyalties/programs/{program['id']}"
    assert api.get(f"{program_path}/memberships/{path}?{way}")["cards"]
    assert api.get(f"/v1/loyalties/{path}")["name"] == name
    assert api.get(f"/v1/loyalties/{path}/members")["total"] == 1
    for one in (f"/v1/loyalties/members/{path}", f"/v1/loyalties/{path}/members/{path}"):
        assert api.get(one)["id"] == voucher["id"]
        assert api.post(f"{one}/balance", {"points": 10})["related_object"]["id"] == voucher["id"]
        reward = {"reward": {"id": "rew_1", "points": 3}}
        assert api.post(f"{one}/redemption", reward)["voucher"]["id"] == voucher["id"]
        assert len(api.get(f"{one}/transactions")["data"]) > 1
        assert api.get(f"{one}/pending-points")["data"] == []
        assert api.get(f"{one}/activity")["data"]
        assert api.post(f"{one}/transactions/export", {})["status"] == "SCHEDULED"
    assert api.get(f"/v1/loyalties/{path}/members/{path}/points-expiration")["total"] == 0
    assert api.get(f"/v1/vouchers/{path}")["code"] == name
    for key in ("redemption", "publish"):
        assert f"/v1/vouchers/{path}/" in voucher[key]["url"]
