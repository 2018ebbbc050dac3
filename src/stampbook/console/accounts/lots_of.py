"""Lots of an account by their ids, and what people call them."""

from collections.abc import Iterable

from stampbook.console.api import Json
from stampbook.console.values import instant_of, number_of
from stampbook.console.view import View
from stampbook.domain.model import split_number
from stampbook.explaining.knowing import named_by
from stampbook.explaining.sources import came_from
from stampbook.explaining.voice import Voice
from stampbook.ledger.journal.briefs import briefs


async def find_lots(view: View, account: str, wanted: Iterable[str]) -> dict[str, Json]:
    """The account's lots of these ids, as they are now; one that does not exist yet is left out."""
    found: dict[str, Json] = {}
    for lot in dict.fromkeys(wanted):
        following = f"lot_{number_of(lot) + 1:x}"
        page = await view.api.get(f"/v1/accounts/{account}/lots", cursor=following, limit=1)
        found.update({each["id"]: each for each in page["data"] if each["id"] == lot})
    return found


async def names_of_lots(view: View, account: str, lots: Iterable[Json]) -> dict[str, str]:
    """How much each lot was, where it came from and when: 100.00 from order 1001, 3 Oct."""
    signed_in = view.signed_in
    assert signed_in is not None
    accruals = {lot["id"]: split_number(number_of(lot["accrued_by"]))[1] for lot in lots}
    store = view.context.store
    rows = await briefs(store, number_of(account), set(accruals.values()))
    names = await named_by(store, rows.values(), tenant=signed_in.caller.tenant)
    voice = Voice(view.speech, 0, view.now, names)
    found: dict[str, str] = {}
    for lot in lots:
        amount = view.speech.amount(lot["issued"])
        row = rows.get(accruals[lot["id"]])
        source = came_from(voice.source(row), view.speech) if row is not None else ""
        day = voice.day(instant_of(lot["created_at"]) if row is None else row.effective_at)
        if source:
            text = view.say("%(amount)s %(source)s, %(day)s", amount=amount, source=source, day=day)
        else:
            text = view.say("%(amount)s of %(day)s", amount=amount, day=day)
        found[lot["id"]] = text
    return found
