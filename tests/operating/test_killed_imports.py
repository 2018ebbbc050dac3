"""A server is killed while it imports a file that was sent to it. The next one goes on."""

from __future__ import annotations

from typing import Any

import httpx

from tests.process.api import Api
from tests.process.conftest import Deployment

ROWS = 3_000
MEMBERS = 300
KILLS = 2


def content() -> str:
    """Lots of which the first half have ids; of the others, every row is there twice."""
    listed = []
    for at in range(ROWS):
        number = at if at < ROWS // 2 else at // 2
        lot = f"L{at}" if at < ROWS // 2 else ""
        listed.append(f"{lot},M{number % MEMBERS},{1 + number % 9}.25,points,2099-01-01\n")
    return "lot_id,external_id,amount,currency,expires_at\n" + "".join(listed)


def total(text: str) -> str:
    cents = sum(int(row.split(",")[2].replace(".", "")) for row in text.splitlines()[1:])
    return f"{cents // 100}.{cents % 100:02}"


def test_an_import_outlives_its_servers(deployment: Deployment) -> None:
    file = content()
    run: Any = None
    for at in range(KILLS + 1):
        with deployment.serve() as server:
            url = server.wait_until_ready()
            api = Api(url, deployment.secret)
            if run is None:
                run = sent(api, deployment.secret, file)
            upto = ROWS * (at + 1) // (KILLS + 2) if at < KILLS else ROWS
            while run["status"] == "running" and run["rows"] < upto:
                run = api.get(f"/v1/imports/{run['id']}")
            if at < KILLS:
                assert run["status"] == "running", "the file is too short for this machine"
                server.kill()
                continue
            while run["status"] == "running":
                run = api.get(f"/v1/imports/{run['id']}")
            owed = api.get("/v1/programs/prg_1/reports/liability")
            assert server.stop() == 0
    assert (run["status"], run["rows"], run["created"]) == ("done", ROWS, ROWS)
    assert run["resumed"] == KILLS
    assert run["totals"] == {"points": total(file)}
    assert owed["outstanding"] == total(file)
    assert deployment.verify()["sound"] is True


def sent(api: Api, secret: str, file: str) -> Any:
    """The import of the file into a new program."""
    program = api.post("/v1/programs", {"name": "shop"})["id"]
    currency = {"name": "points", "code": "points", "scale": 2}
    api.post(f"/v1/programs/{program}/currencies", currency)
    answer = httpx.post(
        f"{api.url}/v1/imports",
        params={"kind": "lots", "program_id": program},
        content=file.encode(),
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 202, answer.text
    return answer.json()
