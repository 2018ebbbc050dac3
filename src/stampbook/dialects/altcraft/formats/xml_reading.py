"""XML bodies, read without anything that XML can be abused for.

The parser reports events to `Builder`, which keeps plain nodes. It stops at the first DOCTYPE,
so no entity is ever declared; depth and number of elements are bounded while reading. Nothing
is fetched, and only the five standard entities and character references exist.
"""

import re

from lxml import etree
from msgspec.json import encode

from stampbook.dialects.altcraft.faults import Fault, incorrect
from stampbook.dialects.altcraft.formats.fields import (
    Fields,
    checked_document,
    checked_integer,
    checked_text,
)
from stampbook.edge.bodies import MAX_DEPTH

ROOT = "xml"

MAX_ELEMENTS = 10_000
"""Elements of one document: a request has a dozen, an order's external_data some hundred."""

_DECLARED = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_UTF_8 = (b"utf-8", b"us-ascii", b"ascii", b"utf8")

Leaf = str
Value = Leaf | dict[str, "Value"] | list["Value"]


class Node:
    """An element: its direct text and its child elements."""

    __slots__ = ("children", "name", "texts")

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: list[str] = []
        self.children: list[Node] = []

    @property
    def text(self) -> str:
        return "".join(self.texts).strip()


class Builder:
    """Takes the events of the parser, which always gives texts, whatever its types say."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._elements = 0

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise incorrect("body", "a DOCTYPE is not allowed")

    def start(self, tag: str | bytes, attrib: dict[str | bytes, str | bytes]) -> None:
        self._elements += 1
        if len(self._open) >= MAX_DEPTH:
            raise incorrect("body", f"is nested more than {MAX_DEPTH} levels deep")
        if self._elements > MAX_ELEMENTS:
            raise incorrect("body", f"has more than {MAX_ELEMENTS} elements")
        node = Node(str(tag))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, tag: str | bytes) -> None:
        self._open.pop()

    def data(self, data: str | bytes) -> None:
        self._open[-1].texts.append(str(data))

    def comment(self, text: str | bytes) -> None:
        """Comments say nothing to us."""

    def close(self) -> Node | None:
        return self.root


def read_xml(body: bytes) -> "XmlFields":
    """The children of the root `xml`. Raises Fault (400)."""
    _check_encoding(body)
    parser = etree.XMLParser(
        target=Builder(),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
    )
    try:
        root = etree.fromstring(body, parser)
    except Fault:
        raise
    except (etree.XMLSyntaxError, ValueError) as error:
        raise incorrect("body", f"is not well-formed XML: {_why(error)}") from None
    if not isinstance(root, Node) or root.name != ROOT:
        raise incorrect("body", f"the root element must be {ROOT}")
    return XmlFields(root)


def _check_encoding(body: bytes) -> None:
    declared = _DECLARED.match(body)
    if declared is not None and declared[1].lower() not in _UTF_8:
        raise incorrect("body", "must be in UTF-8")
    try:
        body.decode()
    except UnicodeDecodeError:
        raise incorrect("body", "must be in UTF-8") from None


def _why(error: Exception) -> str:
    """The parser's first words, without its positions and source names."""
    return str(error).partition("\n")[0].partition(", line ")[0][:100] or "unreadable"


class XmlFields(Fields):
    """Fields of the root element. A name that is given twice is refused where one is asked for."""

    def __init__(self, root: Node) -> None:
        self._nodes: dict[str, list[Node]] = {}
        for node in root.children:
            self._nodes.setdefault(node.name, []).append(node)

    def _node(self, name: str) -> Node | None:
        nodes = self._nodes.get(name)
        if nodes is None:
            return None
        if len(nodes) > 1:
            raise incorrect(name, "is given twice")
        return nodes[0]

    def _literal(self, name: str) -> str | None:
        node = self._node(name)
        if node is None:
            return None
        if node.children:
            raise incorrect(name, "must be text, not elements")
        return checked_text(name, node.text) or None

    def text(self, name: str) -> str | None:
        return self._literal(name)

    def decimal(self, name: str) -> str | None:
        return self._literal(name)

    def label(self, name: str) -> str | None:
        return self._literal(name)

    def integer(self, name: str) -> int | None:
        literal = self._literal(name)
        return None if literal is None else checked_integer(name, literal)

    def flag(self, name: str) -> bool | None:
        literal = self._literal(name)
        if literal not in (None, "true", "false", "1", "0"):
            raise incorrect(name, "must be true or false")
        return None if literal is None else literal in ("true", "1")

    def document(self, name: str) -> str | None:
        node = self._node(name)
        if node is None or not (node.children or node.text):
            return None
        if not node.children:
            raise incorrect(name, "must be an object")
        return checked_document(name, encode(_value_of(node)))


def _value_of(node: Node) -> Value:
    """Nested elements as an object; a repeated name as an array; leaves as strings."""
    if not node.children:
        return node.text
    found: dict[str, list[Value]] = {}
    for child in node.children:
        found.setdefault(child.name, []).append(_value_of(child))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
