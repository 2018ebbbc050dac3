"""A new column of accounts, of currencies or of lots takes at most five edits.

The test makes these edits in a copy of the sources, and checks that the new column is then written
and read everywhere. ARCHITECTURE.md lists the same places.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import stampbook
from tests.compiled import interpreted
from tests.house.new_columns import COLUMN, DEFAULT
from tests.migration.restoring import restore

SOURCE = Path(stampbook.__file__).parent
REPOSITORY = Path(__file__).parents[2]
MOST = 5

ADVICE = (
    "the columns of {} are spelled in other places than before. Name columns by `{{table}}` and"
    " bind rows by name (storage/tables.py); if the new place must be, add it to PLACES and to"
    ' "Adding a column" in ARCHITECTURE.md'
)


class Place(NamedTuple):
    """The place of an edit: a definition in a file, the line before it, and the new text."""

    file: str
    definition: str
    after: str
    new: str

    @property
    def name(self) -> str:
        return f"{self.file}: {self.definition}"


def migration(database: str, table: str, kind: str) -> Place:
    file = f"storage/migrations/{database}/29991231235959_{COLUMN}.sql"
    sql = f"ALTER TABLE {table} ADD COLUMN {COLUMN} {kind} NOT NULL DEFAULT 1;"
    return Place(file, "", "", f"-- migrate:up\n{sql}\n\n-- migrate:down\n")


def migrations(table: str) -> tuple[Place, Place]:
    return migration("sqlite", table, "INTEGER"), migration("postgres", table, "bigint")


FIELD = f"\n    {COLUMN}: int = {DEFAULT}"

PLACES = {
    "accounts": (
        *migrations("accounts"),
        Place(
            "storage/tables.py",
            "ACCOUNTS",
            "currency_id member_id created_at",
            f" {COLUMN}",
        ),
        Place(
            "programs/accounts.py",
            "Account",
            "    status: AccountStatus\n    created_at: int",
            FIELD,
        ),
    ),
    "currencies": (
        *migrations("currencies"),
        Place("storage/tables.py", "CURRENCIES", "grace_s cancel_window_s", f" {COLUMN}"),
        Place(
            "programs/policies.py",
            "Terms",
            "    temporary_timeout_s: int = DEFAULT_TIMEOUT_S",
            FIELD,
        ),
        Place(
            "domain/policy.py",
            "Policy",
            "    temporary_timeout_s: int = DEFAULT_TIMEOUT_S",
            FIELD,
        ),
    ),
    "lots": (
        Place("domain/model.py", "Lot", "    reinstated: int = 0", FIELD),
        Place("domain/packing.py", "lot_fields", "lot.claimed, lot.reinstated", f", lot.{COLUMN}"),
        Place(
            "domain/packing.py",
            "read_lot",
            "        reinstated=fields[13],",
            f"\n        {COLUMN}=fields[14],",
        ),
    ),
}

OTHERS = {
    "accounts": {
        "programs/accounts.py: primary",  # rules in SQL: which is the primary account,
        "visits/cards.py: close",  # and that a closed one is not
    },
    "currencies": {"dialects/native/wire/programs.py: terms_of"},  # the native API changes it
    "lots": {"dialects/native/wire/lots.py: LotShape"},  # the native API answers it
}
"""Other places that name columns: rules, and answers."""

SAMPLES = [
    ("accounts", "is_primary"),
    ("currencies", "grace_s"),
    ("currencies", "cancel_window_s"),
    ("lots", "accrued_by"),
]


def advice(kind: str) -> str:
    return ADVICE.format(kind)


# -- the edits are enough --------------------------------------------------------------------


def edited(folder: Path, kind: str) -> Path:
    """A copy of the sources with the new column."""
    copy = folder / "stampbook"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", "static"))
    for place in PLACES[kind]:
        file = copy / place.file
        if not place.after:
            assert not file.exists()
            file.write_text(place.new)
            continue
        text = file.read_text("utf-8")
        assert text.count(place.after) == 1, f"{place.name}: {advice(kind)}"
        file.write_text(text.replace(place.after, place.after + place.new), "utf-8")
    return folder


def use(folder: Path, kind: str, address: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.house.new_columns", kind, address],
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{REPOSITORY}"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(params=["sqlite", "postgres"])
def recorded(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with the schema before the journal was converted."""
    address: str = (
        f"sqlite:{tmp_path}/recorded.sqlite"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_database")
    )
    restore(address)
    return address


@interpreted
@pytest.mark.parametrize("kind", ["accounts", "currencies"])
def test_the_edits_add_a_column(kind: str, recorded: str, tmp_path: Path) -> None:
    """This also holds for a database whose journal has not been converted yet."""
    done = use(edited(tmp_path / "copy", kind), kind, recorded)
    assert done.returncode == 0, f"{done.stderr[-500:]}\n{advice(kind)}"


@interpreted
def test_the_edits_give_lots_one_more_field(tmp_path: Path) -> None:
    done = use(edited(tmp_path / "copy", "lots"), "lots", "")
    assert done.returncode == 0, f"{done.stderr[-500:]}\n{advice('lots')}"


@pytest.mark.parametrize("kind", PLACES)
def test_they_are_at_most_five(kind: str) -> None:
    assert len(PLACES[kind]) <= MOST


# -- and there are no other places -----------------------------------------------------------

CODECS = ("domain/packing.py", "domain/state.py")
"""Modules that write and read fields by their order: each mention is a place."""


@cache
def definitions(source: str) -> Sequence[tuple[str, ast.AST]]:
    """What is defined at the top of a module, with its name."""
    return tuple(_definitions(source))


def _definitions(source: str) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node


def spelled_in(source: str, column: str, *, codec: bool = False) -> set[str]:
    """The definitions of a module that name the column: as a field, or in a text such as SQL.

    For a codec, also those that mention it in other ways.
    """
    found: set[str] = set()
    word = re.compile(rf"\b{column}\b")
    if not word.search(source):
        return found
    for name, definition in definitions(source):
        prose = {id(node.value) for node in ast.walk(definition) if isinstance(node, ast.Expr)}
        for node in ast.walk(definition):
            match node:
                case ast.AnnAssign(target=ast.Name(id=field)) if field == column:
                    found.add(name)
                case ast.Constant(value=str(text)) if id(node) not in prose and word.search(text):
                    found.add(name)
                case ast.Attribute(attr=field) | ast.keyword(arg=field) if codec and (
                    field == column
                ):
                    found.add(name)
    return found


def spelled(column: str) -> set[str]:
    """All places outside the migrations and the schema that name the column."""
    found = set()
    for path in sorted(SOURCE.rglob("*.py")):
        file = str(path.relative_to(SOURCE))
        names = spelled_in(path.read_text("utf-8"), column, codec=file in CODECS)
        found |= {f"{file}: {name}" for name in names}
    for path in sorted((SOURCE / "storage" / "sql").rglob("*.sql")):
        if re.search(rf"\b{column}\b", path.read_text("utf-8")):
            found.add(f"{path.relative_to(SOURCE)}: ")
    return found


@pytest.mark.parametrize(("kind", "column"), SAMPLES)
def test_no_other_place_spells_a_column(kind: str, column: str) -> None:
    declared = {place.name for place in PLACES[kind] if place.definition} | OTHERS[kind]
    assert len(declared) <= MOST
    assert spelled(column) == declared, advice(kind)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('def f():\n    """Of x."""\n    return a.x', set()),
        ('def f():\n    return "SELECT a.x FROM a"', {"f"}),
        ('async def f():\n    return f"SELECT {y}, x"', {"f"}),
        ('A = B("a", ("y", "x"))', {"A"}),
        ("class C:\n    x: int = 0", {"C"}),
        ("class C:\n    def g(self):\n        return D(x=1)", set()),
        ('A = "xx"', set()),
    ],
)
def test_what_spells_one(source: str, names: set[str]) -> None:
    assert spelled_in(source, "x") == names


def test_a_codec_spells_what_it_mentions() -> None:
    assert spelled_in("def f(a):\n    return a.x", "x", codec=True) == {"f"}
    assert spelled_in("def f(a):\n    return B(x=a)", "x", codec=True) == {"f"}


# -- and the page says the same --------------------------------------------------------------


@pytest.mark.parametrize("kind", PLACES)
def test_the_page_names_the_places(kind: str) -> None:
    page = (REPOSITORY / "ARCHITECTURE.md").read_text("utf-8")
    section = page.partition("\n## Adding a column\n")[2].partition("\n## ")[0]
    (row,) = re.findall(rf"^\| {kind} \| (\d) \| (.*) \|$", section, re.MULTILINE)
    named = [
        f"`{place.definition}` in `{place.file}`" for place in PLACES[kind] if place.definition
    ]
    if len(named) < len(PLACES[kind]):
        named.insert(0, "a migration for each database")
    assert row == (str(len(PLACES[kind])), ", ".join(named)), advice(kind)
