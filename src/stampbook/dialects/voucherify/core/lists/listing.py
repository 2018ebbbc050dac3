"""Lists: `limit`, `order`, `cursor` and `filters` of a request, and the page they ask for.

A list is one SQL statement of a known shape, or items at hand; the page is taken by the sort key
of the last one seen (never by an offset), so rows that come or go do not shift it.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import invalid_query
from stampbook.dialects.voucherify.core.lists.cursors import Cursors, Position
from stampbook.dialects.voucherify.core.lists.filters import Fields, Sql, read_filters
from stampbook.pacing import Scans
from stampbook.storage.store import Row, Transacting

T = TypeVar("T")

DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 100


class Kind(NamedTuple):
    """What a list is: its cursors' prefix, its fields, what it can be ordered by.

    `orders` maps a field to the SQL expression it sorts by; `number` is the expression of
    the row's number, which breaks ties and comes last in every sort key.
    """

    prefix: str
    orders: Mapping[str, str]
    number: str
    default: str = "-created_at"
    filters: Fields = MappingProxyType({})

    @property
    def query(self) -> dict[str, str]:
        """What a request may ask of the list."""
        orders = ", ".join([*self.orders, *(f"-{name}" for name in self.orders)])
        fields = ", ".join(self.filters)
        filters = {"filters": f"filters[field][conditions][$operator], of the fields {fields}"}
        return {
            "limit": f"entries on a page: 1 to {MAX_LIMIT}, without it {DEFAULT_LIMIT}",
            "order": f"one of {orders}; without it {self.default}",
            "cursor": "cursor.next of the page before",
        } | (filters if fields else {})


class Sort(NamedTuple):
    """One part of an order: an SQL expression, and its direction."""

    column: str
    descending: bool


class Page(NamedTuple):
    """What a request asks of a list. `scans`: it must look at rows that no index has in order."""

    kind: Kind
    limit: int
    sorts: tuple[Sort, ...]
    pairs: tuple[tuple[str, str], ...]
    query: str
    cursor: str | None
    now: int
    scans: Scans | None = None

    def filter(self, *, first: int) -> Sql:
        """The condition of the request's filters, its parameters numbered from `first`."""
        return read_filters(self.pairs, self.kind.filters, first=first, now=self.now)

    @property
    def order_by(self) -> str:
        return ", ".join(f"{s.column} {'DESC' if s.descending else 'ASC'}" for s in self.sorts)

    def position(self, cursors: Cursors) -> Position | None:
        """Where the page begins: after this sort key; None for the first page."""
        if self.cursor is None:
            return None
        return cursors.read(self.cursor, self.kind.prefix, query=self.query, now=self.now)

    def after(self, position: Position | None, *, first: int) -> Sql:
        """The condition for rows after that sort key."""
        if position is None:
            return Sql("1 = 1", ())
        alternatives = []
        for at, sort in enumerate(self.sorts):
            equal = [f"{s.column} = ${first + n}" for n, s in enumerate(self.sorts[:at])]
            sign = "<" if sort.descending else ">"
            alternatives.append(" AND ".join([*equal, f"{sort.column} {sign} ${first + at}"]))
        return Sql("(" + " OR ".join(f"({each})" for each in alternatives) + ")", position)

    def envelope(
        self, rows: Sequence[Any], cursors: Cursors, *, key: Callable[[Any], Position]
    ) -> tuple[Sequence[Any], dict[str, str] | None]:
        """The rows to print and the cursor, of at most `limit` + 1 rows that were found."""
        shown = rows[: self.limit]
        if len(rows) <= self.limit:
            return shown, None
        cursor = cursors.write(
            self.kind.prefix, query=self.query, position=key(shown[-1]), now=self.now
        )
        return shown, cursor


def read_page(call: Call, kind: Kind) -> Page:
    """What the query string asks for. Raises a Fault."""
    pairs = call.pairs
    sorts = _sorts(pairs, kind)
    filters = sorted(pair for pair in pairs if pair[0].startswith("filters"))
    cursor = _single(pairs, "cursor")
    read_filters(pairs, kind.filters, first=1, now=call.now)
    return Page(
        kind=kind,
        limit=read_limit(pairs),
        sorts=sorts,
        pairs=pairs,
        query=repr((call.path, sorts, filters)),
        cursor=cursor,
        now=call.now,
        scans=call.context.scans if filters or sorts != _sorts((), kind) else None,
    )


async def fetch_page(
    db: Transacting, page: Page, cursors: Cursors, *, select: str, where: Sql
) -> tuple[Sequence[Row], dict[str, str] | None]:
    """Run `select … WHERE …` for one page.

    The rows must carry what the order sorts by as `sort_0`, `sort_1` …: `select` has the
    placeholder `{keys}` for them among its columns.
    """
    position = page.position(cursors)
    chosen = page.filter(first=len(where.values) + 1)
    after = page.after(position, first=len(where.values) + len(chosen.values) + 1)
    keys = ", ".join(f"{sort.column} AS sort_{at}" for at, sort in enumerate(page.sorts))
    async with nullcontext() if page.scans is None else page.scans.turn():
        rows = await db.fetch(
            f"{select.replace('{keys}', keys)} WHERE {where.text} AND {chosen.text}"
            f" AND {after.text} ORDER BY {page.order_by} LIMIT {page.limit + 1}",
            *where.values,
            *chosen.values,
            *after.values,
        )

    def key(row: Row) -> Position:
        return tuple(row[f"sort_{at}"] for at in range(len(page.sorts)))

    return page.envelope(rows, cursors, key=key)


async def list_page(
    call: Call, page: Page, *, select: str, where: Sql, print_: Callable[[Row], object]
) -> dict[str, Any]:
    """The body of one page of a list that one statement finds."""
    cursors = await call.cursors()
    rows, cursor = await fetch_page(call.store, page, cursors, select=select, where=where)
    return list_body([print_(row) for row in rows], cursor)


def slice_page(
    items: Sequence[T], page: Page, cursors: Cursors, *, key: Callable[[T], Position]
) -> tuple[Sequence[T], dict[str, str] | None]:
    """One page of items at hand; `key` is an item's sort key in ascending order."""
    descending = page.sorts[0].descending
    position = page.position(cursors)
    if position is not None:
        items = [
            each for each in items if (key(each) < position if descending else key(each) > position)
        ]
    first = heapq.nlargest if descending else heapq.nsmallest
    return page.envelope(first(page.limit + 1, items, key=key), cursors, key=key)


def list_body(data: Sequence[object], cursor: dict[str, str] | None) -> dict[str, Any]:
    return {"object": "list", "data": data, "cursor": cursor}


def read_limit(pairs: Sequence[tuple[str, str]], default: int = DEFAULT_LIMIT) -> int:
    """`limit`: 1 to 100."""
    text = _single(pairs, "limit")
    if text is None:
        return default
    if (
        not (text.isascii() and text.isdecimal())
        or len(text) > 9
        or not 1 <= int(text) <= MAX_LIMIT
    ):
        raise invalid_query(f"limit must be an integer from 1 to {MAX_LIMIT}")
    return int(text)


def read_page_number(pairs: Sequence[tuple[str, str]], *, most: int) -> int:
    """`page`: 1 to `most`."""
    text = _single(pairs, "page") or "1"
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or not 1 <= int(text) <= most:
        raise invalid_query(f"page must be an integer from 1 to {most}")
    return int(text)


def _single(pairs: Sequence[tuple[str, str]], name: str) -> str | None:
    """A parameter that is given at most once; an empty one counts as not given."""
    values = [value for key, value in pairs if key == name and value]
    if len(values) > 1:
        raise invalid_query(f"{name} must be given once")
    return values[0] if values else None


def _sorts(pairs: Sequence[tuple[str, str]], kind: Kind) -> tuple[Sort, ...]:
    """The order asked for, with the number at its end."""
    sorts: list[Sort] = []
    named: set[str] = set()
    for text in read_orders(pairs) or [kind.default]:
        name = text.removeprefix("-")
        column = kind.number if name == "id" else kind.orders.get(name)
        if column is None or (name == "id" and "id" not in kind.orders):
            raise invalid_query(f"Cannot order by {text[:100]}")
        if name in named:
            raise invalid_query(f"order names {name} twice")
        named.add(name)
        sorts.append(Sort(column, text.startswith("-")))
        if name == "id":
            return tuple(sorts)
    return (*sorts, Sort(kind.number, sorts[0].descending))


def read_orders(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The values of `order`, given once or as a list."""
    return [value for key, value in pairs if value and (key == "order" or _is_item(key, "order"))]


def _is_item(key: str, name: str) -> bool:
    """Whether the key is `name[]` or `name[0]`."""
    inner = key.removeprefix(f"{name}[").removesuffix("]")
    return key == f"{name}[{inner}]" and (not inner or inner.isdecimal())
