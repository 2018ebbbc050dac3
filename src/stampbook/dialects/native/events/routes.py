"""The operations on events: docs/reference/native-api-events.md."""

from typing import Final

from stampbook.dialects.native.events import pulling
from stampbook.dialects.native.events.wire import EventTypesShape, FeedShape
from stampbook.dialects.native.rows import GET, NEVER, READ, row

EVENTS: Final = (
    row(GET, "/v1/events", pulling.list_events, READ,
        "Pull events, oldest first", FeedShape,
        query={
            "cursor": "the next_cursor of an earlier answer",
            "from": "where to begin without a cursor: an instant, now, or last (the last `limit`"
                " events); else with the first",
            "types": "only these types, separated by commas; lot.* means all that begin with lot.",
            "program_id": "only those of this program",
            "account_id": "only those of this account",
            "wait_s": "seconds to wait for an event, if none is there: 0 to 30, without it 0",
            "limit": "events in an answer: 1 to 1,000, without it 100",
        },
        aged=NEVER),
    row(GET, "/v1/event_types", pulling.list_event_types, READ,
        "List the types of events", EventTypesShape, aged=NEVER),
)  # fmt: skip
