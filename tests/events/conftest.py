"""The stores of the laws."""

from __future__ import annotations

from tests.laws.conftest import stored_place

__all__ = ["stored_place"]
