"""Certificates and memberships: none are kept, so lists are empty and changes 404."""

from typing import Any, Final

from stampbook.dialects.altegio.call import Call, Page
from stampbook.dialects.altegio.faults import Fault, not_found
from stampbook.dialects.altegio.finding import chain_of, find_location, location_of
from stampbook.dialects.altegio.wire.fields import to_id, to_phone

NONE: Final = Page([], 0)
MAX_PAGE_SIZE: Final = 100


async def memberships(call: Call) -> Any:
    """Without a phone number: 400."""
    if to_phone(call.query().text("phone")) is None:
        raise Fault(400, "no_phone")
    return await none_of_location(call)


async def none_of_location(call: Call) -> Any:
    """The location has no certificates, and no memberships."""
    query = call.query()
    company = query.text("company_id")
    if not company:
        query.errors.append(("company_id", "required"))
        query.check()
    await find_location(call, to_id(company))
    return NONE


async def memberships_of_chain(call: Call) -> Any:
    """Either ids or a range of dates must be given."""
    await chain_of(call)
    query = call.query()
    ids = query.numbers("abonements_ids")
    has_range = query.date("created_after") and query.date("created_before")
    query.check()
    if not ids and not has_range:
        raise Fault(400, "no_memberships")
    return NONE


async def change_membership(call: Call) -> Any:
    """No membership has that id."""
    await chain_of(call)
    raise not_found()


async def types(call: Call) -> Any:
    await location_of(call)
    query = call.query()
    query.integer("page", 1, least=1)
    query.integer("page_size", MAX_PAGE_SIZE, least=1)
    query.numbers("ids")
    query.check()
    return NONE


async def generate_code(call: Call) -> Any:
    """A code for a certificate that is sold as that good: there are none."""
    await location_of(call)
    raise Fault(404, "not_found")
