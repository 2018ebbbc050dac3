"""The whole naive model."""

from __future__ import annotations

from tests.model.loyalty.refunds import Refunds


class Shop(Refunds):
    """A program with everything that rules.md describes."""
