"""What the OpenAPI description of the native API says beside what is true of all."""

from __future__ import annotations

import json
import re
from pathlib import Path

from stampbook.dialects.native import dialect
from stampbook.dialects.native.codes import CODES, OWN
from stampbook.dialects.native.dialect import CONFLICTS
from tests.http.openapi.described import description_of, operations_in

DESCRIBED = description_of("native")


def test_an_amount_is_one_schema() -> None:
    """Every field that the structs call an amount refers to it, in requests and answers."""
    schemas = DESCRIBED["components"]["schemas"]
    assert schemas["Amount"]["type"] == "string"
    amounts = {
        "amount", "active", "pending", "available", "held", "total", "deficit", "issued", "spent",
        "expired", "revoked", "restored", "effect", "balance_before", "balance_after",
        "shortfall", "cancelled_amount", "overdraft", "threshold", "initial_balance", "price",
        "cost", "left", "unpaid", "static_amount", "min_amount", "max_amount",
    }  # fmt: skip
    words = {("CurrencyBody", "pending"), ("CurrencyChange", "pending"),
             ("CurrencyShape", "pending"), ("PromotionShape", "active"),
             ("FixedBody", "pending"), ("PerBody", "pending"),
             ("AwardShape", "effect"), ("TriedAward", "effect"),
             ("CodeCounts", "issued")}  # fmt: skip
    found = set()
    for name, schema in schemas.items():
        for field, shape in schema.get("properties", {}).items():
            if field in amounts and (name, field) not in words:
                found.add(field)
                plain = shape["anyOf"][0] if "anyOf" in shape else shape
                assert plain["$ref"] == "#/components/schemas/Amount", (name, field)
    assert found == amounts


def test_what_is_required_is_said_to_be() -> None:
    required = {
        (path, each["name"])
        for path, methods in DESCRIBED["paths"].items()
        for operation in methods.values()
        for each in operation["parameters"]
        if each["in"] == "query" and each.get("required")
    }
    reports = {
        (f"/v1/programs/{{id}}/reports/{name}", each)
        for name in (
            *("earning", "rules", "spending", "tiers"),
            *("activity", "breakage", "expiring", "activity/members", "activity/transactions"),
        )
        for each in ("from", "to")
    }
    others = {
        ("/v1/transactions", "external_id"), ("/v1/search", "q"), ("/v1/imports", "kind"),
        ("/v1/deliveries", "event_id"),
    }  # fmt: skip
    assert required == others | reports


def test_bodies_of_actions_may_be_left_out() -> None:
    optional = {
        each["operationId"]
        for each in operations_in(DESCRIBED)
        if "requestBody" in each and not each["requestBody"]["required"]
    }
    actions = ("commit", "release", "cancel", "activate", "expire")
    others = {"refund_purchase", "pay_order", "cancel_order", "return_order_payment"}
    others |= {f"{action}_request" for action in ("approve", "reject", "withdraw")}
    others |= {"rotate_api_key", "rotate_webhook", "enable_webhook"}
    assert optional == {f"{action}_transaction" for action in actions} | others


def test_every_operation_has_an_example() -> None:
    for operation in operations_in(DESCRIBED):
        for part in filter(None, [operation.get("requestBody"), *operation["responses"].values()]):
            for content in part["content"].values():
                assert "example" in content, operation["operationId"]


def test_what_is_created_has_an_address() -> None:
    for operation in operations_in(DESCRIBED):
        for status, answer in operation["responses"].items():
            assert ("Location" in answer.get("headers", {})) is (status == "201")


def test_instants_and_decimals_are_said_to_be() -> None:
    """So that generated clients have types for them. An instant may be a word only where a policy
    or a transaction says when points become usable or expire."""
    found = []
    for name, schema in DESCRIBED["components"]["schemas"].items():
        for field, shape in schema.get("properties", {}).items():
            text = json.dumps(shape)
            is_instant = field in ("at", "as_of", "timestamp") or field.endswith(("_at", "_until"))
            is_number = field in ("quantity", "returned", "discount_percent", "rate", "every")
            if is_instant and '"date-time"' not in text:
                found.append((name, field))
            if is_number and '"string"' in text and '"decimal"' not in text:
                found.append((name, field))
    words = {(name, field) for name in ("TransactionBody", "Operation")
             for field in ("activates_at", "expires_at")}  # fmt: skip
    assert set(found) == words


def test_every_code_of_a_problem_is_described() -> None:
    """Those that handlers spell out are in the table, and no others."""
    sources = "".join(
        path.read_text("utf-8")
        for path in sorted(Path(dialect.__file__).parent.rglob("*.py"))
        if path.name != "codes.py"
    )
    spelled = set(re.findall(r'Failure\(\s*\d{3},\s*"(\w+)"', sources))
    spelled |= set(CONFLICTS.values()) | set(re.findall(r'taken\([^()]*"(\w+)"\)', sources))
    assert spelled - set(CODES) == set()
    assert [code for code in OWN if f'"{code}"' not in sources] == []
    described = DESCRIBED["components"]["schemas"]["ProblemCode"]
    assert described["x-extensible-enum"] == sorted(set(CODES))
