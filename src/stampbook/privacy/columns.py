"""Every column of text, and whether it can hold something about a person.

`ERASED` says where a person's data is and what is left of it; `SOUGHT` which columns are searched
for what identifies the person; `KEPT` why all other columns stay. A column that is in none of them
fails tests/privacy/test_columns.py.
"""

from typing import Final, NamedTuple

from stampbook.privacy import outgoing
from stampbook.privacy.scrubbing import (
    Left,
    empty,
    no_fields,
    nothing,
    without_metadata,
    without_names,
    without_objects,
    without_query,
    without_texts,
)


class Rows(NamedTuple):
    """Rows of a table that are about the person.

    `where` is a condition on them: {members}, {accounts} and {tenant} are the person's numbers.
    `left` says, by column, what is left of its text. `key` identifies a row. `whole`: nothing is
    left of a row that has one of the person's keys (scrubbing.Known), whatever else it says.
    """

    table: str
    key: tuple[str, ...]
    where: str
    left: dict[str, Left]
    whole: bool = False


_ORDERS: Final = (
    "order_id IN (SELECT order_id FROM orders"
    " WHERE tenant_id = {tenant} AND member_id IN ({members}))"
)
_PURCHASES: Final = (
    "purchase_id IN (SELECT purchase_id FROM purchases"
    " WHERE tenant_id = {tenant} AND member_id IN ({members}))"
)
_VISITS: Final = (
    "visit_id IN (SELECT visit_id FROM visits"
    " WHERE tenant_id = {tenant} AND member_id IN ({members}))"
)
_OWN: Final = "tenant_id = {tenant} AND member_id IN ({members})"
_OF_ACCOUNTS: Final = (
    "tenant_id = {tenant} AND (member_id IN ({members}) OR account_id IN ({accounts}))"
)
_DELIVERIES: Final = (
    "delivery_id IN (SELECT delivery_id FROM deliveries WHERE tenant_id = {tenant}"
    " AND (member_id IN ({members}) OR account_id IN ({accounts})))"
)
_OF_NOBODY: Final = "member_id IS NULL AND account_id IS NULL"
_SENT: Final = (
    "delivery_id IN (SELECT delivery_id FROM deliveries"  # noqa: S608 - a constant
    f" WHERE tenant_id = {{tenant}} AND {_OF_NOBODY})"
)

REFUSALS: Final = Rows(
    "import_refusals",
    ("import_id", "line", "number"),
    "import_id IN (SELECT import_id FROM imports WHERE tenant_id = {tenant})",
    {"value": without_names, "content": without_names},
    whole=True,
)
"""Rows that imports have refused. They are scrubbed last, so that an erasing that was interrupted
knows the person's rows again."""

ERASED: Final = (
    Rows(
        "members",
        ("member_id",),
        _OWN,
        {
            **dict.fromkeys(
                ("external_id", "email", "phone", "email_key", "phone_key", "name"), nothing
            ),
            "metadata": no_fields,
        },
    ),
    Rows(
        "accounts",
        ("shard", "account_id"),
        _OWN,
        {"number": nothing},
    ),
    Rows(
        "merges",
        ("merge_id",),
        "tenant_id = {tenant} AND (member_id IN ({members}) OR into_id IN ({members}))",
        {"reason": nothing, "actor": nothing},
    ),
    Rows(
        "events",
        ("event_id",),
        _OWN,
        {"facts": without_objects, "metadata": no_fields},
    ),
    Rows(
        "orders",
        ("order_id",),
        _OWN,
        {
            "lines": without_metadata,
            "metadata": no_fields,
            "origin": without_texts,
            "judged": without_objects,
        },
    ),
    Rows("refunds", ("refund_id",), _ORDERS, {"reason": nothing, "fingerprint": empty}),
    Rows(
        "purchases",
        ("purchase_id",),
        _OWN,
        {"metadata": no_fields, "origin": without_texts},
    ),
    Rows("purchase_refunds", ("refund_id",), _PURCHASES, {"origin": without_texts}),
    Rows("grants", ("grant_id",), _OWN, {"origin": without_texts}),
    Rows("visits", ("visit_id",), _OWN, {"comment": empty}),
    Rows("visit_records", ("record_id",), _VISITS, {"comment": empty, "extra": no_fields}),
    Rows("visit_lines", ("line_id",), _VISITS, {"extra": no_fields}),
    Rows("visit_payments", ("payment_id",), _VISITS, {"comment": empty}),
    Rows("completed_visits", ("visit_id",), _VISITS, {"judged": without_objects}),
    *(
        Rows(
            "outbox",
            ("number",),
            f"{_OF_ACCOUNTS} AND type = '{name}'",
            {"value": outgoing.left_of(name)},
        )
        for name in sorted(outgoing.TYPES - outgoing.OF_NOBODY)
    ),
    Rows("delivery_tries", ("delivery_id", "number"), _DELIVERIES, {"response": nothing}),
    Rows("deliveries", ("delivery_id",), _OF_ACCOUNTS, {"body": no_fields}),
    Rows(
        "voucherify_customers",
        ("customer_id",),
        """tenant_id = {tenant} AND customer_id IN (
            SELECT customer_id FROM voucherify_members WHERE member_id IN ({members}))
        AND NOT EXISTS (
            SELECT 1 FROM voucherify_members o JOIN members m ON m.member_id = o.member_id
            WHERE o.customer_id = voucherify_customers.customer_id
              AND m.erased_at IS NULL AND m.member_id NOT IN ({members}))""",
        {
            **dict.fromkeys(("source_id", "name", "email", "phone"), nothing),
            "metadata": no_fields,
        },
    ),
    Rows(
        "voucherify_activities",
        ("activity_id",),
        """tenant_id = {tenant} AND ((entity = 'member' AND entity_id IN ({members}))
            OR (entity = 'card' AND entity_id IN ({accounts})))""",
        {"data": without_texts, "source": without_texts},
    ),
    Rows(
        "voucherify_order_transactions",
        ("transaction_id",),
        _OWN,
        {"details": without_texts},
    ),
    Rows(
        "voucherify_rejections",
        ("rejection_id",),
        "tenant_id = {tenant} AND account_id IN ({accounts})",
        {"reason": nothing},
    ),
)
"""In the order in which they are erased. Texts of the journal and of the audit log are erased with
their salts (privacy/erasing.py)."""

SOUGHT: Final = (
    Rows("idempotency_keys", ("tenant_id", "key"), "tenant_id = {tenant}", {"body": without_texts}),
    Rows(
        "approvals",
        ("approval_id",),
        "tenant_id = {tenant}",
        {
            "path": without_query,
            **dict.fromkeys(("body", "problem"), without_texts),
            **dict.fromkeys(("actor", "reason", "subject"), nothing),
        },
    ),
    *(
        Rows(
            "outbox",
            ("number",),
            "tenant_id = {tenant} AND " + f"type = '{name}'",
            {"value": outgoing.left_of(name)},
        )
        for name in sorted(outgoing.OF_NOBODY)
    ),
    Rows("delivery_tries", ("delivery_id", "number"), _SENT, {"response": without_names}),
    Rows(
        "deliveries",
        ("delivery_id",),
        f"tenant_id = {{tenant}} AND {_OF_NOBODY}",
        {"body": without_texts},
    ),
    Rows(
        "voucherify_async_actions",
        ("action_id",),
        "tenant_id = {tenant}",
        {"result": without_texts},
    ),
    Rows(
        "voucherify_exports",
        ("export_id",),
        "tenant_id = {tenant}",
        {"parameters": without_names},
    ),
    Rows(
        "altcraft_export_parts",
        ("export_id", "part"),
        "export_id IN (SELECT export_id FROM altcraft_exports WHERE tenant_id = {tenant})",
        {"content": without_names},
    ),
    Rows("visit_lines", ("line_id",), _VISITS, {"title": without_names}),
    Rows("orders", ("order_id",), _OWN, {"channel": without_names, "location": without_names}),
    REFUSALS,
)
"""Columns of the whole tenant that are searched: a row that names the person is scrubbed."""

WITH_A_SALT: Final = {
    "transactions": ("reason", "actor", "metadata"),
    "audit": ("changes", "reason"),
}
"""What a hash covers by a digest: it is erased together with the salt."""

_CODE: Final = "a word of ours"
_CATALOGUE: Final = "what is administered, and not about one person"
_ID: Final = "an id: what is left of an act are ids, amounts and dates"
_NUMBERS: Final = "numbers and ids"
_STAFF: Final = "about people who work here, who are no members"
_HASHED: Final = "an id that the chain of hashes covers"

KEPT: Final = {
    "address_failures": {"address": "of callers without a key; it is gone after a while"},
    "altcraft_exports": dict.fromkeys(("task", "download_key"), _ID) | {"status": _CODE},
    "anchors": {"line": _NUMBERS},
    "api_keys": dict.fromkeys(("name", "scopes", "addresses", "prefix"), _STAFF),
    "approvals": {"status": _CODE, "method": _CODE, "key": _ID},
    "audit": {
        **dict.fromkeys(("action", "dialect"), _CODE),
        **dict.fromkeys(("entity", "request_id"), _HASHED),
        **dict.fromkeys(("address", "actor"), _STAFF),
    },
    "benefits": dict.fromkeys(
        ("name", "type", "status", "terms", "metadata", "origin"), _CATALOGUE
    ),
    "completed_visits": {"terms": _NUMBERS},
    "currencies": dict.fromkeys(
        ("name", "code", "policy", "spent_accrual", "expired_restore", "metadata"), _CATALOGUE
    ),
    "currency_options": dict.fromkeys(
        ("earning_limits", "spending_limits", "return_spent"), _CATALOGUE
    ),
    "deliveries": {
        "event_id": _ID,
        **dict.fromkeys(("type", "status"), _CODE),
        "last_error": "what our own client says of an endpoint",
    },
    "delivery_tries": {"error": "what our own client says of an endpoint"},
    "events": {
        **dict.fromkeys(("kind", "name"), _CATALOGUE),
        "external_id": _ID,
        "cancel_rows": _NUMBERS,
    },
    "external_ids": {"external_id": _HASHED},
    "followers": {"name": _CODE},
    "grants": {"state": _CODE, "reason": _CODE},
    "guards": {"subject": _ID},
    "idempotency_keys": {"key": _ID},
    "import_cards": {"source": _CODE, "card_id": _ID},
    "import_refusals": dict.fromkeys(("column_name", "code", "message"), _CODE),
    "exports": {
        **dict.fromkeys(("kind", "format", "status"), _CODE),
        "file": "a random name; the file itself goes when a person is erased",
    },
    "imports": {
        **dict.fromkeys(("kind", "declared", "status"), _CODE),
        "layout": "names of columns",
        "file": "a random name; the file itself goes when it is not needed, or a person is erased",
        "totals": _NUMBERS,
    },
    "locations": dict.fromkeys(("title", "timezone"), _CATALOGUE),
    "lot_rows": {"closed": _NUMBERS},
    "members": {"status": _CODE},
    "merges": {
        **dict.fromkeys(("status_before", "dialect"), _CODE),
        "request_id": _ID,
        "address": _STAFF,
    },
    "orders": {
        **dict.fromkeys(("customer", "external_id"), _ID),
        **dict.fromkeys(("status", "money"), _CODE),
    },
    "outbox": {"type": _CODE},
    "payments": {"return_spent": _CODE},
    "point_promotion_rules": {"kind": _CODE},
    "point_promotions": dict.fromkeys(("external_id", "name", "description", "status"), _CATALOGUE),
    "programs": dict.fromkeys(
        ("name", "timezone", "status", "metadata", "phone_region"), _CATALOGUE
    ),
    "promotions": dict.fromkeys(("title", "kind", "terms"), _CATALOGUE),
    "purchases": {"state": _CODE, "external_id": _ID},
    "refunds": {
        "external_id": _ID,
        "cause": _CODE,
        **dict.fromkeys(("lines", "effects"), _NUMBERS),
    },
    "reward_codes": {"code": _CATALOGUE, "state": _CODE},
    "rewards": dict.fromkeys(("name", "type", "status", "terms", "metadata", "origin"), _CATALOGUE),
    "rule_versions": dict.fromkeys(("body", "library"), _CATALOGUE),
    "rules": dict.fromkeys(
        ("name", "status", "trigger_type", "trigger_name", "origin", "metadata"), _CATALOGUE
    ),
    "schema_code": dict.fromkeys(("oldest", "newest"), _CODE),
    "segment_members": {"segment": "the name of a group, which has other members, too"},
    "sessions": dict.fromkeys(("address", "user_agent"), _STAFF),
    "standings": {"parts": _NUMBERS},
    "tenants": {"name": _STAFF},
    "tier_groups": dict.fromkeys(("name", "status", "terms", "metadata", "origin"), _CATALOGUE),
    "tier_heralds": {"basis": _NUMBERS},
    "tier_standings": dict.fromkeys(("basis", "state", "history"), _NUMBERS),
    "tiers": dict.fromkeys(("external_id", "name", "segment", "metadata", "origin"), _CATALOGUE),
    "transactions": {
        **dict.fromkeys(("postings", "terms", "state"), _NUMBERS),
        **dict.fromkeys(("external_id", "subject", "request_id"), _HASHED),
        "dialect": _CODE,
    },
    "unrewarded": {"reason": _CODE},
    "users": dict.fromkeys(
        (
            *("login", "password_hash", "scopes", "name", "email", "phone", "role", "status"),
            *("language", "totp_secret"),
        ),
        _STAFF,
    ),
    "verifications": {"name": _CODE},
    "visit_lines": {"kind": _CODE},
    "voucherify_activities": {"entity": _CODE, "type": _CODE},
    "voucherify_async_actions": {"type": _CODE},
    "voucherify_card_definitions": dict.fromkeys(
        ("name", "status", "body", "metadata"), _CATALOGUE
    ),
    "voucherify_counters": {"counters": _NUMBERS},
    "voucherify_event_names": {"name": _CATALOGUE},
    "voucherify_programs": {"validity_hours": _CATALOGUE},
    "voucherify_rejections": {"type": _CODE},
    "voucherify_tier_structures": dict.fromkeys(
        ("name", "status", "type", "body", "metadata"), _CATALOGUE
    ),
    "voucherify_tiers": dict.fromkeys(("name", "body", "metadata"), _CATALOGUE),
    "webhooks": {
        **dict.fromkeys(("url", "events", "description", "headers", "cursor"), _CATALOGUE),
        **dict.fromkeys(("format", "status", "disabled_reason"), _CODE),
        **dict.fromkeys(("secret", "old_secret"), "what signs, and is about nobody"),
    },
}
"""Columns that stay as they are, and why."""
