"""The events of movements are what a replay of the journal says, on random histories."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import strategies as st

from stampbook.domain.audit import apply_row, blank
from stampbook.domain.balance import balance_of
from stampbook.domain.book import Book
from stampbook.domain.model import AVAILABLE, EXPIRED, PENDING, Kind, Status, Transaction
from stampbook.domain.policy import Policy
from stampbook.storage.store import Demand, Store
from tests.events.pulling import printed, pulled
from tests.laws.conftest import StoredPlace
from tests.laws.histories import Act, histories, policies
from tests.laws.test_laws import MANY, Open, holds, pytestmark, told
from tests.ledgers.on_store import StoreLedger

__all__ = ["pytestmark"]


def test_the_feed_is_the_replay(stored_place: StoredPlace) -> None:
    async def law(
        open_ledger: Open, history: list[Act], first: Policy, second: Policy, worker: bool
    ) -> None:
        async with told(open_ledger, history, first, second, worker=worker) as teller:
            ledger = teller.ledger
            assert isinstance(ledger, StoreLedger)
            for name in "ab":
                await ledger.settle(name)
                expected = await replayed(ledger.store, ledger.accounts[name])
                for limit in (1, 3, 1_000):
                    events = await pulled(ledger.store, account=ledger.accounts[name], limit=limit)
                    moves = [each for each in events if each.row is not None]
                    assert [(each.type, each.seq, each.lot) for each in moves] == [
                        (each["type"], each["sequence"], each["lot"]) for each in expected
                    ]
                shown = await printed(ledger.store, moves)
                for event, meant in zip(shown, expected, strict=True):
                    check(event, meant)
            everything = await pulled(ledger.store, programs=frozenset({ledger.program}), limit=7)
            assert len({each.id for each in everything}) == len(everything)
            assert all(each.id.replace("_", "").isalnum() for each in everything)

    holds(
        stored_place,
        law,
        history=histories(accounts="ab", verbs=(*MANY, "transfer"), at_most=20),
        first=policies(),
        second=policies(),
        worker=st.booleans(),
    )


async def replayed(store: Store, account: int) -> list[dict[str, Any]]:
    """What docs/reference/native-api-events.md says of each row, of a replay up to it."""
    (found,) = await store.load(account % store.shards, [Demand(account, opening=True)])
    assert found.facts is not None
    (policy,) = await store.policies([found.facts.currency])
    book, expected = blank(Book(found.facts, policy)), []
    for row in await store.journal(account, after=0, limit=10_000):
        apply_row(book, row)
        del book.touched
        for name, lot in types_of(row):
            expected.append(
                {
                    "type": name,
                    "sequence": row.seq,
                    "lot": lot,
                    "balance": figures(book),
                    "original": original(book, row),
                    "parts": None if not lot else list(book.lots[lot].split),
                    "by_clock": row.by_clock,
                }
            )
    return expected


def types_of(row: Transaction) -> list[tuple[str, int]]:
    found = [] if row.by_clock else [("transaction.created", 0)]
    if row.kind is Kind.CANCEL:
        found.append(("transaction.cancelled", 0))
        found += [("transaction.restored", 0)] * (row.link > 1)
    if row.kind is Kind.RELEASE:
        found.append(("transaction.released", 0))
    activated: dict[int, int] = defaultdict(int)
    expired: dict[int, int] = defaultdict(int)
    for lot, amount, source, target, _ in row.postings:
        activated[lot] += amount * ((source, target) == (PENDING, AVAILABLE))
        activated[lot] -= amount * ((source, target) == (AVAILABLE, PENDING))
        expired[lot] += amount * ((target is EXPIRED) - (source is EXPIRED))
    found += [("lot.activated", lot) for lot, amount in sorted(activated.items()) if amount > 0]
    found += [("lot.expired", lot) for lot, amount in sorted(expired.items()) if amount > 0]
    return found


def figures(book: Book) -> dict[str, str]:
    balance = balance_of(book)
    names = ("active", "pending", "held", "total", "deficit")
    return {name: str(getattr(balance, name)) for name in names}


def original(book: Book, row: Transaction) -> tuple[str, str] | None:
    if not row.target:
        return None
    movement = book.movement(row.root)
    if movement.status is Status.RELEASED:
        status = "released"
    elif movement.cancelled:
        status = "cancelled" if movement.cancelled >= movement.base else "partly_cancelled"
    else:
        status = "temporary" if movement.status is Status.TEMPORARY else "in_force"
    return status, str(movement.cancelled)


def check(event: Any, meant: dict[str, Any]) -> None:
    data = event["data"]
    assert data["balance"] == meant["balance"], event
    if "original" in data:
        shown = data["original"]["status"], data["original"]["cancelled_amount"]
        assert shown == meant["original"], event
    if "lot" in data:
        names = ("pending", "available", "held", "spent", "expired", "revoked")
        assert [data["lot"][name] for name in names] == [str(each) for each in meant["parts"][1:]]
        assert data["by_clock"] == meant["by_clock"]
    if "transaction" in data:
        assert data["transaction"]["balance_after"] == meant["balance"]["active"]
