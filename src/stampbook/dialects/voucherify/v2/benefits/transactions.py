"""What benefits gave to a member: one transaction for each grant."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, spell, spell_earning
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.lists.filters import Sql, id_field, instant_field
from stampbook.dialects.voucherify.core.lists.listing import Kind, list_page, read_page
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.seats import find_member
from stampbook.dialects.voucherify.core.shapes.schema import (
    OPEN,
    TEXT,
    TIME,
    id_of,
    list_of,
    object_of,
    one_of,
    or_null,
    titled,
)
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v2.members import resource as members
from stampbook.edge.operations import Operation
from stampbook.loyalty.rewards import codes, grants
from stampbook.loyalty.rewards.granting import OUT_OF_STOCK
from stampbook.loyalty.rewards.model import Code, GrantRow

Body = dict[str, Any]
FULFILLED: Final = "Benefit fulfilled"

KIND: Final = Kind(
    prefix="lcrsbtx_",
    orders={"created_at": "g.created_at"},
    number="g.grant_id",
    filters={
        "benefit_id": id_field("g.benefit_id", Prefix.BENEFIT),
        "created_at": instant_field("g.created_at"),
    },
)
SELECT: Final = """
    SELECT g.grant_id, b.origin AS benefit_origin, e.serial, {keys}
    FROM grants g JOIN benefits b ON b.benefit_id = g.benefit_id
    LEFT JOIN voucherify_earnings e
           ON e.rule_id = g.rule_id AND e.version = g.version AND e.earning = g.earning
"""


async def list_benefit_transactions(call: Call) -> Body:
    page = read_page(call, KIND)
    path = call.parameters
    _, member = await find_member(call, path["program"], path["member"])
    found: list[tuple[int, str | None, int | None]] = []
    body = await list_page(
        call,
        page,
        select=SELECT,
        where=Sql("g.member_id = $1 AND g.tenant_id = $2", (member.member_id, call.tenant)),
        print_=lambda row: found.append((row["grant_id"], row["benefit_origin"], row["serial"])),
    )
    body["data"] = [await _print(call, *each) for each in found]
    return body


async def _print(call: Call, number: int, origin: str | None, serial: int | None) -> Body:
    grant = await grants.get(call.store, number, tenant=call.tenant)
    assert grant is not None, "grants are never deleted"
    benefit = {} if origin is None else msgspec.json.decode(origin)
    return print_grant(grant, benefit, serial, await codes.of_grant(call.store, number))


def print_grant(grant: GrantRow, benefit: Body, serial: int | None, issued: Sequence[Code]) -> Body:
    """A grant; one that was taken back with its order stays as it was given. `serial` names the
    earning of the rule."""
    rejected = grant.state == "rejected"
    metadata = {"event_id": spell(Prefix.CUSTOM_EVENT, grant.event_id)}
    if serial is not None:
        metadata["earning_item_id"] = spell_earning(grant.rule_id, serial)
    return {
        "id": spell(Prefix.BENEFIT_TRANSACTION, grant.grant_id),
        "benefit_id": spell(Prefix.BENEFIT, grant.benefit_id),
        "program_id": spell(Prefix.PROGRAM, grant.program_id),
        "member_id": spell(Prefix.MEMBER, grant.member_id),
        "earning_rule_id": spell(Prefix.EARNING_RULE, grant.rule_id),
        "type": "FULFILLMENT",
        "details": {
            "reason": FULFILLED,
            "rejection": _rejection(grant.reason or "") if rejected else None,
            "metadata": metadata,
            "result": None if rejected else _result(grant, benefit, issued),
        },
        "status": "REJECTED" if rejected else "APPROVED",
        "created_at": stamp(grant.created_at),
        "updated_at": stamp(grant.created_at),
        "object": "benefit_transaction",
    }


def _rejection(reason: str) -> Body:
    if reason == OUT_OF_STOCK:
        return {"reason": "OUT_OF_STOCK", "details": "Benefit stock is not available"}
    return {"reason": reason.upper(), "details": "Benefit could not be given"}


def _result(grant: GrantRow, benefit: Body, issued: Sequence[Code]) -> Body:
    digital = benefit.get("digital")
    if digital is not None:
        handed = [{"id": spell(Prefix.VOUCHER, each.code_id), "code": each.code} for each in issued]
        digital = {**digital, "codes": handed}
    return {
        "benefit": {
            "id": spell(Prefix.BENEFIT, grant.benefit_id),
            "type": benefit.get("type", "POINTS"),
        },
        "quantity": 1,
        "material": benefit.get("material"),
        "digital": digital,
        "points": None if grant.points is None else {"total": grant.points},
    }


TRANSACTION: Final = titled(
    "BenefitTransaction",
    object_of(
        id=id_of("lbtx"),
        benefit_id=id_of("lben"),
        program_id=id_of("lprg"),
        member_id=id_of("lmbr"),
        earning_rule_id=id_of("lern"),
        type=one_of("FULFILLMENT"),
        details=object_of(
            reason=TEXT,
            rejection=or_null(object_of(reason=TEXT, details=TEXT)),
            metadata=object_of(event_id=id_of("evcus"), earning_item_id_=id_of("lernei")),
            result=or_null(
                object_of(
                    benefit=object_of(id=id_of("lben"), type=TEXT),
                    quantity={"type": "integer"},
                    material=or_null(OPEN),
                    digital=or_null(OPEN),
                    points=or_null(object_of(total={"type": "integer"})),
                )
            ),
        ),
        status=one_of("APPROVED", "REJECTED"),
        created_at=TIME,
        updated_at=TIME,
        object=one_of("benefit_transaction"),
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET", f"{members.ITEM}/benefits/transactions", list_benefit_transactions, "read",
              "List what benefits gave to a member", tag="Benefits",
              name="list_member_benefit_transactions", answer=list_of(TRANSACTION, KIND.prefix),
              query=KIND.query),
)  # fmt: skip
