"""What previews ask, made of the answers to dry runs alone."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stampbook.dialects.instants import read
from stampbook.domain.model import Kind
from stampbook.explaining.heads import plan_of, with_unit, words
from stampbook.explaining.names import Names
from stampbook.explaining.voice import Voice
from stampbook.ledger.journal.briefs import Brief
from stampbook.speaking.languages import LANGUAGES, Language
from stampbook.speaking.speech import Speech

AT = read("2026-11-03T12:00:00Z")


def voice(language: Language = "en") -> Voice:
    return Voice(Speech(language, ZoneInfo("UTC")), 2, AT, Names())


def answer(kind: str, *moves: tuple[str | None, str, str, str], **more: Any) -> dict[str, Any]:
    """An answer to a dry run: moves are (lot, amount, from, to)."""
    return {
        "account_id": "acc_1",
        "type": kind,
        "amount": "100.00",
        "effect": "-100.00",
        "shortfall": "0.00",
        "status": "in_force",
        "allocations": [
            {"lot_id": lot, "amount": amount, "from": source, "to": target, "expires_at": None}
            for lot, amount, source, target in moves
        ],
        **more,
    }


def row(kind: Kind, **more: Any) -> Brief:
    made = Brief(
        account=1,
        seq=1,
        kind=kind,
        amount=10_000,
        recorded_at=AT,
        effective_at=AT,
        target=0,
        root=1,
        link=0,
        peer=0,
        by_clock=False,
        external_id=None,
        reason=None,
        actor=None,
        subject=None,
        user=None,
    )
    return made._replace(**more)


def said(
    given: dict[str, Any],
    target: Brief | None = None,
    root: Brief | None = None,
    language: Language = "en",
) -> str:
    found = words(plan_of(given, 2), target, root or target, voice(language), "Stars")
    return found.text


LOT = "lot_800001"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (answer("accrue", effect="100.00"), "Give 100.00 stars?"),
        (
            answer("accrue", (None, "25.00", "owed", "outside"), effect="100.00"),
            "Give 100.00 stars? 25.00 of it pay a debt.",
        ),
        (answer("redeem", (LOT, "100.00", "available", "spent")), "Take 100.00 stars?"),
        (
            answer("redeem", (None, "30.00", "outside", "owed")),
            "Take 100.00 stars? 30.00 of it become a debt.",
        ),
        (
            answer("hold", deadline_at="2026-11-03T14:35:00Z"),
            "Put 100.00 stars on hold until 14:35?",
        ),
        (answer("adjust", effect="100.00"), "Give 100.00 stars?"),
        (answer("adjust"), "Take 100.00 stars?"),
        (answer("reinstate", effect="100.00"), "Give 100.00 stars back that had expired?"),
        (answer("transfer_out"), "Transfer 100.00 stars?"),
    ],
)
def test_new_movements(given: dict[str, Any], text: str) -> None:
    assert said(given) == text


@pytest.mark.parametrize(
    ("given", "target", "text"),
    [
        (
            answer("cancel", cancels="txn_800001"),
            row(Kind.REDEEM),
            "Cancel the payment of 3 Nov? 100.00 stars go back to where they came from.",
        ),
        (
            answer("cancel", cancels="txn_800001"),
            row(Kind.HOLD, external_id="order-5"),
            "Cancel order 5? 100.00 stars go back to where they came from.",
        ),
        (
            answer("cancel", (LOT, "100.00", "spent", "revoked"), cancels="txn_800001"),
            row(Kind.REDEEM, reason="A mug"),
            "Cancel “A mug”? 100.00 stars go back to where they came from."
            " 100.00 of it came from points that were cancelled meanwhile: they are gone.",
        ),
        (
            answer("cancel", (LOT, "40.00", "available", "revoked"), cancels="txn_800001"),
            row(Kind.ACCRUE, reason="Welcome"),
            "Cancel 100.00 welcome points? 60.00 of it expired and stay expired.",
        ),
        (
            answer(
                "cancel",
                (LOT, "100.00", "spent", "revoked"),
                (None, "100.00", "outside", "owed"),
                cancels="txn_800001",
            ),
            row(Kind.ACCRUE),
            "Cancel 100.00 stars from 3 Nov? 100.00 were already used: they become a debt.",
        ),
        (
            answer("activate", activates="txn_800001"),
            row(Kind.ACCRUE, external_id="order-5"),
            "Make 100.00 stars from order 5 usable now?",
        ),
        (
            answer("expire", (LOT, "100.00", "available", "expired"), expires="txn_800001"),
            row(Kind.ACCRUE, external_id="order-5"),
            "Let 100.00 stars from order 5 expire now?",
        ),
        (
            answer("commit", commits="txn_800001"),
            row(Kind.ACCRUE, external_id="order-5"),
            "Confirm 100.00 stars from order 5?",
        ),
        (
            answer("release", releases="txn_800001"),
            row(Kind.ACCRUE, external_id="order-5"),
            "Take back 100.00 stars from order 5? They are not confirmed.",
        ),
        (
            answer("release", (LOT, "100.00", "held", "available"), releases="txn_800001"),
            row(Kind.HOLD),
            "Release the hold from 3 Nov? 100.00 stars are usable again.",
        ),
    ],
)
def test_acts_upon_others(given: dict[str, Any], target: Brief, text: str) -> None:
    assert said(given, target) == text
    for language in LANGUAGES:
        assert "%(" not in said(given, target, language=language)


def test_an_undo() -> None:
    given = answer("cancel", cancels="txn_800002")
    cancel = row(Kind.CANCEL, seq=2, target=1, link=1)
    assert said(given, cancel, row(Kind.REDEEM, external_id="order-5")) == (
        "Undo the cancel? Order 5 takes 100.00 stars again."
    )
    assert said(given, cancel, row(Kind.ACCRUE, external_id="order-5")) == (
        "Undo the cancel? 100.00 stars from order 5 are given again."
    )


def test_an_answer_that_names_only_some_lots_is_not_summed() -> None:
    given = answer(
        "cancel",
        (LOT, "1.00", "available", "revoked"),
        cancels="txn_800001",
        allocations_truncated=True,
    )
    assert said(given, row(Kind.ACCRUE, external_id="order-5")) == (
        "Cancel 100.00 stars from order 5?"
    )


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("Stars", "5.00 stars"),
        ("Bonus money", "5.00 bonus money"),
        ("Баллы", "5.00 баллы"),
        ("VIP", "5.00 VIP"),
        ("iPoints", "5.00 iPoints"),
        (None, "5.00"),
    ],
)
def test_units(unit: str | None, text: str) -> None:
    assert with_unit("5.00", unit) == text
