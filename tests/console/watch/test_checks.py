"""What the checks of a server say is known to the page about them, in each language."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from zoneinfo import ZoneInfo

from stampbook.console.watch import checks
from stampbook.edge import checking
from stampbook.speaking.speech import Speech
from stampbook.storage import examining
from stampbook.storage.postgres import checks as postgres
from stampbook.storage.postgres import reaching
from stampbook.storage.sqlite import checks as sqlite

SAYING = (checking, examining, postgres, reaching, sqlite)

ENGLISH = Speech("en", ZoneInfo("UTC"))
RUSSIAN = Speech("ru", ZoneInfo("UTC"))


def details() -> set[str]:
    """Every text that a check gives, or ends with; numbers in it are sevens."""
    return {text for module in SAYING for text in _texts(module)}


def _texts(module: ModuleType) -> Iterator[str]:
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.AsyncFunctionDef(name=name) if name.startswith("check_"):
                found = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
                found += [each.value for each in ast.walk(node) if isinstance(each, ast.Assign)]
            case ast.Call(func=ast.Name(id="Failing"), args=[said]):
                found = [said]
            case ast.Call(func=ast.Name(id="Check"), args=[_, said]):
                found = [said]
            case _:
                continue
        yield from (text for each in found if (text := _said(module, each)))


def _said(module: ModuleType, node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return str(getattr(module, name, ""))
        case ast.JoinedStr(values=parts):
            return "".join(_said(module, each) or "7" for each in parts)
    return ""


def test_every_detail_is_said_in_every_language() -> None:
    found = details()
    assert len(found) > 10
    assert {"the file takes writes", "7 MB are free, 7 MB are needed"} <= found
    for text in found:
        assert checks.said(ENGLISH, text) == text
        assert checks.said(RUSSIAN, text) != text
        assert not re.search("[a-z]", checks.said(RUSSIAN, text)), text
    assert checks.said(RUSSIAN, "7777 MB are free, 64 MB are needed") == (
        "свободно 7\xa0777 МБ, нужно 64 МБ"
    )
