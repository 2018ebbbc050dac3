"""A book that was laid by is, when it is asked for again, the book that it was."""

from __future__ import annotations

import random

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue
from stampbook.domain.deciding import decide
from stampbook.domain.model import Lot, Movement, Redemption
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Policy, SpentAccrual, Unit
from stampbook.domain.touched import Touched
from stampbook.domain.windows import Window
from stampbook.ledger.cache import Cache, Names
from stampbook.ledger.frozen import freeze, thaw
from stampbook.pacing import LARGE
from tests.attributes import attributes
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
    frozen_ones = owing = armed = 0
    for seed in range(40):
        dice, now = random.Random(seed), NOW
        book = empty_book(1, policy)
        for command in random_commands(book, dice, 40):
            now += dice.randint(1, DAY)
            decide(book, command, now)
            if dice.random() < 0.7:
                continue
            book.saved()
            pruned = book.copy()
            pruned.prune()
            pruned.complete = False
            frozen = freeze(pruned)
            assert frozen is not None
            thawed = thaw(frozen, lambda _: policy)
            assert thawed is not None
            assert content(thawed) == content(pruned)
            frozen_ones += 1
            owing += bool(pruned.owing.keys)
            armed += bool(pruned.deadlines.keys)
    assert min(frozen_ones, owing, armed) > 5


def test_a_book_whose_policy_is_not_known_is_read_again() -> None:
    frozen = freeze(empty_book(1, PLAIN))
    assert frozen is not None
    assert thaw(frozen, lambda _: None) is None


@pytest.mark.parametrize(("lots", "is_kept"), [(LARGE, True), (LARGE + 1, False)])
def test_a_large_book_is_not_frozen(lots: int, is_kept: bool) -> None:
    """Packing it would hold the event loop; the store's answer is unpacked on a thread."""
    names = Names()
    names.set_policy(PLAIN)
    cache = Cache(names, max_rows=lots * 3 // 4)
    for number in (1, 2):
        book = empty_book(number, PLAIN)
        for _ in range(lots):
            decide(book, Accrue(1), NOW)
        book.saved()
        book.rows.clear()
        cache.replace(book)
        cache.warm(book.number)
    assert (cache.book(1) is not None) is is_kept


def content(thing: object) -> object:
    """All that is in a book and what it consists of, whatever copies of it share."""
    if isinstance(thing, dict):
        return {key: content(value) for key, value in thing.items()}
    if isinstance(thing, Book | Touched | Window | Lot | Movement | Redemption):
        names = [name for name in attributes(type(thing)) if not name.startswith("own_")]
        return {name: content(getattr(thing, name)) for name in names if hasattr(thing, name)}
    return thing
