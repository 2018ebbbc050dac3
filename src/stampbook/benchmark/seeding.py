"""Fills a database through the API: programs, members, accounts, points."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.json import encode

from stampbook.benchmark.faults import Broken
from stampbook.benchmark.loading import Loader, Post

CHUNK: Final = 100
"""Operations in a bulk request. With more, 64 connections would fill the queues (503)."""

PLENTY: Final = "1000000"
"""What each account is given: far more than any scenario redeems."""

SLICE: Final = 20_000
"""Requests that are given to the load at once."""


class Shop(NamedTuple):
    """A program with one currency; the members' accounts, in the members' order. Native ids."""

    program: str
    currency: str
    members: Sequence[str]
    accounts: Sequence[str]


class Seeder:
    """Creates things with the key of an admin. None of it is timed."""

    def __init__(self, loader: Loader, headers: Mapping[str, str], step: Callable[[str], None]):
        self._loader = loader
        self._headers = headers
        self._step = step

    def shop(self, accounts: int, *, lots: int = 1, **currency: object) -> Shop:
        """A program whose members each have an account, with points in `lots` lots."""
        program = self.make("/v1/programs", name="Benchmark", status="active")["id"]
        path = f"/v1/programs/{program}/currencies"
        money = self._one(path, {"name": "Points", "scale": 2, **currency})["id"]
        self._step("members")
        members = self._ids([(f"/v1/programs/{program}/members", "{}")] * accounts)
        self._step("accounts")
        opened = self._ids(
            [("/v1/accounts", text(member_id=member, currency_id=money)) for member in members]
        )
        self._step("points")
        for _ in range(lots):
            self.bulk("accrue", opened, PLENTY)
        return Shop(program, money, members, opened)

    def make(self, path: str, headers: Mapping[str, str] | None = None, **body: object) -> Any:
        """Create one thing and return the answer."""
        return self._one(path, body, headers)

    def _one(
        self, path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> Any:
        return self.send([(path, text(**body))], headers=headers)[0]

    def bulk(
        self, kind: str, accounts: Sequence[str], amount: str, *, keep: bool = False
    ) -> list[Any]:
        """One operation on every account; with `keep`, the transactions in the same order."""
        operations = [{"type": kind, "account_id": each, "amount": amount} for each in accounts]
        answers = self.send(
            [
                ("/v1/bulk", text(operations=operations[at : at + CHUNK]))
                for at in range(0, len(operations), CHUNK)
            ],
            keep=keep,
        )
        return [result["transaction"] for answer in answers for result in answer["results"]]

    def send(
        self,
        posts: Sequence[Post],
        *,
        headers: Mapping[str, str] | None = None,
        expect: str = "",
        keep: bool = True,
    ) -> list[Any]:
        """Send all requests, in any order, for answers in theirs. Raises Broken if one fails."""
        bodies: list[Any] = []
        for at in range(0, len(posts), SLICE):
            part = posts[at : at + SLICE]
            self._loader.listed("seed", headers or self._headers, part, expect=expect, keep=keep)
            result = self._loader.run("seed")
            if result.failures:
                statuses = dict(result.failures)
                raise Broken(f"{part[0][0]}: {statuses} while loading: {result.example}")
            bodies += result.bodies
        return bodies

    def _ids(self, posts: Sequence[Post]) -> list[str]:
        return [answer["id"] for answer in self.send(posts)]


def text(**body: object) -> str:
    """A JSON object."""
    return encode(body).decode()


def number(spelled: str) -> int:
    """The number in a native id: `number("acc_1a")` is 26. The dialects spell the same numbers."""
    return int(spelled.partition("_")[2], 16)
