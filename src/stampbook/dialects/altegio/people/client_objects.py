"""Clients on the wire: what callers send about them, and how they are shown.

A client is a member of the chain's program. Name, phone number and e-mail address are the
member's; the rest of what the vendor keeps of a client is in the member's metadata, under the
vendor's names.
"""

# ruff: noqa: RUF001 - Cyrillic letters are meant

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from stampbook.dialects.altegio.answers import encoded, money
from stampbook.dialects.altegio.texts import RU
from stampbook.dialects.altegio.visits.objects import iso_time, local_time
from stampbook.dialects.altegio.wire.fields import MAX_ID, Fields, plain, to_date, to_id
from stampbook.programs.members import Member
from stampbook.visits.model import Location
from stampbook.visits.promotion import Totals

MAX_NAME: Final = 255
MAX_METADATA: Final = 16 * 1024
"""Bytes of all that is kept of a client besides name, phone and e-mail address."""

TEXTS: Final = ("surname", "patronymic", "card", "comment")
FLAGS: Final = ("sms_check", "sms_not")
OTHER_NAMES: Final = (("patronymic", "middle_name"), ("sex_id", "gender_id"))
"""Two names of one field, the YCLIENTS one first."""

SEXES: Final = (("unknown", "Неизвестен"), ("male", "Мужской"), ("female", "Женский"))
IMPORTANCES: Final = (
    ("No importance class", "Без класса важности"),
    ("Bronze", "Бронза"),
    ("Silver", "Серебро"),
    ("Gold", "Золото"),
)


class Sent(NamedTuple):
    """What a caller sends about a client. `columns` are the member's, `kept` goes into metadata."""

    columns: dict[str, object]
    kept: dict[str, Any]


def read_client(values: Mapping[str, Any], *, is_new: bool) -> Sent:
    """A client; of a known one everything may be left out. Raises Fault (422)."""
    given = dict(values)
    for name, other in OTHER_NAMES:
        if given.get(name) is None and other in given:
            given[name] = given[other]
    fields = Fields(given)
    columns: dict[str, object] = {}
    for name in ("name", "phone"):
        if not is_new and not fields.has(name):
            continue
        columns[name] = (
            fields.phone(name) if name == "phone" else fields.text(name, longest=MAX_NAME).strip()
        )
        if not columns[name]:
            fields.wrong(name, "required")
    if fields.has("email"):
        columns["email"] = fields.text("email", longest=MAX_NAME).strip() or None
    kept = _kept_fields(fields)
    if len(encoded(kept)) > MAX_METADATA:
        fields.wrong("custom_fields", "too_long")
    fields.check()
    return Sent(columns, kept)


def _kept_fields(fields: Fields) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, most in (("sex_id", len(SEXES) - 1), ("importance_id", len(IMPORTANCES) - 1)):
        if fields.has(name):
            kept[name] = fields.integer(name, least=0, most=most)
    for name in FLAGS:
        if fields.has(name):
            kept[name] = fields.integer(name, least=0, most=1)
    if fields.has("discount"):
        kept["discount"] = float(fields.amount("discount")) / 100
    if fields.has("birth_date"):
        kept["birth_date"] = fields.text("birth_date", longest=MAX_NAME)
        if kept["birth_date"] and to_date(kept["birth_date"]) is None:
            fields.wrong("birth_date", "date")
    if fields.has("labels"):
        kept["labels"] = fields.ids("labels")
    if fields.has("custom_fields"):
        kept["custom_fields"] = plain(fields.values["custom_fields"])
    for name in TEXTS:
        if fields.has(name):
            kept[name] = fields.text(name)
    return kept


def metadata_with(metadata: str, kept: Mapping[str, Any]) -> str:
    """The member's metadata with what is kept of the client; the surname last, where it is
    looked for (visits/clients.py)."""
    both = {**json.loads(metadata), **kept}
    names = sorted(both, key=lambda name: (name == "surname", name))
    return encoded({name: both[name] for name in names}).decode()


def client_object(client: Member, totals: Totals, location: Location, lang: str) -> dict[str, Any]:
    """A client under the vendor's old names of fields and the new ones."""
    known: dict[str, Any] = json.loads(client.metadata)
    sex, importance = _choice(known, "sex_id", SEXES), _choice(known, "importance_id", IMPORTANCES)
    labels = known.get("labels")
    return {
        **_names(client, known),
        "card": _text(known, "card") or None,
        "birth_date": _text(known, "birth_date") or None,
        "visits": totals.visits,
        "sex_id": sex,
        "sex": SEXES[sex][lang == RU],
        "gender_id": sex,
        "gender": SEXES[sex][lang == RU],
        "importance_id": importance,
        "importance": IMPORTANCES[importance][lang == RU],
        "sms_check": int(_number(known, "sms_check")),
        "sms_not": int(_number(known, "sms_not")),
        "spent": money(totals.paid),
        "paid": money(totals.paid),
        "balance": 0,
        "categories": [
            {"id": each, "title": "", "color": ""}
            for each in (labels if isinstance(labels, list) else [])
            if to_id(each)
        ],
        "last_change_date": iso_time(client.updated_at, location.timezone),
        "custom_fields": plain(known.get("custom_fields")) or {},
    }


def client_summary(client: Member, totals: Totals) -> dict[str, Any]:
    """A client as a record shows it."""
    known: dict[str, Any] = json.loads(client.metadata)
    sex = _choice(known, "sex_id", SEXES)
    return {
        **_names(client, known),
        "card": _text(known, "card"),
        "success_visits_count": totals.visits,
        "fail_visits_count": 0,
        "is_new": totals.visits == 0,
        "sex": sex,
        "gender": sex,
        "birthday": _text(known, "birth_date"),
        "client_tags": [],
        "custom_fields": plain(known.get("custom_fields")) or [],
    }


def _names(client: Member, known: Mapping[str, Any]) -> dict[str, Any]:
    name, surname = client.name or "", _text(known, "surname")
    patronymic = _text(known, "patronymic")
    return {
        "id": client.member_id,
        "name": name,
        "surname": surname,
        "patronymic": patronymic,
        "middle_name": patronymic,
        "display_name": f"{name} {surname}".strip(),
        "phone": client.phone or "",
        "email": client.email or "",
        "comment": _text(known, "comment"),
        "discount": _number(known, "discount"),
    }


def found_object(client: Member, totals: Totals, location: Location, lang: str) -> dict[str, Any]:
    """A client as a search finds it, with what it can be ordered by."""

    def day(instant: int) -> str | None:
        return local_time(instant, location.timezone) if totals.visits else None

    return {
        **client_object(client, totals, location, lang),
        "first_visit_date": day(totals.first_at),
        "last_visit_date": day(totals.last_at),
        "sold_amount": money(totals.sold),
        "visits_count": totals.visits,
        "visit_count": totals.visits,
    }


def _text(known: Mapping[str, Any], name: str) -> str:
    value = known.get(name)
    return value if isinstance(value, str) else ""


def _number(known: Mapping[str, Any], name: str) -> int | float:
    """A number of the metadata, which other callers may have written too."""
    value = known.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None or not is_number or abs(value) > MAX_ID:
        return 0
    return int(value) if value == int(value) else float(value)


def _choice(known: Mapping[str, Any], name: str, choices: tuple[tuple[str, str], ...]) -> int:
    value = known.get(name)
    is_place = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(choices)
    return value if is_place and isinstance(value, int) else 0
