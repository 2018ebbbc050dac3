"""Points in proportion to something, on the wire: of earning rules and of benefits."""

from fractions import Fraction
from typing import Annotated, Final, Literal

from msgspec import Meta

from stampbook.dialects.voucherify.core.bodies import Closed, required, superfluous
from stampbook.dialects.voucherify.v2.kernel.resources import Body
from stampbook.loyalty.model import AppliesTo as Named
from stampbook.loyalty.model import Per

Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Step = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Number = Annotated[float, Meta(ge=0, le=2**53 - 1)]
DefinitionId = Annotated[str, Meta(pattern="^lcdef_[a-f0-9]+$", max_length=100)]
ProductId = Annotated[str, Meta(pattern="^prod_[a-f0-9]+", max_length=100)]
SkuId = Annotated[str, Meta(pattern="^sku_[a-f0-9]+", max_length=100)]
CollectionId = Annotated[str, Meta(pattern="^pc_[a-zA-Z0-9]+", max_length=100)]
MAX_ITEMS: Final = 500


class Every(Closed, frozen=True):
    every: Step
    value: Count | Number


class EveryOfMetadata(Closed, frozen=True):
    every: Step
    value: Count | Number
    property: Annotated[str, Meta(min_length=1, max_length=200)]


class Product(Closed, frozen=True):
    id: ProductId


class Sku(Closed, frozen=True):
    id: SkuId


class Collection(Closed, frozen=True):
    id: CollectionId


class AppliesTo(Closed, frozen=True):
    type: Literal["product", "sku", "products_collection"]
    product: Product | None = None
    sku: Sku | None = None
    products_collection: Collection | None = None


class EveryOfItems(Closed, frozen=True):
    every: Step
    value: Count | Number
    applicable_to: Annotated[list[AppliesTo], Meta(min_length=1, max_length=MAX_ITEMS)]


class OfOrder(Closed, frozen=True):
    amount: Every | None = None
    total_amount: Every | None = None
    metadata: EveryOfMetadata | None = None


class OfMetadata(Closed, frozen=True):
    metadata: EveryOfMetadata


class OrderItems(Closed, frozen=True):
    amount: EveryOfItems | None = None
    subtotal_amount: EveryOfItems | None = None
    quantity: EveryOfItems | None = None


class Proportional(Closed, frozen=True):
    calculation_type: Literal[
        "PRE_DISCOUNT_ORDER_AMOUNT",
        "POST_DISCOUNT_ORDER_AMOUNT",
        "PRE_DISCOUNT_ORDER_ITEMS_AMOUNT",
        "POST_DISCOUNT_ORDER_ITEMS_AMOUNT",
        "ORDER_ITEMS_QUANTITY",
        "ORDER_METADATA_VALUE",
        "CUSTOMER_METADATA_VALUE",
        "CUSTOM_EVENT_METADATA_VALUE",
    ]
    card_definition_id: DefinitionId
    order: OfOrder | None = None
    customer: OfMetadata | None = None
    custom_event: OfMetadata | None = None
    order_items: OrderItems | None = None


SOURCES: Final = {
    "PRE_DISCOUNT_ORDER_AMOUNT": ("order", "amount", "order.amount"),
    "POST_DISCOUNT_ORDER_AMOUNT": ("order", "total_amount", "order.total"),
    "PRE_DISCOUNT_ORDER_ITEMS_AMOUNT": ("order_items", "amount", "lines.amount"),
    "POST_DISCOUNT_ORDER_ITEMS_AMOUNT": ("order_items", "subtotal_amount", "lines.total"),
    "ORDER_ITEMS_QUANTITY": ("order_items", "quantity", "lines.quantity"),
    "ORDER_METADATA_VALUE": ("order", "metadata", "order.metadata"),
    "CUSTOMER_METADATA_VALUE": ("customer", "metadata", "member.metadata"),
    "CUSTOM_EVENT_METADATA_VALUE": ("custom_event", "metadata", "event.metadata"),
}
"""By the type of calculation: the object and the property that state it, and what counts here."""


def check_proportional(part: Proportional, place: str) -> None:
    """The one object that belongs to the type of calculation. Raises a Fault (400)."""
    wanted, name, _ = SOURCES[part.calculation_type]
    for other in ("order", "customer", "custom_event", "order_items"):
        if other != wanted:
            superfluous(getattr(part, other), f"{place}.{other}")
    source = required(getattr(part, wanted), f"{place}.{wanted}")
    counted = required(getattr(source, name), f"{place}.{wanted}.{name}")
    if isinstance(counted, EveryOfItems):
        for at, entry in enumerate(counted.applicable_to):
            within = f"{place}.{wanted}.{name}.applicable_to.{at}"
            for other in ("product", "sku", "products_collection"):
                if other != entry.type:
                    superfluous(getattr(entry, other), f"{within}.{other}")
            required(getattr(entry, entry.type), f"{within}.{entry.type}")


def per(part: Body, currency: int, expiry: Body | None = None) -> Per:
    """What a checked part, as it is stored, means to the engine. Points are whole ones."""
    source, name, basis = SOURCES[part["calculation_type"]]
    counted = part[source][name]
    if "property" in counted:
        basis = f"{basis}.{counted['property']}"
    named = None
    if "applicable_to" in counted:
        # A line has all names of its item among its categories, whatever they are names of.
        ids = (each[each["type"]]["id"] for each in counted["applicable_to"])
        named = Named(categories=frozenset(ids))
    return Per(
        currency=currency,
        basis=basis,
        every=Fraction(counted["every"]),
        points=Fraction(repr(counted["value"])),
        applies_to=named,
        expiry=expiry,
    )
