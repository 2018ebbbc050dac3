"""What the OpenAPI descriptions of all APIs say, and what every generator relies on."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from stampbook.dialects.describing import Description, document
from stampbook.dialects.site.descriptions import DESCRIPTIONS
from stampbook.edge.operations import Operation
from tests.http.openapi.described import (
    NAMES,
    OPERATIONS,
    description_of,
    operations_in,
    schemas_in,
)

every = pytest.mark.parametrize("name", NAMES)


@cache
def specified() -> type[OpenAPIV31SpecValidator]:
    """The validator, but it looks for the anchors of the specification's own schema once, not at
    each reference to one: that would take half of its time."""
    schema = OpenAPIV31SpecValidator.schema_validator
    resolver = schema._resolver
    found = resolver._registry.crawl().resolver(resolver._base_uri)

    class Validator(OpenAPIV31SpecValidator):
        schema_validator = schema.evolve(_resolver=found)

    return Validator


@every
def test_the_specification_is_kept(name: str) -> None:
    specified()(description_of(name)).validate()


def test_what_breaks_the_specification_is_noticed() -> None:
    """Of the document around the schemas, and of a schema itself."""
    content = {"application/json": {"schema": {"type": "nonsense"}}}
    answers = {"200": {"description": 3, "content": content}}
    paths = {"/x": {"get": {"responses": answers}}}
    described = {**description_of(NAMES[0]), "paths": paths, "components": {}}
    faults = [each.message for each in specified()(described).iter_errors()]
    assert "3 is not of type 'string'" in faults
    assert any("nonsense" in each for each in faults)


@every
def test_every_operation_is_described(name: str) -> None:
    described = description_of(name)
    named = {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert named == {(each.method.lower(), each.path) for each in OPERATIONS[name]}
    ids = [each["operationId"] for each in operations_in(described)]
    assert len(ids) == len(set(ids))
    assert [each for each in ids if not re.fullmatch(r"[a-z][a-zA-Z0-9_]*", each)] == []
    assert all(each["summary"] for each in operations_in(described))
    assert described["servers"]


@every
def test_every_tag_is_declared_and_used(name: str) -> None:
    described = description_of(name)
    declared = [each["name"] for each in described["tags"]]
    assert set(declared) == {tag for each in operations_in(described) for tag in each["tags"]}
    assert set(declared) <= DESCRIPTIONS[name].tags.keys(), "a tag has no sentence"


@every
def test_nothing_optional_has_a_default(name: str) -> None:
    """A generator may take a field with a default to be always there."""
    found = [path for path, each in schemas_in(description_of(name)) if "default" in each]
    assert [path for path in found if not path.endswith("/responses")] == []


@every
def test_what_is_referred_to_is_there_and_used(name: str) -> None:
    described = description_of(name)
    referred = {
        each["$ref"].removeprefix("#/components/schemas/")
        for _, each in schemas_in(described)
        if isinstance(each.get("$ref"), str)
    }
    assert referred == described["components"]["schemas"].keys()


@every
def test_examples_fit(name: str) -> None:
    described = description_of(name)
    components = {"components": described["components"]}
    for operation in operations_in(described):
        for part in filter(None, [operation.get("requestBody"), *operation["responses"].values()]):
            for content in part.get("content", {}).values():
                schema = {**content["schema"], **components}
                if "example" in content:
                    Draft202012Validator(schema).validate(content["example"])


# -- shapes that are schemas ----------------------------------------------------------


async def _handled(call: Any) -> Any:
    """What it does.

    What nobody outside needs to know.
    """


AMOUNT = {"title": "Amount", "type": "number", "multipleOf": 0.01}


def _described(**fields: Any) -> Any:
    operation = Operation(
        name="act", method="POST", paths=("/act/{name}",), handler=_handled, tag="Acts", **fields
    )
    plain = Description(
        title="Some API",
        text="A text.",
        tags={"Acts": "What is done"},
        security={},
        secured=[],
        failure={"type": "object"},
        failure_example={},
        failures={"4XX": "Refused."},
    )
    described = document(plain, [operation])
    return described["paths"]["/act/{name}"]["post"], described["components"]["schemas"]


def test_a_schema_with_a_title_is_a_component() -> None:
    body = {"type": "object", "properties": {"sum": AMOUNT, "title": {"type": "string"}}}
    operation, components = _described(body=body, answer={"type": "array", "items": AMOUNT})
    sent = operation["requestBody"]["content"]["application/json"]["schema"]
    assert sent["properties"]["sum"] == {"$ref": "#/components/schemas/Amount"}
    answered = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert answered["items"] == {"$ref": "#/components/schemas/Amount"}
    assert components == {"Amount": AMOUNT}


def test_two_schemas_of_one_title_are_an_error_of_ours() -> None:
    with pytest.raises(AssertionError, match="two schemas are called Amount"):
        _described(body=AMOUNT, answer={**AMOUNT, "multipleOf": 1})


def test_a_default_becomes_a_sentence() -> None:
    operation, _ = _described(body={"type": "integer", "default": 50, "description": "How many"})
    sent = operation["requestBody"]["content"]["application/json"]["schema"]
    assert sent == {"type": "integer", "description": "How many. Without it: `50`."}


def test_an_operation_without_shapes_takes_and_answers_any_object() -> None:
    operation, _ = _described(summary="Act", scope="admin")
    anything = {"type": "object", "additionalProperties": True}
    body = operation["requestBody"]
    assert body == {"required": False, "content": {"application/json": {"schema": anything}}}
    assert operation["responses"]["200"]["content"] == {"application/json": {"schema": anything}}
    assert operation["description"] == "What it does. Needs the scope admin."
