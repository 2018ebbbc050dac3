"""Records and visits on the wire."""

from typing import Any, Final

from stampbook.dialects.altegio.answers import money, quantity
from stampbook.dialects.altegio.people.client_objects import client_summary
from stampbook.dialects.altegio.visits.objects import iso_time, local_time, payment
from stampbook.domain.policy import to_datetime
from stampbook.programs.members import Member
from stampbook.visits.model import (
    Line,
    LineKind,
    Location,
    Record,
    Visit,
    payment_status,
    unpaid,
)
from stampbook.visits.promotion import Totals

VISIT_DOCUMENT: Final = 7
DEFAULTS: Final[dict[str, Any]] = {
    "online": False,
    "confirmed": 1,
    "sms_before": 0,
    "sms_now": 0,
    "sms_now_text": "",
    "email_now": 0,
    "notified": 0,
    "master_request": 1,
    "api_id": "",
    "from_url": "",
    "review_requested": 0,
    "created_user_id": 0,
    "prepaid": False,
    "prepaid_confirmed": False,
    "technical_break_duration": 0,
    "custom_color": "",
    "custom_font_color": "",
    "record_labels": [],
    "activity_id": 0,
    "custom_fields": [],
    "acceptance_free": None,
    "comer": None,
    "comer_person_info": None,
    "is_remind_sms_sent": False,
    "resource_instance_ids": [],
    "sms_remain_hours": 0,
    "email_remain_hours": 0,
    "bookform_id": 0,
    "record_from": "",
    "is_mobile": 0,
    "is_sale_bill_printed": False,
    "consumables": [],
    "finance_transactions": [],
    "clients_count": 1,
}
"""Fields that mean nothing here: what was sent is given back, else these (also for a null)."""


def record_object(
    visit: Visit, record: Record, location: Location, client: Member | None, totals: Totals
) -> dict[str, Any]:
    """A record with its lines; what the caller stored with it is given back."""
    zone = location.timezone
    lines = [line for line in visit.lines if line.record == record.number]
    return {
        **record.extra,
        **{name: value for name, value in DEFAULTS.items() if record.extra.get(name) is None},
        "record_labels": _labels(record.extra.get("record_labels")),
        "id": record.number,
        "company_id": location.number,
        "staff_id": record.staff,
        "services": [_service(visit, line) for line in lines if line.kind is LineKind.SERVICE],
        "goods_transactions": [_good(visit, line) for line in lines if line.kind is LineKind.GOOD],
        "staff": _staff(record.staff),
        "client": None if client is None else client_summary(client, totals),
        "date": local_time(record.starts_at, zone),
        "datetime": iso_time(record.starts_at, zone),
        "create_date": iso_time(record.created_at, zone),
        "last_change_date": iso_time(record.changed_at, zone),
        "comment": record.comment,
        "visit_attendance": visit.attendance,
        "attendance": record.attendance,
        "seance_length": record.length_s,
        "length": record.length_s,
        "visit_id": visit.number,
        "deleted": record.deleted,
        "paid_full": int(bool(visit.lines) and not unpaid(visit)),
        "payment_status": int(bool(visit.lines) and not unpaid(visit)),
        "documents": [_document(visit, record, location)],
        "is_update_blocked": False,
        "short_link": "",
    }


def finance_transactions(
    visit: Visit, record: Record, location: Location, client: Member | None, lang: str
) -> list[dict[str, Any]]:
    """The money paid for the record's lines; what is beyond all lines is the first record's."""
    lines = {line.number for line in visit.lines if line.record == record.number}
    if visit.records and visit.records[0].number == record.number:
        lines.add(0)
    shown = []
    for each in visit.payments:
        if each.line in lines:
            paid = payment(visit, each, client=client, timezone=location.timezone, lang=lang)
            named = {**paid["client"], "id": visit.member}
            shown.append({**paid, "record_id": record.number, "client": named})
    return shown


def visit_object(
    visit: Visit, location: Location, client: Member | None, totals: Totals
) -> dict[str, Any]:
    return {
        "id": visit.number,
        "attendance": visit.attendance,
        "datetime": iso_time(visit.starts_at, location.timezone),
        "comment": visit.comment or None,
        "payment_status": payment_status(visit).value,
        "records": [
            record_object(visit, record, location, client, totals) for record in visit.records
        ],
    }


def _to_pay(visit: Visit, line: Line) -> int:
    """What is to be paid in money for the line: its cost less discounts and points."""
    discounts = sum(each.amount for each in visit.discounts if each.line == line.number)
    points = sum(part.amount for part in visit.parts if part.line == line.number)
    return max(0, line.cost - discounts - points)


def _service(visit: Visit, line: Line) -> dict[str, Any]:
    return {
        "id": line.item,
        "title": line.title,
        "cost": money(line.cost),
        "cost_to_pay": money(_to_pay(visit, line)),
        "manual_cost": money(line.cost),
        "cost_per_unit": money(_per_unit(line)),
        "discount": money(line.discount),
        "first_cost": money(line.first_cost),
        "amount": quantity(line.quantity),
    }


def _good(visit: Visit, line: Line) -> dict[str, Any]:
    return {
        **line.extra,
        "id": line.number,
        "title": line.title,
        "barcode": str(line.extra.get("barcode", "")),
        "article": str(line.extra.get("article", "")),
        "amount": quantity(line.quantity),
        "cost_per_unit": money(_per_unit(line)),
        "price": money(_per_unit(line)),
        "cost": money(line.cost),
        "cost_to_pay": money(_to_pay(visit, line)),
        "manual_cost": money(line.cost),
        "master_id": line.staff,
        "storage_id": line.extra.get("storage_id", 0),
        "good_id": line.item,
        "discount": money(line.discount),
        "loyalty_abonement_id": 0,
        "loyalty_certificate_id": 0,
        "good_special_number": "",
    }


def _per_unit(line: Line) -> int:
    return line.first_cost * 1_000 // line.quantity


def _labels(sent: object) -> list[dict[str, Any]]:
    """The record's labels: callers send their ids, and read objects."""
    return [
        each
        if isinstance(each, dict)
        else {"id": str(each), "title": "", "color": "", "icon": "", "font_color": ""}
        for each in (sent if isinstance(sent, list) else ())
    ]


def _staff(number: int) -> dict[str, Any]:
    """Team members are known by their ids only."""
    return {
        "id": number,
        "api_id": "",
        "name": "",
        "specialization": "",
        "position": {"id": 0, "title": ""},
        "avatar": "",
        "avatar_big": "",
        "rating": 0,
        "votes_count": 0,
    }


def _document(visit: Visit, record: Record, location: Location) -> dict[str, Any]:
    """The visit's sale document; its id is the visit's."""
    created = to_datetime(record.created_at, location.timezone)
    return {
        "id": visit.number,
        "type_id": VISIT_DOCUMENT,
        "storage_id": 0,
        "user_id": 0,
        "company_id": location.number,
        "number": visit.number,
        "comment": "",
        "date_created": created.strftime("%Y-%m-%d %H:%M:%S"),
        "category_id": 0,
        "visit_id": visit.number,
        "record_id": record.number,
        "type_title": "Visit",
        "is_sale_bill_printed": False,
    }
