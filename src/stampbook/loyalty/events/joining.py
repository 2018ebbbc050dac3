"""A new member is an event, once in a member's life.

The member's row and a note that rules are to judge it are written together (programs/members.py),
whichever API it is. The event follows: at once where the request waits for it, otherwise by the
worker, which also does what a process that ended in between has left.
"""

import logging
from typing import Final

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.joint import Beside, Joint, JointRefused, Known, join_anew
from stampbook.loyalty.events.awarding import Awarding, note_given, request, rivals
from stampbook.loyalty.events.model import Judged, Occurrence
from stampbook.loyalty.model import Trigger
from stampbook.programs.faults import Changed
from stampbook.storage.store import Row
from stampbook.watching.noticing import Noticed

log = logging.getLogger(__name__)
noticed = Noticed(log)

BATCH: Final = 100
"""Members that the worker looks at in one pass."""

_FINGERPRINT: Final = b"member joined"

_LATER: Final = Refusal(Code.OVERLOADED, "the member was changed meanwhile")

_DONE: Final = "DELETE FROM joined_members WHERE member_id = $1"


async def welcome(context: Awarding, member: int) -> Judged | None:
    """Judge that the member has joined; None if nothing is left to do.

    Raises JointRefused: it is done later.
    """
    return await _welcome(context, await _waiting(context, member))


async def _waiting(context: Awarding, member: int) -> Row | None:
    return await context.store.fetch_one(
        "SELECT member_id, program_id, tenant_id, joined_at FROM joined_members"
        " WHERE member_id = $1",
        member,
    )


async def _welcome(context: Awarding, found: Row | None) -> Judged | None:
    if found is None:
        return None
    member = found["member_id"]
    what = Occurrence(
        tenant=found["tenant_id"],
        program=found["program_id"],
        member=member,
        kind=Trigger.MEMBER_JOINED,
        effective_at=found["joined_at"],
        external_id=str(member),
        fingerprint=_FINGERPRINT,
    )

    async def build() -> Joint | Known:
        if await _waiting(context, member) is None:
            return Known(())
        try:
            return await request(context, [what], beside=[Beside(_DONE, ((member,),))])
        except Changed:  # the member was merged or deleted before an account was opened
            raise JointRefused(0, _LATER) from None

    async with context.turns.of(await rivals(context, [what])):
        joined = await join_anew(context.ledger.join, build)
    note_given(context, joined.result)
    return next(iter(joined.result), None)


async def welcome_all(context: Awarding) -> bool:
    """Judge new members who are still waiting, the first ones first. Returns whether there were
    as many as one pass takes. One that fails is logged and does not delay the others."""
    rows = await context.store.fetch(
        "SELECT member_id, program_id, tenant_id, joined_at FROM joined_members"
        " ORDER BY member_id LIMIT $1",
        BATCH,
    )
    done = 0
    for row in rows:
        try:
            await _welcome(context, row)
            done += 1
        except JointRefused as refusal:
            code = refusal.refusal.code
            noticed.say("unwelcome", "member %d is not welcome yet: %s", row["member_id"], code)
    return len(rows) == BATCH == done
