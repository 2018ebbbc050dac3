"""What the user may do, and the chains that they see."""

from typing import Any, Final

from stampbook.dialects.altegio.call import Call, is_of_twin
from stampbook.dialects.altegio.finding import location_of
from stampbook.domain.policy import to_datetime
from stampbook.programs import programs as chains
from stampbook.programs.roles import ADMIN, READ, WRITE
from stampbook.visits import locations
from stampbook.visits.model import Location

MAX_CHAINS: Final = 1_000
MAX_LOCATIONS: Final = 10_000
MAX_COMPANIES: Final = 200
"""Locations on a page."""


async def permissions(call: Call) -> Any:
    """The rights that concern loyalty, as booleans."""
    await location_of(call)
    visitor = call.visitor
    may_write = WRITE in visitor.scopes
    loyalty = {
        "loyalty_access": READ in visitor.scopes,
        "has_loyalty_access": READ in visitor.scopes,
        "loyalty_cards_manual_transactions_access": may_write,
        "has_loyalty_cards_manual_transactions_access": may_write,
        "loyalty_certificate_and_abonement_manual_transactions_access": False,
        "loyalty_cards_issue_and_removal_access": visitor.manages,
    }
    return {"loyalty": loyalty}


async def groups(call: Call) -> Any:
    """The chains in which the user has any right, with their locations."""
    visitor = call.visitor
    store = call.context.store
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
                    "settings_access": _flag(whole and visitor.manages),
                    "clients_access": _flag(whole),
                    "users_access": _flag(whole and ADMIN in visitor.scopes),
                    "loyalty_access": _flag(whole),
                    "loyalty_cards_manual_transactions_access": _flag(
                        whole and WRITE in visitor.scopes
                    ),
                    "network_services_access": _flag(False),
                },
            }
        )
    return found


async def companies(call: Call) -> Any:
    """The locations in which the user has a right; the same with `my=1` and without."""
    visitor = call.visitor
    query = call.query()
    page = query.integer("page", 1, least=1)
    limit = min(query.integer("count", MAX_COMPANIES, least=1), MAX_COMPANIES)
    number, chain = query.integer("id", 0), query.integer("group_id", 0)
    least = query.integer("min_id", 0)
    query.check()
    context = call.context
    names = {
        each.program_id: each.name
        for each in await chains.page(context.store, tenant=visitor.tenant, limit=MAX_CHAINS)
    }
    found = [
        each
        for each in await locations.page(
            context.store, tenant=visitor.tenant, after=max(0, least - 1), limit=MAX_LOCATIONS
        )
        if visitor.in_location(each) and number in (0, each.number) and chain in (0, each.program)
    ]
    shown = found[(page - 1) * limit : page * limit]
    active = "1" if is_of_twin(call) else 1  # a text with the one brand, a number with the other
    return [
        {**_company(each, names.get(each.program, ""), call.now), "active": active}
        for each in shown
    ]


def _company(location: Location, chain: str, now: int) -> dict[str, Any]:
    """A location as the vendor shows it; all but title, chain and time zone is unknown here."""
    offset = to_datetime(now, location.timezone).utcoffset()
    hours = 0 if offset is None else offset.total_seconds() / 3_600
    return {
        "id": location.number,
        "title": location.title,
        "public_title": location.title,
        "short_descr": "",
        "logo": "",
        "phone": "",
        "phones": [],
        "email": "",
        "country_id": 0,
        "country": "",
        "city_id": 0,
        "city": "",
        "schedule": "",
        "timezone": int(hours) if hours == int(hours) else hours,
        "timezone_name": location.timezone,
        "address": "",
        "coordinate_lat": 0,
        "coordinate_lon": 0,
        "phone_confirmation": False,
        "active_staff_count": 0,
        "app_ios": "",
        "app_android": "",
        "currency_short_title": "",
        "group_priority": 0,
        "description": "",
        "photos": [],
        "main_group_id": location.program,
        "main_group": {"id": location.program, "title": chain},
        "groups": [{"id": location.program, "title": chain}],
    }


def _flag(value: bool) -> str:
    return "1" if value else "0"
