"""What the checks of `/readyz` say, in the words of the page."""

import re
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
}
"""The checks by name."""

READERS: Final = {
    "sums": translatable("sums of reports"),
    "tiers": translatable("tiers"),
}
"""What the worker writes after movements, by name."""

DETAILS: Final = (
    translatable("the file can be read"),
    translatable("the file takes writes"),
    translatable("the file is opened by this process alone as often as it needs"),
    translatable("the database answers"),
    translatable("the database takes writes"),
    translatable("the database can only be read, as a standby can"),
    translatable("the database does not answer"),
    translatable("the disk does not say how much is free"),
    translatable("the disk of the database server cannot be seen from here"),
    translatable("the schema is that of this version"),
    translatable("the schema is not that of this version"),
    translatable("no room was left for the last write"),
    translatable("not known while the database does not answer"),
    translatable("too many writes wait"),
    translatable("writes are taken"),
    translatable("%(free)s MB are free, %(needed)s MB are needed"),
    translatable("%(used)s of the server's %(allowed)s connections are in use"),
)
"""All that checks say; numbers are in the places of names."""


def _pattern(text: str) -> re.Pattern[str]:
    """What a sentence is recognized by: there are numbers in its places."""
    parts = re.split(r"%\((\w+)\)s", text)
    named = (f"(?P<{part}>[0-9]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile("".join(named))


_PATTERNS: Final = tuple((_pattern(text), text) for text in DETAILS)


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
            said(speech, check.detail),
        )
        for name, check in checks.items()
    ]


def said(speech: Speech, detail: str) -> str:
    """The sentence of a check in the language; as it is if it is none of ours."""
    for pattern, text in _PATTERNS:
        if found := pattern.fullmatch(detail):
            numbers = {name: speech.amount(each) for name, each in found.groupdict().items()}
            return speech.gettext(text, **numbers)
    return detail
