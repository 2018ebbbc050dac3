"""`/members/{id}/purchases`, `/purchases/{id}`, `/codes/{code}/use`:
docs/reference/native-api-rewards.md."""

from collections.abc import Sequence
from functools import partial

from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.loyalty.naming import named
from stampbook.dialects.native.loyalty.rewards import reward_of
from stampbook.dialects.native.loyalty.wire.purchases import (
    HandedOut,
    PurchaseBody,
    PurchaseShape,
    RefundBody,
    RefundShape,
    handed_out,
    purchase_shape,
    refund_shape,
)
from stampbook.dialects.native.loyalty.wire.rewards import CodeShape, code_shape
from stampbook.dialects.native.problems import not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import small_metadata
from stampbook.dialects.native.writing import join_once, write_once
from stampbook.ledger.joint import Joint, Known, with_result
from stampbook.loyalty.rewards import buying, codes, grants, purchases, refunding, rewards
from stampbook.loyalty.rewards.buying import Wish
from stampbook.loyalty.rewards.model import Code, Purchase
from stampbook.loyalty.rewards.refunding import Refunded, Return
from stampbook.loyalty.rewards.selling import Sale
from stampbook.programs import currencies
from stampbook.storage.store import Transacting

_purchase_body = Decoder(PurchaseBody)
_refund_body = Decoder(RefundBody)


async def buy_reward(call: Call) -> Reply:
    body = read(_purchase_body, call.body)
    store, ledger = call.context.store, call.context.ledger
    name = body.external_id
    member = await finding.member(call, store, call.id(ids.MEMBER), deleted=name is not None)
    if member.deleted_at is not None and not (
        name is not None and await purchases.by_external_id(store, member.program_id, name)
    ):
        raise not_found("there is no such member")
    find = partial(rewards.get, store, tenant=call.caller.tenant, deleted=True)
    pointer, own = "/reward_id", member.program_id
    reward = await named(find, ids.REWARD, body.reward_id, pointer, program=own)
    wish = Wish(
        tenant=call.caller.tenant,
        program=member.program_id,
        member=member.member_id,
        reward=reward.reward_id,
        quantity=body.quantity,
        external_id=body.external_id,
        metadata=small_metadata(body.metadata),
    )
    scales = await _scales(call, store, member.program_id)

    def answer(sale: Sale) -> PurchaseShape:
        if sale.stored:
            return purchase_shape(sale.purchase, handed_out(sale.stored), scales)
        fresh = [HandedOut(code, "issued") for code in sale.codes]
        return purchase_shape(sale.purchase, fresh, scales)

    async def build() -> Joint | Known:
        return with_result(await buying.build(ledger, wish, dry_run=call.dry_run), answer)

    async with buying.turn(wish):
        return await join_once(call, build)


async def _scales(call: Call, db: Transacting, program: int) -> dict[int, int]:
    found = await currencies.page(db, program, limit=10_000)
    return {each.currency_id: each.scale for each in found}


async def list_purchases(call: Call) -> Page[PurchaseShape]:
    """The newest first."""
    store = call.context.store
    limit = finding.limit(call)
    before = finding.cursor(call, ids.PURCHASE)
    member = await finding.member(call, store, call.id(ids.MEMBER), deleted=True)
    found = await purchases.of_member(
        store, member.member_id, tenant=call.caller.tenant, limit=limit + 1, before=before
    )
    return await _page(call, found, member.program_id, limit)


async def _page(
    call: Call, found: Sequence[Purchase], program: int, limit: int
) -> Page[PurchaseShape]:
    store = call.context.store
    issued = await codes.of_purchases(store, [each.purchase_id for each in found])
    scales = await _scales(call, store, program)
    shapes = [
        purchase_shape(each, handed_out(issued.get(each.purchase_id, ())), scales) for each in found
    ]
    return page_of(shapes, limit)


async def list_purchases_of_reward(call: Call) -> Page[PurchaseShape]:
    """The newest first."""
    store = call.context.store
    limit = finding.limit(call)
    before = finding.cursor(call, ids.PURCHASE)
    reward, program = await reward_of(call, store)
    found = await purchases.of_reward(
        store, reward.reward_id, tenant=call.caller.tenant, limit=limit + 1, before=before
    )
    return await _page(call, found, program, limit)


async def get_purchase(call: Call) -> PurchaseShape:
    store = call.context.store
    found = await _purchase(call, store)
    issued = await codes.of_purchase(store, found.purchase_id)
    scales = await _scales(call, store, found.program_id)
    return purchase_shape(found, handed_out(issued), scales)


async def _purchase(call: Call, db: Transacting) -> Purchase:
    """The purchase of the path. Raises Failure (404)."""
    found = await purchases.get(db, call.id(ids.PURCHASE), tenant=call.caller.tenant)
    if found is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such purchase")
    return found


async def refund_purchase(call: Call) -> Reply:
    body = read(_refund_body, call.body)
    store, ledger = call.context.store, call.context.ledger
    purchase = await _purchase(call, store)
    scales = await _scales(call, store, purchase.program_id)
    wanted = Return(
        tenant=call.caller.tenant,
        purchase=purchase.purchase_id,
        quantity=body.quantity,
        allows=body.policy == "allow",
        writes_off=body.stock == "write_off",
        keeps_codes=body.codes == "keep",
        reason=body.reason,
    )

    async def build() -> Joint | Known:
        made = await refunding.build(ledger, wanted, dry_run=call.dry_run)
        issued = await codes.of_purchase(store, purchase.purchase_id)

        def answer(done: Refunded) -> RefundShape:
            return refund_shape(done, issued, scales)

        return with_result(made, answer)

    return await join_once(call, build)


async def use_code(call: Call) -> Reply:
    async def write(writing: Transacting) -> CodeShape:
        text, tenant = call.path["code"], call.caller.tenant
        found = await codes.find(writing, text, tenant=tenant)
        if found is None or not await _is_in_bounds(call, writing, found):
            raise not_found("there is no such code")
        used = await codes.use(writing, text, tenant=tenant, now=call.context.clock())
        return code_shape(used)

    return await write_once(call, write)


async def _is_in_bounds(call: Call, db: Transacting, code: Code) -> bool:
    """Whether the caller may see what handed the code out."""
    tenant = call.caller.tenant
    if code.purchase_id is not None:
        bought = await purchases.get(db, code.purchase_id, tenant=tenant)
        return bought is not None and finding.in_bounds(call, bought.program_id)
    if code.grant_id is not None:
        given = await grants.get(db, code.grant_id, tenant=tenant)
        return given is not None and finding.in_bounds(call, given.program_id)
    assert code.reward_id is not None
    reward = await rewards.get(db, code.reward_id, tenant=tenant, deleted=True)
    return reward is not None and (
        reward.program_id is None or finding.in_bounds(call, reward.program_id)
    )
