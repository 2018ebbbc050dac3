"""A member buys a reward, gives it back, and what was bought."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.dialects.voucherify.core.bodies import Closed, read_body
from stampbook.dialects.voucherify.core.calls import Call, Simulation
from stampbook.dialects.voucherify.core.faults import TOO_FEW, Fault, not_found, refused
from stampbook.dialects.voucherify.core.judging import check_open
from stampbook.dialects.voucherify.core.lists.filters import Sql, id_field, instant_field
from stampbook.dialects.voucherify.core.lists.listing import Kind, list_page, read_page
from stampbook.dialects.voucherify.core.once import join_once
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.people.customers import by_id
from stampbook.dialects.voucherify.core.rows import NOBODY, Member
from stampbook.dialects.voucherify.core.seats import find_member, find_program
from stampbook.dialects.voucherify.core.shapes.schema import list_of
from stampbook.dialects.voucherify.v2.members import resource as members
from stampbook.dialects.voucherify.v2.programs import resource as programs
from stampbook.dialects.voucherify.v2.rewards.pricing import facts_metadata
from stampbook.dialects.voucherify.v2.rewards.printing import (
    BOUGHT,
    PURCHASE,
    REFUNDED,
    SPENT,
    origin_of,
    print_created,
    print_recorded,
    print_refund,
    print_simulated,
)
from stampbook.dialects.voucherify.v2.rewards.resource import get_reward
from stampbook.dialects.voucherify.v2.rewards.terms import bought_points
from stampbook.domain.refusals import Code as Ledger
from stampbook.edge.operations import Operation
from stampbook.ledger.joint import Joint, JointRefused, Known, join_anew, with_result
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.rewards import buying, codes, purchases, refunding
from stampbook.loyalty.rewards.buying import Wish
from stampbook.loyalty.rewards.model import Purchase
from stampbook.loyalty.rewards.refunding import Refunded, Return
from stampbook.loyalty.rewards.selling import Sale
from stampbook.programs.faults import Gone

Body = dict[str, Any]
AIM: Final = "Cannot purchase reward when"
MEMBER_PURCHASES: Final = f"{members.ITEM}/rewards/purchases"
REFUND_PATH: Final = f"{programs.ITEM}/rewards/purchases/{{purchase}}/refund"

KIND: Final = Kind(
    prefix="lcrstrx_",
    orders={"created_at": "p.created_at"},
    number="p.purchase_id",
    filters={
        "id": id_field("p.purchase_id", Prefix.REWARD_TRANSACTION),
        "reward_id": id_field("p.reward_id", Prefix.REWARD),
        "created_at": instant_field("p.created_at"),
    },
)
SELECT: Final = "SELECT p.purchase_id, {keys} FROM purchases p"


class PurchaseRequest(Closed, frozen=True):
    reward_id: Annotated[str, Meta(max_length=100)]
    mode: Literal["TRANSACTION", "DRY_RUN"] | UnsetType = UNSET


class Policies(Closed, frozen=True):
    refund: Literal["DEFAULT", "ALLOW"] | None = None
    stock: Literal["DEFAULT", "WRITE_OFF"] | None = None


class RefundRequest(Closed, frozen=True):
    policies: Policies | None = None


# -- buying ------------------------------------------------------------------------------


async def buy_reward(call: Call) -> Body | Simulation:
    """All checks in their order, then the purchase; of a dry run only the checks."""
    path = call.parameters
    program, member = await find_member(call, path["program"], path["member"])
    wanted = read_body(call.body, PurchaseRequest)
    is_trial = wanted.mode == "DRY_RUN"

    async def build() -> Joint | Known:
        check_open(program, member, AIM, call.now)
        reward = await get_reward(call.store, call, wanted.reward_id)
        assert reward.origin is not None
        kept = msgspec.json.decode(reward.origin)
        points = bought_points(kept)
        wish = Wish(
            tenant=call.tenant,
            program=program.program_id,
            member=member.member_id,
            reward=reward.reward_id,
            origin=origin_of(kept, points["card_definition_id"] if points else None),
            reason=SPENT,
            member_metadata=await metadata_of(call, member),
        )
        try:
            return await buying.build(call.context.ledger, wish, dry_run=is_trial)
        except Gone:
            raise not_found("reward", wanted.reward_id) from None

    try:
        # Only the turns of this process depend on it: whose purchases wait for each other.
        wish = Wish(call.tenant, program.program_id, member.member_id, 0)
        async with buying.turn(wish):
            if is_trial:
                joined = await join_anew(call.context.ledger.join, build)
                return Simulation(_simulated(joined.result))
            return await join_once(call, lambda: _printing(build, _created))
    except Refused as refusal:
        raise _worded(refusal) from None
    except JointRefused as refused_:
        raise _too_few(refused_) from None


async def _printing(
    build: Callable[[], Awaitable[Joint | Known]], print_: Callable[[Any], Body]
) -> Joint | Known:
    """The joint request, whose result is what is to be answered."""
    return with_result(await build(), print_)


def _created(sale: Sale) -> Body:
    return {
        "transaction": print_created(sale.purchase),
        "status": "TRANSACTION_CREATED",
        "message": "Reward purchase transaction created",
    }


def _simulated(sale: Sale) -> Body:
    return {
        "transaction": print_simulated(sale.purchase),
        "status": "DRY_RUN",
        "message": "Dry run mode. No transaction was created. This is only a simulation.",
    }


async def metadata_of(call: Call, member: Member) -> Body:
    """The metadata that costs' conditions see: the customer's, and the member's by longer names."""
    own = msgspec.json.decode(member.metadata)
    found = await by_id(call.store, member.customer_id, tenant=call.tenant, program=None)
    customer = {} if found is None else msgspec.json.decode(found.metadata)
    return facts_metadata(customer, own)


WORDS: Final[dict[Code, tuple[str, str, str]]] = {
    Code.REWARD_INACTIVE: (
        "non_active_reward",
        "Invalid reward status",
        f"{AIM} reward is not active at this time",
    ),
    Code.NO_MATCHING_COST: (
        "no_matching_cost",
        "No matching cost",
        "Reward has no cost that is available for the customer",
    ),
    Code.LIMIT_REACHED: (
        "reward_purchase_limit_exceeded",
        "Reward purchase limit exceeded",
        "Operation exceeds the purchase limits of the reward",
    ),
    Code.OUT_OF_STOCK: (
        "reward_out_of_stock",
        "Cannot purchase reward when stock is not available",
        "Reward stock is not available",
    ),
}
"""What is in the way of a purchase: key, message, details."""


def _worded(refusal: Refused) -> Fault:
    if refusal.limit:
        scope = "transaction" if refusal.limit == buying.PER_TRANSACTION else "global"
        details = "Operation exceeds the spending limit of the card definition"
        message = f"{scope.capitalize()} spending limit exceeded"
        return Fault(423, f"{scope}_spending_limit_exceeded", message, details)
    key, message, details = WORDS[refusal.code]
    return Fault(423, key, message, details)


def _too_few(refusal: JointRefused) -> Fault:
    if refusal.refusal.code not in TOO_FEW:
        return refused(refusal.refusal)
    return Fault(
        423,
        "insufficient_card_balance",
        "Insufficient card balance",
        "Operation exceeds the available card balance",
    )


# -- what was bought ---------------------------------------------------------------------


async def list_purchases(call: Call) -> Body:
    page = read_page(call, KIND)
    path = call.parameters
    _, member = await find_member(call, path["program"], path["member"])
    where = Sql("p.member_id = $1 AND p.tenant_id = $2", (member.member_id, call.tenant))
    numbers: list[int] = []
    body = await list_page(
        call,
        page,
        select=SELECT,
        where=where,
        print_=lambda row: numbers.append(row["purchase_id"]),
    )
    body["data"] = [await _print(call, number) for number in numbers]
    return body


async def _print(call: Call, number: int) -> Body:
    purchase = await purchases.get(call.store, number, tenant=call.tenant)
    assert purchase is not None, "purchases are never deleted"
    return print_recorded(purchase, await codes.of_purchase(call.store, number))


# -- giving back -------------------------------------------------------------------------


async def refund_purchase(call: Call) -> Body:
    """Take a purchase back whole; the program and the member need not be active any more."""
    program = await find_program(call, call.parameters["program"])
    wanted = read_body(call.body if call.body.strip() else b"{}", RefundRequest)
    policies = wanted.policies or Policies()
    text = call.parameters["purchase"]

    async def build() -> Joint:
        purchase = await _approved(call, text, program.program_id)
        return await refunding.build(
            call.context.ledger,
            Return(
                tenant=call.tenant,
                purchase=purchase.purchase_id,
                allows=policies.refund == "ALLOW",
                writes_off=policies.stock == "WRITE_OFF",
                keeps_codes=True,
            ),
        )

    try:
        return await join_once(call, lambda: _printing(build, _refunded))
    except Refused:  # used codes are kept: there is nothing else to refuse
        raise Fault(
            409,
            "reward_refund_not_allowed",
            "Reward refund is not allowed",
            "Reward is not refundable",
        ) from None
    except JointRefused as refusal:
        if refusal.refusal.code is Ledger.ALREADY_CANCELLED:
            raise _wrong_status() from None
        fault = refused(refusal.refusal)
        fault.status = 409 if fault.status == 423 else fault.status
        raise fault from None


async def _approved(call: Call, text: str, program: int) -> Purchase:
    """The program's purchase of that id, which can be refunded. Raises a Fault: 404, 409."""
    number = parse(Prefix.REWARD_TRANSACTION, text)
    found = None
    if number is not None:
        found = await purchases.get(call.store, number, tenant=call.tenant)
    if found is not None and found.program_id == program:
        if found.refunded:
            raise _wrong_status()
        return found
    row = await call.store.fetch_one(
        """
        SELECT 1 AS found FROM purchase_refunds r
        JOIN purchases p ON p.purchase_id = r.purchase_id
        WHERE r.refund_id = $1 AND p.tenant_id = $2 AND p.program_id = $3
        """,
        NOBODY if number is None else number,
        call.tenant,
        program,
    )
    raise not_found("reward_transaction", text) if row is None else _wrong_status()


def _wrong_status() -> Fault:
    return Fault(
        409,
        "invalid_reward_transaction_status",
        "Invalid reward transaction status",
        "Reward transaction must be a PURCHASE in APPROVED status in order to be refunded",
    )


def _refunded(found: Refunded) -> Body:
    return {
        "transaction": print_refund(found.purchase, found.refund, found.voided, found.kept),
        "status": "APPROVED",
        "message": "Reward refund transaction created."
        " Points will be returned to the member's card shortly.",
    }


_row = partial(operation, tag="Rewards")

OPERATIONS: Final[tuple[Operation, ...]] = (
    _row("POST", MEMBER_PURCHASES, buy_reward, "ledger:write", "Buy a reward",
         name="purchase_member_reward", body=PurchaseRequest, answer=BOUGHT, status=202),
    _row("GET", MEMBER_PURCHASES, list_purchases, "read", "List what a member has bought",
         name="list_member_reward_purchases", answer=list_of(PURCHASE, KIND.prefix),
         query=KIND.query),
    _row("POST", REFUND_PATH, refund_purchase, "ledger:cancel", "Take a purchase back",
         name="refund_reward_purchase", body=RefundRequest, answer=REFUNDED, status=202),
)  # fmt: skip
