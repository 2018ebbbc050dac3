"""No module depends, directly or indirectly, on a module that depends on it: each can be read and
changed after those that it imports. Imports only for types count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import stampbook

ROOT = Path(stampbook.__file__).parent


def modules() -> dict[str, Path]:
    """All modules of the product, by name."""
    named: dict[str, Path] = {}
    for source in ROOT.rglob("*.py"):
        parts = source.relative_to(ROOT.parent).with_suffix("").parts
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = source
    return named


def imports(source: str, known: Mapping[str, object]) -> Iterator[str]:
    """The known modules that a source imports: at the top, in a function, or for types."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, "imports name modules in full"
            names = (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
            yield from (name for name in names if name in known)


def cycle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """A cycle of imports, if any."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        return ring
    return []


def test_no_module_needs_one_that_needs_it() -> None:
    known = modules()
    graph = {
        name: set(imports(source.read_text(), known)) - {name} for name, source in known.items()
    }
    assert len(graph["stampbook.ledger.engine"]) > 5
    assert cycle_in(graph) == []


def test_an_import_for_types_alone_counts() -> None:
    sources = {
        "shop.till": "from shop import drawer\n",
        "shop.drawer": "import shop.coin\n",
        "shop.coin": "if TYPE_CHECKING:\n    from shop.till import Till\n",
        "shop.paper": "def print():\n    from shop.coin import Coin\n",
    }
    graph = {name: set(imports(source, sources)) for name, source in sources.items()}
    assert graph["shop.paper"] == {"shop.coin"}
    assert set(cycle_in(graph)) == {"shop.till", "shop.drawer", "shop.coin"}
