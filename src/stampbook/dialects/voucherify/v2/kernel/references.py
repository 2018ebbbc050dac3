"""Customers, members, programs and cards as examinations name them."""

from typing import Any, Final

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.people.customers import Customer
from stampbook.dialects.voucherify.core.rows import Member, Program
from stampbook.dialects.voucherify.core.shapes.schema import (
    CUSTOMER_ID,
    INDIVIDUAL,
    OPEN,
    TEXT,
    id_of,
    object_of,
    one_of,
    or_null,
)
from stampbook.dialects.voucherify.core.windows import is_open

Body = dict[str, Any]


def is_active(program: Program, member: Member, now: int) -> bool:
    """Whether the member can earn and buy in the program now."""
    starts_at, ends_at = program.starts_at, program.ends_at
    return (
        program.status == "active"
        and member.status == "active"
        and (starts_at is None or starts_at <= now)
        and (ends_at is None or now < ends_at)
        and is_open(program.validity_hours, program.timezone, now)
    )


def refer_to_customer(customer: Customer, metadata: Body) -> Body:
    return {
        "id": customer.id,
        "source_id": customer.source_id,
        "metadata": metadata,
        "object": "customer",
    }


def refer_to_member(member: Member, metadata: Body) -> Body:
    return {
        "id": spell(Prefix.MEMBER, member.member_id),
        "customer_id": member.customer_id,
        "program_id": spell(Prefix.PROGRAM, member.program_id),
        "metadata": metadata,
        "object": "member",
    }


def refer_to_program(program: Program) -> Body:
    return {
        "id": spell(Prefix.PROGRAM, program.program_id),
        "name": program.name,
        "metadata": msgspec.json.decode(program.metadata),
        "object": "program",
    }


def refer_to_card(card: Body) -> Body:
    """Of a card as it is printed."""
    names = ("id", "card_definition_id", "card_type", "code")
    return {name: card[name] for name in names} | {"object": "card"}


CUSTOMER: Final = object_of(
    id=CUSTOMER_ID, source_id=or_null(TEXT), metadata=OPEN, object=one_of("customer")
)
MEMBER: Final = object_of(
    id=id_of("lmbr"),
    customer_id=CUSTOMER_ID,
    program_id=id_of("lprg"),
    metadata=OPEN,
    object=one_of("member"),
)
PROGRAM: Final = object_of(id=id_of("lprg"), name=TEXT, metadata=OPEN, object=one_of("program"))
CARD: Final = object_of(
    id=id_of("lcrd"),
    card_definition_id=id_of("lcdef"),
    card_type=INDIVIDUAL,
    code=or_null(TEXT),
    object=one_of("card"),
)
