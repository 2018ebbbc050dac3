"""Random histories on the domain and on both stores agree with the naive ledger."""

from __future__ import annotations

from tests.ledgers.in_memory import InMemoryLedger
from tests.ledgers.seen import Ledger
from tests.model.machine import Histories


class OnDomain(Histories):
    def open_ledger(self) -> Ledger:
        return InMemoryLedger()


TestOnDomain = OnDomain.TestCase
