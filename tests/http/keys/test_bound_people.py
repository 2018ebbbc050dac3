"""People who are bound to programs see nothing of others, in each dialect that lets people in.

They ask all that the recorded database was asked (tests/migration), with a session, and with
Altegio's user token beside the key of a partner who sees everything.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stampbook.programs import programs, users
from stampbook.programs.people import sessions
from stampbook.programs.roles import Role
from stampbook.visits import locations
from stampbook.visits.locations import Limit
from tests.http.keys import recorded
from tests.http.keys.test_bound_keys import BRINGS, OPEN, done, personal
from tests.migration.world import OWNER, World

OF_PEOPLE = ("native", "altegio")


async def credentials(world: World, *bound_to: int) -> dict[str, dict[str, str]]:
    """The headers of a new administrator of these programs, by dialect."""
    limits = frozenset(Limit(each) for each in bound_to)
    async with world.store.transaction() as writing:
        user = await users.create(
            writing, tenant=1, login="bound", password_hash="-", role=Role.ADMIN, now=0
        )
        await locations.limit_user(writing, user.user_id, limits, now=0)
        token = await sessions.issue_token(writing, user.user_id, now=0)
        _, session = await sessions.start(
            writing,
            user.user_id,
            now=2 * world.now,  # whenever the recorded requests are repeated, it lasts
            lifetime=sessions.Lifetime(),
            address=None,
            user_agent=None,
        )
    return {
        "native": {"authorization": f"Bearer {session}"},
        "altegio": {
            "authorization": f"Bearer {OWNER}, User {token}",
            "accept": "application/vnd.api.v2+json",
        },
    }


async def asked(world: World, probe: recorded.Probe, headers: dict[str, str]) -> Any:
    request = probe.request
    world.now = request.at
    sent: dict[str, Any] = {}
    if request.body is not None:
        sent = {"content" if isinstance(request.body, str) else "json": request.body}
    return await world.client.request(request.method, request.path, headers=headers, **sent)


@pytest.mark.parametrize("several", [False, True], ids=["one program", "several programs"])
async def test_nothing_of_other_programs(tmp_path: Path, several: bool) -> None:
    faults, counted = [], Counter[str]()
    async with recorded.opened(tmp_path) as (world, ours):
        own = [ours.program]
        if several:
            async with world.store.transaction() as writing:
                second = await programs.create(writing, tenant=1, name="Ours", now=world.now)
            own.append(second.program_id)
        headers = await credentials(world, *own)
        theirs = await personal(world.store)
        for probe, is_within in recorded.probes(ours):
            if probe.dialect not in OF_PEOPLE:
                continue
            request = probe.request
            answer = await asked(world, probe, headers[probe.dialect])
            sent = f"{request.path} {json.dumps(request.body, ensure_ascii=False)}"
            text = answer.text
            told = [each for each in theirs if each in text and each not in sent]
            if probe.operation in BRINGS:
                told = []
            passed = done(probe.dialect, answer)
            may_pass = is_within or (probe.dialect, probe.operation) in OPEN
            if probe.operation == "run_bulk":
                passed, may_pass = '"status":20' in answer.text, False
            if told or answer.is_server_error or (passed and not may_pass):
                faults.append((probe, told, answer.status_code, answer.text[:200]))
            counted[probe.dialect] += 1
            counted["passed"] += passed
    assert not faults, (len(faults), faults[:10])
    assert min(counted[each] for each in OF_PEOPLE) > 100
    assert counted["passed"] > 10
