"""Refusals of the native API that are about fields, in the person's words.

The API words faults of fields for programmers, in English. A value that another thing has is said
together with that thing.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from stampbook.console.paths import path_of
from stampbook.explaining.faults import Kind, fault, kind_of
from stampbook.explaining.refusals import SENTENCES
from stampbook.speaking.speech import Speech

Json = dict[str, Any]

WORDED: Final = frozenset({"invalid_request", "conflict", "member_exists"})
"""Codes of refusals whose faults are said here."""

AMONG: Final = 200


class Reading(Protocol):
    """What finds the other thing."""

    async def look(self, path: str, **query: object) -> Json | None:
        """What a read answers; None if it is refused."""


class Other(NamedTuple):
    """The thing that has the value already."""

    text: str
    path: str


async def worded(
    reading: Reading, speech: Speech, path: str, body: Json | None, said: Json
) -> Json:
    """What the API said, with its faults in the person's words; `other` is the page of what has a
    value already."""
    errors = said.get("errors") or ()
    if said.get("code") not in WORDED or not errors:
        return said
    found, more = [], dict[str, str]()
    for each in errors:
        detail = each.get("detail") or ""
        text = fault(detail, speech)
        if kind_of(detail)[0] is Kind.TAKEN:
            field = (each.get("pointer") or "").strip("/")
            value = _value(body, field)
            other = await _other(reading, path, field, value) if value else None
            text = speech.gettext("“%(value)s” is taken already.", value=value) if value else text
            if other is not None:
                text = speech.gettext(
                    "“%(value)s” is taken already: %(other)s has it.", value=value, other=other.text
                )
                more = {"other": other.path}
        found.append({**each, "detail": text})
    is_taken = said["code"] != "invalid_request"
    detail = found[0]["detail"] if is_taken else speech.gettext(SENTENCES["invalid_request"])
    return {**said, "detail": detail, "errors": found, "worded": True, **more}


def _value(body: Any, field: str) -> str:
    """What was sent for the field, which a pointer names."""
    found: Any = body
    for step in field.split("/"):
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            return ""
    return found if isinstance(found, str) else ""


async def _other(reading: Reading, path: str, field: str, value: str) -> Other | None:
    match field.split("/", maxsplit=1)[0]:
        case "login":
            page = await reading.look("/v1/users", q=value)
            return _first(page, "login", value, "/console/users/")
        case "code":
            return await _of_currencies(reading, path, value)
        case "codes":
            known = await reading.look(f"/v1/codes/{value}")
            reward = known and await reading.look(f"/v1/rewards/{known['reward_id']}")
            return Other(reward["name"], f"/console/rewards/{reward['id']}") if reward else None
    page = await reading.look("/v1/search", q=value)
    for each in (page or {}).get("data", ()):
        if value in (each["external_id"], each["number"]):
            name = each["name"] or each["external_id"] or each["id"]
            return Other(name, path_of(each["kind"], each["id"]))
    return None


async def _of_currencies(reading: Reading, path: str, value: str) -> Other | None:
    words = path.strip("/").split("/")
    program = words[2] if words[1] == "programs" else ""
    if words[1] == "currencies":
        own = await reading.look(f"/v1/currencies/{words[2]}")
        program = own["program_id"] if own else ""
    page = await reading.look(f"/v1/programs/{program}/currencies", limit=AMONG)
    return _first(page, "code", value, "/console/currencies/")


def _first(page: Json | None, field: str, value: str, below: str) -> Other | None:
    for each in (page or {}).get("data", ()):
        if str(each[field]).casefold() == value.casefold():
            return Other(each.get("name") or value, f"{below}{each['id']}")
    return None
