"""Addresses that have no page: strangers are asked to sign in first."""

from typing import NoReturn

from stampbook.console.faults import NotFound
from stampbook.console.view import View


async def nothing(view: View) -> NoReturn:
    """Raises NotFound."""
    raise NotFound
