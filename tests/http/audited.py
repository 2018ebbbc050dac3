"""What requests leave in the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import httpx

from stampbook.edge.operations import Operation
from stampbook.edge.requests import Dialect
from stampbook.edge.serving import Routes
from stampbook.storage.store import Store

Heard = tuple[Operation, httpx.Response]


def listen(client: httpx.AsyncClient, dialect: Dialect) -> list[Heard]:
    """Filled with what the client asks of the dialect from now on, with success."""
    routes, heard = Routes([dialect]), list[Heard]()

    async def hear(answer: httpx.Response) -> None:
        found = routes.find(answer.request.url.raw_path.partition(b"?")[0])
        route = None if found is None else found.by_method.get(answer.request.method)
        if route is not None and answer.is_success:
            heard.append((route.operation, answer))

    client.event_hooks = {"response": [hear]}
    return heard


async def acts_of(store: Store, answer: httpx.Response) -> tuple[str, ...]:
    """The actions of the rows that the request left, in order."""
    rows = await store.fetch(
        "SELECT action FROM audit WHERE request_id = $1 ORDER BY number",
        answer.headers["x-request-id"],
    )
    return tuple(row["action"] for row in rows)


async def check_acts(
    store: Store,
    operations: Iterable[Operation],
    expected: Mapping[str, str],
    heard: Iterable[Heard],
) -> None:
    """Every administrative operation was carried out, and left one row of the expected action; what
    is not among the expected left none."""
    administrative = {each.name for each in operations if each.scope == "admin" and each.writes}
    assert administrative <= expected.keys(), administrative - expected.keys()
    left: dict[str, set[tuple[str, ...]]] = {name: set() for name in expected}
    for operation, answer in heard:
        left.setdefault(operation.name, set()).add(await acts_of(store, answer))
    others = {
        name: acts
        for name, acts in left.items()
        if acts != {(expected[name],) if name in expected else ()}
    }
    assert not others, others
