"""All dialects of a server, in the order in which they are asked whose a path is."""

from collections.abc import Sequence
from typing import Final

from stampbook.dialects.altegio.dialect import ALTEGIO
from stampbook.dialects.native.dialect import NATIVE
from stampbook.dialects.site.dialect import Site
from stampbook.dialects.voucherify.dialect import VOUCHERIFY
from stampbook.edge.requests import Dialect

APIS: Final[Sequence[Dialect]] = (
    NATIVE,
    ALTEGIO,
    VOUCHERIFY,
)

DIALECTS: Final[Sequence[Dialect]] = (*APIS, Site(APIS))
"""The first words what belongs to none of them."""
