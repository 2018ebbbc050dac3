"""The operations on the audit log and on anchors: docs/reference/native-api-audit.md."""

from stampbook.dialects.native.audit import listing
from stampbook.dialects.native.audit.wire import AuditShape
from stampbook.dialects.native.rows import ADMIN, ASKED, GET, PAGING, row
from stampbook.dialects.native.wire.pages import Page
from stampbook.programs.roles import Role
from stampbook.verifying.anchor_lines import Anchor

AUDIT = (
    row(GET, "/v1/audit", listing.list_audit, ADMIN,
        "List what was done, newest first", Page[AuditShape], aged=ASKED,
        query={
            "from": "only what was done at this instant or later",
            "to": "only what was done before this instant",
            "user_id": "only what this person did",
            "api_key_id": "only what was done with this key",
            "action": "only acts of this kind, such as currency.updated",
            "entity": "only what was done to the thing of this id",
            **PAGING,
        }),
    row(GET, "/v1/anchors", listing.list_anchors, ADMIN,
        "List anchors, newest first", Page[Anchor], query=PAGING, role=Role.ADMIN,
        aged=ASKED),
)  # fmt: skip
