"""The rows of an account's journal as a page shows them."""

from typing import Any, Final, NamedTuple

from stampbook.console.accounts.offering import offers
from stampbook.console.api import Json
from stampbook.console.typed import BadInstant, day_typed
from stampbook.console.values import number_of, text_of
from stampbook.console.view import View
from stampbook.domain.model import Kind
from stampbook.explaining.sentences import sentences
from stampbook.programs import api_keys
from stampbook.speaking.speech import translatable

ROWS: Final = 50

TYPES: Final = {
    kind.wire: text
    for kind, text in (
        (Kind.ACCRUE, translatable("given")),
        (Kind.REDEEM, translatable("used")),
        (Kind.HOLD, translatable("put on hold")),
        (Kind.COMMIT, translatable("confirmed")),
        (Kind.RELEASE, translatable("released")),
        (Kind.CANCEL, translatable("cancelled")),
        (Kind.ACTIVATE, translatable("became usable")),
        (Kind.EXPIRE, translatable("expired")),
        (Kind.ADJUST_CREDIT, translatable("adjusted")),
        (Kind.TRANSFER_IN, translatable("received")),
        (Kind.TRANSFER_OUT, translatable("transferred")),
    )
}
"""What the history can be filtered by, in the words of the native API."""

STATUSES: Final = {
    "in_force": translatable("In force"),
    "temporary": translatable("To be confirmed"),
    "partly_cancelled": translatable("Partly cancelled"),
    "cancelled": translatable("Cancelled"),
    "released": translatable("Released"),
}
"""What has become of a transaction, by the native API's words."""


class History(NamedTuple):
    """A page of rows, newest first; `seq` is the account's last row, `more` where they go on."""

    rows: list[dict[str, Any]]
    seq: int
    more: str | None
    wrong: dict[str, str]


async def history_of(view: View, found: Any, as_of: int | None) -> History:
    """The page that the address asks for: filtered by `type`, `from`, `to`, `user`; as of an
    instant, none after it."""
    query = view.query
    wrong: dict[str, str] = {}
    bounds: dict[str, str | None] = {"from": None, "to": None}
    for name in bounds:
        typed = query.text(name)
        if typed:
            try:
                at = day_typed(typed, view.speech.zone, after=name == "to")
                bounds[name] = text_of(at)
            except BadInstant:
                wrong[name] = typed
    if as_of is not None:
        bounds["to"] = min(bounds["to"] or "9999", text_of(as_of + 1))
    kind = query.text("type")
    path = f"/v1/accounts/{found.id}/transactions"
    page = await view.api.get(
        path,
        limit=ROWS,
        cursor=query.maybe("cursor"),
        type=kind if kind in TYPES else None,
        user_id=query.maybe("user"),
        **bounds,
    )
    newest = await view.api.get(path, limit=1)
    rows = await described(view, page["data"])
    offered = {} if as_of is not None else await offers(view, page["data"])
    for each in rows:
        each["offer"] = offered.get(each["row"]["id"])
    more = view.at(view.own_path, cursor=page["next_cursor"]) if page.get("next_cursor") else None
    seq = int(newest["data"][0]["seq"]) if newest["data"] else 0
    return History(rows, seq, more, wrong)


async def described(view: View, rows: list[Json]) -> list[dict[str, Any]]:
    """Rows of the native API with their sentences."""
    said = await sentences(
        view.context.ledger,
        [number_of(row["id"]) for row in rows],
        tenant=view.tenant,
        speech=view.speech,
        now=view.now,
    )
    keys = await _keys(view, [row for row in rows if not said[number_of(row["id"])].who])
    found = []
    for row in rows:
        sentence = said[number_of(row["id"])]
        found.append(
            {
                "row": row,
                "text": sentence.text,
                "fate": sentence.fate,
                "fate_by": None if sentence.fate_by is None else f"txn_{sentence.fate_by:x}",
                "who": sentence.who,
                "key": keys.get(row["api_key_id"], ""),
                "status": view.say(STATUSES[row["status"]]),
                "tone": TONES.get(row["status"], ""),
            }
        )
    return found


async def _keys(view: View, rows: list[Json]) -> dict[str, str]:
    """What the applications are called that made the rows, by the ids of their keys."""
    wanted = {row["api_key_id"] for row in rows if row["api_key_id"]}
    names = await api_keys.names(
        view.context.store, [number_of(each) for each in wanted], tenant=view.tenant
    )
    return {each: names[number_of(each)] for each in wanted if number_of(each) in names}


TONES: Final = {"in_force": "good", "temporary": "warn"}
"""The colour of a status; grey for the others."""
