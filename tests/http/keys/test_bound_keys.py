"""A key of one program sees nothing of another: every operation, with the other's ids.

The native API is asked what its examples ask, in two programs side by side; the dialects of vendors
what the recorded database was asked (tests/migration), by a key of a program of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stampbook.dialects.native import ids
from stampbook.dialects.native.routes import OPERATIONS
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.http.examples import Step
from tests.http.keys import recorded
from tests.http.keys.two_programs import (
    IDS,
    MINUTE_S,
    Asked,
    Native,
    opened_native,
    pair,
    played_alone,
)
from tests.http.native.play import PLAY, is_of_files

OF_THE_TENANT = ("create_program", "put_limits", "get_limits")
"""What a bound key may not do at all; so with API keys."""

LISTS = {"list_programs", "list_locations"}
"""What names nothing: it answers with what is ours."""


LEAST = 3
"""Characters of what can be recognised in an answer."""


def is_of_tenant(operation: str) -> bool:
    return operation in OF_THE_TENANT or "api_key" in operation


def is_of_people(step: Step) -> bool:
    """Whether it is about keys, or needs people who sign in."""
    paths = {each.name: each.path for each in OPERATIONS}
    of_people = ("/v1/users", "/v1/session", "/v1/approvals", "/v1/audit", "/v1/anchors")
    return (
        bool(step.by)
        or "api_key" in step.operation
        or (paths[step.operation].startswith(of_people) and not step.operation.endswith("_limits"))
    )


def plain(step: Step) -> Step:
    """The step, so that it means one thing where two programs live alike."""
    if step.operation == "find_transaction":
        return step._replace(query=f"{step.query}&program_id=prg_1")
    return step


async def test_the_native_api(tmp_path: Path) -> None:
    address = f"sqlite:{tmp_path}/alone.sqlite"
    play = [plain(each) for each in PLAY if not (is_of_people(each) or is_of_files(each.operation))]
    assert {each.operation for each in PLAY} == {each.name for each in OPERATIONS}
    stores = []
    for name in ("alone", "both"):
        address = f"sqlite:{tmp_path}/{name}.sqlite"
        migrate(address)
        stores.append(await open_store(address))
    async with opened_native(stores[0]) as native:
        alone = await played_alone(native, play)
    async with opened_native(stores[1]) as native:
        faults = await Neighbours(native).play(alone)
    for store in stores:
        await store.close()
    assert faults == []


class Neighbours:
    """Two programs with the same life, and a key of one of them."""

    def __init__(self, native: Native) -> None:
        self.native = native
        self.theirs: dict[str, str] = {}
        self.ours: dict[str, str] = {}
        self.faults: list[tuple[str, str, str]] = []

    async def play(self, alone: Sequence[tuple[Asked, Any]]) -> list[tuple[str, str, str]]:
        admin, bound = await self.native.key(), ""
        for asked, answered in alone:
            if bound:
                await self.pry(asked, bound)
            for names, secret in ((self.theirs, admin), (self.ours, bound)):
                by = admin if not secret or is_of_tenant(asked.operation) else secret
                named = asked.with_ids(names)
                if names is self.ours:  # codes are the tenant's: each is there once
                    named = named._replace(body=named.body.replace("COFFEE-", "TEA-"))
                answer = await self.native.ask(named, by)
                assert answer.is_success, (asked, names is self.ours, answer.text)
                pair(answered, answer.json() if answer.content else None, names)
            if not bound:
                program = ids.read(ids.PROGRAM, self.ours["prg_1"])
                bound = await self.native.key(program)
            self.native.clock.advance(seconds=MINUTE_S)
        for operation in OPERATIONS:
            if "api_key" in operation.name:
                asked = Asked(operation.name, operation.path.replace("{id}", "key_1"), "{}")
                self.judge(asked, await self.native.ask(asked, bound))
        return self.faults

    async def pry(self, asked: Asked, bound: str) -> None:
        """All their ids, then one of theirs among ours."""
        tries = {asked.with_ids(self.theirs)}
        for name in asked.ids & self.theirs.keys():
            tries.add(asked.with_ids({**self.ours, name: self.theirs[name]}))
        for one in sorted(tries):
            self.judge(one, await self.native.ask(one, bound))

    def judge(self, asked: Asked, answer: Any) -> None:
        foreign = set(self.theirs.values()) - set(self.ours.values())
        told = (set(IDS.findall(answer.text)) & foreign) - asked.ids
        names_them = bool(asked.ids & foreign)
        # A list that is filtered by what we do not see is empty.
        is_empty = answer.is_success and b'"data":[]' in answer.content
        may_pass = asked.operation in LISTS or not names_them or is_empty
        if asked.operation == "run_bulk":
            passed = '"status":2' in answer.text
        else:
            passed = answer.is_success and (not may_pass or is_of_tenant(asked.operation))
        if told or passed or answer.status_code >= 500:
            request = f"{asked.path} {asked.body}"
            self.faults.append((asked.operation, request, f"{answer.status_code} {answer.text}"))


OPEN = {
    *(("altegio", name) for name in ("cards_of_client", "companies", "groups")),
    *(("native", name) for name in ("list_programs", "list_locations", "run_bulk")),
    *(("voucherify", name) for name in ("list_programs", "ping")),
}
"""What names no program: a bound key is answered with its own. Cards of a client who is not there
are none. Each operation of a bulk is refused by itself."""

BRINGS = ("create_client",)
"""Who is enrolled is answered as they were sent, with their phone as digits."""

MOST_SHOWN = 10


async def test_the_dialects_of_vendors(tmp_path: Path) -> None:
    """Every recorded request of the whole tenant's key, and the same within our program."""
    faults, counted = [], Counter[str]()
    async with recorded.opened(tmp_path) as (world, ours):
        theirs = await personal(world.store)
        for probe, is_within in recorded.probes(ours):
            request = probe.request._replace(secret=recorded.SECRET, key=None)
            answer = await world.send(request)
            sent = f"{request.path} {json.dumps(request.body, ensure_ascii=False)}"
            text = answer.text
            told = [each for each in theirs if each in text and each not in sent]
            if probe.operation in BRINGS:
                told = []
            passed = done(probe.dialect, answer)
            may_pass = is_within or (probe.dialect, probe.operation) in OPEN
            if probe.operation == "run_bulk":
                passed, may_pass = '"status":20' in answer.text, False
            if told or answer.is_server_error or (passed and not may_pass and not is_site(probe)):
                faults.append((probe, told, answer.status_code, answer.text[:200]))
            counted[probe.dialect] += 1
    assert not faults, (len(faults), faults[:MOST_SHOWN])
    assert min(counted[each] for each in ("native", "altegio", "voucherify", "altcraft")) > 100


def is_site(probe: recorded.Probe) -> bool:
    """Probes and pages have no secrets."""
    return probe.dialect == "site"


def done(dialect: str, answer: Any) -> bool:
    if dialect == "altcraft":
        return '"error":0' in answer.text or "<error>0<" in answer.text
    return bool(answer.is_success)


async def personal(store: Store) -> set[str]:
    """Names, addresses and numbers of the people of other programs, and names of programs."""
    rows = await store.fetch(
        """
        SELECT m.name, m.email, m.phone, m.external_id, p.name AS program FROM programs p
        LEFT JOIN members m ON m.program_id = p.program_id WHERE p.name <> 'Ours'
        """
    )
    found = {str(value) for row in rows for value in dict(row).values() if value}
    return {each for each in found if len(each) > LEAST}
