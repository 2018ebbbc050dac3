"""Addresses of pages that others lead to."""

from collections.abc import Sequence
from typing import Final


def cancel_path(transactions: Sequence[str]) -> str:
    """The preview of a cancel of transactions that belong together: all of them, or none."""
    first, *others = transactions
    return f"/console/transactions/{first}/cancel" + (f"?also={','.join(others)}" if others else "")


PLACES: Final = {
    "member": "members",
    "account": "accounts",
    "order": "orders",
    "visit": "visits",
    "transaction": "transactions",
    "lot": "lots",
    "program": "programs",
    "currency": "currencies",
}
"""Where what a search found has its page, by its kind."""


def path_of(kind: str, name: str) -> str:
    """The page of a thing of that kind and id."""
    return f"/console/{PLACES[kind]}/{name}"
