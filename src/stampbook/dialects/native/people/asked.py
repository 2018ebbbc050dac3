"""What the request of an approval is about, and when two of them ask for the same."""

import re
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from json import dumps
from typing import Any, Final
from urllib.parse import parse_qsl

from msgspec import DecodeError
from msgspec.json import decode

from stampbook.dialects.native import ids
from stampbook.domain.model import split_number
from stampbook.programs.approvals import Asked

NAMES: Final = re.compile(r"\b(?:acc|txn|ord|vis|pur|mbr)_[0-9a-f]+\b")
"""The things by which pages ask what is about them."""

BESIDE: Final = frozenset({"reason", "dry_run", "preview_token"})
"""What makes no other act of a request."""

AMOUNTS: Final = frozenset({"amount", "points"})

ONCE: Final = frozenset({"cancel", "commit", "release", "undo", "void"})
"""The last word of paths whose act, where it is of the whole, is done once."""

DIGEST_BYTES: Final = 16


def named_in(asked: Asked) -> set[str]:
    """The ids of what the request acts upon; a transaction is also about its account."""
    found = set(NAMES.findall(f"{asked.path} {asked.body}"))
    for name in list(found):
        number = ids.read(ids.TRANSACTION, name)
        if number is not None:
            found.add(ids.write(ids.ACCOUNT, split_number(number)[0]))
    return found


def subject_of(asked: Asked, *, anyhow: bool) -> str | None:
    """A digest of what is asked for: the act, its target and its amount, without the reason, and
    however amounts are spelled. None if the same may be meant twice, as with two accruals.

    `anyhow`: nobody means it twice, as in the console, where each page has a key of its own.
    """
    path, _, query = asked.path.partition("?")
    try:
        body = decode(asked.body) if asked.body else {}
    except DecodeError:
        body = asked.body
    is_whole = isinstance(body, dict) and AMOUNTS.isdisjoint(body)
    if not (anyhow or (is_whole and path.rpartition("/")[2] in ONCE)):
        return None
    kept = sorted(each for each in parse_qsl(query) if each[0] not in BESIDE)
    text = dumps([asked.method, path, kept, _plain(body)], sort_keys=True)
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {
            name: _amount(each) if name in AMOUNTS else _plain(each)
            for name, each in value.items()
            if name not in BESIDE
        }
    return value


def _amount(value: Any) -> Any:
    try:
        if isinstance(value, str | int):
            return format(Decimal(value).normalize(), "f")
    except InvalidOperation:
        return value
    return _plain(value)
