"""What is mutated, how, and the tests that must notice it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "stampbook"


@dataclass(frozen=True)
class Suite:
    """Modules, and the tests that hold them.

    `modules` are globs below the package, `tests` and `laws` paths below the repository, and
    `choice` says which of their tests, as pytest's `-k` does. Of `tests` it is looked up which of
    them reach a function; `laws` reach everything, cost more, and come last.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    laws: tuple[str, ...]
    choice: str

    def arguments(self, files: Sequence[str] = ()) -> tuple[str, ...]:
        """What pytest is asked to collect: all of it, or only these files."""
        return *(files or (*self.tests, *self.laws)), "-k", self.choice

    def files(self) -> list[Path]:
        """The modules' files."""
        return [path for glob in self.modules for path in sorted(SOURCES.glob(glob))]


SUITES = {
    "domain": Suite(
        ("domain/decisions/*.py", "domain/*.py"),
        (
            "tests/domain",
            "tests/scenarios",
        ),
        ("tests/laws", "tests/exploration"),
        "not sqlite and not postgres and not native_api"
        " and not every_short_history and not printed_as",
    ),
    "ledger": Suite(
        (
            "ledger/repeating.py",
            "ledger/guarding.py",
            "ledger/refused.py",
            "ledger/frozen.py",
            "ledger/denominations.py",
            "ledger/submission.py",
            "ledger/work.py",
            "ledger/round.py",
            "ledger/knowing.py",
            "ledger/writing.py",
            "ledger/saving.py",
            "ledger/joint.py",
            "ledger/holding/joining.py",
            "ledger/holding/forwarding.py",
        ),
        (
            "tests/ledgers",
            "tests/engine",
            "tests/visits/test_cancels_elsewhere.py",
            "tests/loyalty/events/test_reviving.py",
            "tests/loyalty/events/test_merged.py",
            "tests/loyalty/orders/test_thresholds.py",
            "tests/http/once/test_after_merges.py",
            "tests/http/once/test_former_keys.py",
            "tests/http/once/test_joint_once.py",
            "tests/http/native/merging/test_merging.py",
            "tests/http/native/merging/test_passing_on.py",
        ),
        (
            "tests/scenarios/test_scenarios.py",
            "tests/laws/test_laws_of_storing.py",
            "tests/laws/test_merging.py",
        ),
        "not postgres and not test_domain and not native_api and not half_dead and not replay_sees"
        " and (not bounds_of_work or loaded_together)"
        " and (not frozen or large_book_is_not) and (not large_books or takes_long)"
        " and not test_a_commit_that and not a_policy_changes",
    ),
}

OPERATORS = frozenset(
    f"core/{name}"
    for name in (
        "NumberReplacer",
        "AddNot",
        "ReplaceAndWithOr",
        "ReplaceOrWithAnd",
        "ReplaceTrueWithFalse",
        "ReplaceFalseWithTrue",
        "ReplaceUnaryOperator_Delete_Not",
        "ReplaceUnaryOperator_Delete_USub",
        "ReplaceBreakWithContinue",
        "ReplaceContinueWithBreak",
        "ZeroIterationForLoop",
        "ExceptionReplacer",
        "RemoveDecorator",
        "ReplaceComparisonOperator_Is_IsNot",
        "ReplaceComparisonOperator_IsNot_Is",
        "ReplaceComparisonOperator_Eq_NotEq",
        "ReplaceComparisonOperator_NotEq_Eq",
        "ReplaceComparisonOperator_Lt_LtE",
        "ReplaceComparisonOperator_Lt_GtE",
        "ReplaceComparisonOperator_Lt_NotEq",
        "ReplaceComparisonOperator_LtE_Lt",
        "ReplaceComparisonOperator_LtE_Gt",
        "ReplaceComparisonOperator_LtE_Eq",
        "ReplaceComparisonOperator_Gt_GtE",
        "ReplaceComparisonOperator_Gt_LtE",
        "ReplaceComparisonOperator_Gt_NotEq",
        "ReplaceComparisonOperator_GtE_Gt",
        "ReplaceComparisonOperator_GtE_Lt",
        "ReplaceComparisonOperator_GtE_Eq",
        "ReplaceBinaryOperator_Add_Sub",
        "ReplaceBinaryOperator_Sub_Add",
        "ReplaceBinaryOperator_Mul_Add",
        "ReplaceBinaryOperator_Mul_FloorDiv",
        "ReplaceBinaryOperator_FloorDiv_Mul",
        "ReplaceBinaryOperator_Mod_FloorDiv",
        "ReplaceBinaryOperator_Pow_Mul",
        "ReplaceBinaryOperator_BitOr_BitAnd",
        "ReplaceBinaryOperator_BitAnd_BitOr",
        "ReplaceBinaryOperator_LShift_RShift",
        "ReplaceBinaryOperator_RShift_LShift",
    )
)
"""The operators of Cosmic Ray that make a fault that somebody could have written. It also puts each
arithmetic operator for each other and compares identities by order: those fail at the first call,
and would only embellish the rate."""


def module_of(path: Path) -> str:
    """The dotted name of a source file, without the package: `domain.decisions.cancelling`."""
    return ".".join(path.relative_to(SOURCES).with_suffix("").parts)
