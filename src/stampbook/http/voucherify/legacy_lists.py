"""Lists of v1: ordered by id, and gone through by the id of the last entry seen."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from stampbook.domain.model import split_number
from stampbook.http.voucherify.calls import Call, single
from stampbook.http.voucherify.faults import invalid_query
from stampbook.http.voucherify.ids import Prefix, parse
from stampbook.http.voucherify.listing import read_limit

MAX_PAGE = 100
ALL = "1 = 1"
"""The condition that leaves nothing out."""


class LegacyPage(NamedTuple):
    """What a request asks of a list. `after` is the number of the last entry seen."""

    prefix: Prefix
    limit: int
    descending: bool
    after: int | None

    def after_row(self, column: str, *, first: int) -> tuple[str, tuple[object, ...]]:
        """The SQL condition for the entries of one card after the last one seen.

        An entry's number is its card's and its place on the card: by the place an index finds it,
        so that a page costs what is on it.
        """
        if self.after is None:
            return ALL, ()
        sign = "<" if self.descending else ">"
        return f"{column} {sign} CAST(${first} AS bigint)", (split_number(self.after)[1],)

    def after_card(self, column: str, *, first: int) -> tuple[str, tuple[object, ...]]:
        """The SQL condition for the cards after that of the last entry seen."""
        if self.after is None:
            return ALL, ()
        sign = "<" if self.descending else ">"
        return f"{column} {sign} CAST(${first} AS bigint)", (split_number(self.after)[0],)

    def after_last(self, card: str, row: str, *, first: int) -> tuple[str, tuple[object, ...]]:
        """The SQL condition for the entries of many cards after the last one seen."""
        if self.after is None:
            return ALL, ()
        sign = "<" if self.descending else ">"
        place = f"CAST(${first} AS bigint)"
        return (
            f"{card} {sign}= {place}"
            f" AND ({card} {sign} {place} OR {row} {sign} CAST(${first + 1} AS bigint))",
            split_number(self.after),
        )

    def order_by(self, *columns: str) -> str:
        direction = "DESC" if self.descending else "ASC"
        return "ORDER BY " + ", ".join(f"{column} {direction}" for column in columns)

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
