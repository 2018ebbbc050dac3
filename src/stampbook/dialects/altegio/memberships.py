"""Certificates and memberships (section 12): none are kept, so lists are empty and changes 404."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from stampbook.dialects.altegio.access import (
    READ,
    WRITE,
    AnyRequest,
    chain_of,
    location_of,
    require,
    visitor_of,
)
from stampbook.dialects.altegio.answers import counted
from stampbook.dialects.altegio.faults import Fault, not_found
from stampbook.dialects.altegio.paths import of_chain, of_company
from stampbook.dialects.altegio.query import Query
from stampbook.dialects.altegio.wire import to_phone

NONE: Final[list[Any]] = []
MAX_PAGE_SIZE: Final = 100


@get(["/loyalty/certificates", "/user/loyalty/certificates"])
async def certificates(request: AnyRequest) -> Response[bytes]:
    return await _none_of_location(request)


@get("/loyalty/abonements")
async def memberships(request: AnyRequest) -> Response[bytes]:
    """Without a phone number: 400."""
    visitor = await visitor_of(request)
    require(visitor, READ)
    if to_phone(Query(request).text("phone")) is None:
        raise Fault(400, "no_phone")
    return await _none_of_location(request)


@get("/user/loyalty/abonements")
async def memberships_of_user(request: AnyRequest) -> Response[bytes]:
    return await _none_of_location(request)


async def _none_of_location(request: AnyRequest) -> Response[bytes]:
    visitor = await visitor_of(request)
    query = Query(request)
    company = query.text("company_id")
    require(visitor, READ)
    if not company:
        query.errors.append(("company_id", "required"))
        query.check()
    await location_of(request, visitor, company, READ)
    return counted(request, NONE, 0)


@get(of_chain("/loyalty/abonements"))
async def memberships_of_chain(request: AnyRequest, chain_id: FromPath[str]) -> Response[bytes]:
    """Either ids or a range of dates must be given."""
    visitor = await visitor_of(request)
    await chain_of(request, visitor, chain_id, READ)
    query = Query(request)
    ids = query.numbers("abonements_ids")
    has_range = query.date("created_after") and query.date("created_before")
    query.check()
    if not ids and not has_range:
        raise Fault(400, "no_memberships")
    return counted(request, NONE, 0)


@post(
    [
        path
        for change in ("freeze", "unfreeze", "set_period", "set_balance")
        for path in of_chain(f"/loyalty/abonements/{{membership_id:str}}/{change}")
    ],
    status_code=200,
)
async def change_membership(
    request: AnyRequest, chain_id: FromPath[str], membership_id: FromPath[str]
) -> Response[bytes]:
    """No membership has that id."""
    visitor = await visitor_of(request)
    await chain_of(request, visitor, chain_id, WRITE)
    raise not_found()


@get(
    [
        path
        for kind in ("abonement_types", "certificate_types")
        for how in ("search", "fetch")
        for path in of_company(f"/loyalty/{kind}/{how}")
    ]
)
async def types(request: AnyRequest, location_id: FromPath[str]) -> Response[bytes]:
    visitor = await visitor_of(request)
    await location_of(request, visitor, location_id, READ)
    query = Query(request)
    query.integer("page", 1, least=1)
    query.integer("page_size", MAX_PAGE_SIZE, least=1)
    query.numbers("ids")
    query.check()
    return counted(request, NONE, 0)


@get("/loyalty/generate_code/{location_id:str}/{good_id:str}")
async def generate_code(
    request: AnyRequest, location_id: FromPath[str], good_id: FromPath[str]
) -> Response[bytes]:
    """A code for a certificate that is sold as that good: there are none."""
    visitor = await visitor_of(request)
    await location_of(request, visitor, location_id, READ)
    raise Fault(404, "not_found")


routes = [
    certificates,
    memberships,
    memberships_of_user,
    memberships_of_chain,
    change_membership,
    types,
    generate_code,
]
