"""What Citus says of a node that it has lost: an error of the database, or a lost connection."""

from __future__ import annotations

import asyncpg
import pytest

from stampbook.storage.postgres.faults import LOST, of_node


@pytest.mark.parametrize(
    ("said", "is_lost"),
    [
        ("failure on connection marked as essential: db1:5432", True),
        ("server closed the connection unexpectedly", True),
        ("connection not open", True),
        ("cache lookup failed for relation 16403", False),
        ("unexpected node type", False),
    ],
)
def test_a_lost_node_is_a_lost_connection(said: str, is_lost: bool) -> None:
    error = of_node(asyncpg.InternalServerError(said))
    assert isinstance(error, LOST) is is_lost
    assert str(error) == said
