"""Whether the program has compiled modules, and the tests that cannot be run then."""

from __future__ import annotations

import pytest

import stampbook.ledger.engine

COMPILED = not str(stampbook.ledger.engine.__file__).endswith(".py")

interpreted = pytest.mark.skipif(
    COMPILED, reason="NOT RUN: compiled modules are neither traced nor changed while they run"
)
"""A test that looks at frames of the program, or changes its sources."""
