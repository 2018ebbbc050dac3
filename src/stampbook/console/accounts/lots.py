"""A lot: its life as rows and as a lane."""

from typing import Any, Final

from stampbook.console.accounts.account import lot_values, opened
from stampbook.console.accounts.lots_of import find_lots, names_of_lots
from stampbook.console.faults import NotFound
from stampbook.console.pictures.history import Range, lots_history
from stampbook.console.pictures.lots import lots_picture
from stampbook.console.results import Shown
from stampbook.console.values import instant_of, number_of, text_of
from stampbook.console.view import View
from stampbook.domain.model import SEQUENCE_BITS, State, split_number, transaction_number
from stampbook.explaining.sentences import sentences
from stampbook.ledger.journal.changes import Change, changes
from stampbook.speaking.speech import translatable

LAST_SEQ: Final = (1 << SEQUENCE_BITS) - 1

ROWS: Final = 200
"""Rows of a lot's life that are shown: the newest."""

STATES: Final = {
    State.PENDING: translatable("pending"),
    State.AVAILABLE: translatable("available"),
    State.HELD: translatable("on hold"),
    State.SPENT: translatable("used"),
    State.EXPIRED: translatable("expired"),
    State.REVOKED: translatable("cancelled"),
}
"""The states of a lot in words; points come from outside of them."""


async def lot(view: View) -> Shown:
    """The lot, what moved it, and its lane. Raises NotFound."""
    name = view.path["lot"]
    try:
        number = number_of(name)
    except ValueError:
        raise NotFound from None
    account, seq = split_number(number)
    found = await opened(view, f"acc_{account:x}")
    known = (await find_lots(view, found.id, [name])).get(name)
    tenant = view.tenant
    if known is None or not name.startswith("lot_"):
        raise NotFound
    ledger, store = view.context.ledger, view.context.store
    history = await lots_history(
        ledger, store, found.number, tenant=tenant, only=number, range_=Range.ALL
    )
    assert history is not None
    since = instant_of(known["created_at"])
    moved = [
        each
        for each in await changes(store, found.number, since=since, upto=LAST_SEQ)
        if any(posting[0] == seq for posting in each.postings)
    ]
    newest = moved[: -ROWS - 1 : -1]
    numbers = [transaction_number(account=account, seq=each.seq) for each in newest]
    said = await sentences(ledger, numbers, tenant=tenant, speech=view.speech, now=view.now)
    rows = [
        {
            "id": f"txn_{number:x}",
            "at": text_of(each.recorded_at),
            "text": said[number].text,
            "moves": _moves(view, found.currency, each, seq),
        }
        for number, each in zip(numbers, newest, strict=True)
    ]
    return view.show(
        "accounts/lot.html",
        found=found,
        lot=known,
        name=(await names_of_lots(view, found.id, [known]))[name],
        shown=lot_values(view, found, history.lots[0], history.at),
        picture=lots_picture(history, view.speech, name=found.unit),
        rows=rows,
        is_cut=len(moved) > ROWS,
    )


def _moves(view: View, currency: dict[str, Any], change: Change, seq: int) -> list[dict[str, str]]:
    """What the row moved of the lot, in the states that people know."""
    moves = []
    for lot_seq, amount, source, target, _ in change.postings:
        if lot_seq == seq and State(target) in STATES:
            came = STATES.get(State(source))
            moves.append(
                {
                    "value": view.plain(amount, currency),
                    "from": view.say(came) if came else "",
                    "to": view.say(STATES[State(target)]),
                }
            )
    return moves
