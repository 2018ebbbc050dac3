"""The operations that find things: docs/reference/native-api-search.md."""

from typing import Final

from stampbook.dialects.native.lookup.search import search
from stampbook.dialects.native.lookup.timeline import list_timeline
from stampbook.dialects.native.lookup.visit_rows import list_visit_transactions
from stampbook.dialects.native.lookup.wire import SearchShape, TimelineShape
from stampbook.dialects.native.rows import GET, OF_PROGRAM, PAGING, READ, row
from stampbook.dialects.native.wire.pages import Page
from stampbook.dialects.native.wire.transactions import TransactionShape

LOOKUP: Final = (
    row(GET, "/v1/search", search, READ,
        "Find members, cards, orders, visits and movements by what is known of them", SearchShape,
        query={"q": "an id of any dialect, a word and a number, a name, digits of a phone, an"
                    " e-mail address, a card's number, or an external id",
               "limit": "hits of each kind: 1 to 200, without it 20", **OF_PROGRAM},
        required=frozenset({"q"})),
    row(GET, "/v1/members/{id}/timeline", list_timeline, READ,
        "What has happened to a member, newest first", TimelineShape, query=PAGING),
    row(GET, "/v1/visits/{id}/transactions", list_visit_transactions, READ,
        "List what paid for a visit, and what it earned", Page[TransactionShape]),
)  # fmt: skip
