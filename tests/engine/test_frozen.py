"""A book that was laid by is, when it is asked for again, the book that it was."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue
from stampbook.domain.deciding import Decision, decide
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import Lot, Movement, Redemption, Transaction
from stampbook.domain.packing import Kept, pack_row, unpack_row
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Policy, SpentAccrual, Unit
from stampbook.domain.touched import Touched
from stampbook.domain.windows import Window
from stampbook.ledger.cache import Cache, Names
from stampbook.ledger.frozen import MOST, freeze, thaw, without_past
from stampbook.pacing import LARGE
from tests.attributes import attributes
from tests.domain.test_loading import give
from tests.laws.histories import PLAIN
from tests.ledgers.in_memory import empty_book
from tests.storage.building import DAY, NOW, random_commands

SLIDING = ExpiryRule(ExpiryType.SLIDING, Period(20, Unit.DAY))
POLICIES = {
    "plain": PLAIN,
    "overdraft": PLAIN._replace(overdraft=500, spent_accrual=SpentAccrual.DEBT),
    "sliding": PLAIN._replace(expiry=SLIDING),
}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
def test_what_is_frozen_comes_back(policy: Policy) -> None:
    """With its past, and, if that was let go, with what is open."""
    frozen_ones = owing = armed = 0
    for seed in range(40):
        for book in lives(seed, policy, 40, 0.3):
            frozen = freeze(book, {"visit 1"})
            thawed, subjects = thaw(frozen, lambda _: policy) or pytest.fail("no policy")
            assert (content(thawed), subjects) == (content(book), {"visit 1"})
            again, _ = thaw(freeze(thawed, subjects), lambda _: policy) or pytest.fail("no policy")
            assert content(again) == content(book)
            pruned = book.copy()
            pruned.prune()
            bare, known = thaw(without_past(frozen), lambda _: policy) or pytest.fail("no policy")
            assert (content(bare), known) == (content(pruned), set())
            frozen_ones += 1
            owing += bool(pruned.owing.keys)
            armed += bool(pruned.deadlines.keys)
    assert min(frozen_ones, owing, armed) > 5


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
def test_decisions_after_a_thaw_are_the_same(policy: Policy) -> None:
    """Also when a part of the past was left out: what it lacks is asked for."""
    decided = asked = 0
    for seed in range(30):
        dice = random.Random(seed)
        for known in lives(seed, policy, 3 * MOST, 0.03):
            book, _ = thaw(freeze(known, ()), lambda _: policy) or pytest.fail("no policy")
            assert len(book.rows) <= MOST
            known.complete = True
            for command in random_commands(known, dice, 5):
                while True:
                    try:
                        found = decide(book, command, known.clock)
                    except Unloaded as lack:
                        asked += 1
                        give(book, known, lack)
                        continue
                    break
                assert unsealed(found) == unsealed(decide(known, command, known.clock))
                decided += 1
            assert [each[1:] for each in book.records] == [each[1:] for each in known.records]
    assert min(decided, asked) > 100


def test_dates_of_more_than_64_bits() -> None:
    """Such a row is never packed, and its book without its past."""
    book = empty_book(1, PLAIN)
    for _ in range(4):
        decide(book, Accrue(1, activates_at=-(10**21)), NOW)
        decide(book, Accrue(1), NOW)
    book.saved()
    book.rows.pack_older(1, pack_row)
    assert sorted(book.rows.packed) == [2, 4, 6]
    thawed, _ = thaw(freeze(book, ()), lambda _: PLAIN) or pytest.fail("no policy")
    book.prune()
    book.complete = False
    assert content(thawed) == content(book)


def test_a_book_whose_policy_is_not_known_is_read_again() -> None:
    frozen = freeze(empty_book(1, PLAIN), ())
    assert thaw(frozen, lambda _: None) is None


def unsealed(decision: Decision) -> object:
    """What was decided, without what is left to chance: a row has salt of its own."""
    if isinstance(decision, Transaction):
        return decision._replace(seal=None, hash=b"")
    return unsealed(decision.transaction) if isinstance(decision, AlreadyCancelled) else decision


def lives(seed: int, policy: Policy, steps: int, share: float) -> Iterator[Book]:
    """A life of so many commands: the saved book after a share of them, and at the end."""
    book, dice, now = empty_book(1, policy), random.Random(seed), NOW
    for at, command in enumerate(random_commands(book, dice, steps), 1):
        now += dice.randint(1, DAY)
        decide(book, command, now)
        if at == steps or dice.random() < share:
            book.saved()
            twin = book.copy()
            twin.complete = False
            yield twin


@pytest.mark.parametrize(("lots", "is_kept"), [(LARGE, True), (LARGE + 1, False)])
def test_a_large_book_is_not_frozen(lots: int, is_kept: bool) -> None:
    """Packing it would hold the event loop; the store's answer is unpacked on a thread."""
    names = Names()
    names.set_policy(PLAIN)
    cache = Cache(names, max_rows=lots // 2)
    for number in (1, 2):
        book = empty_book(number, PLAIN)
        for _ in range(lots):
            decide(book, Accrue(1), NOW)
        book.saved()
        book.rows = Kept(unpack_row)
        cache.replace(book)
        cache.warm(book.number)
    assert (cache.book(1) is not None) is is_kept


def content(thing: object) -> object:
    """All that is in a book and what it consists of, whatever copies of it share."""
    if isinstance(thing, dict):
        return {key: content(value) for key, value in thing.items()}
    if isinstance(thing, Kept):
        return content(dict(thing.copy().items()))
    if isinstance(thing, Book | Touched | Window | Lot | Movement | Redemption):
        names = [name for name in attributes(type(thing)) if not name.startswith("own_")]
        return {name: content(getattr(thing, name)) for name in names if hasattr(thing, name)}
    return thing
