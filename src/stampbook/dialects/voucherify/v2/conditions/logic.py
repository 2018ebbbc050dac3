"""The logic of a group: `1 and (2 or not 3)`, as the signs of a condition."""

import re
from collections.abc import Mapping
from typing import Final

from stampbook.dialects.voucherify.core.faults import invalid_payload

MAX_LOGIC: Final = 1_000
MAX_BRACKETS: Final = 20
TOKEN: Final = re.compile(r"\s*([0-9]+|[A-Za-z]+|[()])", re.ASCII)


def numbers_in(logic: str, place: str) -> set[str]:
    """The numbers that a logic names. Raises a Fault (400) for one that is none."""
    return _Reader(logic, place, None).read()[1]


def joined(logic: str, place: str, texts: Mapping[str, str]) -> str:
    """The logic with the texts of its numbers. Raises a Fault (400)."""
    return _Reader(logic, place, texts).read()[0]


class _Reader:
    """Goes through the tokens once: `or` binds least, then `and`, then `not`."""

    def __init__(self, logic: str, place: str, texts: Mapping[str, str] | None) -> None:
        self._place = place
        self._texts = texts
        self._tokens = self._cut(logic)
        self._at = 0
        self._depth = 0
        self._used: set[str] = set()

    def _cut(self, logic: str) -> list[str]:
        if len(logic) > MAX_LOGIC:
            raise self._wrong(f"must not be longer than {MAX_LOGIC} characters")
        found, at = [], 0
        while logic[at:].strip():
            match = TOKEN.match(logic, at)
            if match is None:
                raise self._wrong(f"has an unexpected {logic[at:].lstrip()[0]!r}")
            found.append(match[1].lower())
            at = match.end()
        return found

    def read(self) -> tuple[str, set[str]]:
        text = self._either()
        if self._at < len(self._tokens):
            raise self._wrong(f"has an unexpected {self._tokens[self._at][:20]!r}")
        return text, self._used

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _either(self) -> str:
        parts = [self._all()]
        while self._next() == "or":
            self._at += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else f"({' || '.join(parts)})"

    def _all(self) -> str:
        parts = [self._one()]
        while self._next() == "and":
            self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else f"({' && '.join(parts)})"

    def _one(self) -> str:
        word = self._next()
        self._at += 1
        if word in ("(", "not"):
            self._depth += 1
            if self._depth > MAX_BRACKETS:
                raise self._wrong(f"must not be deeper than {MAX_BRACKETS} brackets")
            text = f"!{self._one()}" if word == "not" else self._either()
            if word == "(":
                if self._next() != ")":
                    raise self._wrong("lacks a closing bracket")
                self._at += 1
            self._depth -= 1
            return text
        if not word.isdecimal():
            raise self._wrong(f"has an unexpected {word[:20]!r}" if word else "ends too early")
        self._used.add(word)
        return word if self._texts is None else self._texts[word]

    def _wrong(self, why: str) -> Exception:
        return invalid_payload(f"Payload.{self._place} {why}")
