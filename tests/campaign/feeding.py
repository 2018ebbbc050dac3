"""The load of `feed`: clients of the four APIs on one program, and readers of its events."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from stampbook.dialects.native import ids
from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.programs import accounts, api_keys, currencies, members, programs
from stampbook.storage.store import Store
from stampbook.visits import locations

PAUSE_S = 0.05
"""The pause before a request that was cut off is sent again: a server is starting."""

TIMEOUT_S = 20.0
LASTS_S = 3
"""How long some points can be spent: then the clock takes them."""

ACCOUNTS = 12
SECRET = "campaign"


class Town(NamedTuple):
    """One program that all four APIs serve."""

    program: int
    currency: int
    location: int
    phones: Sequence[str]
    accounts: Sequence[int]


async def settled_town(store: Store, now: int) -> Town:
    """The program, with ACCOUNTS people."""
    async with store.transaction() as writing:
        await api_keys.create(
            writing, tenant=1, name=SECRET, scopes=["admin"], secret=SECRET, now=now
        )
        program = await programs.create(writing, tenant=1, name="Town", now=now)
        currency = await currencies.create(writing, program, name="Points", code="points", now=now)
        location = await locations.create(
            writing,
            tenant=1,
            program=program.program_id,
            title="Main street",
            timezone="UTC",
            now=now,
        )
        phones = [f"7900000{number:04}" for number in range(ACCOUNTS)]
        opened = []
        for phone in phones:
            member = await members.create(writing, program, phone=phone, now=now)
            account = await accounts.open_primary(
                writing, member, currency, shards=store.shards, now=now
            )
            opened.append(account.account_id)
    return Town(program.program_id, currency.currency_id, location.number, phones, opened)


class Line:
    """Plain HTTP with one of some servers; another one after a connection was cut."""

    def __init__(self, urls: Sequence[str], dice: Random) -> None:
        self._urls, self._dice = urls, dice
        self._connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: Any = None
    ) -> tuple[int, Any]:
        """The status and the JSON of the answer. Raises OSError or HTTPException."""
        if self._connection is None:
            parts = urlsplit(self._dice.choice(self._urls))
            assert parts.hostname is not None
            self._connection = http.client.HTTPConnection(
                parts.hostname, parts.port, timeout=TIMEOUT_S
            )
        content = None if body is None else json.dumps(body)
        try:
            self._connection.request(
                method, path, content, {"Content-Type": "application/json", **headers}
            )
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        return answer.status, json.loads(text) if text else None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


NATIVE = {"Authorization": f"Bearer {SECRET}"}
VOUCHERIFY = {"X-App-Id": "town", "X-App-Token": SECRET}
ALTEGIO = {
    "Authorization": f"Bearer {SECRET}, User {SECRET}",
    "Accept": "application/vnd.api.v2+json",
}


class Client(threading.Thread):
    """Moves points by all four APIs until it is stopped. A request that was cut off is repeated
    with its key, where its API has keys; otherwise nobody knows what became of it."""

    def __init__(self, town: Town, urls: Sequence[str], stopping: threading.Event, seed: str):
        super().__init__(daemon=True)
        self._town, self._stopping, self._seed = town, stopping, seed
        self._dice = Random(seed)
        self._line = Line(urls, self._dice)
        self._left: list[str] = []
        self.answers: Counter[str] = Counter()
        self.done: list[str] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """See Thread."""
        number = 0
        try:
            while not self._stopping.is_set():
                number += 1
                dialect = self._dice.choice(("native", "native", "altegio", "altcraft", "voucher"))
                getattr(self, f"_{dialect}")(f"{self._seed}-{number}")
        except BaseException as error:  # the thread that waits for it says so
            self.error = error
        self._line.close()

    def _asked(
        self, api: str, path: str, headers: dict[str, str], body: Any, *, repeats: bool = True
    ) -> tuple[int, Any]:
        while True:
            try:
                status, answer = self._line.ask("POST", path, headers, body)
            except (OSError, http.client.HTTPException):
                self.answers["cut off"] += 1
                if not repeats or self._stopping.is_set():
                    return 0, None
                time.sleep(PAUSE_S)
                continue
            if status == 503:
                time.sleep(PAUSE_S)
                continue
            assert status < 500, (api, status, answer)
            self.answers[f"{api} {'done' if status in (200, 201) else 'refused'}"] += 1
            return status, answer

    def _native(self, key: str) -> None:
        headers = {**NATIVE, "Idempotency-Key": key}
        if self._left and self._dice.random() < 0.3:
            target = self._left.pop(self._dice.randrange(len(self._left)))
            path, body = f"/v1/transactions/{target}/cancel", {"reason": key}
        else:
            account = ids.write(ids.ACCOUNT, self._dice.choice(self._town.accounts))
            path = f"/v1/accounts/{account}/transactions"
            kind = self._dice.choice(("accrue", "accrue", "redeem", "hold"))
            body = {"type": kind, "amount": str(self._dice.randint(1, 50)), "reason": key}
            if kind == "accrue" and self._dice.random() < 0.3:
                ends = time.time() + LASTS_S
                body["expires_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends))
            if kind == "hold":
                body["timeout_s"] = LASTS_S  # type: ignore[assignment]
        status, answer = self._asked("native", path, headers, body)
        if status in (200, 201):
            self.done.append(answer["id"])
            if answer["type"] in ("accrue", "redeem"):
                self._left.append(answer["id"])

    def _altegio(self, key: str) -> None:
        card = self._dice.choice(self._town.accounts)
        path = f"/api/v1/company/{self._town.location}/loyalty/cards/{card}/manual_transaction"
        body = {"amount": self._dice.choice((-5, 7, 20)), "title": key}
        self._asked("altegio", path, ALTEGIO, body, repeats=False)

    def _altcraft(self, key: str) -> None:
        method = self._dice.choice(("accrue_points", "redeem_points"))
        body = {
            "loyalty_program_id": self._town.program,
            "points_currency_iid": self._town.currency,
            "matching": "phone",
            "phone": self._dice.choice(self._town.phones),
            "amount": str(self._dice.randint(1, 30)),
        }
        self._asked("altcraft", f"/api/v1.1/loyalty/{method}", NATIVE, body, repeats=False)

    def _voucher(self, key: str) -> None:
        code = spell(Prefix.VOUCHER, self._dice.choice(self._town.accounts))
        path = f"/v1/loyalties/members/{code}/balance"
        body = {"points": self._dice.choice((-4, 6, 15)), "reason": key}
        self._asked("voucherify", path, VOUCHERIFY, body, repeats=False)


class Reader(threading.Thread):
    """Pulls the events, in pages of any size, until it is stopped; `seen` has what came, in order,
    and `cursor` is where to go on."""

    def __init__(self, urls: Sequence[str], ending: threading.Event, seed: str) -> None:
        super().__init__(daemon=True)
        self._dice = Random(seed)
        self._line = Line(urls, self._dice)
        self._ending = ending
        self.cursor = ""
        self.seen: list[Any] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """See Thread."""
        try:
            while not (self._ending.is_set() and self.cursor):
                self._pull()
        except BaseException as error:  # the thread that waits for it says so
            self.error = error
        self._line.close()

    def _pull(self) -> None:
        path = f"/v1/events?limit={self._dice.choice((1, 7, 100, 1_000))}&wait_s=1"
        if self.cursor:
            path += f"&cursor={quote(self.cursor)}"
        try:
            status, answer = self._line.ask("GET", path, NATIVE)
        except (OSError, http.client.HTTPException):
            time.sleep(PAUSE_S)
            return
        if status == 503:
            time.sleep(PAUSE_S)
            return
        assert status == 200, answer
        self.cursor = answer["next_cursor"]
        self.seen += answer["data"]
