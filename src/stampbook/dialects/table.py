"""All dialects of a server, in the order in which they are asked whose a path is."""

from collections.abc import Sequence
from typing import Final

from stampbook.console.dialect import CONSOLE
from stampbook.dialects.altcraft.dialect import ALTCRAFT
from stampbook.dialects.altegio.dialect import ALTEGIO
from stampbook.dialects.native.dialect import NATIVE
from stampbook.dialects.site.dialect import Site
from stampbook.dialects.voucherify.dialect import VOUCHERIFY
from stampbook.edge.requests import Dialect
from stampbook.settings import Settings

APIS: Final[Sequence[Dialect]] = (NATIVE, ALTCRAFT, ALTEGIO, VOUCHERIFY)

DIALECTS: Final[Sequence[Dialect]] = (*APIS, CONSOLE, Site(APIS, has_console=True))
"""The first words what belongs to none of them."""

WITHOUT_CONSOLE: Final[Sequence[Dialect]] = (*APIS, Site(APIS, has_console=False))


def dialects_of(settings: Settings) -> Sequence[Dialect]:
    """What a server with these settings serves."""
    return DIALECTS if settings.console == "on" else WITHOUT_CONSOLE
