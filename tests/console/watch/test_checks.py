"""What the checks of a server find is said by its code, in each language."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest

from stampbook.console.watch.checks import NAMES, in_words
from stampbook.ledger.mirroring.mirror import OBSTACLES
from stampbook.speaking.speech import Speech
from stampbook.storage.examining import Check, Finding, examine
from stampbook.storage.postgres.replicas import Obstacle
from stampbook.storage.store import Store

ENGLISH = Speech("en", ZoneInfo("UTC"))
RUSSIAN = Speech("ru", ZoneInfo("UTC"))


@pytest.mark.parametrize("finding", Finding)
def test_every_finding_is_said_in_every_language(finding: Finding) -> None:
    found = finding.of(**dict.fromkeys(re.findall(r"%\((\w+)\)s", finding.value), 7))
    assert found.said(ENGLISH) == str(found)
    assert not re.search("[a-z]", found.said(RUSSIAN))


def test_numbers_are_those_of_the_language() -> None:
    found = Finding.DISK_FREE.of(free=7777, needed=64)
    assert (found.code, str(found)) == ("disk_free", "7777 MB are free, 64 MB are needed")
    assert found.said(RUSSIAN) == "свободно 7\xa0777 МБ, нужно 64 МБ"


def test_each_replica_that_is_not_read_is_named() -> None:
    assert set(OBSTACLES) == set(Obstacle)
    for obstacle, finding in OBSTACLES.items():
        assert str(finding.of(number=2)) == f"number 2 {obstacle}"
    found = Finding.REPLICAS.of(read=1, all=2), Finding.REPLICA_AWAY.of(number=2)
    (shown,) = in_words(RUSSIAN, {"replicas": Check.of(True, *found)})
    assert (shown.text, shown.detail) == (
        "Реплики",
        "читаются реплики: 1 из 2; номер 2 недоступен",
    )


async def test_every_check_of_a_database_is_known_to_the_page(store: Store) -> None:
    checks = await examine(store.checks, min_free_mb=1)
    assert set(checks) <= set(NAMES)
    for check, shown in zip(checks.values(), in_words(RUSSIAN, checks), strict=True):
        assert check.found
        assert not re.search("[a-z]", shown.text + shown.detail)
