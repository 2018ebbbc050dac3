"""Every text and every list of every body that any API describes is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stampbook.dialects.describing import document
from stampbook.dialects.site.descriptions import DESCRIPTIONS
from stampbook.dialects.table import DIALECTS
from stampbook.edge.bodies import MAX_ITEMS, MAX_TEXT
from stampbook.edge.requests import Dialect

APIS = {each.name: each for each in DIALECTS if each.name in DESCRIPTIONS}

FREE = frozenset({"metadata", "external_data", "custom_fields"})
"""Objects that are kept as they are: their bytes are counted, see test_metadata.py."""

COUNTED = "an object that is kept: its bytes are counted as those of metadata"
IGNORED = "nothing of it is read: only the size of the whole body bounds it"

PASSWORDS = "passwords have at most 1,024 characters, in every API"

ADDRESSES = "addresses have at most 2,000 characters"

FORMULAS = "a formula has at most 2,000 characters, as the vendor's description says"

FILES = "a file of up to 2 GiB, which no process holds in memory"

OTHERS: dict[str, str] = {
    "WebhookBody.url": ADDRESSES,
    "WebhookChange.url": ADDRESSES,
    "post /api/v1/auth .password": PASSWORDS,
    "ConfirmationBody.password": PASSWORDS,
    "PasswordBody.password": PASSWORDS,
    "SignInBody.password": PASSWORDS,
    "UserBody.password": PASSWORDS,
    "UserChange.password": PASSWORDS,
    **{
        f"post /api/v1/chain/{{chain_id}}/loyalty/abonements/{{membership_id}}/{what} ": IGNORED
        for what in ("freeze", "unfreeze", "set_balance", "set_period")
    },
    "post /v1/loyalties/members/{member}/pending-points/{entry}/cancel ": IGNORED,
    "Cost.tier_rules": IGNORED,
    "NewCost.tier_rules": IGNORED,
    "ExchangeRatio.formula": FORMULAS,
    "ExportParameters.filters": COUNTED,
    "Publication.customer": COUNTED,
    "RedemptionBody.order": COUNTED,
    "RollbackBody.customer": COUNTED,
    "RollbackBody.order": COUNTED,
    "post /v1/imports ": FILES,
    "post /v1/imports .file": FILES,
}
"""What the description alone does not bound, with the reason."""

Schema = dict[str, Any]
Found = tuple[str, Schema]


class Walk:
    """What is in the bodies of an API, by the place where it is."""

    def __init__(self, api: Dialect) -> None:
        self.page = document(DESCRIPTIONS[api.name], api.operations)
        self._seen: set[str] = set()

    def everything(self) -> Iterator[Found]:
        for path, operations in self.page["paths"].items():
            for method, operation in operations.items():
                body = operation.get("requestBody") if isinstance(operation, dict) else None
                for content in (body or {}).get("content", {}).values():
                    yield from self._under(f"{method} {path} ", content.get("schema", {}))

    def _under(self, place: str, schema: Schema) -> Iterator[Found]:
        reference = schema.get("$ref")
        if reference is not None:
            name = reference.rpartition("/")[2]
            if name in self._seen:
                return
            self._seen.add(name)
            yield from self._under(name, self.page["components"]["schemas"][name])
            return
        yield place, schema
        for name, each in schema.get("properties", {}).items():
            yield from self._under(f"{place}.{name}", each)
        for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
            yield from self._under(place, each)
        for name in ("items", "additionalProperties"):
            if isinstance(schema.get(name), dict):
                yield from self._under(f"{place}[]", schema[name])


def kinds_of(schema: Schema) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def is_bounded(place: str, schema: Schema) -> bool:
    name = place.rpartition(".")[2].removesuffix("[]")
    if name in FREE or "enum" in schema or "const" in schema:
        return True
    kinds = kinds_of(schema)
    if "string" in kinds and schema.get("maxLength", MAX_TEXT + 1) > MAX_TEXT:
        return False
    if "array" in kinds and schema.get("maxItems", MAX_ITEMS + 1) > MAX_ITEMS:
        return False
    if "object" in kinds and "properties" not in schema:
        return "maxProperties" in schema
    known = ("anyOf", "oneOf", "allOf", "$ref")
    return bool(kinds) or any(each in schema for each in known)


@pytest.mark.parametrize("name", APIS)
def test_every_text_and_list_of_every_body_has_a_bound(name: str) -> None:
    found = list(Walk(APIS[name]).everything())
    assert len(found) > 20
    loose = {place for place, schema in found if not is_bounded(place, schema)}
    assert loose - OTHERS.keys() == set()


def test_what_is_excepted_is_there() -> None:
    places = {place for api in APIS.values() for place, _ in Walk(api).everything()}
    assert OTHERS.keys() <= places
