"""The formats of files that can be imported: how they are read, and what their rows can become."""

from collections.abc import Iterator, Mapping
from typing import IO, Final, NamedTuple

from stampbook.files.reading.columns import Kind
from stampbook.files.reading.faults import Fault, Unusable
from stampbook.files.reading.items import Terms
from stampbook.files.reading.reader import (
    Layout,
    Place,
    Row,
    csv_rows,
    first_cells,
    json_rows,
    read_layout,
)
from stampbook.files.reading.vendors import Vendor
from stampbook.files.vendors.altcraft import Altcraft
from stampbook.files.vendors.altegio import Altegio
from stampbook.files.vendors.documents import Documents
from stampbook.files.vendors.voucherify import Voucherify

VENDORS: Final[Mapping[str, Vendor]] = {
    "altcraft": Altcraft(),
    "voucherify": Voucherify(),
    "altegio": Altegio(),
}

FORMATS: Final = ("csv", "jsonl", *VENDORS)
ANSWERS: Final = "altegio"
"""The format whose files are JSON documents; those of the other vendors are CSV."""


class Opened(NamedTuple):
    """A file whose beginning was read. `layout` is that of CSV."""

    file: IO[bytes]
    terms: Terms
    layout: Layout | None = None
    documents: Documents | None = None

    def rows(self, start: Place | None = None) -> Iterator[Row]:
        """The rows from that place on, by default all."""
        if self.documents is not None:
            return self.documents.rows(start or Place())
        if self.layout is None:
            return json_rows(self.file, self.terms, start)
        return csv_rows(self.file, self.layout, self.terms, start)


def kinds(form: str) -> tuple[Kind, ...]:
    """What rows of that format can be."""
    return tuple(VENDORS[form].sheets) if form in VENDORS else tuple(Kind)


def opened(form: str, file: IO[bytes], terms: Terms) -> Opened:
    """The file, as rows of that format. Raises Unusable."""
    if terms.kind not in kinds(form):
        message = f"files of {form} can be imported as {', '.join(kinds(form))}"
        raise Unusable(Fault(0, None, "kind", terms.kind.value, message))
    if form == "jsonl":
        return Opened(file, terms)
    terms = terms._replace(vendor=VENDORS.get(form))
    if form == ANSWERS:
        documents = Documents(file, terms)
        return Opened(file, documents.terms, documents=documents)
    layout = read_layout(file, terms)
    if terms.vendor is not None:
        first = terms.vendor.currency(first_cells(file, layout, terms))
        terms = terms._replace(foreign=first)
    return Opened(file, terms, layout)
