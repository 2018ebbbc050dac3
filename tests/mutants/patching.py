"""A mutant takes the place of a module that is loaded already.

To start Python and to import the program takes longer than most tests do. So a mutant's functions
are put into those of the loaded module, in a process forked for it. What is evaluated when a module
is imported (constants, classes, defaults of parameters) needs a new process.
"""

from __future__ import annotations

import ast
import gc
import inspect
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType


def without_annotations(source: str) -> str:
    """The program without what only a type checker reads, in a form that can be compared."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


def functions(code: CodeType) -> Iterator[CodeType]:
    """The outermost functions of a module or a class body, in order."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & inspect.CO_OPTIMIZED:
                yield constant
            else:
                yield from functions(constant)


def same_outside_functions(one: CodeType, other: CodeType) -> bool:
    """Whether two modules, or class bodies, differ only within their functions."""
    if one.co_code != other.co_code or one.co_names != other.co_names:
        return False
    if len(one.co_consts) != len(other.co_consts):
        return False
    for mine, its in zip(one.co_consts, other.co_consts, strict=True):
        if isinstance(mine, CodeType) and isinstance(its, CodeType):
            if mine.co_flags & inspect.CO_OPTIMIZED and its.co_flags & inspect.CO_OPTIMIZED:
                continue
            if not same_outside_functions(mine, its):
                return False
        elif type(mine) is not type(its) or mine != its:
            return False
    return True


class Original:
    """A module as it is, and whom its functions belong to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = path.read_text("utf-8")
        self.code = compile(self.source, str(path), "exec")

    def code_of(self, mutant: str) -> CodeType:
        """The mutant compiled. Raises SyntaxError."""
        return compile(mutant, str(self.path), "exec")

    def is_patchable(self, mutant: CodeType) -> bool:
        """Whether the mutant can take the place of the loaded module."""
        return same_outside_functions(self.code, mutant)

    def function_at(self, line: int) -> str | None:
        """The qualified name of the outermost function with this line."""
        for each in functions(self.code):
            first, last = _lines(each)
            if first <= line <= last:
                return each.co_qualname
        return None

    @cached_property
    def loaded(self) -> list[FunctionType]:
        """The functions that were made of the file."""
        gc.unfreeze()
        found = [
            each
            for each in gc.get_objects()
            if isinstance(each, FunctionType) and each.__code__.co_filename == str(self.path)
        ]
        gc.freeze()
        return found

    def put(self, mutant: CodeType) -> int:
        """Put the mutant's functions into the loaded module's. Returns how many were replaced."""
        mine, its = _by_name(self.code), _by_name(mutant)
        replaced = 0
        for each in self.loaded:
            name = each.__code__.co_qualname
            lines = [code.co_firstlineno for code in mine[name]]
            if each.__code__.co_firstlineno not in lines or len(its[name]) != len(lines):
                continue
            new = its[name][lines.index(each.__code__.co_firstlineno)]
            if new != each.__code__:
                each.__code__ = new
                replaced += 1
        return replaced


def _lines(code: CodeType) -> tuple[int, int]:
    """The first and the last line of a function with all that is within it."""
    lines = [line for _, _, line in code.co_lines() if line is not None]
    inner = [_lines(each)[1] for each in code.co_consts if isinstance(each, CodeType)]
    return code.co_firstlineno, max([code.co_firstlineno, *lines, *inner])


def _by_name(code: CodeType) -> dict[str, list[CodeType]]:
    found: dict[str, list[CodeType]] = defaultdict(list)
    waiting = [code]
    while waiting:
        each = waiting.pop(0)
        found[each.co_qualname].append(each)
        waiting.extend(one for one in each.co_consts if isinstance(one, CodeType))
    return found


class Substituted(MetaPathFinder):
    """Imports the mutant where the module is asked for. For a process that has not done so yet."""

    def __init__(self, name: str, path: Path, mutant: CodeType) -> None:
        self.name, self.path, self.mutant = name, path, mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's place, with the mutant's code in it."""
        if fullname != self.name:
            return None
        loader = _Loader(fullname, str(self.path))
        loader.code = self.mutant
        return spec_from_loader(fullname, loader, origin=str(self.path))

    def install(self) -> None:
        """Ask this finder before all others."""
        assert self.name not in sys.modules, self.name
        sys.meta_path.insert(0, self)


class _Loader(SourceFileLoader):
    code: CodeType

    def get_code(self, fullname: str) -> CodeType:
        return self.code
