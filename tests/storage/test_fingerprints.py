"""What tells a request from all others, across releases."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from msgspec import Struct

from stampbook.dialects.voucherify.v1.members import BalanceChange
from stampbook.domain.commands import NO_NOTE, Note
from stampbook.domain.model import Kind
from stampbook.ledger.submission import Asked, Submission
from stampbook.ledger.work import Fingerprinted, content_of
from stampbook.programs.once import mark_of
from stampbook.storage.fingerprints import VERSION, fingerprint, given, named
from stampbook.storage.former_fingerprints import NotAskedThen, words
from tests.storage.asked_before import FORMER, OF_VERSION_2, REQUESTS


@pytest.mark.parametrize("name", REQUESTS)
def test_kept_fingerprints_are_those_of_the_same_requests(name: str) -> None:
    work = Fingerprinted(REQUESTS[name])
    assert work.fingerprint().hex() == OF_VERSION_2[name]
    assert len(work.fingerprint()) == 16
    assert work.fingerprint().startswith(VERSION)
    for kept in (FORMER[name], OF_VERSION_2[name]):
        assert work.is_of_key(bytes.fromhex(kept))
        for other in REQUESTS.keys() - {name}:
            assert not Fingerprinted(REQUESTS[other]).is_of_key(bytes.fromhex(kept))


def test_an_external_id_is_of_the_movement_whatever_the_request() -> None:
    item = REQUESTS["transfer"]
    part = Fingerprinted(item._replace(identity="1 of them"))
    for kept in (FORMER["transfer"], OF_VERSION_2["transfer"]):
        assert part.is_of_external_id(bytes.fromhex(kept))
        assert not part.is_of_key(bytes.fromhex(kept))


# -- a field more ---------------------------------------------------------------------


class LaterNote(NamedTuple):
    """A note of a later release: a field in the middle, and one at the end."""

    external_id: str | None = None
    channel: str | None = None
    reason: str | None = None
    actor: str | None = None
    metadata: str | None = None
    effective_at: int | None = None
    subject: str | None = None
    lines: tuple[int, ...] = ()


NO_LATER_NOTE = LaterNote()


class LaterRedeem(NamedTuple):
    """The same of a redemption."""

    amount: int
    oldest_first: bool = False
    kind: Kind = Kind.REDEEM
    note: LaterNote = NO_LATER_NOTE
    limit: int | None = None


LaterNote.__name__, LaterRedeem.__name__ = "Note", "Redeem"


def later(**changes: Any) -> Fingerprinted:
    command: Any = LaterRedeem(100, **changes)
    return Fingerprinted(Submission(1, 5, (command,)))


@pytest.mark.parametrize("kept", [FORMER["redeem"], OF_VERSION_2["redeem"]])
def test_a_field_that_is_added_with_a_default_changes_nothing(kept: str) -> None:
    assert later().is_of_key(bytes.fromhex(kept))
    for changes in (
        {"limit": 5},
        {"oldest_first": True},
        {"note": LaterNote(channel="web")},
        {"note": LaterNote(lines=(1,))},
        {"kind": Kind.ADJUST_DEBIT},
    ):
        assert not later(**changes).is_of_key(bytes.fromhex(kept))


@pytest.mark.parametrize("kept", [FORMER["redeem with all"], OF_VERSION_2["redeem with all"]])
def test_nor_beside_fields_that_are_given(kept: str) -> None:
    full: Any = LaterNote(
        "x-1",
        reason="coffee",
        actor="key:3",
        metadata='{"till": 4}',
        effective_at=1_800_000_000_000_000,
        subject="order:7",
    )
    assert later(kind=Kind.ADJUST_DEBIT, note=full).is_of_key(bytes.fromhex(kept))
    other = full._replace(reason="tea")
    assert not later(kind=Kind.ADJUST_DEBIT, note=other).is_of_key(bytes.fromhex(kept))


class LaterBalanceChange(Struct, frozen=True, kw_only=True):
    """The body of a later release."""

    channel: str | None = None
    points: int
    expiration_type: str | None = None
    expiration_date: str | None = None
    reason: str | None = None
    source_id: str | None = None
    tags: list[str] = []


LaterBalanceChange.__name__ = "BalanceChange"

FORMER_BALANCE = bytes.fromhex("7e7097f821bbb9bcc019bb7c7a168711")
"""Of 5 points with the reason `b`, as the release before version 2 kept it."""


def of_body(wanted: Any) -> Fingerprinted:
    identity = Asked("balance", wanted, lambda: f"balance {words(wanted)}")
    return Fingerprinted(Submission(1, 5, identity=identity))


def test_a_field_that_is_added_to_a_body() -> None:
    now = of_body(BalanceChange(points=5, reason="b"))
    same = of_body(LaterBalanceChange(points=5, reason="b"))
    assert same.fingerprint() == now.fingerprint()
    for each in (now, same):
        assert each.is_of_key(FORMER_BALANCE)
    for other in (
        LaterBalanceChange(points=6, reason="b"),
        LaterBalanceChange(points=5, reason="b", channel="web"),
        LaterBalanceChange(points=5, reason="b", tags=["a"]),
    ):
        assert not of_body(other).is_of_key(FORMER_BALANCE)
        assert not of_body(other).is_of_key(now.fingerprint())


def test_a_part_that_is_added_to_a_request() -> None:
    asked = given(method="POST", path="/a", body=b"{}")
    assert mark_of("native", given(method="POST", path="/a", body=b"{}", tenant=None)) == mark_of(
        "native", asked
    )
    for other in ({"body": b"[]"}, {"program": 3}, {"path": "/b"}):
        assert mark_of("native", {**asked, **other}) != mark_of("native", asked)
    assert mark_of("altegio", asked) != mark_of("native", asked)


# -- the text -------------------------------------------------------------------------


def test_the_order_of_fields_does_not_matter() -> None:
    assert fingerprint({"a": 1, "b": {"c": 2, "d": 3}}) == fingerprint(
        {"b": {"d": 3, "c": 2}, "a": 1}
    )


def test_half_a_surrogate_pair() -> None:
    whole, half = fingerprint(["\U0001f600"]), fingerprint(["\ud83d"])
    assert len({whole, half, fingerprint(["\ude00"]), fingerprint(["?"])}) == 4


def test_a_default_is_left_out_and_nothing_else() -> None:
    assert named(Note(reason="")) == {"reason": ""}
    assert named(NO_NOTE) == {}
    assert named(LaterRedeem(0)) == {"amount": 0}
    assert content_of(REQUESTS["redeem"]) == fingerprint(
        {"account": 5, "commands": [["Redeem", {"amount": 100}]]}
    )


def test_what_earlier_releases_did_not_know_has_no_former_spelling() -> None:
    with pytest.raises(NotAskedThen):
        words(LaterRedeem(1, limit=3))
    with pytest.raises(NotAskedThen):
        words(Asked("a", None, str))
