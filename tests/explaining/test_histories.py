"""Explanations of random histories, on both stores: their parts are the balance, and each row has
its sentence in every language."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from stampbook.domain.model import Kind
from stampbook.domain.policy import Policy
from stampbook.explaining.explanation import explain
from stampbook.explaining.parts import PartKind
from stampbook.explaining.sentences import sentences
from stampbook.ledger.engine import Ledger
from stampbook.speaking.languages import LANGUAGES
from stampbook.speaking.speech import Speech, plain
from tests.laws.conftest import StoredPlace, stored_place
from tests.laws.histories import DAY, START, Act, Teller, histories, plan_of, policies
from tests.ledgers.on_store import TENANT

__all__ = ["stored_place"]

RAW = re.compile(r"\b(?:acc|txn|lot|mbr|usr|cur|prg|None|%)\w*_|%\(|\bNone\b")
"""What no sentence says."""


def test_the_parts_are_the_balance(stored_place: StoredPlace) -> None:
    @settings(max_examples=stored_place.examples)
    @given(
        histories(accounts="ab", at_most=40),
        policies(),
        policies(),
        st.lists(st.floats(0, 1.2), min_size=1, max_size=4),
    )
    def law(history: list[Act], one: Policy, other: Policy, instants: list[float]) -> None:
        stored_place.run(_told(stored_place, history, one, other, instants))

    law()


async def _told(
    place: StoredPlace, history: list[Act], one: Policy, other: Policy, instants: list[float]
) -> None:
    ledger = place.open()
    teller = Teller(ledger)
    await teller.begin(plan_of(one._replace(scale=2), other))
    try:
        await teller.tell(history)
        span = teller.now - START + DAY
        for instant in [None, *(START + int(part * span) for part in instants)]:
            for account in ledger.accounts.values():
                most = None if instant is None else 1
                found = await explain(
                    ledger.engine, account, tenant=TENANT, at=instant, language="en", most=most
                )
                assert found is not None
                figures = await ledger.engine.balance(account, tenant=TENANT, at=instant)
                assert figures is not None
                assert found.balance == figures[1]
                sums = dict.fromkeys(PartKind, 0)
                for part in found.parts:
                    assert part.amount > 0
                    sums[part.kind] += part.amount
                assert sums[PartKind.LOT] - sums[PartKind.DEFICIT] == found.balance.active
                assert sums[PartKind.PENDING] == found.balance.pending
                assert sums[PartKind.HELD] == found.balance.held
                assert sums[PartKind.DEFICIT] == found.balance.deficit
                assert all(each.at <= found.as_of for each in found.changes)
                assert [each.transaction for each in found.changes] == sorted(
                    (each.transaction for each in found.changes), reverse=True
                )
        for account in ledger.accounts.values():
            await _every_row_is_told(place, ledger.engine, account)
    finally:
        await ledger.finish()


async def _every_row_is_told(place: StoredPlace, engine: Ledger, account: int) -> None:
    journal = await place.store.journal(account, after=0, limit=1_000)
    for language in LANGUAGES:
        for start in range(0, len(journal), 50):
            rows = journal[start : start + 50]
            owner = await engine.denominations.of(account)
            assert owner is not None
            speech = Speech(language, ZoneInfo("Europe/Moscow"))
            found = await sentences(
                engine, [row.number for row in rows], tenant=TENANT, speech=speech, now=START
            )
            assert set(found) == {row.number for row in rows}
            for row in rows:
                text, fate, _, _ = found[row.number]
                if row.kind is not Kind.CANCEL:  # a cancel may take less than it is about
                    assert speech.amount(plain(row.amount, owner.scale)) in text, (row, text)
                for said in (text, fate):
                    assert not RAW.search(said), said
                    assert not said or said.endswith(".")
                    assert ".." not in said
