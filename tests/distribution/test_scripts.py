"""The scripts that distribute a database, and one that was restored, divide the same tables."""

from __future__ import annotations

import re

from tests.distribution.cluster import SCRIPT
from tests.distribution.sent import SHARDED

CITUS = re.compile(r"^(?:SET|SELECT) .*;$", re.MULTILINE)


def test_what_was_restored_is_divided_alike() -> None:
    whole = CITUS.findall(SCRIPT.read_text("utf-8"))
    restored = SCRIPT.with_name("distribute-restored.sql").read_text("utf-8")
    assert CITUS.findall(restored) == whole
    divided = re.findall(r"create_distributed_table\('(\w+)'", restored)
    assert divided == list(SHARDED)
