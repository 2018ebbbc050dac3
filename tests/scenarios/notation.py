"""Parses the notation of the scenarios, which docs/contributing/scenarios.md explains."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from stampbook.domain.model import FOREVER, MICROSECONDS
from stampbook.domain.policy import (
    CountsFrom,
    DayOfYear,
    ExpiredRestore,
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Policy,
    Rounding,
    SpentAccrual,
    Unit,
    to_instant,
)
from tests.ledgers.seen import AccountPlan, Plan

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
"""The units of durations; `us` is a microsecond."""

OPTIONS = {"expires", "activates", "effective", "timeout", "key", "id", "reason", "by", "on", "to"}
"""Options of an operation that take a value."""

FLAGS = {"temporary", "dry_run", "only_pending"}


class Outcome(NamedTuple):
    """The expected answer of an operation: `word` is refused (with `code`), already or replay
    (with `of`, the name of an earlier operation), or done."""

    word: str = "done"
    what: str = ""


class Check(NamedTuple):
    """An expectation: its kind, its subject, and its clauses as lists of words."""

    kind: str
    about: str
    clauses: tuple[tuple[str, ...], ...]
    line: int


class Step(NamedTuple):
    """One line that does something, and the expectations that follow it."""

    name: str
    verb: str
    words: tuple[str, ...]
    options: dict[str, str]
    expected: Outcome
    checks: tuple[Check, ...]
    line: int


class Scenario(NamedTuple):
    """A named case: what exists, and what happens.

    `inside`: it uses something that only the ledger offers, not the native API.
    """

    file: str
    title: str
    plan: Plan
    steps: tuple[Step, ...]
    inside: bool

    @property
    def slug(self) -> str:
        """The title, as a part of the name of a test."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


class NotationError(Exception):
    """A line that cannot be parsed."""


def read_folder(folder: Path) -> list[Scenario]:
    """All scenarios in the files of the folder, in order."""
    return [each for path in sorted(folder.glob("*.scn")) for each in read(path)]


def read(path: Path) -> Iterator[Scenario]:
    """The scenarios in one file."""
    title, lines = "", list[tuple[int, str]]()
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = re.sub(r"(^|\s)#.*", "", raw).rstrip()
        if line.startswith("=="):
            if title:
                yield _scenario(path, title, lines)
            title, lines = line.strip("= "), []
        elif line:
            lines.append((number, line))
    if title:
        yield _scenario(path, title, lines)


def _scenario(path: Path, title: str, lines: list[tuple[int, str]]) -> Scenario:
    inside = False
    program: dict[str, str] = {}
    currencies: dict[str, Policy] = {}
    accounts: dict[str, AccountPlan] = {}
    steps: list[Step] = []
    for number, line in lines:
        try:
            word, _, rest = line.strip().partition(" ")
            if line[0].isspace():
                steps[-1] = steps[-1]._replace(checks=(*steps[-1].checks, _check(line, number)))
            elif word == "inside":
                inside = True
            elif word == "program:":
                program = dict(_pairs(rest))
            elif word == "currency":
                name, _, rules = rest.partition(":")
                currencies[name] = read_policy(rules, program)
            elif word == "account":
                accounts[rest.split()[0]] = _account(rest.split())
            else:
                steps.append(_step(line, number))
        except (ValueError, IndexError, KeyError) as error:
            raise NotationError(f"{path.name}:{number}: {line.strip()!r}: {error!r}") from error
    currencies = currencies or {"points": read_policy("", program)}
    accounts = accounts or {"a": AccountPlan("a", next(iter(currencies)))}
    return Scenario(path.stem, title, Plan(currencies, accounts), tuple(steps), inside)


def _account(words: list[str]) -> AccountPlan:
    """`NAME CURRENCY [member NAME]`; by default the account has its own member."""
    return AccountPlan(words[3] if len(words) > 2 else words[0], words[1])


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for clause in text.replace(":", " ", 1).split(","):
        key, _, value = clause.strip().partition(" ")
        if key:
            yield key, value.strip()


# -- policies ----------------------------------------------------------------------------


def read_policy(rules: str, program: dict[str, str]) -> Policy:
    """The clauses of a currency as a policy. The ledger that creates it assigns its numbers."""
    given = dict(_pairs(rules.strip() + " "))
    scale = int(given.pop("scale", "0"))
    policy = Policy(currency=0, program=0, tenant=0, version=1, scale=scale)
    policy = policy._replace(
        timezone=program.get("timezone", "UTC"),
        accepts=program.get("status", "active") == "active",
        starts_at=read_instant(program["starts"], 0) if "starts" in program else -FOREVER,
        ends_at=read_instant(program["ends"], 0) if "ends" in program else FOREVER,
    )
    for key, value in given.items():
        policy = _with_rule(policy, key, value)
    return policy


def _with_rule(policy: Policy, key: str, value: str) -> Policy:
    match key:
        case "spent_accrual":
            return policy._replace(spent_accrual=SpentAccrual(value))
        case "grace":
            return policy._replace(
                expired_restore=ExpiredRestore.GRACE, grace_s=read_length(value) // MICROSECONDS
            )
        case "overdraft":
            return policy._replace(overdraft=read_amount(value, policy.scale))
        case "cancel_window":
            return policy._replace(cancel_window_s=read_length(value) // MICROSECONDS)
        case "timeout":
            return policy._replace(temporary_timeout_s=read_length(value) // MICROSECONDS)
        case "pending":
            return policy._replace(pending=_pending(value.split()))
        case "expiry":
            return policy._replace(expiry=_expiry(value.split()))
    raise ValueError(f"no such rule: {key}")


def _pending(words: list[str]) -> PendingRule:
    match words:
        case ["immediate"]:
            return PendingRule()
        case ["period", value, unit, *rest]:
            return PendingRule(
                PendingType.PERIOD, Period(int(value), Unit(unit)), whole_days="whole_days" in rest
            )
        case ["fixed_dates", *days]:
            return PendingRule(PendingType.FIXED_DATES, dates=tuple(map(_day, days)))
        case ["event"]:
            return PendingRule(PendingType.EVENT)
        case ["event", "within", value, unit]:
            return PendingRule(PendingType.EVENT, cancel_period=Period(int(value), Unit(unit)))
    raise ValueError(f"no such pending rule: {words}")


def _expiry(words: list[str]) -> ExpiryRule:
    match words:
        case ["none"]:
            return ExpiryRule()
        case ["calendar", *days]:
            return ExpiryRule(ExpiryType.CALENDAR, dates=tuple(map(_day, days)))
        case ["sliding", value, unit, *rest]:
            return ExpiryRule(
                ExpiryType.SLIDING,
                Period(int(value), Unit(unit)),
                on_earning="on_spending_only" not in rest,
                on_spending="on_earning_only" not in rest,
            )
        case ["rolling", value, unit, *rest]:
            options = dict(zip(rest[::2], rest[1::2], strict=True))
            return ExpiryRule(
                ExpiryType.ROLLING,
                Period(int(value), Unit(unit)),
                counts_from=CountsFrom(options.get("from", "activation")),
                rounding=Rounding(options["to"]) if "to" in options else None,
                rounding_month=int(options.get("month", "12")),
            )
    raise ValueError(f"no such expiry rule: {words}")


def _day(word: str) -> DayOfYear:
    month, day = word.split("-")
    return DayOfYear(int(month), int(day))


# -- steps and expectations -----------------------------------------------------------------


def _step(line: str, number: int) -> Step:
    line, _, answer = line.partition("->")
    words = shlex.split(line)
    name = words.pop(0).rstrip(":") if words[0].endswith(":") else ""
    verb, *rest = words
    plain: list[str] = []
    options: dict[str, str] = {}
    while rest:
        word = rest.pop(0)
        if word in FLAGS:
            options[word] = "yes"
        elif word in OPTIONS and (verb != "rules" or word == "on"):  # a rule may be `timeout 2h`
            options[word] = rest.pop(0)
        else:
            plain.append(word)
    outcome = Outcome(*answer.split()) if answer else Outcome()
    return Step(name, verb, tuple(plain), options, outcome, (), number)


def _check(line: str, number: int) -> Check:
    """`[ABOUT:] clause, clause`; ABOUT is an account, `lot …`, `pays …`, `row`, `journal …`."""
    head, colon, body = line.strip().partition(": ")
    if not colon:
        head, body = "", line.strip()
    kind, _, about = head.partition(" ")
    if kind not in ("lot", "pays", "row", "journal", "lots", "as_of"):
        kind, about = "balance", head
    clauses = tuple(tuple(clause.split()) for clause in body.split(","))
    return Check(kind, about, clauses, number)


def read_amount(text: str, scale: int) -> int:
    """A decimal as an integer of the smallest unit, exactly."""
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.lstrip("+-").partition(".")
    if len(fraction) > scale:
        raise ValueError(f"more digits than the scale {scale}: {text}")
    return sign * int((whole or "0") + fraction.ljust(scale, "0"))


def read_length(text: str) -> int:
    """`30d`, `2h`, `1us` in microseconds."""
    if text.endswith("us"):
        return int(text[:-2])
    return int(text[:-1]) * SECONDS[text[-1]] * MICROSECONDS


def read_instant(text: str, now: int) -> int:
    """`2026-01-31`, `2026-01-31T10:00`, `+30d`, `-1us` from now, or `never`."""
    if text == "never":
        return FOREVER
    if text[0] in "+-":
        return now + read_length(text[1:]) * (-1 if text[0] == "-" else 1)
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=UTC))
