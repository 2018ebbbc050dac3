"""Sentences about rows that a page shows: a history, a timeline over several accounts."""

from collections.abc import Collection
from typing import NamedTuple

from stampbook.domain.model import split_number, transaction_number
from stampbook.explaining.knowing import known_of
from stampbook.explaining.rows import Telling
from stampbook.explaining.voice import Voice
from stampbook.ledger.engine import Ledger
from stampbook.speaking.speech import Speech


class Sentence(NamedTuple):
    """What a row did, and what has become of it since (empty: it is in force as it was written),
    by which transaction (None: the row itself). `who` made it; empty if nobody is known."""

    text: str
    fate: str
    fate_by: int | None
    who: str


async def sentences(
    ledger: Ledger, transactions: Collection[int], *, tenant: int, speech: Speech, now: int
) -> dict[int, Sentence]:
    """The sentences of the tenant's transactions of these numbers, by number.

    A few queries for each account, however many its rows are. Days of another year than that of
    `now` have their year.
    """
    wanted: dict[int, list[int]] = {}
    for number in transactions:
        account, seq = split_number(number)
        wanted.setdefault(account, []).append(seq)
    owners = await ledger.denominations.of_all(wanted)
    found: dict[int, Sentence] = {}
    for account, seqs in wanted.items():
        if account not in owners or owners[account].tenant != tenant:
            continue
        known = await known_of(ledger.store, account, seqs, tenant=tenant)
        voice = Voice(speech, owners[account].scale, now, known.names)
        telling = Telling(known, voice)
        for seq, row in known.rows.items():
            by = telling.fate_by(seq)
            found[row.number] = Sentence(
                telling.text(seq),
                telling.fate(seq),
                None if by is None else transaction_number(account=account, seq=by),
                speech.gettext("on time") if row.by_clock else voice.who(known.briefs[seq]),
            )
    return found
