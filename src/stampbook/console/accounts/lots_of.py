"""Lots of an account by their ids, and what people call them."""

from collections.abc import Collection, Iterable

from stampbook.console.api import Json
from stampbook.console.values import instant_of, number_of
from stampbook.console.view import View
from stampbook.domain.model import split_number
from stampbook.explaining.knowing import named_by
from stampbook.explaining.sources import came_from
from stampbook.explaining.voice import Voice
from stampbook.ledger.journal.briefs import briefs
from stampbook.ledger.journal.lots import numbered


async def find_lots(view: View, account: str, wanted: Iterable[str]) -> dict[str, Json]:
    """The account's lots of these ids, as they are now; one that does not exist yet is left out."""
    found: dict[str, Json] = {}
    for lot in dict.fromkeys(wanted):
        if split_number(number_of(lot))[0] != number_of(account):
            continue
        following = f"lot_{number_of(lot) + 1:x}"
        page = await view.api.get(f"/v1/accounts/{account}/lots", cursor=following, limit=1)
        found.update({each["id"]: each for each in page["data"] if each["id"] == lot})
    return found


async def names_of_lots(view: View, account: str, lots: Collection[Json]) -> dict[str, str]:
    """How much each lot was, where it came from and when: 100.00 from order 1001, 3 Oct."""
    store, number = view.context.store, number_of(account)
    seqs = {split_number(number_of(lot["id"]))[1] for lot in lots}
    accrued = {seq: lot.accrued_by for seq, lot in (await numbered(store, number, seqs)).items()}
    rows = await briefs(store, number, set(accrued.values()))
    names = await named_by(store, rows.values(), tenant=view.tenant)
    voice = Voice(view.speech, 0, view.now, names)
    found: dict[str, str] = {}
    for lot in lots:
        amount = view.speech.amount(lot["issued"])
        row = rows.get(accrued.get(split_number(number_of(lot["id"]))[1], 0))
        source = came_from(voice.source(row), view.speech) if row is not None else ""
        day = voice.day(instant_of(lot["created_at"]) if row is None else row.effective_at)
        if source:
            text = view.say("%(amount)s %(source)s, %(day)s", amount=amount, source=source, day=day)
        else:
            text = view.say("%(amount)s of %(day)s", amount=amount, day=day)
        found[lot["id"]] = text
    return found
