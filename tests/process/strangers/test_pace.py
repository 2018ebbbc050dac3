"""Limits of pace hold over all processes of a server, and a key's last use is written by it."""

from __future__ import annotations

import time

import httpx

from tests.process.conftest import Deployment
from tests.process.running import Running

ASKED = 60
A_MINUTE = 120
AT_ONCE = 20


def test_two_processes_give_no_more_than_one(on_postgres: Deployment) -> None:
    with Running(
        *("serve", "--database", on_postgres.url, "--port", "0", "--workers", "2"),
        cwd=on_postgres.folder,
        environment={"STAMPBOOK_RATE_LIMIT_KEY": str(A_MINUTE)},
    ) as server:
        url = server.wait_until_ready()
        headers = {"Authorization": f"Bearer {on_postgres.secret}"}
        began = time.monotonic()
        answers = []
        for _ in range(ASKED):  # each on a connection of its own, which either process may accept
            answers.append(httpx.get(f"{url}/v1/api_keys/key_1", headers=headers))
        took_s = time.monotonic() - began
        let_in = [each for each in answers if each.status_code == 200]
        assert {each.status_code for each in answers} == {200, 429}
        refilled = took_s * A_MINUTE / 60
        assert AT_ONCE <= len(let_in) <= (AT_ONCE + refilled) * 1.1 + 1
        assert let_in[-1].json()["last_used_at"] is not None
        assert server.stop() == 0
