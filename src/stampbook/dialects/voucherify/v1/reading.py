"""Legacy v1: a campaign, the list of its cards, and a voucher by its code."""

from typing import Any, Final

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.calls import Call, Reading, single
from stampbook.dialects.voucherify.core.definitions.rows import assigned_definitions
from stampbook.dialects.voucherify.core.definitions.wire import default_parts
from stampbook.dialects.voucherify.core.faults import invalid_query, not_found
from stampbook.dialects.voucherify.core.lists.listing import MAX_LIMIT, read_limit
from stampbook.dialects.voucherify.core.people.customers import by_id, by_source_id
from stampbook.dialects.voucherify.core.rows import NOBODY, Program, find_seat
from stampbook.dialects.voucherify.core.times import read_instant, stamp, stamp_or_none, updated
from stampbook.dialects.voucherify.v1.cards import (
    card_currencies,
    find_voucher,
    named_campaign,
    print_voucher,
    voucher_of,
)
from stampbook.dialects.voucherify.v1.lists import read_page_number

ORDERS: Final = {"created_at": "a.created_at", "updated_at": "m.updated_at", "code": "a.number"}

CARDS: Final = """
    FROM accounts a
    JOIN members m ON m.member_id = a.member_id AND m.deleted_at IS NULL
    LEFT JOIN voucherify_members b ON b.member_id = a.member_id
    WHERE a.tenant_id = $1 AND a.currency_id IN ({currencies})
"""


class Conditions:
    """Conditions of a statement, and their parameters."""

    def __init__(self, *values: object) -> None:
        self.values = list(values)
        self.texts: list[str] = []

    def add(self, text: str, *values: object) -> None:
        """A condition; its `{}` become the next parameters."""
        places = [f"${len(self.values) + at}" for at in range(1, len(values) + 1)]
        self.values += values
        self.texts.append(" AND " + text.format(*places))

    def __str__(self) -> str:
        return "".join(self.texts)


async def list_members(call: Call) -> dict[str, Any]:
    """The campaign's cards, the newest first, by page number."""
    limit, page, order_by = read_limit(call.pairs), read_page_number(call), _order_by(call)
    currencies = await card_currencies(call, await named_campaign(call))
    places = ", ".join(f"${at}" for at in range(2, len(currencies) + 2)) or "NULL"
    cards = CARDS.format(currencies=places)
    chosen = Conditions(call.tenant, *currencies)
    await _choose(call, chosen)
    counted = await call.store.fetch_one(
        f"SELECT count(*) AS total {cards}{chosen}",
        *chosen.values,
    )
    rows = await call.store.fetch(
        f"SELECT a.account_id {cards}{chosen} {order_by} LIMIT {limit} OFFSET {(page - 1) * limit}",
        *chosen.values,
    )
    found = [await voucher_of(call, row["account_id"]) for row in rows]
    vouchers = [await print_voucher(call, voucher) for voucher in found if voucher is not None]
    assert counted is not None
    return {
        "object": "list",
        "data_ref": "vouchers",
        "vouchers": vouchers,
        "total": counted["total"],
    }


def _order_by(call: Call) -> str:
    order = single(call.pairs, "order") or "-created_at"
    column = ORDERS.get(order.removeprefix("-"))
    if column is None:
        raise invalid_query(f"order must be one of {', '.join(ORDERS)}, or one of them after -")
    direction = "DESC" if order.startswith("-") else "ASC"
    return f"ORDER BY {column} {direction}, a.account_id {direction}"


async def _choose(call: Call, chosen: Conditions) -> None:
    """What the query leaves of the cards. Raises a Fault (400)."""
    customer = single(call.pairs, "customer")
    program = call.caller.program
    if customer:
        found = await by_id(call.store, customer, tenant=call.tenant, program=program)
        found = found or await by_source_id(
            call.store, customer, tenant=call.tenant, program=program
        )
        number = None if found is None else found.number
        member = NOBODY if found is None else found.member
        chosen.add(
            "(b.customer_id = {} OR (b.customer_id IS NULL AND m.member_id = {}))",
            NOBODY if number is None else number,
            member,
        )
    code = single(call.pairs, "code")
    if code:
        chosen.add("a.number = {}", "" if "\0" in code else code)
    ids = [part for text in _ids(call) for part in text.split(",") if part]
    if len(ids) > MAX_LIMIT:
        raise invalid_query(f"ids must be at most {MAX_LIMIT}")
    if ids:
        numbers = [parse(Prefix.VOUCHER, each) or NOBODY for each in ids]
        chosen.add(f"a.account_id IN ({', '.join(['{}'] * len(numbers))})", *numbers)
    for name, column in (
        ("created_at", "a.created_at"),
        ("updated_at", "NULLIF(m.updated_at, m.created_at)"),
    ):
        for word, sign in (("before", "<"), ("after", ">")):
            text = single(call.pairs, f"{name}[{word}]") or single(call.pairs, f"[{name}][{word}]")
            if text:
                chosen.add(f"{column} {sign} {{}}", _instant(text, f"{name}[{word}]"))


def _ids(call: Call) -> list[str]:
    return [value for key, value in call.pairs if key == "ids" or key.startswith("ids[")]


def _instant(text: str, name: str) -> int:
    instant = read_instant(text)
    if instant is None:
        raise invalid_query(f"{name} must be an ISO 8601 date-time")
    return instant


async def read_campaign(call: Call) -> dict[str, Any]:
    """A campaign, by its id or name."""
    seat = await find_seat(call.store, tenant=call.tenant, program=await named_campaign(call))
    if seat.program is None:  # deleted meanwhile
        raise not_found("campaign", call.parameters["campaign"])
    return await print_campaign(call, seat.program)


async def print_campaign(call: Reading, program: Program) -> dict[str, Any]:
    """The program as a campaign, its card definition as what its vouchers are like."""
    definitions = await assigned_definitions(call.store, call, program.program_id)
    body = definitions[0].body if definitions else default_parts()
    counted = await call.store.fetch_one(
        """
        SELECT count(*) AS vouchers FROM accounts a
        JOIN currencies c ON c.currency_id = a.currency_id AND c.scale = 0
        JOIN members m ON m.member_id = a.member_id AND m.deleted_at IS NULL
        WHERE c.program_id = $1 AND a.tenant_id = $2
        """,
        program.program_id,
        call.tenant,
    )
    assert counted is not None
    validity = {
        "start_date": stamp_or_none(program.starts_at),
        "expiration_date": stamp_or_none(program.ends_at),
        "validity_timeframe": None,
        "validity_day_of_week": None,
        "validity_hours": _hours(program.validity_hours),
    }
    status = "DRAFT" if program.status == "draft" else "DONE"
    return {
        "id": spell(Prefix.CAMPAIGN, program.program_id),
        "name": program.name,
        "description": None,
        "campaign_type": "LOYALTY_PROGRAM",
        "type": "AUTO_UPDATE",
        "voucher": {
            "type": "LOYALTY_CARD",
            "loyalty_card": {
                "points": 0,
                "expiration_rules": _expiration_rules(body["points_expiration"]),
            },
            "redemption": {"quantity": None},
            "code_config": body["code_config"],
            "is_referral_code": False,
            **validity,
        },
        "auto_join": False,
        "join_once": True,
        "use_voucher_metadata_schema": False,
        **validity,
        "activity_duration_after_publishing": None,
        "vouchers_count": counted["vouchers"],
        "active": program.status == "active",
        "metadata": msgspec.json.decode(program.metadata),
        "created_at": stamp(program.created_at),
        "updated_at": updated(program.created_at, program.updated_at),
        "category": None,
        "category_id": None,
        "categories": [],
        "creation_status": status,
        "vouchers_generation_status": status,
        "protected": False,
        "validation_rules_assignments": _none_assigned(),
        "object": "campaign",
    }


def _hours(hours: dict[str, Any] | None) -> dict[str, Any] | None:
    """Validity hours in the words of v1."""
    if not hours or hours["type"] != "DAILY":
        return None
    return {
        "daily": [
            {
                "start_time": span["start_time"],
                "days_of_week": span["days_of_week"],
                "expiration_time": span["end_time"],
            }
            for span in hours["daily"]
        ]
    }


def _expiration_rules(part: dict[str, Any]) -> dict[str, Any] | None:
    """How points expire, where v1 has words for it: after months, or on one day of the year."""
    if part["type"] == "ROLLING_EXPIRATION":
        rule = part["rolling_expiration"]
        if rule["period"]["unit"] != "MONTH":
            return None
        printed = {"period_type": "MONTH", "period_value": rule["period"]["value"]}
        rounding = rule.get("rounding")
        if rounding:
            printed["rounding_type"] = rounding["type"].replace("END_OF_PARTICULAR", "PARTICULAR")
        if rounding and "value" in rounding:
            printed["rounding_value"] = rounding["value"]
        return printed
    days = part["calendar_expiration"]["expiration_dates"] if "calendar_expiration" in part else []
    if len(days) != 1:
        return None
    return {
        "period_type": "FIXED_DAY_OF_YEAR",
        "fixed_month": days[0]["month"],
        "fixed_day": days[0]["day"],
    }


def _none_assigned() -> dict[str, Any]:
    """Validation rules are not served: nothing has any."""
    return {"object": "list", "data_ref": "data", "data": [], "total": 0}


async def read_voucher(call: Call) -> dict[str, Any]:
    """A loyalty card by its code or id; there are no other vouchers here."""
    voucher = await find_voucher(call, call.parameters["code"])
    body = await print_voucher(call, voucher)
    return {**body, "validation_rules_assignments": _none_assigned()}
