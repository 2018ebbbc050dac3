"""Addresses of pages that others lead to."""

from collections.abc import Sequence


def cancel_path(transactions: Sequence[str]) -> str:
    """The preview of a cancel of transactions that belong together: all of them, or none."""
    first, *others = transactions
    return f"/console/transactions/{first}/cancel" + (f"?also={','.join(others)}" if others else "")
