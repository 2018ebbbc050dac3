"""The columns of the ledger's tables, of accounts and of currencies, each declared once.

Statements name `{table}` for all columns of a table in this order, and `{table.alias}` for the
same with an alias before each; `with_columns` puts them in. Rows are bound to values by name. On
PostgreSQL the order of a table that batches write is the order of the table itself, since a
batch's records are texts of the table's own row type: a new column comes last.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from operator import itemgetter
from typing import Any, Final, NamedTuple, get_type_hints

Values = Sequence[Any]
Named = Mapping[str, Any]


class Table(NamedTuple):
    """A table's name and columns. Those before `texts` are numbers and booleans."""

    name: str
    numbers: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.numbers + self.texts

    def binder(self, *names: str) -> Callable[[Values], tuple[Any, ...]]:
        """Puts values that have these names, in their order, in the order of the columns.

        Of two values of one name the first counts. Raises ValueError for a column without one.
        """
        return itemgetter(*map(names.index, self.columns))

    def named(self, rows: Iterable[Values]) -> Iterator[Named]:
        """Rows whose values come in the order of the columns, by name."""
        columns = self.columns
        return (dict(zip(columns, row, strict=True)) for row in rows)

    def shared_with(self, kind: type[tuple[Any, ...]]) -> tuple[str, ...]:
        """The fields of a named tuple that are columns: they have the same name."""
        return tuple(name for name in get_type_hints(kind) if name in self.columns)

    def reader(self, kind: type[tuple[Any, ...]]) -> Callable[[Named], dict[str, Any]]:
        """Reads those fields of `kind` from a row, as arguments for its constructor.

        Booleans and enumerations are made of the numbers and texts that a database keeps.
        """
        names = self.shared_with(kind)
        values_of = itemgetter(*names)
        hints = get_type_hints(kind)
        made = [(name, make) for name in names if (make := _maker(hints[name])) is not None]

        def read(row: Named) -> dict[str, Any]:
            fields = dict(zip(names, values_of(row), strict=False))
            for name, make in made:
                fields[name] = make(fields[name])
            return fields

        return read

    def stored(self, value: tuple[Any, ...]) -> dict[str, Any]:
        """Those fields of a named tuple by column, as a database keeps them."""
        fields = {name: getattr(value, name) for name in self.shared_with(type(value))}
        return {
            name: field.value if isinstance(field, Enum) else field
            for name, field in fields.items()
        }


def _maker(hint: Any) -> Callable[[Any], Any] | None:
    """What makes a value of that type of the one in the database, if the two differ."""
    if hint is bool:
        return bool
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {member.value: member for member in hint}.__getitem__
    return None


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SUMS: Final = "pending available held spent expired revoked owed owed_held restored due_at"

TRANSACTIONS: Final = Table(
    "transactions",
    _columns(f"""
        account_id amount balance_before balance_after recorded_at effective_at shortfall
        {_SUMS}
        peer deadline_at slides_at api_key_id user_id
        seq target root link state_seq shard kind key_rows by_clock
    """),
    _columns("""
        hash postings terms state external_id reason actor metadata subject dialect request_id
        salt texts_digest key_digest fingerprint
    """),
)
"""All but `position`, which the store gives."""

SUMS: Final = Table("sums", _columns(_SUMS), ())
"""The account's sums, which are columns of `transactions`."""

ROWS: Final = TRANSACTIONS._replace(
    name="rows", texts=tuple(name for name in TRANSACTIONS.texts if name != "state")
)
"""The same without the state, which may be long and of which a transaction has no need."""

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
        account_id tenant_id program_id currency_id member_id created_at
        version shard status is_primary merged_into
    """),
    ("number",),
)
"""All but `due_at`, which is the worker's."""

CURRENCIES: Final = Table(
    "currencies",
    _columns("""
        currency_id program_id tenant_id scale version
        grace_s cancel_window_s overdraft temporary_timeout_s created_at updated_at
    """),
    _columns("name code policy spent_accrual expired_restore metadata"),
)

TABLES: Final = {
    table.name: table
    for table in (
        TRANSACTIONS,
        LOT_ROWS,
        STANDINGS,
        REPEATED_KEYS,
        EXTERNAL_IDS,
        ACCOUNTS,
        CURRENCIES,
    )
}

_LISTS: Final = {**TABLES, ROWS.name: ROWS, SUMS.name: SUMS}
_NAMED: Final = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


def with_columns(sql: str) -> str:
    """The statement with the columns of each `{table}`; `{table.?}` is a `?` for each."""

    def columns(match: re.Match[str]) -> str:
        names = _LISTS[match.group(1)].columns
        alias = match.group(2)
        return ", ".join(names if alias is None else (f"{alias}.{name}" for name in names))

    return _PLACES.sub(
        lambda match: ", ".join("?" for _ in TABLES[match.group(1)].columns),
        _NAMED.sub(columns, sql),
    )


_PLACES: Final = re.compile(r"\{(\w+)\.\?\}")
