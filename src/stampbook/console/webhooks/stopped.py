"""Webhooks that the server has disabled: every page says so to those who can enable them."""

from collections.abc import Sequence

from stampbook.console.api import Json
from stampbook.console.view import View
from stampbook.webhooks.endpoints import MOST


async def stopped(view: View) -> Sequence[Json]:
    """Those that the person sees; none for others than administrators."""
    if not view.can("admin"):
        return ()
    found = await view.api.get("/v1/webhooks", limit=MOST)
    return [each for each in found["data"] if each["disabled_reason"] is not None]
