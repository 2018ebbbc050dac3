"""What was used before, and who may know of it: external ids of groups, of others' accounts, and
beside new keys (ledger/repeating.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stampbook.domain.commands import Accrue, Note, Redeem
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission, Transfer
from stampbook.storage.store import Store
from tests.storage.building import NOW, make_accounts, make_currency

UNKNOWN = 2**29
EARNS = Accrue(5, note=Note(external_id="sale 1"))


@pytest.fixture
async def ledger(store: Store) -> AsyncIterator[Ledger]:
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    yield ledger
    await ledger.stop()


async def account_of(store: Store) -> int:
    (account,) = await make_accounts(store, await make_currency(store))
    return account


def code_of(outcome: Outcome) -> Code | None:
    return outcome.code if isinstance(outcome, Refusal) else None


@pytest.mark.parametrize("remembers", [True, False])
async def test_an_external_id_says_nothing_to_another_tenant(
    ledger: Ledger, store: Store, remembers: bool
) -> None:
    account = await account_of(store)
    asked = Submission(1, account, (EARNS,))
    assert isinstance(await ledger.submit(asked), Done)
    if not remembers:
        ledger.forget([account])
    again = await ledger.submit(asked)
    assert isinstance(again, Done)
    assert again.replayed
    for stranger in (
        asked._replace(tenant=2),
        asked._replace(tenant=2, commands=(EARNS._replace(amount=6),)),
        asked._replace(tenant=2, dry_run=True),
        asked._replace(account=UNKNOWN),
    ):
        assert code_of(await ledger.submit(stranger)) is Code.NOT_FOUND, stranger


async def test_a_repeated_group_has_all_of_its_rows(ledger: Ledger, store: Store) -> None:
    account = await account_of(store)
    group = Submission(1, account, (EARNS, Redeem(2), Accrue(1)))
    first = await ledger.submit(group)
    assert isinstance(first, Done)
    for again in (group, group._replace(key="a key of its own")):
        for remembers in (True, False):
            if not remembers:
                ledger.forget([account])
            repeat = await ledger.submit(again)
            assert isinstance(repeat, Done)
            assert repeat.replayed
            assert [row.seq for row in repeat.transactions] == [1, 2, 3]
            assert repeat.account.active == 4
            await ledger.submit(Submission(1, account, (Redeem(1),)))  # and is none of it
            await ledger.submit(Submission(1, account, (Accrue(1),)))
    other = group._replace(commands=(EARNS, Redeem(3)))
    assert code_of(await ledger.submit(other)) is Code.EXTERNAL_ID_TAKEN


async def test_a_repeated_transfer_is_answered_with_its_leg(ledger: Ledger, store: Store) -> None:
    source, receiver = await make_accounts(store, await make_currency(store), 2)
    await ledger.submit(Submission(1, source, (Accrue(9),)))
    asked = Transfer(1, source, receiver, 4, note=Note(external_id="gift"))
    first = await ledger.transfer(asked)
    assert isinstance(first, Done)
    for _ in range(2):
        repeat = await ledger.transfer(asked)
        assert isinstance(repeat, Done)
        assert (repeat.replayed, repeat.transactions) == (True, first.transactions)
        await ledger.submit(Submission(1, source, (Accrue(9),)))  # a row after it is none of it
    assert code_of(await ledger.transfer(asked._replace(tenant=2))) is Code.NOT_FOUND
    assert code_of(await ledger.transfer(asked._replace(amount=3))) is Code.EXTERNAL_ID_TAKEN


async def test_a_key_is_told_by_its_request_before_the_external_id(
    ledger: Ledger, store: Store
) -> None:
    account = await account_of(store)
    asked = Submission(1, account, (EARNS,), key="k")
    assert isinstance(await ledger.submit(asked), Done)
    other = asked._replace(commands=(EARNS._replace(amount=6),))
    assert code_of(await ledger.submit(other)) is Code.IDEMPOTENCY_KEY_REUSED
    # A dry run has no key, so that its external id is what is judged.
    assert code_of(await ledger.submit(other._replace(dry_run=True))) is Code.EXTERNAL_ID_TAKEN
    assert code_of(await ledger.submit(other._replace(key="another"))) is Code.EXTERNAL_ID_TAKEN
