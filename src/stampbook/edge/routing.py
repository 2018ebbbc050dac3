"""The tree of all paths of all dialects, built once in a process.

A segment is decoded by itself, so a slash that is written %2F belongs to a name and parts nothing.
Where a word and a name fit, the word wins. Two operations for one method and one shape of path are
an error of ours, and end the start.

Nearly every path has its words where a template has them, and names that are no words: it is found
by this shape, with one look. The tree is walked for the others.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from stampbook.edge.operations import MAX_BODY, Operation
from stampbook.edge.requests import Dialect, Found, Request, Route
from stampbook.watching.metrics import slots_of


class Ambiguous(Exception):
    """Two operations serve the same method of the same path."""


class _Node:
    __slots__ = ("by_method", "name", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.name: _Node | None = None
        self.by_method: dict[str, Route] = {}


_Shape = tuple[dict[str, Route], list[int]]
"""What a shape of path leads to, and the places of its names among the segments. The first segment
is what is before the first slash: nothing."""


class Routes:
    """Finds operations by path; see the module. `words` are the fixed segments of all paths.

    Raises Ambiguous.
    """

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._root: Final = _Node()
        self._words: dict[str, str] = {}
        self._word_of = self._words.get
        self._shapes: dict[tuple[str | None, ...], _Shape] = {}
        self._depth = 0
        for dialect in dialects:
            for operation in dialect.operations:
                for path in operation.paths:
                    self._add(dialect, operation, path)
        self.words: Final = self._words.keys()

    def lead(self, request: Request) -> int:
        """Find who serves the request, by its head. Returns the bytes that its body may have."""
        raw_path = request.raw_path
        if raw_path.find(b"//") >= 0:  # `in` would try an integer first
            raw_path = self._forgiven(raw_path)
        path = raw_path.decode("latin-1")
        segments = path.split("/")
        shape = self._shapes.get(tuple(map(self._word_of, segments)))
        if shape is not None and "" not in segments[1:] and "%" not in path and "\0" not in path:
            by_method, places = shape
            found: Found | None = Found(by_method, [segments[at] for at in places])
        else:
            found = self._walk(path, segments[1:])
        request.found = found
        if found is None:
            return MAX_BODY
        method = "GET" if request.method == "HEAD" else request.method
        route = found.by_method.get(method)
        if route is None:
            return MAX_BODY
        request.route = route
        if route.names:
            request.parameters = dict(zip(route.names, found.values, strict=True))
        return route.operation.max_body

    def find(self, raw_path: bytes) -> Found | None:
        """Who serves the path; a slash at its end means nothing. None: nobody does."""
        asked = Request("GET", raw_path, b"", {})
        self.lead(asked)
        return asked.found

    def _forgiven(self, path: bytes) -> bytes:
        """Two slashes enclose an empty segment, which no path has; one dialect forgives them."""
        plain = path
        while b"//" in plain:
            plain = plain.replace(b"//", b"/")
        found = self.find(plain)
        if found is not None and all(
            route.dialect.forgives_slashes for route in found.by_method.values()
        ):
            return plain
        return path

    def _walk(self, path: str, segments: list[str]) -> Found | None:
        """The same by the tree."""
        if segments and not segments[-1]:
            segments.pop()
        if len(segments) > self._depth:
            return None  # 64 KiB of slashes are not worth decoding
        if "%" in path:
            segments = [unquote(segment) for segment in segments]
        values: list[str] = []
        node, at = self._root, 0
        untried: list[tuple[_Node, int, int]] = []  # names that would have fitted where a word did
        while True:
            if at == len(segments) and node.by_method:
                return Found(node.by_method, values)
            segment = segments[at] if at < len(segments) else ""
            below = node.words.get(segment)
            if below is not None:
                if node.name is not None:
                    untried.append((node, at, len(values)))
                node, at = below, at + 1
                continue
            while node.name is None or not segment or "\0" in segment:
                if not untried:
                    return None
                node, at, kept = untried.pop()
                del values[kept:]
                segment = segments[at]
            values.append(segment)
            node, at = node.name, at + 1

    def _add(self, dialect: Dialect, operation: Operation, path: str) -> None:
        node, names = self._root, []
        shape: list[str | None] = [None]
        for segment in path.strip("/").split("/") if path != "/" else ():
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.name = node = node.name or _Node()
                shape.append(None)
            else:
                node = node.words.setdefault(segment, _Node())
                shape.append(self._words.setdefault(segment, segment))
        places = [at for at, word in enumerate(shape) if at and word is None]
        self._shapes[tuple(shape)] = node.by_method, places
        self._depth = max(self._depth, path.count("/"))
        if operation.method in node.by_method:
            other = node.by_method[operation.method].operation
            raise Ambiguous(f"{operation.method} {path}: {operation.name} and {other.name}")
        slots = slots_of(dialect.name, operation.path)
        node.by_method[operation.method] = Route(dialect, operation, tuple(names), slots)


@lru_cache(maxsize=2)
def routes_of(dialects: tuple[Dialect, ...]) -> Routes:
    """The routes of the dialects. Servers of one process share them: nothing changes a tree."""
    return Routes(dialects)
