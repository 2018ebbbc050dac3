"""Every path of this API. Newer pages print /v1/visit/…, so these are served there too."""

from litestar import Response, Router

from stampbook.dialects.altegio import (
    auth,
    cards,
    chain_transactions,
    clients,
    memberships,
    programs,
    records,
    rights,
    sale,
    visit_loyalty,
)
from stampbook.dialects.altegio.access import AnyRequest
from stampbook.dialects.altegio.answers import fault_response
from stampbook.dialects.altegio.faults import Fault
from stampbook.dialects.altegio.pace import keep_pace


def answer_fault(request: AnyRequest, fault: Fault) -> Response[bytes]:
    return fault_response(request, fault)


routes = [
    Router(
        "/api/v1",
        route_handlers=[
            *auth.routes,
            *visit_loyalty.routes,
            *cards.routes,
            *clients.routes,
            *programs.routes,
            *chain_transactions.routes,
            *sale.routes,
            *memberships.routes,
            *records.routes,
            *rights.routes,
        ],
        before_request=keep_pace,
        exception_handlers={Fault: answer_fault},
        include_in_schema=False,
    ),
    Router(
        "/v1",
        route_handlers=[*visit_loyalty.routes],
        before_request=keep_pace,
        exception_handlers={Fault: answer_fault},
        include_in_schema=False,
    ),
]
