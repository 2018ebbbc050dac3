"""The requests that the load sends in each scenario.

Amounts are small compared with what each account was given, so every request can succeed: an
answer other than a 2xx is a defect. Idempotency keys are random UUIDs, like those of clients.
"""

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from msgspec.json import encode

from stampbook.benchmark.connections import Request

REMEMBERED: Final = 256
"""How many transactions of a kind a script keeps to act on later; it forgets the oldest."""

SETTLED: Final = 64
"""A transaction is acted on after about this many others of its kind, as in a shop."""

PROBLEM: Final = b'"problem":'
"""The result of an operation that was refused, in the answer to a bulk."""


class Send(Protocol):
    """Makes the bytes of a request. `more`: further header lines, each with its line end."""

    def __call__(self, path: str, body: bytes, more: bytes = b"") -> bytes: ...


def request_maker(host: str, headers: Mapping[str, str]) -> Send:
    """Return a function that makes POST requests with a JSON body and these headers."""
    fixed = f"host: {host}\r\ncontent-type: application/json\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in headers.items()
    )
    head = fixed.encode()

    def make(path: str, body: bytes, more: bytes = b"") -> bytes:
        return b"POST %s HTTP/1.1\r\n%s%scontent-length: %d\r\n\r\n%s" % (
            path.encode(),
            head,
            more,
            len(body),
            body,
        )

    return make


class Keys:
    """Idempotency keys: random UUIDs from a seed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def header(self) -> bytes:
        """A header line with the next key."""
        return b"idempotency-key: %s\r\n" % self.next()

    def next(self) -> bytes:
        """The next key."""
        text = f"{self._chance.getrandbits(128):032x}"
        key = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        return key.encode()


class Mix:
    """Accrue, redeem, hold, commit and cancel over accounts, each with its own idempotency key.

    Of 20 requests, 6 accrue, 5 redeem, 3 hold, 3 commit and 3 cancel a redemption. `repeats` is the
    share of requests that repeat an earlier one, with its key, as clients do after a lost answer.
    """

    def __init__(
        self, send: Send, accounts: Sequence[str], chance: random.Random, *, repeats: float = 0.0
    ) -> None:
        self._send = send
        self._paths = [f"/v1/accounts/{account}/transactions" for account in accounts]
        self._chance = chance
        self._keys = Keys(chance)
        self._repeats = repeats
        self._holds: deque[str] = deque(maxlen=REMEMBERED)
        self._redemptions: deque[str] = deque(maxlen=REMEMBERED)
        self._sent: deque[bytes] = deque(maxlen=SETTLED)
        self._kinds = [*"aaaaaarrrrrhhhcccxxx"]
        self._deck: list[str] = []

    def next(self) -> Request:
        """The next request of the mix, or a repeat of an earlier one."""
        if self._repeats and self._chance.random() < self._repeats and len(self._sent) == SETTLED:
            return Request(self._sent[0])
        if not self._deck:
            self._deck = self._kinds.copy()
            self._chance.shuffle(self._deck)
        request = self._make(self._deck.pop())
        if self._repeats:
            self._sent.append(request.content)
        return request

    def _make(self, kind: str) -> Request:
        if kind == "c" and len(self._holds) > SETTLED:
            return self._act(self._holds.popleft(), "commit")
        if kind == "x" and len(self._redemptions) > SETTLED:
            return self._act(self._redemptions.popleft(), "cancel")
        path = self._paths[int(self._chance.random() * len(self._paths))]
        key = self._keys.header()
        if kind == "r":
            body = b'{"type":"redeem","amount":"10.00"}'
            return Request(self._send(path, body, key), 1, self._remember(self._redemptions))
        if kind == "h":
            body = b'{"type":"hold","amount":"5.00"}'
            return Request(self._send(path, body, key), 1, self._remember(self._holds))
        return Request(self._send(path, b'{"type":"accrue","amount":"20.00"}', key))

    def _act(self, transaction: str, action: str) -> Request:
        path = f"/v1/transactions/{transaction}/{action}"
        return Request(self._send(path, b"{}", self._keys.header()))

    def _remember(self, where: deque[str]) -> Callable[[int, bytes], None]:
        def answered(status: int, body: bytes) -> None:
            if status == 201:
                where.append(id_in(body))

        return answered


class Bulk:
    """Accruals and redemptions, many in each request; not atomic."""

    def __init__(
        self, send: Send, accounts: Sequence[str], chance: random.Random, *, size: int
    ) -> None:
        self._send = send
        self._accounts = accounts
        self._chance = chance
        self._keys = Keys(chance)
        self._size = size

    def next(self) -> Request:
        operations: list[dict[str, str]] = []
        for number in range(self._size):
            kind, amount = ("redeem", "10.00") if number % 2 else ("accrue", "20.00")
            account = self._accounts[int(self._chance.random() * len(self._accounts))]
            operations.append({"type": kind, "account_id": account, "amount": amount})
        body = encode({"operations": operations})
        content = self._send("/v1/bulk", body, self._keys.header())
        return Request(content, self._size, failures=count_problems)


class Identified:
    """Requests drawn from a list of paths and JSON objects, each with an external id of its own."""

    def __init__(
        self, send: Send, posts: Sequence[tuple[str, bytes]], chance: random.Random
    ) -> None:
        self._send = send
        self._posts = posts
        self._chance = chance
        self._keys = Keys(chance)

    def next(self) -> Request:
        path, body = self._posts[int(self._chance.random() * len(self._posts))]
        return Request(self._send(path, b'{"external_id":"%s",' % self._keys.next() + body[1:]))


class Listed:
    """The requests of a list, each sent once. `done` gets each one's place and the answer's body.

    `expect`: what the body of an answer contains if the request had its effect.
    """

    def __init__(
        self,
        requests: Sequence[bytes],
        *,
        operations: int = 1,
        expect: bytes = b"",
        done: Callable[[int, bytes], None] | None = None,
    ) -> None:
        self._requests = iter(enumerate(requests))
        self._operations = operations
        self._expect = expect
        self._done = done

    def next(self) -> Request | None:
        """The next request of the list; None after the last."""
        found = next(self._requests, None)
        if found is None:
            return None
        place, content = found
        return Request(content, self._operations, self._teller(place), self._count_failures)

    def _teller(self, place: int) -> Callable[[int, bytes], None] | None:
        done = self._done
        return None if done is None else lambda _, body: done(place, body)

    def _count_failures(self, body: bytes) -> int:
        failed = 0 if self._expect in body else self._operations
        return failed or count_problems(body)


def count_problems(body: bytes) -> int:
    """How many operations of a bulk were refused, according to its answer."""
    return body.count(PROBLEM)


def id_in(body: bytes) -> str:
    """The id of the entity in an answer: its first field."""
    at = body.find(b'"id":"') + 6
    return body[at : body.find(b'"', at)].decode()
