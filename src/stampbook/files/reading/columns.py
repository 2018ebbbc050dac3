"""Which columns the rows of each kind have."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

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


def is_known(kind: Kind, column: str) -> bool:
    """Whether rows of the kind have the column."""
    return column in COLUMNS[kind] or (column.startswith(METADATA) and len(column) > len(METADATA))


def who_columns(kind: Kind) -> tuple[str, ...]:
    """The columns of the kind by which members are found."""
    if kind is Kind.TRANSACTIONS:
        return (MEMBER_EXTERNAL_ID, *WHO[1:])
    return WHO


def fault_of(kind: Kind, columns: Iterable[str], ignore: frozenset[str]) -> tuple[str, str] | None:
    """What is wrong with the columns of a file: the column, and a sentence."""
    listed = list(columns)
    for column in listed:
        if column not in ignore and not is_known(kind, column):
            return column, f"there is no column {column!r} for {kind}; declare ignore={column}"
        if listed.count(column) > 1:
            return column, f"the column {column!r} is there twice"
    for column in REQUIRED[kind]:
        if column not in listed:
            return column, f"the column {column!r} is missing"
    if not any(column in listed for column in who_columns(kind)):
        return who_columns(kind)[0], f"one of the columns {', '.join(who_columns(kind))} is needed"
    return None
