"""A real store that notes what it is asked, and caches as a ledger has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from stampbook.domain.commands import Command
from stampbook.domain.policy import Policy
from stampbook.ledger.cache import MAX_BOOKS, MAX_ROWS, Cache, Names
from stampbook.ledger.knowing import Knowing
from stampbook.ledger.submission import Submission
from stampbook.storage.store import (
    AccountFound,
    Batch,
    Demand,
    ExternalIdRow,
    Key,
    KeyRow,
    Store,
)


class Noting:
    """A store. `asked` has what it was asked since it was last read, `saved` all that it saved."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: list[tuple[str, object]] = []
        self.saved: list[Sequence[Batch]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def asked(self) -> list[tuple[str, object]]:
        """What it was asked since this was called last."""
        asked, self._asked = self._asked, []
        return asked

    async def load(self, shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        self._asked.append(("load", list(demands)))
        return await self._store.load(shard, demands)

    async def save(self, batches: Sequence[Batch]) -> None:
        await self._store.save(batches)
        self.saved.append(batches)

    async def policies(self, currencies: Sequence[int]) -> list[Policy]:
        self._asked.append(("policies", list(currencies)))
        return await self._store.policies(currencies)

    async def find_keys(self, keys: Sequence[Key]) -> list[KeyRow]:
        self._asked.append(("keys", [key.text for key in keys]))
        return await self._store.find_keys(keys)

    async def find_external_ids(self, ids: Sequence[tuple[int, str]]) -> list[ExternalIdRow]:
        self._asked.append(("external ids", [name for _, name in ids]))
        return await self._store.find_external_ids(ids)

    async def find_guards(self, subjects: Sequence[str]) -> dict[str, int]:
        self._asked.append(("guards", list(subjects)))
        return await self._store.find_guards(subjects)


class Swollen(Noting):
    """A store that answers with `rows` rows more, and a state of `state` characters."""

    rows = state = 0

    async def load(self, shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        (found,) = await super().load(shard, demands)
        (text,) = found.states
        rows = [*found.rows, *(list(found.rows[:1]) * self.rows)]
        return [found._replace(rows=rows, states=[text.ljust(self.state)])]


class Memory:
    """The caches of a ledger, for one round after the other."""

    def __init__(
        self,
        store: Store,
        *,
        max_books: int = MAX_BOOKS,
        max_rows: int = MAX_ROWS,
    ) -> None:
        names = Names()
        self.store = Noting(store)
        self.caches = [Cache(names, max_books, max_rows) for _ in range(store.shards)]

    def round(self) -> Knowing:
        """What a new round knows."""
        return Knowing(cast(Store, self.store), self.caches)

    async def loaded(self, *accounts: int) -> Knowing:
        """A round that has read these accounts anew."""
        knowing = self.round()
        knowing.lacking = dict.fromkeys(accounts)
        await knowing.load()
        self.store.asked()
        return knowing


def asking(account: int, *commands: Command, **more: Any) -> Submission:
    """A request of tenant 1."""
    return Submission(1, account, commands, **more)


def lacking(knowing: Knowing) -> Mapping[int, Sequence[int] | None]:
    """The rows that each account lacks; None: the account itself."""
    return {
        account: None if lack is None else sorted(lack.rows)
        for account, lack in knowing.lacking.items()
    }
