"""What the checks of `/readyz` say, in the words of the page."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from stampbook.speaking.speech import Speech, translatable
from stampbook.storage.examining import Check

NAMES: Final = {
    "database": translatable("Database"),
    "schema": translatable("Schema"),
    "writes": translatable("Writes"),
    "disk": translatable("Disk"),
    "connections": translatable("Connections"),
    "queue": translatable("Queue of writes"),
    "replicas": translatable("Replicas"),
}
"""The checks by name."""

READERS: Final = {
    "sums": translatable("sums of reports"),
    "tiers": translatable("tiers"),
}
"""What the worker writes after movements, by name."""


class Shown(NamedTuple):
    """A check: its name, what it is called, and what it says."""

    name: str
    text: str
    is_ok: bool
    detail: str


def in_words(speech: Speech, checks: Mapping[str, Check]) -> list[Shown]:
    """The checks in the language of the page."""
    return [
        Shown(
            name,
            speech.gettext(NAMES[name]) if name in NAMES else name,
            check.is_ok,
            "; ".join(each.said(speech) for each in check.found) or check.detail,
        )
        for name, check in checks.items()
    ]
