"""The reports as tables for spreadsheets: what the native API answers as CSV."""

from stampbook.console.faults import NotFound
from stampbook.console.reports.asked import Asked, asked
from stampbook.console.reports.pages import BY
from stampbook.console.results import Sent
from stampbook.console.view import View

MEDIA_TYPE = "text/csv; charset=utf-8"


async def liability(view: View) -> Sent:
    """Raises NotFound, Problem."""
    ask = await _asked(view)
    ask.instant()
    return await _sent(ask, "liability")


async def expiring(view: View) -> Sent:
    """Raises NotFound, Problem."""
    ask = await _asked(view)
    ask.span(0, 89)
    return await _sent(ask, "expiring")


async def activity(view: View) -> Sent:
    """Raises NotFound, Problem."""
    ask = await _asked(view)
    ask.span(-29, 0)
    ask.choice("by", tuple(BY))
    return await _sent(ask, "activity")


async def breakage(view: View) -> Sent:
    """Raises NotFound, Problem."""
    ask = await _asked(view)
    ask.span(-364, 0)
    ask.instant()
    return await _sent(ask, "breakage")


async def _asked(view: View) -> Asked:
    ask = await asked(view)
    if ask is None:
        raise NotFound
    return ask


async def _sent(ask: Asked, name: str) -> Sent:
    content = await ask.view.api.sheet(f"{ask.chosen.path}/{name}", **ask.params)
    named = f'attachment; filename="{name}.csv"'.encode()
    return Sent(
        content,
        MEDIA_TYPE,
        ((b"content-disposition", named), (b"cache-control", b"no-store")),
    )
