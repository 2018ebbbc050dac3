"""The examples of the OpenAPI description are what the API answers."""

from __future__ import annotations

import json

from stampbook.dialects.native.openapi import EXAMPLES
from stampbook.storage.store import Store
from tests.http.native.examples import BY_NAME, played


async def test_the_examples_are_what_is_answered(sqlite_store: Store) -> None:
    """If they are not: `python -m tests.http.native.examples` writes them."""
    found = await played(sqlite_store)
    assert found.keys() == BY_NAME.keys()
    assert found == json.loads(EXAMPLES.read_text("utf-8"))
