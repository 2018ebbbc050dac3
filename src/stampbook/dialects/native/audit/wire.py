"""Rows of the audit log, and anchors, as they are answered."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.json import decode

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import Instant
from stampbook.programs.audit_pages import Entry

INSTANT: Final = "_at"
"""How the names of fields end that hold instants."""


class ChangeShape(Struct, frozen=True):
    """What a field was, and what it is."""

    before: Any
    after: Any


class AuditShape(Struct, frozen=True):
    """`user_id` and `api_key_id`: who acted. `actor`: who used the command line."""

    id: str
    at: Instant
    action: str
    entity: str | None
    program_id: str | None
    user_id: str | None
    api_key_id: str | None
    actor: str | None
    address: str | None
    request_id: str | None
    dialect: str | None
    changes: Mapping[str, ChangeShape]
    reason: str | None


def audit_shape(entry: Entry) -> AuditShape:
    changes: dict[str, dict[str, Any]] = decode(entry.changes)
    return AuditShape(
        id=ids.write(ids.AUDIT, entry.number),
        at=instants.write(entry.at),
        action=entry.action,
        entity=entry.entity,
        program_id=_id(ids.PROGRAM, entry.program_id),
        user_id=_id(ids.USER, entry.user_id),
        api_key_id=_id(ids.API_KEY, entry.api_key_id),
        actor=entry.actor,
        address=entry.address,
        request_id=entry.request_id,
        dialect=entry.dialect,
        changes={
            name: ChangeShape(*(_shown(name, each.get(when)) for when in ("before", "after")))
            for name, each in changes.items()
        },
        reason=entry.reason,
    )


def _id(prefix: str, number: int | None) -> str | None:
    return None if number is None else ids.write(prefix, number)


def _shown(name: str, value: Any) -> Any:
    """The value, with instants as everywhere in this API."""
    if isinstance(value, dict):
        return {each: _shown(each, part) for each, part in value.items()}
    if isinstance(value, list):
        return [_shown(name, part) for part in value]
    if name.endswith(INSTANT) and type(value) is int:
        return instants.write_date(value)
    return value
