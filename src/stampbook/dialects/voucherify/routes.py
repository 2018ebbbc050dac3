"""Every operation of the dialect: access and customers here, the rest in v2/ and v1/."""

from functools import partial
from typing import Final

from stampbook.dialects.voucherify.core import tokens
from stampbook.dialects.voucherify.core.operations import Access, operation
from stampbook.dialects.voucherify.core.people import customers
from stampbook.dialects.voucherify.core.people.customers import CustomerBody
from stampbook.dialects.voucherify.core.shapes.people import CUSTOMER
from stampbook.dialects.voucherify.core.shapes.schema import object_of
from stampbook.dialects.voucherify.v2.routes import OPERATIONS as V2
from stampbook.edge.operations import Operation

_access = partial(operation, tag="Access")
_customer = partial(operation, tag="Customers")

OPERATIONS: Final[tuple[Operation, ...]] = (
    _access("POST", "/v1/oauth/token", tokens.create_token, None, "Make an OAuth token",
            name="create_oauth_token", answer=tokens.SHAPE, access=Access.APPLICATION),
    _access("GET", "/ping", tokens.ping, None, "Whether the server answers",
            name="ping", answer=object_of(), access=Access.ANYBODY),
    _customer("POST", "/v1/customers", customers.create_customer, "ledger:write",
              "Create a customer, or update the one with that source id",
              name="create_customer", body=CustomerBody, answer=CUSTOMER),
    _customer("GET", "/v1/customers/{customer}", customers.read_customer, "read",
              "Read a customer", name="get_customer", answer=CUSTOMER),
    _customer("PUT", "/v1/customers/{customer}", customers.update_customer, "ledger:write",
              "Update a customer", name="update_customer", body=CustomerBody, answer=CUSTOMER),
    *V2,
)  # fmt: skip
