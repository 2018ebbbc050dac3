"""Lists of v1: ordered by id, and gone through by the id of the last entry seen."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.dialects.voucherify.core.calls import Call, single
from stampbook.dialects.voucherify.core.faults import invalid_query
from stampbook.dialects.voucherify.core.lists import listing
from stampbook.dialects.voucherify.core.lists.listing import read_limit

MAX_PAGE = 100


class LegacyPage(NamedTuple):
    """What a request asks of a list. `after` is the number of the last entry seen."""

    prefix: Prefix
    limit: int
    descending: bool
    after: int | None

    def envelope(self, data: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The list's answer, of at most `limit` + 1 entries that were found."""
        shown = data[: self.limit]
        body: dict[str, Any] = {
            "object": "list",
            "data_ref": "data",
            "data": shown,
            "has_more": len(data) > self.limit,
        }
        if body["has_more"]:
            body["more_starting_after"] = shown[-1]["id"]
        return body


def read_legacy_page(call: Call, prefix: Prefix, *, default: str) -> LegacyPage:
    """`limit`, `order`, `starting_after_id`. Raises a Fault."""
    order = single(call.pairs, "order") or default
    if order.removeprefix("-") not in ("id", "created_at"):
        raise invalid_query("order must be id or -id")
    text, after = single(call.pairs, "starting_after_id"), None
    if text:
        after = parse(prefix, text)
        if after is None:
            raise invalid_query("starting_after_id must be the id of an entry of this list")
    return LegacyPage(
        prefix=prefix,
        limit=read_limit(call.pairs),
        descending=order.startswith("-"),
        after=after,
    )


def read_page_number(call: Call) -> int:
    """`page`: 1 to 100."""
    return listing.read_page_number(call.pairs, most=MAX_PAGE)
