"""How a request that examines names a customer."""

from typing import Annotated, Literal

from msgspec import Meta

from stampbook.dialects.voucherify.core.bodies import Closed, required, superfluous

Text = Annotated[str, Meta(max_length=300)]


class Identification(Closed, frozen=True):
    """One of three ways, by its type."""

    type: Literal["customer_id", "customer_source_id", "member_id"]
    customer_id: Annotated[str, Meta(pattern="^cust_[a-zA-Z0-9]+", max_length=300)] | None = None
    customer_source_id: Text | int | float | None = None
    member_id: Annotated[str, Meta(pattern="^lmbr_[a-f0-9]+$", max_length=100)] | None = None


def named(wanted: Identification) -> tuple[str, str]:
    """The way and the name. Raises a Fault (400) where they do not belong together."""
    for name in ("customer_id", "customer_source_id", "member_id"):
        if name != wanted.type:
            superfluous(getattr(wanted, name), f"customer_identification.{name}")
    text = required(getattr(wanted, wanted.type), f"customer_identification.{wanted.type}")
    return wanted.type, str(text)
