"""The cancel preview: what it draws is what the command does, and it all adds up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stampbook.console.pictures.moving import (
    Figures,
    LotMoves,
    Move,
    Preview,
    chunks,
    preview_of,
)
from stampbook.console.pictures.preview import LOTS, preview_picture
from stampbook.console.pictures.values import STATES, Split
from stampbook.dialects.native.wire.lots import lot_shape
from stampbook.dialects.native.wire.transactions import transaction_shape
from stampbook.domain.policy import Policy
from stampbook.ledger.journal.lots import newest_lots
from stampbook.ledger.outcomes import Done
from stampbook.speaking.speech import plain
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.console.pictures.drawn import corners, forbidden, texts, tree, with_id
from tests.console.pictures.saying import English
from tests.laws.conftest import StoredPlace, on_a_store
from tests.laws.histories import Act, histories, policies
from tests.laws.test_laws import MANY, Open, holds, told
from tests.ledgers.on_store import StoreLedger

pytestmark = pytest.mark.hypothesis

SCALE = 2


@pytest.fixture(params=["sqlite", "postgres"])
def stored_place(request: pytest.FixtureRequest) -> Iterator[StoredPlace]:
    with on_a_store(request.getfixturevalue(f"{request.param}_address")) as stored:
        yield replace(stored, examples=CAMPAIGN_EXAMPLES or 25)


def as_json(shape: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(msgspec.json.encode(shape))
    return found


async def lots_of(ledger: StoreLedger) -> list[dict[str, Any]]:
    """The account's lots as the native API lists them."""
    account = ledger.accounts["a"]
    found = await newest_lots(ledger.store, account, before=2**31, limit=500)
    return [as_json(lot_shape(account, lot, SCALE)) for lot in found]


def test_it_shows_what_the_command_will_do(stored_place: StoredPlace) -> None:
    """Each lot after a dry run is the lot that the command leaves, and so is the balance."""

    async def law(
        open_ledger: Open, history: list[Act], policy: Policy, which: int, part: int | None
    ) -> None:
        async with told(open_ledger, history, policy) as teller:
            ledger = teller.ledger
            assert isinstance(ledger, StoreLedger)
            command = teller.command(Act("cancel", place=which, part=part))
            if command is None:
                return
            await ledger.settle("a")
            outcome = await ledger.engine.submit(ledger.submission("a", command, dry_run=True))
            if not isinstance(outcome, Done) or outcome.already:
                return
            (row,) = outcome.transactions
            shape = as_json(transaction_shape(row, SCALE, outcome.expiries or {}))
            before = await ledger.balance("a")
            lots = await lots_of(ledger)
            preview = preview_of(
                shape, lots, {"deficit": plain(before.deficit, SCALE)}, scale=SCALE
            )
            tree(preview_picture(preview, English()))
            await ledger.submit("a", command)
            after = {str(lot["id"]): lot for lot in await lots_of(ledger)}
            balance = await ledger.balance("a")
            touched = {each.lot: each.after for each in preview.lots}
            known = {str(lot["id"]): lot for lot in lots}
            for lot, found in after.items():
                expected = touched.get(lot) or split_of(known[lot])
                assert split_of(found) == expected, lot
            assert preview.before == Figures(before.active, before.deficit)
            assert preview.after == Figures(balance.active, balance.deficit)

    holds(
        stored_place,
        law,
        history=histories(verbs=MANY),
        policy=policies(),
        which=st.integers(0, 12),
        part=st.one_of(st.none(), st.integers(1, 40)),
    )


def split_of(lot: Mapping[str, Any]) -> Split:
    return Split(*(int(str(lot[state]).replace(".", "")) for state in STATES))


@st.composite
def previews(draw: st.DrawFn) -> Preview:
    lots = []
    for number in range(draw(st.integers(0, 5))):
        before = Split(*draw(st.tuples(*[st.integers(0, 10**6)] * 6)))
        now, moves = dict(zip(STATES, before, strict=True)), []
        for _ in range(draw(st.integers(1, 5))):
            source, target = draw(st.permutations(("outside", *STATES)))[:2]
            if target == "outside":
                continue
            most = now.get(source, 10**6)
            if most:
                amount = draw(st.integers(1, most))
                moves.append(Move(source, target, amount))
                if source in now:
                    now[source] -= amount
                now[target] += amount
        lots.append(
            LotMoves(
                f"lot_{number}",
                draw(texts),
                draw(st.sampled_from([None, "2026-12-31T00:00:00Z"])),
                before,
                moves,
            )
        )
    deficits = st.sampled_from([0, 0, 5, 10**6])
    return Preview(
        SCALE,
        lots,
        Figures(draw(st.integers(-100, 10**6)), draw(deficits)),
        Figures(draw(st.integers(-100, 10**6)), draw(deficits)),
    )


@given(preview=previews())
@settings(max_examples=CAMPAIGN_EXAMPLES or 40)
def test_bars_and_bands_add_up(preview: Preview) -> None:
    root = tree(preview_picture(preview, English()))
    assert forbidden(root) == []
    for each in preview.lots:
        for name, split in (("lot-before", each.before), ("lot-after", each.after)):
            (bar,) = [found for found in with_id(root, name) if found.get("data-lot") == each.lot]
            parts = {
                path.get("data-state"): path.get("data-amount")
                for path in bar.iter("path")
                if path.get("data-state")
            }
            assert parts == {
                state: plain(amount, SCALE)
                for state, amount in zip(STATES, split, strict=True)
                if amount
            }
        moved: dict[tuple[str, str], int] = {}
        for move in each.moves:
            key = move.source, move.target
            moved[key] = moved.get(key, 0) + move.amount
        drawn: dict[tuple[str, str], int] = {}
        for band in with_id(root, "move-band"):
            if band.get("data-lot") == each.lot:
                key = str(band.attrib["data-from"]), str(band.attrib["data-to"])
                amount = int(str(band.attrib["data-amount"]).replace(".", ""))
                drawn[key] = drawn.get(key, 0) + amount
        assert drawn == moved
    owes = preview.before.deficit != preview.after.deficit
    assert len(with_id(root, "deficit")) == owes
    for drawing in root.iter("svg"):
        if drawing.get("viewBox"):
            _, _, width, height = map(float, str(drawing.attrib["viewBox"]).split())
            for path in drawing.iter("path"):
                for x, y in corners(str(path.attrib["d"])):
                    assert -0.1 <= x <= width + 0.1
                    assert -0.1 <= y <= height + 0.1


@given(preview=previews())
@settings(max_examples=CAMPAIGN_EXAMPLES or 40)
def test_ways_do_what_their_moves_do(preview: Preview) -> None:
    for each in preview.lots:
        whole = chunks(each.moves)
        hops: dict[tuple[str, str], int] = {}
        for way in whole:
            assert len(way.path) >= 2
            for hop in zip(way.path, way.path[1:], strict=False):
                hops[hop] = hops.get(hop, 0) + way.amount
        moved: dict[tuple[str, str], int] = {}
        for source, target, amount in each.moves:
            moved[source, target] = moved.get((source, target), 0) + amount
        assert hops == moved


def returned(moves: Sequence[Move]) -> Preview:
    lot = LotMoves("lot_1", "order-1", "2026-11-01T00:00:00Z", Split(spent=30), moves)
    return Preview(SCALE, [lot], Figures(0, 0), Figures(0, 0))


def test_what_expires_at_once_ends_in_a_triangle() -> None:
    moves = [Move("spent", "available", 30), Move("available", "expired", 30)]
    root = tree(preview_picture(returned(moves), English()))
    bands = [(b.get("data-from"), b.get("data-to")) for b in with_id(root, "move-band")]
    assert bands == [("spent", "available"), ("available", "expired")]
    (mark,) = with_id(root, "expiry-mark")
    assert mark.get("data-amount") == "0.30"
    assert not with_id(tree(preview_picture(returned(moves[:1]), English())), "expiry-mark")


def test_lots_that_have_moved_meanwhile_are_refused() -> None:
    lot = dict.fromkeys(STATES, "0.00") | {"id": "lot_1", "expires_at": None}
    moved = {"lot_id": "lot_1", "amount": "1.00", "from": "spent", "to": "available"}
    transaction = {
        "allocations": [moved | {"expires_at": None}],
        "balance_before": "0.00",
        "balance_after": "1.00",
    }
    with pytest.raises(ValueError, match="less is spent"):
        preview_of(transaction, [lot], {"deficit": "0.00"}, scale=SCALE)


def test_thousands_of_lots_are_named_as_more() -> None:
    one = LotMoves("lot_1", "", None, Split(spent=5), [Move("spent", "available", 5)])
    preview = Preview(SCALE, [one] * (LOTS + 3), Figures(0, 0), Figures(5, 0))
    picture = preview_picture(preview, English())
    root = tree(picture)
    assert len(with_id(root, "lot-before")) == LOTS
    assert "3 more lots" in "".join(map(str, root.itertext()))
