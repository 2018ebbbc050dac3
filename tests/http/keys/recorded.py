"""What the recorded database was asked (tests/migration), to be asked again by a bound key."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.table import DIALECTS
from stampbook.edge.requests import Route
from stampbook.edge.serving import Routes
from stampbook.programs import accounts, api_keys, currencies, members, programs
from stampbook.programs.policies import Terms
from stampbook.storage.migrating import migrate
from stampbook.visits import locations
from tests.migration.answers import read_exchanges
from tests.migration.restoring import restore
from tests.migration.world import OWNER, Request, World, opened_world
from tests.turns import WHOLE

SECRET = "ours"

PLENTY = 40
"""Probes of one operation after which only some are asked; `make campaign` asks them all."""

STRIDE = 7
"""Of those beyond."""


class Probe(NamedTuple):
    """A request of the owner, and the operation that takes it."""

    dialect: str
    operation: str
    request: Request


class Ours(NamedTuple):
    """Our program: what the variable parts of paths are for it, by dialect; and its number."""

    names: Mapping[str, Mapping[str, str]]
    program: int


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[World, Ours]]:
    """The recorded world with one program more, a member and a card in it, and a key of it."""
    address = f"sqlite:{folder}/recorded.sqlite"
    restore(address)
    migrate(address)
    async with opened_world(address, read_exchanges()[0].request.at) as world:
        async with world.store.transaction() as writing:
            program = await programs.create(writing, tenant=1, name="Ours", now=world.now)
            currency = await currencies.create(
                writing, program, name="Ours", code="ours", terms=Terms(), now=world.now
            )
            location = await locations.create(
                writing,
                tenant=1,
                program=program.program_id,
                title="Our street",
                timezone="UTC",
                now=world.now,
            )
            member = await members.create(writing, program, name="Our guest", now=world.now)
            await accounts.open_account(
                writing, member, currency, shards=world.store.shards, now=world.now
            )
            await api_keys.create(
                writing,
                tenant=1,
                name="ours",
                scopes=["admin"],
                secret=SECRET,
                program=program.program_id,
                now=0,
            )
        number = program.program_id
        voucherify = {"program": spell(Prefix.PROGRAM, number), "campaign": "Ours"}
        altegio = {"location_id": str(location.number), "chain_id": str(number)}
        yield world, Ours({"altegio": altegio, "voucherify": voucherify}, number)


def probes(ours: Ours) -> Iterator[tuple[Probe, bool]]:
    """Each request of the owner as it was, and then within our program; and whether it is so. Where
    an operation has hundreds of them, which are about rows alike, some stand for the rest."""
    routes, seen = Routes(DIALECTS), set()
    counted = Counter[tuple[str, str, bool]]()
    for exchange in read_exchanges():
        request = exchange.request
        found = routes.find(request.path.partition("?")[0].encode())
        if request.secret != OWNER or found is None or request.method not in found.by_method:
            continue
        route = found.by_method[request.method]
        for asked in (request, within(request, route, tuple(found.values), ours)):
            if asked is None or (mark := repr(asked._replace(at=0, key=None))) in seen:
                continue
            seen.add(mark)
            is_within = asked is not request
            probe = Probe(route.dialect.name, route.operation.name, asked)
            kind = probe.dialect, probe.operation, is_within
            counted[kind] += 1
            if WHOLE or counted[kind] <= PLENTY or counted[kind] % STRIDE == 0:
                yield probe, is_within


def within(request: Request, route: Route, values: tuple[str, ...], ours: Ours) -> Request | None:
    """The request with our program in the place of its own; None if it names none."""
    body = request.body
    if isinstance(body, dict) and "loyalty_program_id" in body:
        return request._replace(body={**body, "loyalty_program_id": ours.program})
    names = ours.names.get(route.dialect.name, {})
    if not names.keys() & set(route.names):
        return None
    path, mark, query = request.path.partition("?")
    given = dict(zip(route.names, values, strict=True))
    length = len(path.rstrip("/").split("/"))
    template = next(
        each
        for each in route.operation.paths
        if len(each.split("/")) == length
        and re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(each)), path.rstrip("/"))
    )
    put = re.sub(r"{(\w+)}", lambda match: names.get(match[1], given[match[1]]), template)
    return request._replace(path=f"{put}{mark}{query}")
