"""One client that writes all the time: how long it was without an answer."""

from __future__ import annotations

import http.client
import threading
import time

from tests.process.api import Api, move

PAUSE_S = 0.02


class Probe:
    """Writes to an account, each time with a new key, in a thread of its own."""

    def __init__(self, url: str, secret: str, account: str) -> None:
        self._api = Api(url, secret)
        self._path = f"/v1/accounts/{account}/transactions"
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._longest_s = 0.0
        self._last = time.monotonic()
        self.answered = 0

    def __enter__(self) -> Probe:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def pause_s(self) -> float:
        """The longest time between two answers since it was last asked, the present one too."""
        longest_s = max(self._longest_s, time.monotonic() - self._last)
        self._longest_s = 0.0
        return longest_s

    def wait_for_answers(self, count: int) -> None:
        """Return after this many more."""
        until = self.answered + count
        while self.answered < until:
            time.sleep(PAUSE_S)

    def _run(self) -> None:
        number = 0
        while not self._ending.is_set():
            number += 1
            try:
                body = move("accrue", "1", reason=f"probe-{number}")
                answer = self._api.ask("POST", self._path, body, key=f"probe-{number}")
            except (OSError, http.client.HTTPException):
                time.sleep(PAUSE_S)
                continue
            if answer.status == 201:
                now = time.monotonic()
                self._longest_s = max(self._longest_s, now - self._last)
                self._last = now
                self.answered += 1
            time.sleep(PAUSE_S)
