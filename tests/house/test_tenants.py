"""Every query of what belongs to tenants is scoped: it names the tenant, or the program, currency,
member or location that the caller has found among the tenant's own."""

from __future__ import annotations

import ast
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

import stampbook

ROOT = Path(stampbook.__file__).parent
SCHEMA = (ROOT / "storage" / "schema" / "sqlite.sql").read_text("utf-8")

EXEMPT = (
    "storage/migrations/",
    "storage/schema/",
    "verifying/",
    "worker/",
    "storage/converting.py",
)
"""What works on whole databases."""


def owned_on_sqlite() -> set[str]:
    """The tables that say in each row whose it is. SQLite reads them itself: it keeps a column that
    was added in the middle of a line."""
    with closing(sqlite3.connect(":memory:")) as database:
        for statement in re.findall(r"^CREATE TABLE .*?;$", SCHEMA, re.DOTALL | re.MULTILINE):
            database.execute(statement)
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {
            name
            for (name,) in tables
            if "tenant_id" in [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
        }


def owned_on_postgres() -> set[str]:
    text = (ROOT / "storage" / "schema" / "postgres.sql").read_text("utf-8")
    tables = re.findall(r"^CREATE TABLE (\w+) \((.*?)^\)", text, re.DOTALL | re.MULTILINE)
    return {name for name, columns in tables if re.search(r"^ +tenant_id ", columns, re.MULTILINE)}


OWNED = sorted(owned_on_sqlite() | owned_on_postgres())

PARENTS = {
    "program_id": "programs",
    "currency_id": "currencies",
    "member_id": "members",
    "location_id": "locations",
}
"""By such an id, rows of other tables are scoped. Its own row is not: anybody can send the id."""

NAMED = re.compile(rf"\b(?:FROM|JOIN|UPDATE)\s+(?:ONLY\s+)?({'|'.join(OWNED)})\b", re.IGNORECASE)

GIVEN = r"\s*(?:=|IN)\s*(?:ANY\s*)?[(\s]*(?:CAST\()?\s*(?:\$|\?|:\w|…)"
"""An id compared with a parameter."""

COMPARED = r"\s*(?:=|IN\b|\))"
"""The tenant may also come from another table, or be the first of a row's values."""

ASSIGNED = re.compile(r"\bSET\b.*?(?=\bWHERE\b)", re.DOTALL)
"""What an update writes scopes nothing."""

FOUND = "changes or reads beside it what was found by its tenant before"
SECRET = "finds whose a secret is: the tenant is what it answers"
LOADING = "the ledger loads accounts by number, and refuses those of another tenant"
SAVING = "a save names accounts and currencies that the ledger has loaded"
WHOLE = "is of the whole database, for its operator"
BUILT = "its condition, which names the tenant, is made by another function of the module"

ALLOWED = {
    "commands/verifying.py: _count": WHOLE,
    "dialects: _check_whole": FOUND,
    "dialects: _is_used": FOUND,
    "dialects: _pending_approvals": WHOLE,
    "dialects: add_part": FOUND,
    "dialects: by_download_key": SECRET,
    "dialects: claim": "takes a task whose name, a random one, is known to its maker alone",
    "dialects: finish": FOUND,
    "dialects: give_back": FOUND,
    "dialects: list_activities": BUILT,
    "files/exported.py: is_named": "whether any row names a file: nobody but the worker asks",
    "files/exported.py: running": "exports of all tenants: nobody but the worker asks",
    "files/importing/sent.py: running": "imports of all tenants: nobody but the worker asks",
    "ledger/denominations.py: _read": "finds whose accounts are: its callers compare the tenant",
    "ledger/following/lags.py: due": WHOLE,
    "ledger/following/rebuilding.py: _due": WHOLE,
    "ledger/journal/figures.py: due_among": FOUND,
    "ledger/journal/many.py: pending_lots": BUILT,
    "ledger/journal/many.py: rows": BUILT,
    "loyalty/events/joining.py: welcome_all": WHOLE,
    "loyalty/rewards/codes.py: free": FOUND,
    "loyalty/rewards/codes.py: of_grant": FOUND,
    "loyalty/rewards/codes.py: of_purchase": FOUND,
    "loyalty/rewards/codes.py: of_purchases": FOUND,
    "loyalty/rewards/granting.py: _APPROVE": FOUND,
    "loyalty/rewards/granting.py: _ISSUE_AGAIN": FOUND,
    "loyalty/rewards/granting.py: _PUT_BACK": FOUND,
    "loyalty/rewards/granting.py: _REFUND": FOUND,
    "loyalty/rewards/granting.py: _TAKE": FOUND,
    "loyalty/rewards/granting.py: _TAKE_AGAIN": FOUND,
    "loyalty/rewards/grants.py: of_events": BUILT,
    "loyalty/rewards/issuing.py: _ISSUE_FREE": FOUND,
    "loyalty/rewards/issuing.py: _VOID": FOUND,
    "loyalty/rewards/refunding.py: _CHANGE": FOUND,
    "loyalty/rewards/refunding.py: _PUT_BACK": FOUND,
    "loyalty/rewards/refunding.py: _WRITE_OFF": FOUND,
    "loyalty/rewards/rewards.py: delete": FOUND,
    "loyalty/rewards/rewards.py: is_bought": FOUND,
    "loyalty/rewards/selling.py: _SELL": FOUND,
    "loyalty/rules/using.py: _TRIGGERS": FOUND,
    "programs/api_keys.py: by_oauth_token_hash": SECRET,
    "programs/api_keys.py: by_secret_hash": SECRET,
    "programs/approvals.py: _insert": "the program is one that the act was judged in",
    "programs/api_keys.py: note_used": FOUND,
    "programs/currencies.py: _told": FOUND,
    "programs/currencies.py: load": FOUND,
    "programs/currencies.py: update": FOUND,
    "programs/currencies.py: watch": FOUND,
    "programs/searching/keys.py: region_of": FOUND,
    "programs/tenants.py: page": WHOLE,
    "merging/requests.py: request_merge": "looks for a free number, of all tenants",
    "merging/requests.py: _MERGE": "writes a row of members that were found",
    "programs/people/proving.py: authenticate": "finds whose a login is, and compares the tenant",
    "programs/users.py: by_login": "finds whose a login is: its caller compares the tenant",
    "programs/people/sessions.py: by_session": SECRET,
    "events/pruning.py: prune": "old rows of all tenants: nobody but the worker asks",
    "loyalty/tiers/heralding.py: _of_due": "members of all tenants: nobody but the worker asks",
    "loyalty/tiers/heralding.py: _of_time": "members of all tenants: nobody but the worker asks",
    "storage/positions.py: first_rows_between": "as of all tenants: nobody but the worker asks",
    "storage/outbox/reading.py: last_pruned": "the place of a row, and nothing else of it",
    "storage/outbox/reading.py: last_upto": "the place of a row, and nothing else of it",
    "storage/positions.py: _select": "the feed has the rows of all tenants: nobody but us reads it",
    "storage/sql/citus/loading.sql: open_accounts": LOADING,
    "storage/sql/citus/loading.sql: put_off": LOADING,
    "storage/sql/citus/saving.sql: save": SAVING,
    "storage/sql/postgres/loading.sql: lock_accounts": LOADING,
    "storage/sql/postgres/loading.sql: open_accounts": LOADING,
    "storage/sql/postgres/loading.sql: put_off": LOADING,
    "storage/sql/postgres/saving.sql: save": SAVING,
    "storage/sql/postgres/searching.sql: find_members": "its terms name the tenant or its programs",
    "storage/sql/sqlite/loading.sql: account": LOADING,
    "storage/sql/sqlite/loading.sql: put_off": LOADING,
    "storage/sql/sqlite/saving.sql: due": SAVING,
    "storage/sql/sqlite/saving.sql: standing_account": SAVING,
    "storage/sql/sqlite/saving.sql: standing_policy": SAVING,
    "webhooks/backlog.py: backlog": WHOLE,
    "webhooks/backlog.py: endpoints_by_status": WHOLE,
    "webhooks/claiming.py: due": "deliveries of all tenants: nobody but the worker asks",
    "webhooks/following.py: _active": "webhooks of all tenants: nobody but the worker asks",
    "webhooks/pruning.py: prune": "old rows of all tenants: nobody but the worker asks",
    "visits/cards.py: close": FOUND,
    "visits/clients.py: count": BUILT,
    "visits/clients.py: page": BUILT,
    "visits/clients.py: with_card": BUILT,
    "visits/locations.py: limit_user": FOUND,
    "visits/promotions.py: named": "names promotions that the tenant's own visits name",
    "visits/reading.py: accounts_of": FOUND,
    "visits/recording.py: save": FOUND,
}
"""Statements that need no scope, by module and function (of SQL files, by name), and why."""


def is_scoped(sql: str) -> bool:
    """Whether the statement names the tenant, or a parent of rows that it reads or changes."""
    sql = ASSIGNED.sub("", sql)
    if re.search(rf"\btenant_id\b{COMPARED}", sql):
        return True
    named = {table.lower() for table in NAMED.findall(sql)}
    return any(
        named - {table} and re.search(rf"\b{column}\b{GIVEN}", sql, re.IGNORECASE)
        for column, table in PARENTS.items()
    )


def text_of(node: ast.AST, constants: Mapping[str, str]) -> str:
    """The text of an expression; what it takes from elsewhere than these constants is `…`."""
    match node:
        case ast.Constant(value=str() as value):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part, constants) for part in parts)
        case ast.FormattedValue(value=ast.Name(id=name)):
            return constants.get(name, "…")
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left, constants) + text_of(right, constants)
        case ast.Name(id=name):
            return constants.get(name, "…")
        case ast.Call(args=[first, *_]):  # with_columns("…")
            return text_of(first, constants)
        case _:
            return "…"


def texts_in(source: str) -> Iterator[tuple[str, str]]:
    """The texts of a module, each with the function or the constant that it belongs to.

    A constant that is part of other texts is judged as part of them. One without a condition is the
    beginning of a statement that another module ends: it cannot be judged.
    """
    tree = ast.parse(source)
    constants: dict[str, str] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                constants[name] = text_of(value, constants)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                constants[name] = text_of(value, constants)
    whole = {name: text for name, text in constants.items() if re.search(r"\bWHERE\b", text)}
    used = _parts_of_others(tree) if whole else set()
    yield from ((name, text) for name, text in whole.items() if name not in used)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            within: set[int] = set()
            for part in ast.walk(function):
                if id(part) in within:
                    continue
                if isinstance(part, ast.JoinedStr | ast.BinOp | ast.Constant):
                    within.update(map(id, ast.walk(part)))
                    yield function.name, text_of(part, constants)


def _parts_of_others(tree: ast.Module) -> set[str]:
    """The names that are part of other texts."""
    used: set[str] = set()
    for part in ast.walk(tree):
        if isinstance(part, ast.FormattedValue | ast.BinOp):
            used.update(each.id for each in ast.walk(part) if isinstance(each, ast.Name))
    return used


def unscoped() -> list[str]:
    """Where a statement on a table of tenants names neither the tenant nor a parent; a function of
    a dialect by its name alone, whose module may change."""
    found: list[str] = []
    for path in sorted([*ROOT.rglob("*.py"), *ROOT.rglob("*.sql")]):
        place = path.relative_to(ROOT).as_posix()
        if place.startswith(EXEMPT):
            continue
        text = path.read_text("utf-8")
        texts = texts_in(text) if path.suffix == ".py" else named_statements(text)
        if place.startswith("dialects/"):
            place = "dialects"
        found += [
            f"{place}: {name}" for name, sql in texts if NAMED.search(sql) and not is_scoped(sql)
        ]
    return found


def named_statements(text: str) -> Iterator[tuple[str, str]]:
    for statement in text.split("-- name: ")[1:]:
        name, _, sql = statement.partition("\n")
        yield name, sql


def test_the_tables_of_tenants_are_the_same_on_both_databases() -> None:
    assert owned_on_sqlite() == owned_on_postgres()
    assert {"approvals", "audit", "deliveries", "members", "tier_heralds"} <= set(OWNED)


def test_every_query_is_scoped() -> None:
    assert sorted(set(unscoped())) == sorted(ALLOWED)


@pytest.mark.parametrize(
    ("sql", "scoped"),
    [
        ("SELECT 1 FROM members WHERE member_id = $1", False),
        ("SELECT 1 FROM members WHERE member_id = $1 AND tenant_id = $2", True),
        ("SELECT 1 FROM members m WHERE m.program_id = $1", True),
        ("SELECT 1 FROM accounts a JOIN members m ON m.member_id = a.member_id", False),
        ("SELECT 1 FROM accounts WHERE member_id IN (?, ?)", True),
        ("UPDATE programs SET name = $1 WHERE program_id = $2", False),
        ("UPDATE programs SET name = $1 WHERE tenant_id = $2", True),
    ],
)
def test_what_is_scoped(sql: str, scoped: bool) -> None:
    assert is_scoped(sql) is scoped


def test_constants_are_judged_where_they_are_used() -> None:
    source = """
PAGE = "SELECT 1 FROM visits v"
ALL = "SELECT 1 FROM visits WHERE visit_id = 1"
def f(): return f"{PAGE} WHERE v.{x} = {y}"
"""
    assert list(texts_in(source)) == [
        ("ALL", "SELECT 1 FROM visits WHERE visit_id = 1"),
        ("f", "SELECT 1 FROM visits v WHERE v.… = …"),
    ]
