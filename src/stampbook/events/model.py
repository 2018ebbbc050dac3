"""An event, before anybody has written it in the words of an API."""

from hashlib import sha256
from typing import NamedTuple

from stampbook.events.places import Place
from stampbook.loyalty.model import Award
from stampbook.storage.outbox.reading import OutboxRow
from stampbook.storage.positions import FeedRow


class Event(NamedTuple):
    """What has happened. `id` is a function of the row that it is made of, and so always the same.

    `seq` is the number of the row in the account's journal. `place` is where a reader is who has
    this event. A movement has a `row`, and `lot` or `award` where the event is about one; all else
    has an `outgoing` row.
    """

    id: str
    type: str
    at: int
    tenant: int
    program: int | None
    member: int | None
    account: int | None
    seq: int | None
    place: Place
    row: FeedRow | None = None
    lot: int = 0
    award: Award | None = None
    outgoing: OutboxRow | None = None


ID_BYTES = 16


def id_of(*content: bytes) -> str:
    """The id of what has this content."""
    return f"evt_{sha256(b'|'.join(content)).hexdigest()[: 2 * ID_BYTES]}"


def of_outbox(row: OutboxRow) -> Event:
    """The event of a row that is no movement. Its value is not in the id, since a person's data may
    be erased from it later."""
    named = (row.number, row.type, row.at, row.tenant, row.program, row.member, row.account)
    return Event(
        id_of(repr(named).encode()),
        row.type,
        row.at,
        row.tenant,
        row.program,
        row.member,
        row.account,
        None,
        Place(row.position, row.number),
        outgoing=row,
    )
