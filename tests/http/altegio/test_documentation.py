"""What docs/reference/altegio.md claims: every path that is served, and every refusal's answer."""

from __future__ import annotations

import re
from pathlib import Path

from stampbook.dialects.altegio.answers import REFUSALS
from stampbook.dialects.altegio.dialect import ALTEGIO
from stampbook.domain.refusals import Code
from tests.http.altegio.test_garbage import operations

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "altegio.md"
NAMES = {
    "location_id": "L",
    "chain_id": "chain",
    "card_id": "card",
    "program_id": "program",
    "visit_id": "visit",
    "record_id": "record",
    "client_id": "client",
    "document_id": "document",
    "transaction_id": "id",
    "membership_id": "id",
    "good_id": "good",
}
OTHER_SPELLINGS = ("/locations/", "/chains/", "/appointment")


def documented(path: str) -> str:
    """A template as the page spells it."""
    path = path.removeprefix("/api")
    path = re.sub(r"^/v1", "", path)
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{NAMES.get(found[1], found[1])}}}", path)


def test_every_operation_is_described() -> None:
    operations = ALTEGIO.operations
    assert len({each.name for each in operations}) == len(operations) > 50
    for each in operations:
        assert each.summary
        assert each.tag
        assert each.required <= each.query.keys()
        assert (each.scope is None) == (each.name == "sign_in")
        if each.method in ("POST", "PUT") and "abonements" not in each.path:
            assert each.body["properties"], each.name
        if each.status != 204 and not each.summary.endswith(("none has that id", "no good is one")):
            assert each.answer["type"] in ("object", "array"), each.name


def test_every_path_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    served = {documented(path) for _, path in operations()}
    missing = {
        path
        for path in served
        if not path.startswith(OTHER_SPELLINGS)
        and f" {path}`" not in page
        and f"`{path}`" not in page
    }
    assert not missing


def test_every_path_of_the_page_is_served() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page[page.index("| path |") : page.index("## Credentials")]
    named = set(re.findall(r"`(?:[A-Z]+ )?(/[^`]*)`", table))
    assert len(named) > 40
    assert named <= {documented(path) for _, path in operations()}


def test_the_refusals_are_answered_as_the_page_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page[page.index("| refusal of the ledger |") :].split("\n\n")[0]
    rows = [row.split("|")[1:3] for row in table.splitlines()[2:]]
    told = {Code(name): answer for names, answer in rows for name in re.findall(r"`(\w+)`", names)}
    for code, fault in REFUSALS.items():
        if code is Code.ALREADY_CANCELLED:
            assert "200" in told[code]
        elif code in told:
            assert str(fault.status) in told[code]
        else:
            assert (fault.status, fault.message) == (422, code.value)
