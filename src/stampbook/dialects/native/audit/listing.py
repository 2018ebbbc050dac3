"""`/audit`: who changed what. `/anchors`: what the journals were."""

from typing import Final

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.audit.wire import AuditShape, audit_shape
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.problems import invalid_parameter
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.programs import audit_pages
from stampbook.programs.audit_pages import Wanted
from stampbook.programs.auditing import ACTIONS
from stampbook.programs.roles import Role
from stampbook.verifying import anchors
from stampbook.verifying.anchor_lines import Anchor
from stampbook.visits import locations

MAX_LOCATIONS: Final = 10_000


async def list_audit(call: Call) -> Page[AuditShape]:
    """The rows that the caller may see, newest first: administrators and keys see all, managers
    what is about programs, and those who are bound to programs what is about these. Keys are for
    administrators of the whole tenant, and so are rows about them."""
    caller = call.caller
    if caller.user is None:
        finding.unbound(call)
    limit = finding.limit(call)
    action = call.query.get("action")
    if action is not None and action not in ACTIONS:
        raise invalid_parameter("action", "is not an action of the audit log")
    wanted = Wanted(
        only_of=finding.bound_user(call),
        of_programs=caller.role is Role.MANAGER or None,
        of_keys=False if caller.is_bound or caller.role is Role.MANAGER else None,
        places=await _places(call),
        since=finding.asked_instant(call, "from"),
        until=finding.asked_instant(call, "to"),
        user=finding.asked_id(call, "user_id", ids.USER),
        api_key=finding.asked_id(call, "api_key_id", ids.API_KEY),
        action=action,
        entity=call.query.get("entity"),
    )
    found = await audit_pages.page(
        call.context.store,
        tenant=call.caller.tenant,
        wanted=wanted,
        before=finding.cursor(call, ids.AUDIT),
        limit=limit + 1,
    )
    return page_of([audit_shape(each) for each in found], limit)


async def _places(call: Call) -> tuple[str, ...] | None:
    """The locations that the caller sees; None for those who see all of their programs."""
    caller, store = call.caller, call.context.store
    if not any(each.location for each in caller.limits):
        return None
    found = await locations.page(
        store, tenant=caller.tenant, only_of=caller.user, limit=MAX_LOCATIONS
    )
    return tuple(ids.write(ids.LOCATION, each.number) for each in found)


async def list_anchors(call: Call) -> Page[Anchor]:
    """A page has fewer than the limit where they are long."""
    finding.unbound(call)
    limit = finding.limit(call)
    tenant, before = call.caller.tenant, finding.cursor(call, ids.ANCHOR)
    found = await anchors.page(call.context.store, tenant=tenant, before=before, limit=limit)
    first = ids.write(ids.ANCHOR, 1)
    return Page(found, None if not found or found[-1].id == first else found[-1].id)
