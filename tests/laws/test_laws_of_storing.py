"""Laws 8 to 10 of docs/concepts/semantics.md §6: replay, batches, isolation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from hypothesis import strategies as st

from stampbook.domain.audit import blank, replay
from stampbook.domain.book import Book
from stampbook.domain.commands import NO_NOTE, Accrue, Cancel, Command, Hold, Note, Redeem
from stampbook.domain.model import (
    FOREVER,
    NOBODY,
    LotRow,
    Record,
    Seal,
    Standing,
    Status,
    Sums,
    Transaction,
    Who,
)
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Code
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Transfer
from stampbook.programs import tenants
from tests.laws.conftest import Place, StoredPlace
from tests.laws.histories import START, Act, Teller, histories, plan_of, policies
from tests.laws.test_laws import MANY, TIMELESS, Open, holds, pytestmark, told
from tests.ledgers.in_memory import InMemoryLedger
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import Answer, View

__all__ = ["pytestmark"]

Asked = Sequence[tuple[str, Command, str]]


def test_law_08_replay(place: Place) -> None:
    """Every ledger of the tests replays its journal at the end; the domain does at every step."""

    async def law(open_ledger: Open, history: list[Act], first: Policy, second: Policy) -> None:
        async with told(open_ledger, history, first, second) as teller:
            for account in "ab":
                await teller.ledger.settle(account)

    holds(
        place,
        law,
        history=histories(accounts="ab", verbs=(*MANY, "transfer")),
        first=policies(),
        second=policies(),
    )


def test_law_08_replay_sees_every_change() -> None:
    """The replay detects every change in any row, or in what is stored with it."""
    parts: dict[str, Any] = {"who": Who, "sums": Sums, "standings": Standing, "lots": LotRow}
    fields = [
        name
        for name in (*Transaction._fields, *Record._fields)
        if name not in ("seq", "row", *parts)
    ]
    fields += [f"{name} {part}" for name, kind in parts.items() for part in kind._fields]

    async def law(open_ledger: Open, history: list[Act], which: int, field: str) -> None:
        book = await told_of(history)
        records = book.records.copy()
        if not records:
            return
        at = which % len(records)
        name, _, part = field.partition(" ")
        records[at] = tampered(records[at], name, part)
        assert records[at] != book.records[at]
        faults = list(replay(blank(book), records))
        assert [fault.seq for fault in faults] == [at + 1], field
        if name in Record._fields:
            assert faults[0].what.startswith(f"its {name} is")

    with asyncio.Runner() as runner:
        holds(
            Place(InMemoryLedger, runner, 300),
            law,
            history=histories(verbs=MANY),
            which=st.integers(0, 30),
            field=st.sampled_from(fields),
        )


def test_law_08_the_texts_are_those_of_the_seal() -> None:
    """Neither free texts nor their salt can be changed, but they can be erased together."""

    async def law(open_ledger: Open, history: list[Act], which: int, field: str) -> None:
        book = await told_of(history)
        records = [*book.records]
        noted = [at for at, record in enumerate(records) if record.row.seal]
        if not noted:
            return
        at = noted[which % len(noted)]
        row = records[at].row
        assert row.seal is not None
        assert row.seal.salt is not None
        seal = row.seal._replace(salt=None)
        changes: dict[str, dict[str, Any]] = {
            "erased": {"seal": seal, "reason": None, "actor": None, "metadata": None},
            "not erased": {"seal": seal},
            "half erased": {"seal": seal, "reason": None, "actor": None, "metadata": "{}"},
            "no salt's": {"reason": None, "actor": None, "metadata": None},
            "another salt": {"seal": row.seal._replace(salt=bytes(16))},
            "no seal": {"seal": None},
            "reason": {"reason": f"{row.reason}!"},
            "actor": {"actor": f"{row.actor}!"},
            "metadata": {"metadata": '{"a":2}'},
            "exchanged": {"reason": row.actor, "actor": row.reason},
        }
        records[at] = records[at]._replace(row=row._replace(**changes[field]))
        faults = list(replay(blank(book), records))
        assert [fault.seq for fault in faults] == ([] if field == "erased" else [at + 1])

    ways = ("erased", "not erased", "half erased", "no salt's", "another salt", "no seal")
    with asyncio.Runner() as runner:
        holds(
            Place(InMemoryLedger, runner, 100),
            law,
            history=histories(verbs=MANY),
            which=st.integers(0, 30),
            field=st.sampled_from((*ways, "reason", "actor", "metadata", "exchanged")),
        )


async def told_of(history: list[Act]) -> Book:
    """The book that the history makes, with an actor, and free texts in every other command."""
    ledger = InMemoryLedger()
    teller = Teller(ledger)
    await teller.begin(plan_of(Policy(0, 0, 0, 1)))
    for at, act in enumerate(history):
        book = ledger.books["a"]
        book.who = Who(api_key_id=7, dialect="native", request_id=f"r{at}") if at % 2 else NOBODY
        if act.verb == "wait" or at % 2:
            await teller.act(act)
            continue
        command = teller.command(act)
        if command is not None and hasattr(command, "note"):
            note = Note(reason="a reason", actor="anna", metadata='{"a":1}', subject="visit 1")
            await teller.submit("a", cast(Any, command)._replace(note=note))
    return ledger.books["a"]


def tampered(record: Record, field: str, part: str) -> Record:
    """The record with a different value in one of its own fields, or of its row."""
    row = record.row
    if field in Transaction._fields:
        return record._replace(row=changed(row, field, part))
    another: Any
    if field == "state":
        another = record.state.replace("[1,", "[1, ", 1)
    elif field == "state_seq":
        another = record.state_seq - 1
    elif field == "sums":
        another = record.sums._replace(**{part: getattr(record.sums, part) + 1})
    elif field == "lots":
        another = some_other(record.lots, part) or (LotRow(1, None),)
    else:
        plain = Standing(row.seq, 1, Status.IN_FORCE, 0, FOREVER, 0, 0, 0, None)
        another = some_other(record.standings, part) or (plain,)
    return record._replace(**{field: another})


def some_other(rows: Sequence[Any], part: str) -> tuple[Any, ...]:
    """The rows, the last of which has a different value in one part."""
    if not rows:
        return ()
    value = getattr(rows[-1], part)
    another = value + 1 if isinstance(value, int) else None if value else "[]"
    return (*rows[:-1], rows[-1]._replace(**{part: another}))


def changed(row: Transaction, field: str, part: str) -> Transaction:
    """The row with a different value in one field."""
    value: Any = getattr(row, field)
    if field == "hash":
        value = bytes([value[0] ^ 1]) + value[1:]
    elif field == "who":
        value = value._replace(**{part: 99 if part in ("api_key_id", "user_id") else "another"})
    elif field == "seal":
        value = Seal(bytes(32), bytes(16)) if value is None else value._replace(digest=bytes(32))
    elif field in ("postings", "terms"):
        value = (*value, *value) if value else ((1, 1, 1, 1),)
    elif isinstance(value, int):
        value = value + 1
    else:
        value = "another" if value is None else value + "!"
    return row._replace(**{field: value})


async def as_planned(history: list[Act], *policies: Policy) -> tuple[Asked, list[Answer]]:
    """The commands of the history, with all references resolved, and the domain's answers."""
    async with told(InMemoryLedger, history, *policies) as teller:
        return teller.asked, teller.answers


async def views(ledger: StoreLedger) -> list[View]:
    return [await ledger.everything(account) for account in ledger.accounts]


def test_law_09_batch_independence(stored_place: StoredPlace) -> None:
    async def law(_: Open, history: list[Act], first: Policy, second: Policy) -> None:
        asked, answers = await as_planned(history, first, second)
        one_by_one, at_once = stored_place.open(), stored_place.open()
        for ledger in (one_by_one, at_once):
            await ledger.found(plan_of(first, second))
            ledger.set_clock(START)
        singly = [await one_by_one.submit(a, command, key=key) for a, command, key in asked]
        together = await at_once.submit_all(asked, atomic=False)
        assert singly == together == answers
        assert await views(one_by_one) == await views(at_once)
        await one_by_one.finish()
        await at_once.finish()

    holds(
        stored_place,
        law,
        history=histories(accounts="aab", verbs=TIMELESS, at_most=40),
        first=policies(),
        second=policies(),
    )


def test_law_09_all_or_none(stored_place: StoredPlace) -> None:
    """An atomic group has the same effect as its members one by one, or no effect."""

    async def law(_: Open, history: list[Act], first: Policy, second: Policy) -> None:
        asked, answers = await as_planned(history, first, second)
        ledger = stored_place.open()
        await ledger.found(plan_of(first, second))
        ledger.set_clock(START)
        before = await views(ledger)
        group = await ledger.submit_all(asked, atomic=True)
        refused = [at for at, answer in enumerate(answers) if answer.refused]
        if refused:
            assert group[-1] == answers[refused[0]]
            assert await views(ledger) == before
        else:
            assert group == answers
        await ledger.finish()

    holds(
        stored_place,
        law,
        history=histories(accounts="aab", verbs=TIMELESS, at_most=8),
        first=policies(),
        second=policies(),
    )


def test_law_10_isolation_of_accounts(place: Place) -> None:
    async def law(open_ledger: Open, others: list[Act], history: list[Act], policy: Policy) -> None:
        async with told(open_ledger, others, policy, policy) as teller:
            before = await teller.ledger.everything("b")
            await teller.tell([act for act in history if act.verb != "wait"])
            assert await teller.ledger.everything("b") == before

    holds(
        place,
        law,
        others=histories(accounts="b", verbs=MANY, at_most=10),
        history=histories(accounts="a", verbs=MANY),
        policy=policies(),
    )


def test_law_10_isolation_of_tenants(stored_place: StoredPlace) -> None:
    """To another tenant, the account does not exist, whatever the request."""

    async def law(_: Open, history: list[Act], policy: Policy) -> None:
        async with stored_place.store.transaction() as writing:
            neighbour = await tenants.create(writing, name="neighbour", now=0)
        theirs = StoreLedger(stored_place.store, tenant=neighbour.tenant_id)
        async with told(lambda: theirs, history, policy) as teller:
            before = await theirs.everything("a")
            ours = stored_place.open()
            await ours.found(plan_of(policy))
            ours.set_clock(teller.now)
            await ours.submit("a", Accrue(1_000))
            mine, ours.accounts["b"] = ours.accounts["a"], theirs.accounts["a"]
            for command in (Accrue(10), Redeem(1), Hold(1), Cancel(1), Cancel(2)):
                assert await ours.submit("b", command) == Answer(Code.NOT_FOUND)
            for source, receiver in ((mine, ours.accounts["b"]), (ours.accounts["b"], mine)):
                outcome = await ours.engine.transfer(
                    Transfer(ours.tenant, source, receiver, 1, note=NO_NOTE)
                )
                assert not isinstance(outcome, Done)
                assert outcome.code is Code.NOT_FOUND
            assert await ours.engine.balance(ours.accounts["b"], tenant=ours.tenant) is None
            assert await theirs.everything("a") == before
            await ours.finish()

    holds(stored_place, law, history=histories(verbs=MANY, at_most=10), policy=policies())
