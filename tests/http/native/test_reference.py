"""What the reference pages say of endpoints, fields and refusals is what the code has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from stampbook.dialects.native import problems
from stampbook.dialects.native.dialect import CONFLICTS
from stampbook.dialects.native.ledger.bulk_operations import Operation
from stampbook.dialects.native.routes import API_KEYS, LEDGER, MEMBERS, OPERATIONS, PROGRAMS
from stampbook.dialects.native.wire.lots import BalanceShape, LotShape
from stampbook.dialects.native.wire.transactions import TransactionShape
from stampbook.domain.refusals import Code
from stampbook.programs.api_keys import SCOPES

FOLDER = Path(__file__).parents[3] / "docs" / "reference"
PAGE = (FOLDER / "native-api.md").read_text("utf-8")
PAGES = "".join(page.read_text("utf-8") for page in sorted(FOLDER.glob("*.md")))


def test_every_refusal_and_problem_is_named() -> None:
    ours = {str(code) for code in Code} | set(problems.CODE_OF_STATUS.values()) - {"rate_limited"}
    assert [
        code for code in sorted(ours | set(CONFLICTS.values())) if f"`{code}`" not in PAGE
    ] == []


def test_every_endpoint_is_named() -> None:
    actions = re.compile(r"/v1/transactions/{id}(?=/)")
    missing = [
        each.path
        for each in OPERATIONS
        if each.path not in PAGES and f"`{actions.sub('…', each.path)}`" not in PAGES
    ]
    assert missing == []


@pytest.mark.parametrize("endpoint", [*PROGRAMS, *MEMBERS, *LEDGER, *API_KEYS])
def test_every_field_and_parameter_is_named(endpoint: object) -> None:
    body, query = endpoint.body, endpoint.query  # type: ignore[attr-defined]
    names = [*(body.__struct_fields__ if body else ()), *query]
    assert [name for name in names if not re.search(rf"\b{name}\b", PAGE)] == []


def test_every_field_of_an_answer_is_named() -> None:
    for shape in (TransactionShape, LotShape, BalanceShape, Operation):
        fields = shape.__struct_encode_fields__
        assert [name for name in fields if not re.search(rf"\b{name}\b", PAGE)] == []
    assert [scope for scope in SCOPES if f"`{scope}`" not in PAGE] == []


def test_examples_are_json_of_the_right_shape() -> None:
    blocks = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    examples = [json.loads(block) for block in blocks if not block.startswith('{"type": "')]
    for line in "".join(block for block in blocks if block.startswith('{"type": "')).splitlines():
        json.loads(line)
    always = set(TransactionShape.__struct_encode_fields__[: list(
        TransactionShape.__struct_encode_fields__
    ).index("shortfall") + 1])  # fmt: skip
    shapes = [
        set(LotShape.__struct_encode_fields__),
        set(BalanceShape.__struct_encode_fields__),
        always,
    ]
    for shape in shapes:
        assert any(set(example) == shape for example in examples), shape
