"""What is left of rows of the outbox, whose values are typed: they can be read as before."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.json import decode, encode

from stampbook.events.values import read_value
from stampbook.loyalty.orders.model import Order, Refund
from stampbook.loyalty.orders.telling import OrderAsIs
from stampbook.loyalty.rewards.granting import GrantAsIs
from stampbook.loyalty.rewards.purchases import PurchaseAsIs
from stampbook.privacy.scrubbing import (
    Known,
    Left,
    without_names,
    without_query,
    without_texts,
)
from stampbook.programs.approvals import Approval
from stampbook.programs.members import Member


def _account(value: Mapping[str, Any], known: Known) -> Mapping[str, Any]:
    return {**value, "number": None}


def _member(value: Any, known: Known) -> Any:
    """Of a change, or of a merge."""
    return [
        each._replace(external_id=None, email=None, phone=None, name=None, metadata="{}")
        if isinstance(each, Member)
        else each
        for each in value
    ]


def _order(value: OrderAsIs, known: Known) -> OrderAsIs:
    return value._replace(
        order=_plain(value.order, known), refunds=tuple(map(_refund, value.refunds))
    )


def _plain(order: Order, known: Known) -> Order:
    lines = tuple(
        line._replace(
            item=None if line.item is None else without_names(line.item, known), metadata={}
        )
        for line in order.content.lines
    )
    return order._replace(
        content=order.content._replace(lines=lines, metadata={}),
        origin=None if order.origin is None else without_texts(order.origin, known),
        judged=None if order.judged is None else order.judged._replace(metadata={}),
    )


def _refund(refund: Refund) -> Refund:
    return refund._replace(reason=None, fingerprint="")


def _purchase(value: PurchaseAsIs, known: Known) -> PurchaseAsIs:
    origin = value.purchase.origin
    return value._replace(
        purchase=value.purchase._replace(
            metadata="{}", origin=None if origin is None else without_texts(origin, known)
        )
    )


def _grant(value: GrantAsIs, known: Known) -> GrantAsIs:
    origin = value.grant.origin
    return value._replace(
        grant=value.grant._replace(origin=None if origin is None else without_texts(origin, known))
    )


def _approval(value: Approval, known: Known) -> Approval:
    asked, problem = value.asked, value.problem
    return value._replace(
        asked=asked._replace(
            path=without_query(asked.path, known),
            body=without_texts(asked.body, known),
            actor=None,
        ),
        reason=None,
        problem=None if problem is None else without_texts(problem, known),
    )


def _report(value: Mapping[str, Any], known: Known) -> Any:
    """Of an import: the rows that it has refused are quoted in it."""
    return decode(without_names(encode(value).decode(), known))


_OF: Final[Mapping[str, Callable[[Any, Known], Any]]] = {
    **dict.fromkeys(("account.opened", "account.closed"), _account),
    **dict.fromkeys(
        ("member.created", "member.updated", "member.deleted", "member.merged"), _member
    ),
    **dict.fromkeys(("order.paid", "order.refunded", "order.cancelled"), _order),
    **dict.fromkeys(("purchase.created", "purchase.refunded"), _purchase),
    "grant.created": _grant,
    **dict.fromkeys(("approval.requested", "approval.decided"), _approval),
    "import.finished": _report,
}

OF_NOBODY: Final = frozenset({"approval.requested", "approval.decided", "import.finished"})
"""Those whose rows name no member and no account, but may say something about people."""

IMPERSONAL: Final = frozenset(
    {
        *("member.erased", "program.updated", "currency.updated", "tier.changed"),
        *("export.finished", "webhook.disabled", "anchor.created"),
    }
)
"""Events whose values say nothing about a person."""

TYPES: Final = frozenset(_OF)
"""Events whose values may say something about a person."""


def left_of(name: str) -> Left:
    """What is left of the value of an event of that type."""
    make = _OF[name]

    def left(text: str, known: Known) -> str:
        return encode(make(read_value(name, text), known)).decode()

    return left
