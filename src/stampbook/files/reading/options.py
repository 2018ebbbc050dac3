"""What the sender declares about a file. Nothing of it is guessed, except the delimiter."""

import codecs
from typing import Final, NamedTuple

from stampbook.files.reading.faults import Fault, Unusable

DELIMITERS: Final = (",", ";", "\t", "|")

WORDS: Final = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "\\t": "\t",
    "pipe": "|",
    "blank": " ",
    "nbsp": "\N{NO-BREAK SPACE}",
    "apostrophe": "'",
}
"""Characters that are easier to name than to type in a shell or an address."""

GROUPINGS: Final = (" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "'")


class Options(NamedTuple):
    """How the file is written.

    `delimiter` None: taken from the header line. `decimal_comma`: amounts have a comma instead of
    a point. `grouping`: the character between groups of three digits. `date_format`: a format of
    strptime, in place of ISO 8601. `ignore`: columns that are not read.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    decimal_comma: bool = False
    grouping: str | None = None
    date_format: str | None = None
    ignore: frozenset[str] = frozenset()


def options(
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    grouping: str | None = None,
    date_format: str | None = None,
    ignore: frozenset[str] = frozenset(),
) -> Options:
    """The options by their words. Raises Unusable for one that cannot be."""
    if decimal not in (None, "comma", "point"):
        raise _unusable("decimal", decimal, "decimal must be comma or point")
    if delimiter is not None:
        delimiter = WORDS.get(delimiter, delimiter)
        if delimiter not in DELIMITERS:
            raise _unusable("delimiter", delimiter, "delimiter must be one of , ; | and tab")
    if grouping is not None:
        grouping = WORDS.get(grouping, grouping)
        if grouping not in GROUPINGS:
            raise _unusable("grouping", grouping, "grouping must be blank, nbsp or apostrophe")
    if date_format is not None and not all(part in date_format for part in ("%d", "%m")):
        raise _unusable("date_format", date_format, "date_format must have %d, %m and %Y or %y")
    return Options(
        _encoding(encoding), delimiter, decimal == "comma", grouping, date_format, ignore
    )


def _encoding(name: str | None) -> str:
    """The encoding of that name: one in which a line end is a byte of its own."""
    if name is None:
        return "utf-8"
    try:
        found = codecs.lookup(name).name.removesuffix("-sig")
        if "\n;,09".encode(found) != b"\n;,09":
            raise LookupError
    except (LookupError, ValueError, TypeError):
        raise _unusable("encoding", name, f"encoding {name} cannot be read; use utf-8") from None
    return found


def _unusable(option: str, value: str | None, message: str) -> Unusable:
    return Unusable(Fault(0, None, f"invalid_{option}", value, message))
