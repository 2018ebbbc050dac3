"""Loading from PostgreSQL: one statement takes all searches of a batch one step further."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from stampbook.domain.model import ORIGINALS
from stampbook.domain.state import lot_of_text
from stampbook.pacing import LARGE, apart
from stampbook.storage.gathering import Answers, Gathering, Need, Search
from stampbook.storage.rows import identity_of, standing_of, sums_of, transaction_of
from stampbook.storage.statements import Statement, named_texts, numbered
from stampbook.storage.store import AccountFound, Demand
from stampbook.storage.tables import ROWS, STANDINGS

STATEMENTS: Mapping[str, Statement] = {
    name: numbered(text) for name, text in named_texts("postgres").items()
}

_ORIGINALS: Final = sorted(map(int, ORIGINALS))


Searches = Mapping[int, tuple[Search, Need]]
"""Unfinished searches by account, with what each needs."""


class Fetching(Protocol):
    """Something that runs a named statement on some connection."""

    async def __call__(self, name: str, values: Mapping[str, object]) -> list[Any]: ...


async def load(fetch: Fetching, shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
    """All that the demands ask for."""
    opened = await _open(fetch, shard, [demand for demand in demands if demand.opening])
    gatherings = []
    for demand in demands:
        found = opened.get(demand.account)
        upto = found.facts.seq if found and found.facts else demand.last
        gatherings.append(Gathering(demand, upto))
    await _search(fetch, shard, gatherings)
    answers: list[AccountFound] = []
    for gathering in gatherings:
        answer = gathering.found(gathering.demand)
        found = opened.get(answer.account)
        if found is not None:
            answer = answer._replace(facts=found.facts, states=found.states)
        answers.append(answer)
    return answers


async def _open(fetch: Fetching, shard: int, demands: Sequence[Demand]) -> dict[int, AccountFound]:
    if not demands:
        return {}
    values = {
        "shard": shard,
        "accounts": [demand.account for demand in demands],
        "uptos": [demand.last for demand in demands],
    }
    opened: dict[int, AccountFound] = {}
    for row in await fetch("open_accounts", values):
        facts = identity_of(row)
        if row["seq"] is not None:
            facts = facts._replace(
                seq=row["seq"],
                clock=row["recorded_at"],
                head=row["hash"],
                state_seq=row["state_seq"],
                sums=sums_of(row),
            )
        opened[row["wanted"]] = AccountFound(
            facts.number, facts, row["states"] or (), (), (), (), (), frozenset()
        )
    return opened


async def _search(fetch: Fetching, shard: int, gatherings: Sequence[Gathering]) -> None:
    """Finish every search, all of them step by step together."""
    searches = [(each.search(), each.demand.account) for each in gatherings]
    begun = ((account, search, next(search, None)) for search, account in searches)
    wanted: Searches = {each: (search, need) for each, search, need in begun if need is not None}
    while wanted:
        asked = [need for _, need in wanted.values()]
        (found,) = await fetch("look", _look_values(shard, asked))
        size = sum(len(part) for part in found)
        wanted = await apart(_next, wanted, found) if size > LARGE else _next(wanted, found)


def _next(searches: Searches, found: Any) -> Searches:
    """The searches that need more after these answers, and their needs."""
    answers = _sorted_out(found)
    needs: dict[int, tuple[Search, Need]] = {}
    for account, (search, _) in searches.items():
        with suppress(StopIteration):
            needs[account] = search, search.send(answers.get(account, Answers()))
    return needs


def _sorted_out(found: Any) -> dict[int, Answers]:
    """The parts of an answer by account."""
    by_account: dict[int, dict[str, Any]] = {}

    def of(account: int) -> dict[str, Any]:
        return by_account.setdefault(
            account,
            {
                "rows": [],
                "standings": [],
                "lots": [],
                "payers": [],
                "histories": {},
                "subjects": [],
            },
        )

    for row in ROWS.named(found["rows"]):
        of(row["account_id"])["rows"].append(transaction_of(row))
    for row in STANDINGS.named(found["standings"]):
        of(row["account_id"])["standings"].append(standing_of(row))
    for account, closed in found["lots"]:
        of(account)["lots"].append(lot_of_text(closed))
    for account, seq in found["payers"]:
        of(account)["payers"].append(seq)
    for account, target, seq in found["histories"]:
        of(account)["histories"].setdefault(target, []).append(seq)
    for account, seq in found["subjects"]:
        of(account)["subjects"].append(seq)
    return {account: Answers(**parts) for account, parts in by_account.items()}


def _look_values(shard: int, needs: Sequence[Need]) -> dict[str, object]:
    def listed(of: Callable[[Need], Iterable[Any]]) -> tuple[list[int], list[Any], list[int]]:
        triples = [(need.account, each, need.upto) for need in needs for each in of(need)]
        accounts, names, uptos = zip(*triples, strict=True) if triples else ((), (), ())
        return list(accounts), list(names), list(uptos)

    row_accounts, row_seqs, _ = listed(lambda need: need.rows)
    standing_accounts, targets, standing_uptos = listed(lambda need: need.standings)
    lot_accounts, lots, lot_uptos = listed(lambda need: need.lots)
    payer_accounts, payers, payer_uptos = listed(lambda need: need.payers)
    history_accounts, histories, history_uptos = listed(lambda need: need.histories)
    subject_accounts, subjects, subject_uptos = listed(lambda need: need.subjects)
    return {
        "shard": shard,
        "row_accounts": row_accounts,
        "row_seqs": row_seqs,
        "standing_accounts": standing_accounts,
        "targets": targets,
        "standing_uptos": standing_uptos,
        "lot_accounts": lot_accounts,
        "lots": lots,
        "lot_uptos": lot_uptos,
        "payer_accounts": payer_accounts,
        "payers": payers,
        "payer_uptos": payer_uptos,
        "history_accounts": history_accounts,
        "histories": histories,
        "history_uptos": history_uptos,
        "subject_accounts": subject_accounts,
        "subjects": subjects,
        "subject_uptos": subject_uptos,
        "originals": _ORIGINALS,
    }
