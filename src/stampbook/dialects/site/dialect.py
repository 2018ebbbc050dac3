"""Pages and probes as a dialect: no credentials; the native API words what goes wrong."""

from collections.abc import Sequence
from functools import partial

from stampbook.dialects.native.dialect import NATIVE
from stampbook.dialects.site import docs_page, health, metrics
from stampbook.dialects.site.call import PageCall
from stampbook.dialects.site.descriptions import address_of, operations_of
from stampbook.edge.answers import Answer, HeaderPair
from stampbook.edge.context import Context
from stampbook.edge.operations import Handler, Operation
from stampbook.edge.requests import Dialect, Request


def _page(name: str, handler: Handler, *paths: str) -> Operation:
    return Operation(name=name, method="GET", paths=paths, handler=handler, public=True)


class Site:
    """See the module; `apis` are those that it describes. Browsers that know only the address are
    sent to the console, if there is one."""

    name = "site"
    refusals: tuple[type[Exception], ...] = ()
    forgives_slashes = False

    def __init__(self, apis: Sequence[Dialect], *, has_console: bool) -> None:
        addresses = {api.name: address_of(api) for api in apis}
        landing = "/console" if has_console else "/docs"
        self.operations: Sequence[Operation] = (
            _page("root", partial(docs_page.root, addresses, landing), "/"),
            _page("healthz", health.healthz, "/healthz"),
            _page("readyz", health.readyz, "/readyz"),
            _page("metrics", metrics.metrics, "/metrics"),
            _page("docs", docs_page.docs_page, "/docs"),
            _page("docs_part", docs_page.docs_part, *docs_page.PARTS),
            *operations_of(apis),
        )

    def owns(self, path: str) -> bool:
        return False

    def is_spoken(self, request: Request) -> bool:
        return False

    async def open(self, context: Context, request: Request) -> PageCall:
        return PageCall(context, request)

    def print(self, call: PageCall, result: Answer) -> Answer:
        return result

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        raise refusal

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        return NATIVE.fail(request, status, detail)

    async def postpone(
        self, context: Context, request: Request, refusal: Exception
    ) -> Answer | None:
        return None

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return ()
