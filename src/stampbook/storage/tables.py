"""The columns of the ledger's tables, each declared once.

The statements of storage/sql name `{table}` for all columns of a table in this order, and
`{table.alias}` for the same with an alias before each. On PostgreSQL it is the order of the table
itself, since a batch's records are texts of the table's own row type: a new column comes last.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

Values = Sequence[Any]


class Table(NamedTuple):
    """A table's name and columns. Those before `texts` are numbers and booleans."""

    name: str
    numbers: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.numbers + self.texts

    def binder(self) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        """Puts values by name in the order of the columns. Raises KeyError for one that lacks."""
        return itemgetter(*self.columns)

    def named(self, rows: Iterable[Values]) -> Iterator[Mapping[str, Any]]:
        """Rows whose values come in the order of the columns, by name."""
        columns = self.columns
        return (dict(zip(columns, row, strict=True)) for row in rows)


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TRANSACTIONS: Final = Table(
    "transactions",
    _columns("""
        account_id amount balance_before balance_after recorded_at effective_at shortfall
        pending available held spent expired revoked owed owed_held restored due_at
        peer deadline_at slides_at api_key_id user_id
        seq target root link state_seq shard kind key_rows by_clock
    """),
    _columns("""
        hash postings terms state external_id reason actor metadata subject dialect request_id
        salt texts_digest key_digest fingerprint
    """),
)
"""All but `position`, which the store gives."""

LOT_ROWS: Final = Table("lot_rows", _columns("account_id lot seq shard"), ("closed",))

STANDINGS: Final = Table(
    "standings",
    _columns("""
        account_id base cancelled deadline_at target seq committed_by released_by cancelled_by
        shard status
    """),
    ("parts",),
)

REPEATED_KEYS: Final = Table(
    "repeated_keys",
    _columns("account_id seq count shard already"),
    _columns("key_digest fingerprint"),
)

EXTERNAL_IDS: Final = Table(
    "external_ids",
    _columns("program_id account_id seq shard"),
    _columns("fingerprint external_id"),
)

ACCOUNTS: Final = Table(
    "accounts",
    _columns("""
        account_id tenant_id program_id currency_id member_id version shard status
    """),
    (),
)
"""What the ledger reads of an account; its directory has more."""

TABLES: Final = {
    table.name: table
    for table in (TRANSACTIONS, LOT_ROWS, STANDINGS, REPEATED_KEYS, EXTERNAL_IDS, ACCOUNTS)
}

_NAMED: Final = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


def with_columns(sql: str) -> str:
    """The statement with the columns of each `{table}`; `{table.?}` is a `?` for each."""

    def columns(match: re.Match[str]) -> str:
        names = TABLES[match.group(1)].columns
        alias = match.group(2)
        return ", ".join(names if alias is None else (f"{alias}.{name}" for name in names))

    return _PLACES.sub(
        lambda match: ", ".join("?" for _ in TABLES[match.group(1)].columns),
        _NAMED.sub(columns, sql),
    )


_PLACES: Final = re.compile(r"\{(\w+)\.\?\}")
