"""Loading from PostgreSQL: a few statements for a whole batch, each one view of the database."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol

from stampbook.pacing import LARGE, apart
from stampbook.storage.gathering import Gathering
from stampbook.storage.rows import Values, row_of
from stampbook.storage.statements import Statement, named_texts, numbered
from stampbook.storage.store import AccountFound, Demand, SaveConflict

MAX_TRIES = 20
"""An account that changes between every two of so many reads is written to by a loop."""

STATEMENTS: Mapping[str, Statement] = {
    name: numbered(text) for name, text in named_texts("postgres").items()
}

Versions = dict[int, int]
"""Accounts' versions as one statement saw them."""


class Fetching(Protocol):
    """Something that runs a named statement on some connection."""

    async def __call__(self, name: str, values: Mapping[str, object]) -> list[Any]: ...


async def load(fetch: Fetching, shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
    """All that the demands ask for; what belongs to one account is of one version of it."""
    for _ in range(MAX_TRIES):
        loading = _Loading(fetch, shard, demands)
        if await loading.run():
            return [loading.gatherings[demand.account].found(demand) for demand in demands]
    raise SaveConflict("accounts change faster than they can be read")


class _Loading:
    """One attempt. The statements run side by side; their versions tell whether they agree."""

    def __init__(self, fetch: Fetching, shard: int, demands: Sequence[Demand]) -> None:
        self.fetch = fetch
        self.shard = shard
        self.demands = demands
        self.gatherings = {demand.account: Gathering() for demand in demands}

    async def run(self) -> bool:
        """Whether all that was read of each account is of one version."""
        parts: list[Coroutine[Any, Any, Versions]] = []
        opening = [demand.account for demand in self.demands if demand.opening]
        if opening:
            parts.append(self._open(opening))
        named = [demand for demand in self.demands if _names_facts(demand)]
        if named:
            parts.append(self._load_facts(named))
        for window in ("spendable", "waiting", "deadlines"):
            paged = [demand for demand in self.demands if window in demand.after]
            if paged:
                keys = {demand.account: demand.after[window] for demand in paged}
                parts.append(self._page(f"page_{window}", window, keys))
        versions = list(await asyncio.gather(*parts)) if len(parts) > 1 else [await parts[0]]
        sliding = {
            account: key
            for account, gathering in self.gatherings.items()
            if gathering.slides and (key := gathering.horizons["spendable"]) is not None
        }
        if sliding:
            versions.append(await self._page("rest_of_spendable", "spendable", sliding))
        return self._agree(versions)

    def _agree(self, seen: Iterable[Versions]) -> bool:
        for versions in seen:
            for account, version in versions.items():
                gathering = self.gatherings[account]
                if gathering.version not in (0, version):
                    return False
                gathering.version = version
        return True

    async def _open(self, accounts: Sequence[int]) -> Versions:
        found = await self.fetch("open_accounts", {"shard": self.shard, "accounts": accounts})
        versions: Versions = {}
        for values in map(tuple, found):
            if values[1] is None:
                continue
            gathering = self.gatherings[values[0]]
            versions[values[0]] = gathering.open(values[1:26]).version
            for name, page in zip(("spendable", "waiting", "deadlines"), values[26:], strict=False):
                gathering.add_window(name, page)
            for part in values[29]:
                gathering.add_part(*part)
            gathering.horizons["owing"] = None
        return versions

    async def _load_facts(self, demands: Sequence[Demand]) -> Versions:
        (found,) = await self.fetch("load_facts", _facts_values(self.shard, demands))
        if len(found[3]) + len(found[4]) > LARGE:
            return await apart(self._take_facts, found)
        return self._take_facts(found)

    def _take_facts(self, found: Sequence[Any]) -> Versions:
        rows, movements, payees, parts, lots, versions = found
        for values in rows:
            self.gatherings[values[0]].rows[values[1]] = row_of(values)
        for account, *values in movements:
            self.gatherings[account].add_movement(values)
        for account, *part in parts:
            self.gatherings[account].add_part(*part)
        for account, seq, held in payees:
            self.gatherings[account].add_payee(seq, held=bool(held))
        for account, *values in lots:
            self.gatherings[account].add_lot(values)
        return dict(versions)

    async def _page(
        self, statement: str, window: str, keys: Mapping[int, tuple[int, int]]
    ) -> Versions:
        values = {
            "shard": self.shard,
            "accounts": list(keys),
            "instants": [instant for instant, _ in keys.values()],
            "seqs": [seq for _, seq in keys.values()],
        }
        versions: Versions = {}
        whole = statement == "rest_of_spendable"
        for account, version, page in await self.fetch(statement, values):
            versions[account] = version
            self.gatherings[account].add_window(window, page, whole=whole)
        return versions


def _names_facts(demand: Demand) -> bool:
    named = demand.rows or demand.subjects or demand.lots or demand.payers_of or demand.payees
    return bool(named) or not (demand.opening or demand.after)


def _facts_values(shard: int, demands: Sequence[Demand]) -> dict[str, object]:
    rows = [(demand.account, seq) for demand in demands for seq in demand.rows]
    subjects = [(demand.account, subject) for demand in demands for subject in demand.subjects]
    lots = [(demand.account, lot) for demand in demands for lot in demand.lots]
    payers = [(demand.account, lot) for demand in demands for lot in demand.payers_of]
    payees = [(demand.account, seq) for demand in demands for seq in demand.payees]
    return {
        "shard": shard,
        "accounts": [demand.account for demand in demands],
        **_columns(("row_accounts", "row_seqs"), rows),
        **_columns(("subject_accounts", "subjects"), subjects),
        **_columns(("lot_accounts", "lots"), lots),
        **_columns(("payer_accounts", "payers"), payers),
        **_columns(("payee_accounts", "payees"), payees),
    }


def _columns(names: Sequence[str], tuples: Sequence[Values]) -> dict[str, object]:
    columns = [list(column) for column in zip(*tuples, strict=True)] or [[] for _ in names]
    return dict(zip(names, columns, strict=True))
