"""What the reference page claims: operations, tests, paths, refusals."""

from __future__ import annotations

import importlib
import re
from inspect import signature
from pathlib import Path

from stampbook.dialects.voucherify.core.faults import REFUSALS, refused
from stampbook.dialects.voucherify.dialect import VOUCHERIFY
from stampbook.domain.refusals import Code, Refusal
from tests.http.voucherify.operations import OPERATIONS, TESTS, table

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/reference/voucherify.md"
MARKS = re.compile(r"<!-- operations: begin -->\n(.*?)\n?<!-- operations: end -->", re.DOTALL)


def _served() -> set[tuple[str, str]]:
    """Method and path of every operation."""
    return {(each.method, path) for each in VOUCHERIFY.operations for path in each.paths}


def test_every_operation_has_its_test() -> None:
    assert len(OPERATIONS) == 102  # all that the vendor has
    assert set(TESTS) == set(OPERATIONS)
    for test in TESTS.values():
        file, _, function = test.partition("::")
        (path,) = Path(__file__).parent.rglob(f"{file}.py")
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        # The fixture fails a test that does not ask for its operation.
        assert "house" in signature(getattr(module, function)).parameters, test


def test_the_table_is_that_of_the_page() -> None:
    """If it is not: `python -m tests.http.voucherify.test_reference` writes it."""
    found = MARKS.search(PAGE.read_text())
    assert found is not None
    assert found[1] == table()


def test_every_path_of_v1_is_on_the_page() -> None:
    page = PAGE.read_text()
    for method, path in _served():
        if not path.startswith("/v2/"):
            assert f"{method} {path}" in page


def test_errors_on_every_path_are_this_dialects() -> None:
    assert all(VOUCHERIFY.owns(path) for _, path in _served())


def test_every_refusal_of_the_ledger_has_words() -> None:
    assert set(REFUSALS) == set(Code)
    for code in Code:
        fault = refused(Refusal(code, "because"))
        assert fault.status in (400, 403, 404, 423, 503)
        assert fault.details == "Because"
        assert (fault.retry_after_s is None) == (code is not Code.OVERLOADED)


if __name__ == "__main__":
    PAGE.write_text(
        MARKS.sub(
            f"<!-- operations: begin -->\n{table()}\n<!-- operations: end -->", PAGE.read_text()
        )
    )
