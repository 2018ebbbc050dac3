"""Examples of the OpenAPI descriptions: plays, each an hour with every operation of an API.

`python -m tests.http.<dialect>.examples` writes what the operations answer to the file from which
the description takes its examples. A test compares the file with what they answer now.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec

from stampbook.edge.operations import Operation
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store


class Step(NamedTuple):
    """A call of an operation: the variable parts of its path, its body, its query.

    Of an operation that is called twice the first call is its example. `@name` among the ids, or
    `@name.codes`, is what the last call of that operation answered as its id or first code. `by` is
    the operation whose last answer has the token to call with. `status` is that of the answer where
    it is not the operation's own.
    """

    operation: str
    ids: Sequence[str] = ()
    body: Any = None
    query: str = ""
    by: str = ""
    status: int = 0


async def played(
    client: httpx.AsyncClient,
    operations: Sequence[Operation],
    play: Sequence[Step],
    headers: Mapping[str, str],
    after_each: Callable[[Operation, httpx.Response], None] = lambda *_: None,
    beside: Callable[[Step], Awaitable[object]] | None = None,
) -> dict[str, Any]:
    """For each operation of the play its request and its answer.

    The client asks an empty database, so that the answers are the same each time. `beside` is what
    a server does before the request of a step.
    """
    by_name = {operation.name: operation for operation in operations}
    found: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for step in play:
        operation = by_name[step.operation]
        ids = iter([_answered(last, each) if each[:1] == "@" else each for each in step.ids])
        path = re.sub(r"{\w+}", lambda _, ids=ids: next(ids), operation.path)  # type: ignore[misc]
        if beside is not None:
            await beside(step)
        answer = await client.request(
            operation.method,
            f"{path}?{step.query}",
            headers={**headers, **_token(last, step.by)},
            json=step.body if operation.body else None,
            content=step.body if operation.streams else None,
        )
        assert answer.status_code == (step.status or operation.status), answer.text
        after_each(operation, answer)
        is_json = answer.content and operation.media_type is None
        last[step.operation] = answer.json() if is_json else None
        found.setdefault(step.operation, {"request": step.body, "answer": lasting(answer)})
    assert found.keys() == by_name.keys()
    return found


def _token(last: Mapping[str, Any], by: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {last[by]['token']}"} if by else {}


def _answered(last: Mapping[str, Any], place: str) -> str:
    """The id, or the first code, in an earlier answer."""
    name, _, part = place[1:].partition(".")
    answer = last[name]
    return str(answer["codes"][0]["code"] if part else answer["id"])


def lasting(answer: httpx.Response) -> Any:
    """The body, without what is different each time."""
    if answer.headers["content-type"].startswith("text/csv"):
        return answer.text
    text = re.sub(r'"sbk_[\w-]{4}"', '"sbk_9fQx"', answer.text)
    text = re.sub(r'"sbk_[\w-]{5,}"', '"sbk_…"', text)
    text = re.sub(r'"whsec_[^"]+"', '"whsec_…"', text)
    text = re.sub(r'"duration_ms":\d+', '"duration_ms":41', text)
    text = re.sub(r"evt_[0-9a-f]{32}", "evt_5f0c1a9e77d31", text)
    text = re.sub(r'"sbs_[\w-]+"', '"sbs_…"', text)
    text = re.sub(r'"secret":"[A-Z2-7]{32}"', '"secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"', text)
    text = re.sub(r"secret=[A-Z2-7]{32}", "secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", text)
    text = re.sub(r'"req_\w+"', '"req_5f0c1a9e77d31"', text)
    text = re.sub(r'"(pur|grt|evt|ord|ref|pmt)_\w{9,}"', r'"\1_5f0c1a9e77d31"', text)
    text = re.sub(r'_token":"\w+"', '_token":"8f14e45fceea167a5a36dedd4bea2543"', text)
    return json.loads(re.sub(r'"\w{4}(-\w{4}){3}"', '"7KQX-M4TD-PB9R-2WHC"', text))


async def write(path: Path, play: Callable[[Store], Awaitable[dict[str, Any]]]) -> None:
    """Write what is answered to the file; one line for each operation."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:{Path(folder) / 'examples.sqlite'}"
        migrate(address)
        store = await open_store(address)
        found = await play(store)
        await store.close()
    lines = ",\n".join(
        f"{json.dumps(name)}: {msgspec.json.encode(each).decode()}" for name, each in found.items()
    )
    path.write_text(f"{{\n{lines}\n}}\n", "utf-8")
