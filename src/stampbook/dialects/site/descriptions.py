"""The OpenAPI descriptions of all APIs, each made when it is first asked for."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from msgspec.json import encode

from stampbook.dialects.altcraft import openapi as altcraft
from stampbook.dialects.altegio import openapi as altegio
from stampbook.dialects.describing import Description, document
from stampbook.dialects.native import openapi as native
from stampbook.dialects.site.call import PageCall
from stampbook.dialects.voucherify import openapi as voucherify
from stampbook.edge.answers import JSON, Answer
from stampbook.edge.operations import Operation
from stampbook.edge.requests import Dialect
from stampbook.pacing import apart

DESCRIPTIONS: Final[Mapping[str, Description]] = {
    "native": native.DESCRIPTION,
    "altegio": altegio.DESCRIPTION,
    "voucherify": voucherify.DESCRIPTION,
    "altcraft": altcraft.DESCRIPTION,
}
"""By the names of the dialects."""


def address_of(api: Dialect) -> str:
    """Where the API's description is served."""
    return "/openapi.json" if api.name == "native" else f"/openapi/{api.name}.json"


def operations_of(apis: Sequence[Dialect]) -> list[Operation]:
    """The pages on which the APIs' descriptions are."""
    return [
        Operation(
            name=f"describe_{api.name}",
            method="GET",
            paths=(address_of(api),),
            handler=partial(_described, api, []),
            public=True,
            summary=f"The OpenAPI 3.1 description: {DESCRIPTIONS[api.name].title}",
        )
        for api in apis
    ]


async def _described(api: Dialect, made: list[bytes], call: PageCall) -> Answer:
    if not made:
        made.append(encode(await apart(document, DESCRIPTIONS[api.name], api.operations)))
    return Answer(200, made[0], (JSON,))
