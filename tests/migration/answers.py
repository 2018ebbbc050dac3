"""Recorded exchanges: a request, and the answer that it must get again."""

from __future__ import annotations

import json
import lzma
import re
from typing import Any, NamedTuple

import httpx

from tests.migration.restoring import FOLDER
from tests.migration.world import Request, World

FILE = FOLDER / "answers.json.xz"

HEADERS = ("content-type", "content-disposition", "location", "idempotency-replayed")

_RANDOM = re.compile(r"\b(req_|v-)[0-9a-f]{10,}")
"""Names of requests, which are new each time."""

_CURSOR = re.compile(r"\blcrs[a-z]+_[0-9a-f]{16,}")
"""A place in a list of Voucherify, good for an hour and for the version that wrote it."""


class Cursors:
    """The cursors of recorded answers, and those that are answered in their place.

    Their texts may differ; what they lead to may not.
    """

    def __init__(self) -> None:
        self._present: dict[str, str] = {}

    def asked(self, request: Request) -> Request:
        """The request with a cursor of now."""
        path = _CURSOR.sub(lambda match: self._present.get(match[0], match[0]), request.path)
        return request._replace(path=path)

    def answered(self, found: Answer, recorded: Answer) -> Answer:
        """The answer with the recorded cursors, where it has others."""
        old, new = _CURSOR.findall(recorded.body), _CURSOR.findall(found.body)
        if len(old) != len(new):
            return found
        self._present.update(zip(old, new, strict=True))
        rest = iter(old)
        return found._replace(body=_CURSOR.sub(lambda _: next(rest), found.body))


class Answer(NamedTuple):
    """The status, those of HEADERS that it has, and the body without names of requests."""

    status: int
    headers: dict[str, str]
    body: str

    @classmethod
    def of(cls, answer: httpx.Response) -> Answer:
        headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
        if answer.status_code == 201:
            headers.pop("location", None)  # which later versions name, for what was created
        return cls(answer.status_code, headers, _RANDOM.sub(r"\1…", answer.text))


class Exchange(NamedTuple):
    """`part`: "read" and "repeat" write nothing, "write" does, "later" is long after that."""

    part: str
    request: Request
    answer: Answer

    @classmethod
    async def of(cls, world: World, part: str, request: Request) -> Exchange:
        answer = await world.send(request)
        assert answer.status_code < 500, (request, answer.text)
        return cls(part, request, Answer.of(answer))


CURRENCY = frozenset(
    {
        "exchange",
        "return_spent",
        "approval_above",
        "unit_value",
        "earning_limits",
        "spending_limits",
    }
)

ADDED = {
    r"/v1/(programs/\w+/)?tier_groups(/\w+)?": frozenset(
        {
            *("status", "basis", "counts_pending", "period", "anchor", "change", "retention"),
            *("downgrade", "on_cancel", "metadata", "updated_at"),
            *("max", "segment", "keep_forever"),
        }
    ),
    r"/v1/currencies/\w+/options": CURRENCY,
    r"/v1/(programs/\w+/currencies|currencies/\w+)": CURRENCY | {"initial_balance", "backdating"},
    r"/v1/api_keys(/\w+)?": frozenset(
        {
            *("expires_at", "rate_limit", "addresses", "last_used_at", "prefix"),
            "old_secret_until",
        }
    ),
    r"/readyz": frozenset({"checks"}),
    r"/v1/programs(/\w+)?": frozenset({"phone_region"}),
    r"/v1/members/\w+/tiers": frozenset({"points", "ends_at", "stays", "next", "foreseen"}),
}
"""Fields that answers have gained since they were recorded, by path."""


_WHO = re.compile(
    "".join(
        rf',"{name}":(?:null|"[^"]*")'
        for name in ("api_key_id", "user_id", "dialect", "request_id", "approved_by")
    )
)
"""Who did it: the same of every transaction, whose metadata must stay byte for byte."""


def without_added(request: Request, answer: Answer) -> Answer:
    """The answer without fields that came later. Those that were there keep their order."""
    path = request.path.partition("?")[0]
    if re.match(r"/v1/(accounts|transactions|transfers|bulk|visits)\b", path):
        answer = answer._replace(body=_WHO.sub("", answer.body))
    if answer.status == 200 and re.fullmatch(r"/v1/accounts/\w+/transactions", path):
        return answer._replace(body=_named_then(answer.body))
    for pattern, fields in ADDED.items():
        if answer.status == 200 and re.fullmatch(pattern, path):
            body = _without(json.loads(answer.body), fields)
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            return answer._replace(body=text)
    return answer


NAMED_THEN = 50
"""Allocations that an answer named when these were recorded; it names 200 now."""


def _named_then(text: str) -> str:
    """A page of transactions with no more allocations than were named then."""
    page = json.loads(text)
    if all(len(row["allocations"]) <= NAMED_THEN for row in page["data"]):
        return text
    for at, row in enumerate(page["data"]):
        rest = len(row["allocations"]) - NAMED_THEN + row.pop("more_allocations", 0)
        row.pop("allocations_truncated", None)
        if rest > 0:
            row["allocations"] = row["allocations"][:NAMED_THEN]
            fields = list(row.items())
            fields.insert(list(row).index("shortfall") + 1, ("more_allocations", rest))
            page["data"][at] = dict(fields)
    return json.dumps(page, ensure_ascii=False, separators=(",", ":"))


def _without(value: Any, fields: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_without(each, fields) for each in value]
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if name not in fields}
        return {name: _without(each, fields) for name, each in kept.items()}
    return value


def write_exchanges(exchanges: list[Exchange]) -> None:
    """The file of all of them, a line for each."""
    lines = (json.dumps(each, ensure_ascii=False) for each in exchanges)
    FOLDER.mkdir(exist_ok=True)
    FILE.write_bytes(lzma.compress("\n".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME))


def read_exchanges() -> list[Exchange]:
    found: list[Exchange] = []
    for line in lzma.decompress(FILE.read_bytes()).decode().split("\n"):
        part, request, (status, headers, body) = json.loads(line)
        headers = {name: _once(value) for name, value in headers.items()}
        found.append(Exchange(part, Request(*request), Answer(status, headers, body)))
    return found


def _once(value: str) -> str:
    """A header without parameters that it repeats: files were sent with their charset twice."""
    return "; ".join(dict.fromkeys(value.split("; ")))


def told_apart(found: Answer, recorded: Answer) -> dict[str, Any]:
    """What differs, for a message that a person reads."""
    return {
        name: (mine, its)
        for name, mine, its in zip(Answer._fields, found, recorded, strict=True)
        if mine != its
    }
