"""What is asked in a trial of earning rules."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from stampbook.dialects.voucherify.core.bodies import Closed, Digits, Id, Metadata
from stampbook.dialects.voucherify.v2.kernel.identification import Identification
from stampbook.dialects.voucherify.v2.orders.wire import MAX_ITEMS
from stampbook.loyalty.model import Trigger

EventName = Literal["customer.order.paid", "customer.segment.entered", "customer.custom_event"]
KINDS: Final[Mapping[str, Trigger]] = {
    "customer.order.paid": Trigger.ORDER_PAID,
    "customer.segment.entered": Trigger.SEGMENT_ENTERED,
    "customer.custom_event": Trigger.CUSTOM_EVENT,
}


class Noted(Closed, frozen=True):
    """Metadata that count instead of those that are stored, for this call."""

    metadata: Metadata | UnsetType | None = UNSET


class Specific(Closed, frozen=True):
    event: EventName


class ExaminedTrigger(Closed, frozen=True):
    type: Literal["ALL", "SPECIFIC"]
    specific: Specific | None = None


class Entered(Closed, frozen=True, kw_only=True):
    customer: Noted | UnsetType = UNSET
    member: Noted | UnsetType = UNSET


class ExaminedThing(Closed, frozen=True):
    """A product or a SKU. The name, and metadata that name collections, are ours."""

    id: Id | int | float | None = None
    source_id: Id | int | float | None = None
    price: Digits | int | float | None = None
    name: Annotated[str, Meta(max_length=1000)] | None = None
    metadata: Metadata | None = None


class ExaminedItem(Closed, frozen=True):
    id: Id | None = None
    source_id: Id | int | float | None = None
    product_id: Id | int | float | None = None
    sku_id: Id | int | float | None = None
    related_object: Literal["product", "sku"] | None = None
    quantity: Digits | int | float | None = None
    price: Digits | int | float | None = None
    amount: Digits | int | float | None = None
    discount_amount: Digits | int | float | None = None
    product: ExaminedThing | None = None
    sku: ExaminedThing | None = None
    metadata: Metadata | None = None


class ExaminedOrder(Closed, frozen=True):
    """Numbers may come as strings, and names as numbers."""

    amount: Digits | int | float | None = None
    initial_amount: Digits | int | float | None = None
    discount_amount: Digits | int | float | None = None
    items: Annotated[list[ExaminedItem], Meta(max_length=MAX_ITEMS)] | None = None
    metadata: Metadata | None = None


class Paid(Entered, frozen=True, kw_only=True):
    order: ExaminedOrder | UnsetType = UNSET


class ExaminedEvent(Closed, frozen=True, kw_only=True):
    metadata: Metadata | None = None


class NamedEvent(ExaminedEvent, frozen=True, kw_only=True):
    schema_id: Annotated[str, Meta(pattern="^ms_[a-zA-Z0-9]+", max_length=300)]


class AnyEvent(Entered, frozen=True, kw_only=True):
    custom_event: ExaminedEvent | UnsetType = UNSET


class OneEvent(Entered, frozen=True, kw_only=True):
    custom_event: NamedEvent


class CustomEvent(Closed, frozen=True):
    type: Literal["ALL", "SPECIFIC"]
    all: AnyEvent | None = None
    specific: OneEvent | None = None


class ExamineRulesRequest(Closed, frozen=True):
    trigger: ExaminedTrigger
    customer_identification: Identification
    customer_order_paid: Paid | UnsetType = UNSET
    customer_segment_entered: Entered | UnsetType = UNSET
    customer_custom_event: CustomEvent | UnsetType = UNSET
