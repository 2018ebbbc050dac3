"""Loading from SQLite: searches run to their end one by one, in one view of the database."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stampbook.domain.facts import AccountFacts
from stampbook.domain.model import ORIGINALS, PASSAGE
from stampbook.domain.state import lot_of_text
from stampbook.storage.gathering import Answers, Gathering, Need
from stampbook.storage.rows import identity_of, standing_of, sums_of, transaction_of
from stampbook.storage.statements import named_texts
from stampbook.storage.store import AccountFound, Demand

STATEMENTS: Mapping[str, str] = named_texts("sqlite")

_ORIGINALS: Final = frozenset(map(int, ORIGINALS))


def load(
    connection: sqlite3.Connection, shard: int, demands: Sequence[Demand]
) -> list[AccountFound]:
    """All that the demands ask for. The connection holds one view of the database."""
    return [_load(connection, shard, demand) for demand in demands]


def _load(connection: sqlite3.Connection, shard: int, demand: Demand) -> AccountFound:
    facts: AccountFacts | None = None
    states: Sequence[str] = ()
    if demand.opening:
        facts, states = _open(connection, shard, demand)
        if facts is None:
            return Gathering(demand, 0).found(demand)
    gathering = Gathering(demand, facts.seq if facts else demand.last)
    search = gathering.search()
    need = next(search, None)
    while need is not None:
        try:
            need = search.send(_look(connection, shard, need))
        except StopIteration:
            break
    return gathering.found(demand)._replace(facts=facts, states=states)


def _open(
    connection: sqlite3.Connection, shard: int, demand: Demand
) -> tuple[AccountFacts | None, Sequence[str]]:
    """Whose the account is, and its states from the newest whole one on."""
    place: dict[str, object] = {"shard": shard, "account": demand.account}
    account = connection.execute(STATEMENTS["account"], place).fetchone()
    if account is None:
        return None, ()
    facts = identity_of(account)
    place["upto"] = demand.last
    last = connection.execute(STATEMENTS["last_row"], place).fetchone()
    if last is None:
        return facts, ()
    facts = facts._replace(
        seq=last["seq"],
        clock=last["recorded_at"],
        head=last["hash"],
        state_seq=last["state_seq"],
        sums=sums_of(last),
    )
    place["upto"], place["state_seq"] = facts.seq, facts.state_seq
    return facts, [state for (state,) in connection.execute(STATEMENTS["states"], place)]


def _look(connection: sqlite3.Connection, shard: int, need: Need) -> Answers:
    """One step of a search."""
    place = {"shard": shard, "account": need.account, "upto": need.upto}

    def found(statement: str, **more: object) -> list[Any]:
        return connection.execute(STATEMENTS[statement], {**place, **more}).fetchall()

    return Answers(
        rows=[transaction_of(row) for seq in need.rows for row in found("row", seq=seq)],
        standings=[
            standing_of(row)
            for target in need.standings
            for row in found("standing", target=target)
        ],
        lots=[
            lot_of_text(closed)
            for lot in need.lots
            for (closed,) in found("lot", lot=lot)
            if closed is not None
        ],
        payers=[seq for lot in need.payers for (seq,) in found("payers", lot=lot)],
        histories={
            target: [seq for (seq,) in found("history", target=target)] for target in need.histories
        },
        subjects=[
            seq
            for subject in need.subjects
            for seq, kind in found("rows_of_subject", subject=subject)
            if kind in _ORIGINALS or subject.startswith(PASSAGE)
        ],
    )
