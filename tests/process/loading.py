"""Clients that never give up: `python -m tests.process.loading URL SECRET SEED ACCOUNT…`.

A process with several threads. Each makes one request after another, each with a new idempotency
key, and repeats a request until it is answered, however often the server dies. The process prints
a line after every ANSWERS answers. A line on its input ends it; it then prints all answers as JSON.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
import time
from typing import Any

from tests.process.api import Api, move

THREADS = 6
ANSWERS = 20
PAUSE_S = 0.02
"""The pause before a request that was cut off is repeated: the server is restarting."""


class Client:
    """One thread's requests and the answers to them."""

    def __init__(self, url: str, secret: str, accounts: list[str], seed: str) -> None:
        self._api = Api(url, secret)
        self._accounts = accounts
        self._random = random.Random(seed)
        self._seed = seed
        self._left: list[str] = []
        self.answers: list[dict[str, Any]] = []

    def step(self) -> None:
        """Repeat one request until it is answered."""
        key = f"{self._seed}-{len(self.answers)}"
        kind = self._random.choice(("accrue", "accrue", "redeem", "redeem", "cancel"))
        if kind == "cancel" and self._left:
            target = self._left.pop(self._random.randrange(len(self._left)))
            path, body = f"/v1/transactions/{target}/cancel", {"reason": key}
        else:
            kind = "accrue" if kind == "cancel" else kind
            account = self._random.choice(self._accounts)
            amount = str(self._random.randint(1, 50))
            path = f"/v1/accounts/{account}/transactions"
            body = move(kind, amount, reason=key)
        self._ask(kind, path, body, key)

    def _ask(self, kind: str, path: str, body: dict[str, Any], key: str) -> None:
        tries = 0
        while True:
            tries += 1
            try:
                answer = self._api.ask("POST", path, body, key=key)
            except (OSError, http.client.HTTPException):
                time.sleep(PAUSE_S)
                continue
            if answer.status != 503:
                break
            time.sleep(PAUSE_S)
        done = answer.status in (200, 201)
        transaction = answer.body["id"] if done else None
        if transaction and kind != "cancel":
            self._left.append(transaction)
        self.answers.append(
            {
                "key": key,
                "kind": kind,
                "path": path,
                "body": body,
                "status": answer.status,
                "code": None if done else answer.body["code"],
                "transaction": transaction,
                "amount": answer.body["amount"] if done else None,
                "replayed": answer.headers.get("idempotency-replayed") == "true",
                "tries": tries,
            }
        )


def main(url: str, secret: str, seed: str, *accounts: str) -> None:
    """See the module."""
    stopping = threading.Event()
    count, counting = 0, threading.Lock()

    def run(client: Client) -> None:
        nonlocal count
        while not stopping.is_set():
            client.step()
            with counting:
                count += 1
                if count % ANSWERS == 0:
                    sys.stdout.write(f"answered {count}\n")
                    sys.stdout.flush()

    clients = [Client(url, secret, list(accounts), f"{seed}-{each}") for each in range(THREADS)]
    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    stopping.set()
    for thread in threads:
        thread.join()
    json.dump([each for client in clients for each in client.answers], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
