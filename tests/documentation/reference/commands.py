"""Every command with its arguments and options, from the parser itself."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from stampbook.cli import app
from tests.documentation.reference.markdown import cell, code, table

PAGE = "docs/reference/all-commands"

NAMES = {"str": "text", "int": "number", "integer": "number", "float": "number", "filename": "path"}
"""Types of values, as readers know them."""


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """All of them, by what is typed after `stampbook`."""
    yield from _within(typer.main.get_command(app), ())


def _within(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            yield from _within(each, (*words, name))
    else:
        assert isinstance(command, TyperCommand)
        yield " ".join(words), command


def pages() -> dict[str, str]:
    """The one page."""
    parts = [
        "# All commands\n\nEvery command with all of its options; `stampbook COMMAND --help` prints"
        " the same. What commands are for, and how they exit, is in [commands](commands.md)."
        " This page is made from the program.\n"
    ]
    for name, command in commands():
        parts.append(f"## {code(f'stampbook {name}')}\n")
        parts.append(f"```text\n{_usage(name, command)}\n```\n")
        parts.append(f"{_paragraphs(command.help or '')}\n")
        rows = [_row(each) for each in command.params if not getattr(each, "hidden", False)]
        parts.append(table(("", "value", "default", "what it is for"), rows))
    return {PAGE: "\n".join(parts)}


def _usage(name: str, command: TyperCommand) -> str:
    words = ["stampbook", name]
    for each in command.params:
        if isinstance(each, TyperArgument):
            words.append(str(each.name).upper())
        elif each.required:
            words.append(f"{each.opts[0]} {_value(each)}".strip())
    return " ".join([*words, "[OPTIONS]"])


def _row(each: object) -> tuple[str, ...]:
    assert isinstance(each, TyperArgument | TyperOption)
    names = each.opts if isinstance(each, TyperOption) else [str(each.name).upper()]
    need = "required" if each.required else code(_default(each))
    return " ".join(map(code, names)), _value(each), need, cell(each.help or "")


def _value(each: object) -> str:
    assert isinstance(each, TyperArgument | TyperOption)
    if isinstance(each, TyperOption) and each.is_flag:
        return ""
    least, most = (getattr(each.type, bound, None) for bound in ("min", "max"))
    if least is not None:
        return f"{least} to {most}" if most is not None else f"{least} or more"
    name = str(getattr(each.type, "name", "text"))
    return NAMES.get(name, name)


def _default(each: object) -> str:
    assert isinstance(each, TyperArgument | TyperOption)
    value = each.default
    if value in (None, False, ()) or callable(value):
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _paragraphs(text: str) -> str:
    return text.replace("\f", "").strip().replace("<", "&lt;")
