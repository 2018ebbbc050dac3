"""What arguments may be: amounts, instants, files, and the options of every write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypedDict

Amount: TypeAlias = Decimal | int | str
"""A decimal number: `Decimal("399.50")`, `"399.50"` or 399. Floats are refused with TypeError."""

Instant: TypeAlias = datetime | str
"""An aware datetime, or the text that the API takes. A naive datetime is refused: ValueError."""

File: TypeAlias = bytes | Path | BinaryIO
"""What is uploaded. A file object must be seekable, so that it can be sent again."""


class WriteOptions(TypedDict, total=False):
    """What every write accepts beside its own arguments."""

    idempotency_key: str
    """One key for one act, up to 255 characters. The client makes one for each call; give your own
    if the act may be repeated by another call, for instance after a restart."""
    actor: str
    """Who asked for it, kept in the journal."""
    dry_run: bool
    """True: the full answer, and nothing is written."""
    expected_seq: Mapping[str, int]
    """Write only while these are the last rows of the accounts: `{"acc_7f": 12}`."""


class PageParams(TypedDict, total=False):
    """Of a list without filters."""

    limit: int
    """Entries on a page: 1 to 200. The list goes on with the next page by itself."""
