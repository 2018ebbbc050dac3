"""What the user may do, and the chains that he sees (section 14)."""

from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath

from stampbook.http.altegio.access import (
    ADMIN,
    READ,
    WRITE,
    AnyRequest,
    context_of,
    location_of,
    require,
    visitor_of,
)
from stampbook.http.altegio.answers import enveloped
from stampbook.programs import programs as chains
from stampbook.visits import locations

MAX_CHAINS: Final = 1_000
MAX_LOCATIONS: Final = 10_000


@get("/user/permissions/{location_id:str}")
async def permissions(request: AnyRequest, location_id: FromPath[str]) -> Response[bytes]:
    """The rights that concern loyalty, as booleans."""
    visitor = await visitor_of(request)
    await location_of(request, visitor, location_id, READ)
    may_write = visitor.may(WRITE)
    loyalty = {
        "loyalty_access": visitor.may(READ),
        "has_loyalty_access": visitor.may(READ),
        "loyalty_cards_manual_transactions_access": may_write,
        "has_loyalty_cards_manual_transactions_access": may_write,
        "loyalty_certificate_and_abonement_manual_transactions_access": False,
        "loyalty_cards_issue_and_removal_access": visitor.may(ADMIN),
    }
    return enveloped({"loyalty": loyalty})


@get("/groups")
async def groups(request: AnyRequest) -> Response[bytes]:
    """The chains in which the user has any right, with their locations."""
    visitor = await visitor_of(request)
    require(visitor, READ)
    store = context_of(request).store
    found: list[dict[str, Any]] = []
    for chain in await chains.page(store, tenant=visitor.tenant, limit=MAX_CHAINS):
        if not visitor.near(chain.program_id):
            continue
        own = await locations.page(
            store, tenant=visitor.tenant, program=chain.program_id, limit=MAX_LOCATIONS
        )
        whole = visitor.in_chain(chain.program_id)
        found.append(
            {
                "id": chain.program_id,
                "title": chain.name,
                "companies": [
                    {"id": each.number, "title": each.title}
                    for each in own
                    if visitor.in_location(each)
                ],
                "access": {
                    "settings_access": _flag(whole and visitor.may(ADMIN)),
                    "clients_access": _flag(whole),
                    "users_access": _flag(whole and visitor.may(ADMIN)),
                    "loyalty_access": _flag(whole),
                    "loyalty_cards_manual_transactions_access": _flag(whole and visitor.may(WRITE)),
                    "network_services_access": _flag(False),
                },
            }
        )
    return enveloped(found)


def _flag(value: bool) -> str:
    return "1" if value else "0"


routes = [permissions, groups]
