"""What is left of a text once a person's data is erased. Pure functions."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

SHORTEST_NAME: Final = 3
"""Shorter texts identify nobody."""

SHORTEST_NUMBER: Final = 7
"""Fewer digits are no phone number."""

OWN_DIGITS: Final = 10
"""Digits of a phone number behind a country's code, or the prefix that is dialed in its place."""

SHORTEST_TEXT: Final = 8
"""Shorter free texts are words that many others use."""


class Known(NamedTuple):
    """What a person is known by.

    `names` matches what identifies the person, wherever it is: names, addresses, numbers. `texts`
    are free texts that were written about them; only a string that is exactly one of these is
    theirs. `ids` matches the numbers of what belongs to them. `keys` matches what nobody else has:
    addresses, numbers and external ids, but not names.
    """

    names: re.Pattern[str]
    texts: Collection[str]
    ids: re.Pattern[str]
    keys: re.Pattern[str]


Left = Callable[[str, Known], str | None]
"""What is left of a text."""

FREE: Final = frozenset(
    {
        *("actor", "address", "card_number", "comment", "customer_name", "description", "email"),
        *("external_id", "first_name", "last_name", "name", "note", "number", "phone", "reason"),
        *("source_id", "surname", "user_agent"),
    }
)
"""Names of fields in which callers write what they like about people."""

OPEN: Final = frozenset({"metadata", "extra", "attributes", "custom_fields"})
"""Names of fields whose objects are the callers' own."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode


def known_by(
    names: Iterable[str],
    texts: Iterable[str],
    ids: Iterable[str],
    phones: Iterable[str] = (),
    keys: Iterable[str] = (),
) -> Known:
    """Names and texts that are too short are left out. `phones` are digits of phone numbers;
    `keys` are those of the names that nobody else has."""
    return Known(
        _naming(names, phones),
        frozenset(each for each in texts if len(each) >= SHORTEST_TEXT),
        re.compile(_any_of(ids), re.IGNORECASE),
        _naming(keys, phones),
    )


def _naming(names: Iterable[str], phones: Iterable[str]) -> re.Pattern[str]:
    long = {each.strip() for each in names}
    found = [_any_of(each for each in long if len(each) >= SHORTEST_NAME)]
    found += [_as_written(each) for each in sorted(set(phones)) if len(each) >= SHORTEST_NUMBER]
    return re.compile("|".join(found), re.IGNORECASE)


def _any_of(words: Iterable[str]) -> str:
    """Matches each of the words where it is not part of a longer one."""
    longest_first = sorted(words, key=lambda each: (-len(each), each))
    listed = "|".join(map(re.escape, longest_first))
    return rf"(?<!\w)(?:{listed})(?!\w)" if listed else r"(?!)"


def _as_written(digits: str) -> str:
    """Matches a phone number however its digits are grouped, and whatever is before its own ten:
    files that were refused, and requests, have it as people type it."""
    own = r"[\s().-]*".join(digits[-OWN_DIGITS:])
    before = r"(?:\d[\s().-]*){0,4}" if len(digits) > OWN_DIGITS else ""
    return rf"(?<![\w+])\+?{before}\(?{own}(?!\w)"


# -- what is left ------------------------------------------------------------------------


def nothing(text: str, known: Known) -> None:
    """NULL."""
    return


def empty(text: str, known: Known) -> str:
    """An empty text."""
    return ""


def no_fields(text: str, known: Known) -> str:
    """An empty JSON object."""
    return "{}"


def without_objects(text: str, known: Known) -> str:
    """JSON made of arrays, whose objects are metadata: they are emptied."""
    return _encode(_emptied(_decode(text))).decode()


def without_metadata(text: str, known: Known) -> str:
    """The same, without strings that identify the person."""
    return _encode(_named(_emptied(_decode(text)), known)).decode()


def without_query(text: str, known: Known) -> str:
    """A path without its query, and without what identifies the person."""
    return known.names.sub("", text.partition("?")[0])


def without_names(text: str, known: Known) -> str:
    """The text without what identifies the person. A JSON text stays one: a string that has it
    becomes an empty one."""
    value = _json(text)
    return known.names.sub("", text) if value is None else _encode(_named(value, known)).decode()


def without_texts(text: str, known: Known) -> str:
    """The same, and of a JSON text also without everything that callers may write about people."""
    value = _json(text)
    return known.names.sub("", text) if value is None else _encode(_scrubbed(value, known)).decode()


def names_person(text: str, known: Known) -> bool:
    """Whether the text is about the person: it has an id, a name, or one of their texts."""
    if known.names.search(text) or known.ids.search(text):
        return True
    if not known.texts and "\\" not in text:
        return False
    value = _json(text)
    return value is not None and any(
        each in known.texts or known.names.search(each) for each in strings(value)
    )


def strings(value: Any) -> Iterator[str]:
    """The strings of a JSON value, at whatever depth; names of fields are none of them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def strings_in(text: str) -> Iterator[str]:
    """The strings of a JSON text; any other text is one string."""
    value = _json(text)
    return iter((text,)) if value is None else strings(value)


def _json(text: str) -> Any:
    """The value of a JSON array or object; None for any other text."""
    if not text.startswith(("{", "[")):
        return None
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return None


def _emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return {}
    return [_emptied(each) for each in value] if isinstance(value, list) else value


def _named(value: Any, known: Known) -> Any:
    """The value without strings of the person; fields that are named like the person are gone."""
    if isinstance(value, dict):
        return {
            name: _named(each, known)
            for name, each in value.items()
            if not known.names.search(name)
        }
    if isinstance(value, list):
        return [_named(each, known) for each in value]
    if isinstance(value, str) and (value in known.texts or known.names.search(value)):
        return ""
    return value


def _scrubbed(value: Any, known: Known) -> Any:
    if isinstance(value, dict):
        return {name: _left_of(name, each, known) for name, each in value.items()}
    return [_scrubbed(each, known) for each in value] if isinstance(value, list) else value


def _left_of(name: str, value: Any, known: Known) -> Any:
    if name in OPEN and isinstance(value, dict):
        return {}
    if name in FREE and isinstance(value, str):
        return None
    return _named(_scrubbed(value, known), known)
