"""Lists of v1: ordered by id, and gone through by the id of the last entry seen."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from stampbook.domain.model import split_number
from stampbook.http.voucherify.calls import Call, single
from stampbook.http.voucherify.faults import invalid_query
from stampbook.http.voucherify.ids import Prefix, parse
from stampbook.http.voucherify.listing import read_limit

MAX_PAGE = 100


class LegacyPage(NamedTuple):
    """What a request asks of a list. `after` is the number of the last entry seen."""

    prefix: Prefix
    limit: int
    descending: bool
    after: int | None

    def after_last(self, account: str, row: str, *, first: int) -> tuple[str, tuple[object, ...]]:
        """The SQL condition for entries after the last one seen.

        An entry's number is its account and its row within: by these an index finds the place, so
        that a page costs what is on it. Both are named as columns; `$first` is the next parameter.
        """
        if self.after is None:
            return "1 = 1", ()
        sign = "<" if self.descending else ">"
        place = f"CAST(${first} AS bigint)"
        return (
            f"{account} {sign}= {place}"
            f" AND ({account} {sign} {place} OR {row} {sign} CAST(${first + 1} AS bigint))",
            split_number(self.after),
        )

    def order_by(self, account: str, row: str) -> str:
        """With one entry more than the page has, to know whether there are more."""
        direction = "DESC" if self.descending else "ASC"
        return f"ORDER BY {account} {direction}, {row} {direction} LIMIT {self.limit + 1}"

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
    text = single(call.pairs, "page") or "1"
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= MAX_PAGE:
        raise invalid_query(f"page must be an integer from 1 to {MAX_PAGE}")
    return int(text)
