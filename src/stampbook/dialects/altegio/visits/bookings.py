"""What callers send about records and visits: fields become values of a visit."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from stampbook.dialects import amounts
from stampbook.dialects.altegio.wire.fields import Fields, decimal, plain
from stampbook.domain.model import MAX_AMOUNT
from stampbook.visits import editing
from stampbook.visits.model import Line, LineKind, Record, Visit

MAX_TITLE: Final = 255
MAX_SECONDS: Final = 366 * 86_400
MAX_QUANTITY: Final = 10**9
HUNDRED_PERCENT: Final = 10_000

KNOWN: Final = frozenset(
    {
        "staff_id",
        "services",
        "client",
        "datetime",
        "seance_length",
        "comment",
        "attendance",
        "visit_id",
        "goods_transactions",
    }
)
"""Fields of a record that mean something here; the others are stored and given back."""

COMPUTED: Final = frozenset(
    {
        "id",
        "company_id",
        "staff",
        "date",
        "create_date",
        "last_change_date",
        "visit_attendance",
        "length",
        "deleted",
        "paid_full",
        "payment_status",
        "documents",
        "is_update_blocked",
        "short_link",
    }
)
"""Fields of a record that the server makes: sending them changes nothing."""

EXTRA_TEXTS: Final = ("api_id", "custom_color")
EXTRA_NUMBERS: Final = ("sms_remain_hours", "email_remain_hours", "technical_break_duration")
"""Fields of a record that are only given back, by their documented types."""

NAMES: Final = {
    "surname": ("surname", "surname"),
    "patronymic": ("patronymic", "middle_name"),
}
"""Further names of a client who books, each with its old name on the wire and the new one."""

OWN_GOODS_FIELDS: Final = ("storage_id", "barcode", "article", "operation_unit_type")


class Client(NamedTuple):
    """Who books: by `number` if it is not 0, else by phone. Without either nobody is looked up
    or created. `names` are the further ones of a client who is created."""

    phone: str
    name: str
    email: str
    number: int = 0
    names: Mapping[str, str] = {}


class Booking(NamedTuple):
    """A record as it was sent. `services` None, `client` None: not sent."""

    record: Record
    services: tuple[Line, ...] | None
    client: Client | None
    visit: int


def booking(fields: Fields, timezone: str, *, now: int, known: Record | None = None) -> Booking:
    """A record; of a known one everything may be left out, and stays as it is then."""
    is_new = known is None
    old = Record(0, 0, 0, now, 3_600, 0, "", now, now) if known is None else known
    if is_new:
        for name in ("staff_id", "services", "datetime"):
            if not fields.has(name):
                fields.wrong(name, "required")
    staff = fields.id_or_zero("staff_id") if fields.has("staff_id") else old.staff
    record = old._replace(
        staff=staff,
        starts_at=fields.instant("datetime", timezone, old.starts_at),
        length_s=fields.integer("seance_length", old.length_s, least=0, most=MAX_SECONDS),
        attendance=fields.integer("attendance", old.attendance, least=-1, most=2),
        comment=fields.text("comment", old.comment),
        extra={**old.extra, **_extra(fields)},
    )
    services = None
    if fields.has("services"):
        services = tuple(service(each, staff) for each in fields.objects("services"))
    return Booking(record, services, _client(fields), fields.id_or_zero("visit_id"))


def _extra(fields: Fields) -> dict[str, Any]:
    """What is only given back. Clients read the types that the vendor documents, so it has them."""
    for name in EXTRA_TEXTS:
        fields.text(name, "")
    for name in EXTRA_NUMBERS:
        if fields.has(name) and decimal(fields.values[name]) is None:
            fields.wrong(name, "number")
    for label in fields.list("record_labels"):
        if isinstance(label, bool) or not isinstance(label, str | int | Decimal | dict):
            fields.wrong("record_labels", "text")
    fields.object("client_agreements")
    if not isinstance(fields.values.get("custom_fields"), dict | list | None):
        fields.wrong("custom_fields", "object")
    extra = {
        name: plain(value)
        for name, value in fields.values.items()
        if name not in KNOWN and name not in COMPUTED
    }
    texts = {name: str(extra[name]) for name in EXTRA_TEXTS if extra.get(name) is not None}
    numbers = {
        name: plain(decimal(fields.values[name])) for name in EXTRA_NUMBERS if fields.has(name)
    }
    return {**extra, **texts, **numbers}


def _client(fields: Fields) -> Client | None:
    if not fields.has("client"):
        return None
    nested = fields.object("client")
    return Client(
        nested.phone("phone", required=False),
        nested.text("name", "", longest=MAX_TITLE),
        nested.text("email", "", longest=MAX_TITLE),
        nested.id_or_zero("id"),
        {name: text for name in NAMES if (text := _name(nested, name))},
    )


def _name(client: Fields, name: str) -> str:
    """One of `NAMES`, under its old name or the new one."""
    old, new = NAMES[name]
    return client.text(old if client.has(old) else new, "", longest=MAX_TITLE).strip()


class Price(NamedTuple):
    """What a line costs: before its discount, the discount, and after it."""

    first_cost: int
    discount: int
    cost: int


def _price(fields: Fields, quantity: int, known: Line | None) -> Price:
    """`cost` may be given outright; else it follows from `first_cost` and `discount`."""
    discount = fields.amount("discount", known.discount if known else 0)
    if discount > HUNDRED_PERCENT:
        fields.wrong("discount", "choice")
        discount = 0
    per_unit = next((name for name in ("cost_per_unit", "price") if fields.has(name)), None)
    if fields.has("first_cost"):
        first_cost = fields.amount("first_cost")
    elif per_unit is not None:
        first_cost = fields.amount(per_unit) * quantity // 1_000
    elif fields.has("cost"):
        first_cost = fields.amount("cost")
    else:
        first_cost = known.first_cost if known else 0
    cost = fields.amount("cost", editing.net_cost(first_cost, discount))
    if max(first_cost, cost) > MAX_AMOUNT:
        fields.wrong("cost", "amount")
    return Price(first_cost, discount, cost)


def _quantity(fields: Fields, known: Line | None) -> int:
    """`amount`, in thousandths."""
    if not fields.has("amount"):
        return known.quantity if known else 1_000
    number = decimal(fields.values["amount"])
    thousandths = None if number is None else amounts.nearest(number, 3)
    if thousandths is None or not 0 < thousandths <= MAX_QUANTITY:
        fields.wrong("amount", "number")
        return 1_000
    return thousandths


def service(fields: Fields, staff: int, known: Line | None = None) -> Line:
    """A service of a record: `id` is the service's."""
    quantity = _quantity(fields, known)
    price = _price(fields, quantity, known)
    return Line(
        number=known.number if known else 0,
        record=known.record if known else 0,
        kind=LineKind.SERVICE,
        item=fields.id("id"),
        title=fields.text("title", known.title if known else "", longest=MAX_TITLE),
        quantity=quantity,
        first_cost=price.first_cost,
        discount=price.discount,
        cost=price.cost,
        staff=staff,
        extra=known.extra if known else {},
    )


def good(fields: Fields, record: Record, known: Line | None) -> Line:
    """A good of a record: `id` is the goods transaction's, `good_id` the good's."""
    quantity = _quantity(fields, known)
    price = _price(fields, quantity, known)
    extra = {
        name: fields.id_or_zero(name) if name == "storage_id" else plain(fields.values[name])
        for name in OWN_GOODS_FIELDS
        if fields.has(name)
    }
    return Line(
        number=known.number if known else 0,
        record=record.number,
        kind=LineKind.GOOD,
        item=known.item if known and not fields.has("good_id") else fields.id("good_id"),
        title=fields.text("title", known.title if known else "", longest=MAX_TITLE),
        quantity=quantity,
        first_cost=price.first_cost,
        discount=price.discount,
        cost=price.cost,
        staff=fields.id_or_zero("staff_id") or (known.staff if known else record.staff),
        extra={**(known.extra if known else {}), **extra},
    )


def with_services(visit: Visit, record: Record, services: tuple[Line, ...]) -> Visit:
    """The visit with these services in the record; one with the same id keeps its line."""
    free = [
        line
        for line in visit.lines
        if line.record == record.number and line.kind is LineKind.SERVICE
    ]
    replaced: dict[int, Line | None] = {line.number: None for line in free}
    added = []
    for wanted in services:
        known = next((line for line in free if line.item == wanted.item), None)
        if known is None:
            added.append(wanted._replace(record=record.number))
            continue
        free.remove(known)
        title = wanted.title or known.title
        replaced[known.number] = wanted._replace(
            number=known.number, record=record.number, title=title, extra=known.extra
        )
    visit = editing.replace_lines(visit, replaced)
    for line in added:
        visit = editing.add_line(visit, line)
    return visit


def with_goods(visit: Visit, record: Record, goods: tuple[Line, ...]) -> Visit:
    """The visit with these goods in the record; those that are not named go."""
    own = [
        line.number
        for line in visit.lines
        if line.record == record.number and line.kind is LineKind.GOOD
    ]
    replaced: dict[int, Line | None] = dict.fromkeys(own)
    replaced |= {line.number: line for line in goods if line.number}
    visit = editing.replace_lines(visit, replaced)
    for line in goods:
        if not line.number:
            visit = editing.add_line(visit, line)
    return visit


def comment_of(fields: Fields) -> str:
    """The required comment; it may be empty."""
    return fields.text("comment")
