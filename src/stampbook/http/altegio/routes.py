"""Every path of this API. Newer pages print /v1/visit/…, so these are served there too."""

from litestar import Response, Router

from stampbook.http.altegio import (
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
from stampbook.http.altegio.access import AnyRequest
from stampbook.http.altegio.answers import fault_response
from stampbook.http.altegio.faults import Fault
from stampbook.http.altegio.pace import keep_pace


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
