"""The examples of the OpenAPI description are what the API answers."""

from __future__ import annotations

import json

from stampbook.storage.store import Store
from tests.http.native.examples import EXAMPLES, played


async def test_the_examples_are_what_is_answered(sqlite_store: Store) -> None:
    """If they are not: `python -m tests.http.native.examples` writes them."""
    assert await played(sqlite_store) == json.loads(EXAMPLES.read_text("utf-8"))
