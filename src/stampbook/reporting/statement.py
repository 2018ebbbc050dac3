"""A statement of an account: what changed it in a span of time, row by row, in sentences."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from stampbook.domain.model import Kind
from stampbook.domain.policy import zone
from stampbook.explaining.knowing import known_of
from stampbook.explaining.names import Names
from stampbook.explaining.rows import Telling
from stampbook.explaining.voice import Voice
from stampbook.ledger.engine import Ledger
from stampbook.ledger.journal import figures
from stampbook.ledger.journal.pages import last_before
from stampbook.speaking.languages import Language
from stampbook.speaking.speech import Speech

LONGEST: Final = 5_000
"""How many rows a statement has at most."""

AT_ONCE: Final = 100
"""How many rows are put into words at once."""


class TooLong(Exception):
    """The span has more than LONGEST rows."""


class Line(NamedTuple):
    """A row of the journal. `transaction` is its number, `effect` what it did to the active balance
    (smallest units), `balance_after` the active balance after it."""

    transaction: int
    at: int
    kind: Kind
    text: str
    effect: int
    balance_after: int


class Statement(NamedTuple):
    """The rows that were recorded in a span, with the active balance before and after them."""

    opening: int
    lines: Sequence[Line]
    closing: int


async def statement(
    ledger: Ledger,
    account: int,
    *,
    tenant: int,
    since: int,
    until: int,
    language: Language,
) -> Statement:
    """The statement of an account of the tenant, who the caller knows to own it.

    Due events are written into the journal first, as before every list of it. Raises TooLong.
    """
    store, now = ledger.store, ledger.clock()
    due = await figures.due_among(store, [account], now)
    if due:
        await ledger.settle(due)
    first, last = [await last_before(store, account, at) for at in (since, until)]
    if last - first > LONGEST:
        raise TooLong
    owner = await ledger.denominations.of(account)
    assert owner is not None, "accounts stay"
    (policy,) = await store.policies([owner.currency])
    voice = Voice(Speech(language, zone(policy.timezone)), policy.scale, now, Names())
    lines: list[Line] = []
    for start in range(first + 1, last + 1, AT_ONCE):
        seqs = range(start, min(start + AT_ONCE, last + 1))
        known = await known_of(store, account, seqs, tenant=tenant)
        telling = Telling(known, replace(voice, names=known.names))
        for seq in seqs:
            row = known.rows[seq]
            lines.append(
                Line(
                    row.number,
                    row.recorded_at,
                    row.kind,
                    telling.text(seq),
                    row.effect,
                    row.balance_after,
                )
            )
    opening = await _balance_after(ledger, account, first)
    return Statement(opening, lines, lines[-1].balance_after if lines else opening)


async def _balance_after(ledger: Ledger, account: int, seq: int) -> int:
    if not seq:
        return 0
    (row,) = await ledger.store.journal(account, after=seq - 1, limit=1)
    return row.balance_after
