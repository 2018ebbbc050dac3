"""What a condition reads and how often, found from its tokens.

The library does not bound the time of an evaluation, and does not say which fields a text reads.
Both follow from the tokens, as the accepted language cannot bind values: a macro's variable is the
only name that a text introduces.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.loyalty.conditions.faults import invalid, too_costly
from stampbook.loyalty.conditions.grammar import CONSTANTS, FIELDS, FUNCTIONS, MACROS

MAX_CHARACTERS: Final = 1_000
MAX_MACROS: Final = 3
MAX_DEPTH: Final = 32
"""Of brackets. The library refuses 96; this leaves room on a thread's small stack."""

EACH: Final = "*"
"""The step of a path that means each element of a list."""

COUNT: Final = "#"
"""The step of a path that means only how many elements there are."""

Path = tuple[str, ...]
"""A dotted name, cut at its dots."""


class Part(NamedTuple):
    """Text that is evaluated equally often: what is outside of macros, or one macro's brackets.

    `over` is the list or map that a macro goes through. `joins` counts the `+`, each of which may
    copy all that is left of it. `reads` has a path for each place where the text reads it; a read
    that only looks up a key of a map is in `lookups`.
    """

    over: Path | None
    tokens: int
    joins: int
    reads: tuple[Path, ...]
    lookups: tuple[Path, ...]


class Shape(NamedTuple):
    """`parts` begin with what is outside of macros. `names` are all paths that are read, `bound`
    the variables of macros."""

    parts: tuple[Part, ...]
    names: frozenset[Path]
    bound: frozenset[str]


class _Token(NamedTuple):
    kind: str
    text: str
    begin: int
    end: int


_TOKENS: Final = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<string>"(?:[^"\\\r\n]|\\[^\r\n])*"|'(?:[^'\\\r\n]|\\[^\r\n])*')
    |(?P<sign>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]])""",
    re.VERBOSE,
)
_OPEN: Final = {"(": ")", "[": "]"}
_LAST: Final = _Token("sign", "", 0, 0)


def shape(text: str) -> Shape:
    """The shape of an acceptable text. Raises InvalidCondition for one that no condition may
    have; what else the language forbids is left to its parser."""
    if len(text) > MAX_CHARACTERS:
        raise too_costly(f"a condition has at most {MAX_CHARACTERS} characters")
    tokens = _tokens(text)
    if not tokens:
        raise invalid("a condition cannot be empty")
    return _Reader(tokens).read()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None or match.lastgroup is None:
            raise invalid(f"unexpected {text[at]!r} at character {at + 1}")
        token = _Token(match.lastgroup, match.group(), at, match.end())
        if found and found[-1].end == at and token.kind != "space":
            _check_adjacent(found[-1], token)
        if token.kind != "space":
            found.append(token)
        at = token.end
    return found


def _check_adjacent(left: _Token, right: _Token) -> None:
    """Refuse what the parser would read as one token: comments, prefixed and triple-quoted
    strings, suffixed and hexadecimal numbers."""
    at = f"at character {left.begin + 1}"
    if left.text == right.text == "/":
        raise invalid(f"comments are not allowed ({at})")
    if right.kind == "string" and left.kind in ("name", "number"):
        raise invalid(f"raw strings and bytes are not allowed ({at})")
    if left.kind == right.kind == "string":
        raise invalid(f"triple-quoted strings are not allowed ({at})")
    if left.kind == "number" and right.kind in ("name", "number"):
        raise invalid(f"numbers are written in decimal digits, without a suffix ({at})")


class _Gathering:
    """A part while its text is read."""

    def __init__(self, over: Path | None = None, variable: str = "", depth: int = 0) -> None:
        self.over = over
        self.variable = variable
        self.depth = depth
        self.tokens = 0
        self.joins = 0
        self.reads: list[Path] = []
        self.lookups: list[Path] = []

    def part(self) -> Part:
        return Part(self.over, self.tokens, self.joins, tuple(self.reads), tuple(self.lookups))


class _Reader:
    """Goes through the tokens once."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._outside = _Gathering()
        self._inside: _Gathering | None = None
        self._bodies: list[_Gathering] = []
        self._closing: list[str] = []
        self._bound: set[str] = set()

    def read(self) -> Shape:
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._part.tokens += 1
            if token.kind == "name":
                self._name(token)
            else:
                if token.kind == "sign":
                    self._sign(token)
                self._at += 1
        if self._closing:
            raise invalid(f"{self._closing[-1]!r} is missing")
        parts = (self._outside.part(), *(body.part() for body in self._bodies))
        names = {path for part in parts for path in (*part.reads, *part.lookups)}
        # A macro reads of the lines what its brackets name; other lists are not made of fields.
        names |= {
            (*part.over, COUNT) if part.over == ("lines",) else part.over
            for part in parts
            if part.over is not None
        }
        return Shape(parts, frozenset(names), frozenset(self._bound))

    @property
    def _part(self) -> _Gathering:
        return self._outside if self._inside is None else self._inside

    def _token(self, at: int) -> _Token:
        return self._tokens[at] if 0 <= at < len(self._tokens) else _LAST

    def _peek(self, ahead: int) -> _Token:
        return self._token(self._at + ahead)

    def _is_argument_of_size(self, at: int) -> bool:
        before, bracket, after = (self._token(at + step).text for step in (-2, -1, 1))
        return before == "size" and bracket == "(" and after == ")"

    def _sign(self, token: _Token) -> None:
        if token.text in _OPEN:
            self._closing.append(_OPEN[token.text])
            if len(self._closing) > MAX_DEPTH:
                raise too_costly(f"brackets can be {MAX_DEPTH} deep")
        elif token.text in (")", "]"):
            if not self._closing or self._closing.pop() != token.text:
                raise invalid(f"unexpected {token.text!r} at character {token.begin + 1}")
            if self._inside is not None and len(self._closing) < self._inside.depth:
                self._inside = None
        elif token.text == "+":
            self._part.joins += 1
        elif token.text == "," and self._inside and len(self._closing) == self._inside.depth:
            raise invalid("a macro takes a variable and a condition")

    def _name(self, token: _Token) -> None:
        name = token.text
        if self._peek(1).text == "(" and self._peek(1).kind == "sign":
            # A macro that follows a path is read with it; this one does not.
            if name in MACROS:
                raise invalid(f"{name} must follow a name, as in lines.{name}(line, …)")
            if name not in FUNCTIONS:
                raise invalid(f"{name} is not a function of conditions")
            self._at += 1
        elif name in CONSTANTS or name == "in" or self._peek(-1).text == ".":
            # After a dot: a field of something computed, whose value was read already.
            self._at += 1
        else:
            self._path(name)

    def _path(self, name: str) -> None:
        """Read a path that begins here, and the head of a macro that follows it."""
        start = self._at
        part = self._part
        bound = self._inside is not None and name == self._inside.variable
        path: Path = (*(part.over or ()), EACH) if bound else (name,)
        self._at += 1
        while (step := self._step()) is not None:
            field, length = step
            path = (*path, field)
            self._at += length
            part.tokens += length
        macro = self._peek(1)
        if self._peek(0).text == "." and macro.text in MACROS and self._peek(2).text == "(":
            self._macro(path, macro)
        elif path == ("lines",) and self._is_argument_of_size(start):
            part.lookups.append((*path, COUNT))
        elif path in (("by_item",), ("by_category",)):
            looked_up = self._token(start - 1).text == "in" or self._peek(0).text == "["
            (part.lookups if looked_up else part.reads).append(path)
        else:
            part.reads.append(path)

    def _step(self) -> tuple[str, int] | None:
        """The next field of a path, written as `.field` or `["field"]`, and its tokens."""
        first, second, third = self._peek(0), self._peek(1), self._peek(2)
        if first.text == "." and second.kind == "name" and third.text != "(":
            return second.text, 2
        if first.text == "[" and second.kind == "string" and third.text == "]":
            field = second.text[1:-1]
            # An escape would have to be understood as the parser does: the whole value is read.
            return None if "\\" in field or field == EACH else (field, 3)
        return None

    def _macro(self, path: Path, macro: _Token) -> None:
        if self._inside is not None:
            raise too_costly(f"{macro.text} cannot be inside another macro")
        if len(self._bodies) == MAX_MACROS:
            raise too_costly(f"a condition has at most {MAX_MACROS} of exists, exists_one and all")
        variable, comma = self._peek(3), self._peek(4)
        if variable.kind != "name" or comma.text != ",":
            raise invalid(f"{macro.text} takes a variable and a condition")
        if variable.text in FIELDS or variable.text in CONSTANTS or variable.text == "in":
            raise invalid(f"{variable.text!r} cannot be the variable of {macro.text}")
        self._closing.append(")")
        if len(self._closing) > MAX_DEPTH:
            raise too_costly(f"brackets can be {MAX_DEPTH} deep")
        self._bound.add(variable.text)
        self._inside = _Gathering(path, variable.text, len(self._closing))
        self._bodies.append(self._inside)
        self._outside.tokens += 5
        self._at += 5
