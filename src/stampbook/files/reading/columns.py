"""Which columns the rows of each kind have."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

METADATA: Final = "metadata."
"""What the columns of a member's metadata begin with; the key follows."""


class Kind(StrEnum):
    """What the rows of a file are."""

    MEMBERS = "members"
    LOTS = "lots"
    BALANCES = "balances"
    TRANSACTIONS = "transactions"


PERSON: Final = (
    "external_id", "email", "phone", "name", "status", "created_at", "card_number",
)  # fmt: skip
"""The columns that say who it is. In files of transactions the external id of the member has the
column `member_external_id`, since `external_id` is that of the transaction."""

MEMBER_EXTERNAL_ID: Final = "member_external_id"

WHO: Final = ("external_id", "phone", "email")
"""By which a member is found; a row needs one of them."""

COLUMNS: Final = {
    Kind.MEMBERS: (*PERSON, "currency"),
    Kind.LOTS: (
        *PERSON, "currency", "amount", "lot_id", "issued_at", "activates_at", "expires_at",
        "reason",
    ),
    Kind.BALANCES: (*PERSON, "currency", "amount", "expires_at"),
    Kind.TRANSACTIONS: (
        MEMBER_EXTERNAL_ID, *PERSON, "currency", "type", "amount", "at", "expires_at",
        "activates_at", "cancels", "reason",
    ),
}  # fmt: skip

REQUIRED: Final = {
    Kind.MEMBERS: (),
    Kind.LOTS: ("currency", "amount"),
    Kind.BALANCES: ("currency", "amount"),
    Kind.TRANSACTIONS: ("currency", "external_id", "type", "amount", "at"),
}
"""Columns that a file must have; of `who_columns`, it must have one."""


class Sheet(NamedTuple):
    """The columns of a file: which there may be, which there must be, and of which one is enough.
    `open`: further ones whose names begin so."""

    known: tuple[str, ...]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    open: str | None = METADATA

    def has(self, column: str) -> bool:
        """Whether it may have the column."""
        if column in self.known:
            return True
        return self.open is not None and column.startswith(self.open) and column != self.open


def is_known(kind: Kind, column: str) -> bool:
    """Whether rows of the kind have the column."""
    return SHEETS[kind].has(column)


def who_columns(kind: Kind) -> tuple[str, ...]:
    """The columns of the kind by which members are found."""
    if kind is Kind.TRANSACTIONS:
        return (MEMBER_EXTERNAL_ID, *WHO[1:])
    return WHO


SHEETS: Final = {kind: Sheet(COLUMNS[kind], REQUIRED[kind], who_columns(kind)) for kind in Kind}
"""Of our own files."""


def fault_of(
    sheet: Sheet, kind: Kind, columns: Iterable[str], ignore: frozenset[str]
) -> tuple[str, str, str] | None:
    """What is wrong with the columns of a file: the column, a code and a sentence."""
    listed = list(columns)
    for column in listed:
        if column not in ignore and not sheet.has(column):
            return (
                column,
                "unknown_column",
                f"there is no column {column!r} for {kind}; declare ignore={column}",
            )
        if listed.count(column) > 1:
            return column, "duplicate_column", f"the column {column!r} is there twice"
    for column in sheet.required:
        if column not in listed:
            return column, "missing_column", f"the column {column!r} is missing"
    if sheet.one_of and not any(column in listed for column in sheet.one_of):
        return (
            sheet.one_of[0],
            "missing_column",
            f"one of the columns {', '.join(sheet.one_of)} is needed",
        )
    return None
