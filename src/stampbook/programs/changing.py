"""Writing only the columns that were asked to change: two edits at once both stand."""

from collections.abc import Mapping


def assignments(changes: Mapping[str, object], editable: frozenset[str], *, first: int) -> str:
    """`name = $4, status = $5` for an UPDATE whose parameters from `first` on are the values.

    Column names come from `editable`, never from a request. Raises ValueError otherwise.
    """
    unknown = changes.keys() - editable
    if unknown:
        raise ValueError(f"not editable: {sorted(unknown)}")
    return ", ".join(f"{column} = ${first + at}" for at, column in enumerate(changes))
