"""What the sender of a file says about it, from the parameters of the request."""

from collections.abc import Mapping
from typing import Final

from stampbook.dialects.native.problems import Failure, invalid_parameter
from stampbook.files.importing.identity import MAX_SOURCE
from stampbook.files.importing.running import Declared
from stampbook.files.reading.columns import Kind
from stampbook.files.reading.faults import Unusable
from stampbook.files.reading.options import Options, options
from stampbook.files.vendors.table import FORMATS

MAX_IGNORED: Final = 100

PARAMETERS: Final = {
    "kind": f"what the rows are: {', '.join(Kind)}",
    "program_id": "into this program",
    "format": f"how the file is written: {', '.join(FORMATS)}; csv without it",
    "source": "where the rows come from: their ids are unique in it; default without it",
    "strict": "true: nothing is written if any row is refused",
    "allow_negative": "true: a balance below zero becomes a deficit",
    "encoding": "the encoding, unless it is UTF-8: cp1251",
    "delimiter": "comma, semicolon, tab or pipe, unless the first line shows which",
    "decimal": "what amounts have: comma or point",
    "grouping": "between groups of digits: blank, nbsp or apostrophe",
    "date_format": "of all dates, as strptime has it: %d.%m.%Y",
    "ignore": "columns that are not read, separated by commas",
}

BOOLEAN: Final = {"true": True, "false": False}


def declared_in(query: Mapping[str, str], *, dry_run: bool) -> Declared:
    """What is declared. Raises Failure (422)."""
    return Declared(
        kind=_kind(query),
        format=_format(query),
        source=_source(query),
        options=_options(query),
        strict=_switch(query, "strict"),
        allow_negative=_switch(query, "allow_negative"),
        dry_run=dry_run,
    )


def _kind(query: Mapping[str, str]) -> Kind:
    try:
        return Kind(query.get("kind", ""))
    except ValueError:
        raise invalid_parameter("kind", f"must be one of {', '.join(Kind)}") from None


def _format(query: Mapping[str, str]) -> str:
    word = query.get("format", FORMATS[0])
    if word not in FORMATS:
        raise invalid_parameter("format", f"must be one of {', '.join(FORMATS)}")
    return word


def _source(query: Mapping[str, str]) -> str:
    word = query.get("source", "default")
    if not word or len(word) > MAX_SOURCE or not word.isprintable() or ":" in word:
        detail = f"must have 1 to {MAX_SOURCE} characters, and no colon"
        raise invalid_parameter("source", detail)
    return word


def _switch(query: Mapping[str, str], name: str) -> bool:
    try:
        return BOOLEAN[query.get(name, "false")]
    except KeyError:
        raise invalid_parameter(name, "must be true or false") from None


def _options(query: Mapping[str, str]) -> Options:
    ignore = frozenset(each.strip() for each in query.get("ignore", "").split(",") if each.strip())
    if len(ignore) > MAX_IGNORED:
        raise invalid_parameter("ignore", f"must be at most {MAX_IGNORED} columns")
    try:
        return options(
            encoding=query.get("encoding"),
            delimiter=query.get("delimiter"),
            decimal=query.get("decimal"),
            grouping=query.get("grouping"),
            date_format=query.get("date_format"),
            ignore=ignore,
        )
    except Unusable as unusable:
        raise _blamed(unusable) from None


def _blamed(unusable: Unusable) -> Failure:
    name = unusable.fault.code.removeprefix("invalid_")
    return invalid_parameter(name, unusable.fault.message.removeprefix(name).strip())
