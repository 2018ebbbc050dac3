"""What rows of the outbox keep, by the type of their event: values of the domain as JSON.

A row is read for as long as it is kept (`event_retention_days`), by later releases too: so fields
of these types are only added at the end, with a default.
"""

from typing import Any, Final, NamedTuple

from msgspec.json import Decoder

from stampbook.programs.approvals import Approval
from stampbook.programs.currencies import Stored
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.outbox.accounts import Columns
from stampbook.verifying.anchor_lines import Anchor


class Merged(NamedTuple):
    """A member after they were merged into another one, whose number is `into`."""

    member: Member
    into: int


TYPES_OF_VALUES: Final[dict[str, Any]] = {
    "account.opened": Columns,
    "account.closed": Columns,
    "member.created": tuple[Member | None, Member],
    "member.updated": tuple[Member | None, Member],
    "member.deleted": tuple[Member | None, Member],
    "member.merged": Merged,
    "member.erased": int,
    "program.updated": tuple[Program | None, Program],
    "currency.updated": tuple[Stored | None, Stored],
    "approval.requested": Approval,
    "approval.decided": Approval,
    "anchor.created": Anchor,
}
"""Changes are pairs: what was before (None: it is new), and what is now."""

_decoders: Final = {name: Decoder(each) for name, each in TYPES_OF_VALUES.items()}


def read_value(name: str, text: str) -> Any:
    """The value of a row of the outbox of that type."""
    return _decoders[name].decode(text)
