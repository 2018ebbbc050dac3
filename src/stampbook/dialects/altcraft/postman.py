"""A Postman collection of all methods, in JSON and in XML.

`python -m stampbook.dialects.altcraft.postman > docs/postman/altcraft.json` writes the one of the
repository anew; a test holds it against this module.
"""

import json
import sys
from typing import Any, NamedTuple

from stampbook.dialects.altcraft.answers import BASE
from stampbook.dialects.altcraft.formats.writing import JSON, XML, Value, write

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

VARIABLES = {
    "url": "http://127.0.0.1:8000",
    "token": "",
    "loyalty_program_id": "1",
    "points_currency_eid": "points",
    "tiers_group_id": "1",
    "email": "a@example.com",
    "transaction_eid": "order-1",
    "transaction_id": "",
    "task_id": "",
}
"""What a user sets once. The two ids at the end are filled in by the answers."""

NUMBERS = ("loyalty_program_id", "tiers_group_id")
"""Variables that stand in JSON without quotes."""

WHO: dict[str, Value] = {
    "loyalty_program_id": "{{loyalty_program_id}}",
    "matching": "email",
    "email": "{{email}}",
}
CURRENCY: dict[str, Value] = {"points_currency_eid": "{{points_currency_eid}}"}
DATES: dict[str, Value] = {
    "date_from": "2026-01-01T00:00:00Z",
    "date_to": "2026-12-31T23:59:59Z",
}
BY_ID: dict[str, Value] = {"transaction_id": "{{transaction_id}}"}
BY_EID: dict[str, Value] = {"transaction_eid": "{{transaction_eid}}"}


class Method(NamedTuple):
    """A request of the collection. `keeps` is the field of its answer's data to remember."""

    name: str
    path: str
    body: dict[str, Value]
    keeps: str | None = None


METHODS = (
    Method("Register a member", "register_member", WHO),
    Method(
        "Accrue points",
        "accrue_points",
        {
            **WHO,
            **CURRENCY,
            "amount": "100.50",
            "transaction_eid": "{{transaction_eid}}",
            "external_data": {"order_id": "{{transaction_eid}}"},
        },
        keeps="transaction_id",
    ),
    Method(
        "Accrue points, temporary",
        "accrue_points",
        {**WHO, **CURRENCY, "amount": "50", "is_temp": True, "temp_timeout_sec": 600},
        keeps="transaction_id",
    ),
    Method("Commit a temporary transaction", "commit_transaction", BY_ID, keeps="transaction_id"),
    Method(
        "Redeem points, temporary",
        "redeeme_points",
        {**WHO, **CURRENCY, "amount": "20", "is_temp": True, "temp_timeout_sec": 600},
        keeps="transaction_id",
    ),
    Method("Roll back a temporary transaction", "rollback_transaction", BY_ID),
    Method(
        "Redeem points",
        "redeeme_points",
        {**WHO, **CURRENCY, "amount": "20"},
        keeps="transaction_id",
    ),
    Method("Cancel a transaction by its id", "cancel_transaction", BY_ID),
    Method("Redeem points, spelt right", "redeem_points", {**WHO, **CURRENCY, "amount": "20"}),
    Method("Balance", "account/balance", {**WHO, **CURRENCY}),
    Method("Transactions", "account/transactions", {**WHO, **CURRENCY, "limit": 20}),
    Method("Expiring points", "account/expiring_points", {**WHO, **CURRENCY, **DATES}),
    Method("Tiers", "account/tiers", {**WHO, "tiers_group_id": "{{tiers_group_id}}"}),
    Method(
        "Trigger promotions",
        "trigger_promotions",
        {"loyalty_program_id": "{{loyalty_program_id}}", "is_active": True, "limit": 20},
    ),
    Method(
        "Export transactions",
        "transactions_export",
        {"loyalty_program_id": "{{loyalty_program_id}}", **CURRENCY, **DATES},
        keeps="task_id",
    ),
    Method("Status of an export", "transactions_export_status", {"task_id": "{{task_id}}"}),
    Method("Cancel a transaction by its external id", "cancel_transaction", BY_EID),
    Method("Remove a member", "delete_member", WHO),
)


def collection() -> dict[str, Any]:
    """The collection as Postman's format 2.1 has it."""
    return {
        "info": {
            "name": "Stampbook: the Altcraft loyalty API",
            "description": "Set url and token, then run the requests in their order.",
            "schema": SCHEMA,
        },
        "auth": {
            "type": "bearer",
            "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}],
        },
        "variable": [{"key": key, "value": value} for key, value in VARIABLES.items()],
        "item": [
            {"name": form.upper(), "item": [_item(method, form) for method in METHODS]}
            for form in (JSON, XML)
        ],
    }


def _item(method: Method, form: str) -> dict[str, Any]:
    path = f"{BASE}/loyalty/{method.path}"
    item: dict[str, Any] = {
        "name": method.name,
        "request": {
            "method": "POST",
            "header": [{"key": "Content-Type", "value": f"application/{form}"}],
            "body": {
                "mode": "raw",
                "raw": _body(method, form),
                "options": {"raw": {"language": form}},
            },
            "url": {
                "raw": f"{{{{url}}}}{path}",
                "host": ["{{url}}"],
                "path": path.strip("/").split("/"),
            },
        },
    }
    if method.keeps is not None:
        item["event"] = [{"listen": "test", "script": _remember(method.keeps, form)}]
    return item


def _body(method: Method, form: str) -> str:
    if form == XML:
        return write(method.body, XML).decode()
    text = json.dumps(method.body, indent=2)
    for name in NUMBERS:
        text = text.replace(f'"{{{{{name}}}}}"', f"{{{{{name}}}}}")
    return text


def _remember(field: str, form: str) -> dict[str, Any]:
    """A script that puts a field of the answer into the variable of its name."""
    if form == JSON:
        found = f"const found = (pm.response.json().data || {{}}).{field};"
    else:
        found = f"const found = (/<{field}>([^<]+)</.exec(pm.response.text()) || [])[1];"
    return {
        "type": "text/javascript",
        "exec": [found, f'if (found) pm.collectionVariables.set("{field}", found);'],
    }


def text() -> str:
    """The collection as the file has it."""
    return json.dumps(collection(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
