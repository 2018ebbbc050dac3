"""What the pages say of methods, texts and limits is what the code has."""

from __future__ import annotations

from pathlib import Path

import pytest

from stampbook.dialects.altcraft.answers import BASE, FAILURES, REFUSALS
from stampbook.dialects.altcraft.routes import routes
from stampbook.dialects.altcraft.rows import COLUMNS
from stampbook.dialects.native.routes import PROMOTIONS
from stampbook.domain.refusals import Code

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = (DOCS / "reference" / "altcraft.md").read_text()
NATIVE = (DOCS / "reference" / "native-api-promotions.md").read_text()


def test_every_method_has_a_row() -> None:
    for route in routes:
        for path in route.paths:
            if "_file/" not in path:
                assert f"`{path.removeprefix(BASE)}`" in REFERENCE, path


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.INVALID_REQUEST])
def test_every_refusal_has_a_row(code: Code) -> None:
    number, text = REFUSALS[code]
    rows = [line for line in REFERENCE.splitlines() if line.startswith(f"| {number}")]
    assert any(text in row for row in rows), (number, text)


@pytest.mark.parametrize("status", FAILURES)
def test_every_failure_has_a_row(status: int) -> None:
    row = f"| {status}, HTTP {status} | {FAILURES[status]} |"
    assert row in REFERENCE


def test_every_field_of_a_transaction_is_named() -> None:
    for column in COLUMNS:
        assert f"`{column}`" in REFERENCE, column


def test_every_native_path_is_named() -> None:
    for endpoint in PROMOTIONS:
        assert f"`{endpoint.path}`" in NATIVE, endpoint.path
