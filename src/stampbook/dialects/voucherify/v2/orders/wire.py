"""Orders on the wire: what a request may say, completed; and as rules read them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stampbook.dialects.voucherify.core.bodies import Metadata
from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.core.people.customers import CustomerBody
from stampbook.dialects.voucherify.core.times import read_instant
from stampbook.loyalty.orders.model import THOUSANDTHS, Content, Item

Body = dict[str, Any]

MAX_ITEMS: Final = 500
MAX_QUANTITY: Final = 1_000_000
Money = Annotated[int, Meta(ge=0, le=9 * 10**15)]
Id = Annotated[str, Meta(min_length=1, max_length=255)]


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A product or a SKU as an order names it; we keep no catalogue of them."""

    id: Id | None = None
    source_id: Id | None = None
    name: Annotated[str, Meta(max_length=1000)] | None = None
    price: Money | None = None
    metadata: Metadata | None = None


class OrderItem(msgspec.Struct, frozen=True, kw_only=True):
    """A line. Its amount is the price times the quantity unless it is given."""

    source_id: Id | None = None
    product_id: Id | None = None
    sku_id: Id | None = None
    related_object: Literal["product", "sku"] | None = None
    quantity: Annotated[int, Meta(ge=1, le=MAX_QUANTITY)] = 1
    price: Money | None = None
    amount: Money | None = None
    discount_amount: Money | None = None
    product: Thing | None = None
    sku: Thing | None = None
    metadata: Metadata | None = None


class OrderCustomer(CustomerBody, frozen=True, kw_only=True):
    """Whose order it is: by id, or by source id, who is then made if need be."""

    id: Id | UnsetType | None = UNSET


Status = Literal["CREATED", "PAID", "CANCELED", "FULFILLED"]


class OrderBody(msgspec.Struct, frozen=True, kw_only=True):
    """An order as clients send it; what we do not keep is ignored, as with customers."""

    id: Id | None = None
    source_id: Id | UnsetType | None = UNSET
    status: Status | UnsetType | None = UNSET
    amount: Money | UnsetType | None = UNSET
    initial_amount: Money | UnsetType | None = UNSET
    discount_amount: Money | UnsetType | None = UNSET
    items: Annotated[list[OrderItem], Meta(max_length=MAX_ITEMS)] | UnsetType | None = UNSET
    customer: OrderCustomer | UnsetType | None = UNSET
    customer_id: Id | UnsetType | None = UNSET
    referrer: OrderCustomer | UnsetType | None = UNSET
    referrer_id: Id | UnsetType | None = UNSET
    created_at: Annotated[str, Meta(max_length=40)] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


NEW: Final[Body] = {
    "status": "CREATED",
    "amount": None,
    "initial_amount": None,
    "discount_amount": None,
    "items": [],
    "referrer_id": None,
}
"""What is kept of an order beside what the engine has, as it was sent."""


def merged(before: Mapping[str, Any], wanted: OrderBody) -> Body:
    """The order with what is given. Raises a Fault (400)."""
    body: Body = dict(before)
    for name in ("status", "amount", "initial_amount", "discount_amount", "referrer_id"):
        value = getattr(wanted, name)
        if value is not UNSET:
            body[name] = NEW[name] if value is None else value
    if wanted.items is not UNSET:
        body["items"] = [_item(each) for each in wanted.items or ()]
    sums(body)
    return body


def _item(item: OrderItem) -> Body:
    body: Body = msgspec.to_builtins(item)
    price = item.price
    for thing in (item.sku, item.product):
        if price is None and thing is not None:
            price = thing.price
    amount = (price or 0) * item.quantity if item.amount is None else item.amount
    discount = item.discount_amount or 0
    if discount > amount:
        raise invalid_payload("items: discount_amount must not be above the amount")
    return {
        name: value
        for name, value in {
            **body,
            "price": price,
            "amount": amount,
            "discount_amount": discount,
        }.items()
        if value is not None
    }


class Sums(msgspec.Struct, frozen=True):
    """The amounts of an order."""

    amount: int
    discount: int
    of_items: int

    @property
    def total_discount(self) -> int:
        return self.discount + self.of_items

    @property
    def total(self) -> int:
        return self.amount - self.total_discount


def sums(body: Body) -> Sums:
    """What the order costs. Raises a Fault (400) for less than nothing."""
    amount = body["amount"]
    if amount is None:
        amount = sum(each["amount"] for each in body["items"])
    of_items = sum(each["discount_amount"] for each in body["items"])
    found = Sums(amount, body["discount_amount"] or 0, of_items)
    if found.total < 0:
        raise invalid_payload("Discounts must not be above the amount of the order")
    return found


def content_of(body: Body, metadata: Mapping[str, Any]) -> Content:
    """The order as the engine has it. A line has all names of its item among its categories."""
    found = sums(body)
    return Content(
        money="",
        scale=2,
        amount=found.amount,
        total=found.total,
        lines=tuple(_line(at, each) for at, each in enumerate(body["items"], start=1)),
        metadata=metadata,
        initial_amount=body["initial_amount"],
    )


def _line(number: int, item: Body) -> Item:
    product, sku = item.get("product") or {}, item.get("sku") or {}
    names = [
        *(item.get(name) for name in ("source_id", "product_id", "sku_id")),
        *(thing.get(name) for thing in (product, sku) for name in ("id", "source_id")),
        *_collections(product),
    ]
    return Item(
        line=str(number),
        quantity=item["quantity"] * THOUSANDTHS,
        amount=item["amount"],
        total=item["amount"] - item["discount_amount"],
        item=item.get("product_id") or product.get("id") or item.get("source_id"),
        sku=item.get("sku_id") or sku.get("id"),
        categories=tuple(dict.fromkeys(name for name in names if name)),
        metadata=item.get("metadata") or {},
    )


def _collections(product: Body) -> Sequence[str]:
    found = (product.get("metadata") or {}).get("collections")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def read_created(wanted: OrderBody, now: int) -> int:
    """When the order was made, not after now. Raises a Fault (400)."""
    if not isinstance(wanted.created_at, str):
        return now
    found = read_instant(wanted.created_at)
    if found is None:
        raise invalid_payload("Payload.created_at must be an ISO 8601 date-time")
    return min(found, now)
