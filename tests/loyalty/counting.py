"""Counts what a store is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from stampbook.storage.store import Store

READS = ("fetch", "fetch_one", "load", "policies", "find_guards", "find_external_ids", "find_keys")
ASKED = (*READS, "execute", "transaction", "snapshot", "save")


@contextmanager
def counted(store: Store) -> Iterator[Counter[str]]:
    """How often each method of the store is called."""
    calls: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as patching:
        for name in ASKED:
            patching.setattr(store, name, _counting(calls, name, getattr(store, name)))
        yield calls


def _counting(calls: Counter[str], name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: object, **named: object) -> Any:
        calls[name] += 1
        return method(*given, **named)

    return call
