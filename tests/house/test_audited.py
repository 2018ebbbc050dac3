"""Modules that change what people administer also write to the audit log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import stampbook

ROOT = Path(stampbook.__file__).parent

TABLES = (
    "programs|currencies|currency_options|rules|rule_versions|rule_programs|tier_groups|tiers"
    "|benefits|rewards|offers|promotions|point_promotions|point_promotion_rules|locations|api_keys"
    "|members|user_limits|voucherify_card_definitions|voucherify_tier_structures|voucherify_tiers"
    "|voucherify_programs|voucherify_assignments"
)
WRITES = re.compile(
    rf"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+({TABLES})\b(?!\s+SET\s+(\w+)\s*=\s*\2\s*(?:WHERE\b|$))",
    re.IGNORECASE,
)
"""Statements that change one of the tables; not those that only lock a row."""

CALLS = re.compile(r"\b(?:auditing\.(?:watch|made|record)|currencies\.watch)\(")

SILENT = {
    "loyalty/events/storing.py": "marks a rule that has given something",
    "loyalty/rewards/granting.py": "takes a gift from a benefit's stock, or puts it back",
    "loyalty/rewards/refunding.py": "puts a purchase back into an offer's stock",
    "loyalty/rewards/selling.py": "takes a purchase from an offer's stock",
    "merging/requests.py": "is one unit with the ledger, and noting.py follows",
    "programs/searching/regions.py": "is called by programs/programs.py, which writes the row",
    "loyalty/rules/assigning.py": "is called by loyalty/rules/storing.py, which writes the row",
    "dialects/voucherify/v2/tier_structures/tiers.py": "holds the structure, which writes the row",
}
"""Modules that need no call of their own, and why."""


def writing() -> Iterator[tuple[str, str]]:
    """The modules that change such a table, with their text."""
    for source in sorted(ROOT.rglob("*.py")):
        name = source.relative_to(ROOT).as_posix()
        if name.startswith(("storage/", "benchmark/")):
            continue
        text = source.read_text("utf-8")
        strings = (
            node.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        if any(WRITES.search(each) for each in strings):
            yield name, text


def test_administration_is_audited() -> None:
    found = dict(writing())
    assert len(found) > 15
    silent = {name for name, text in found.items() if not CALLS.search(text)}
    assert silent == SILENT.keys()


def test_a_lock_is_no_write() -> None:
    assert not WRITES.search("UPDATE rewards SET updated_at = updated_at WHERE reward_id = $1")
    assert WRITES.search("UPDATE rewards SET updated_at = $1 WHERE reward_id = $2")
    assert WRITES.search("UPDATE offers SET stock = stock - 1 WHERE offer_id = $1")
