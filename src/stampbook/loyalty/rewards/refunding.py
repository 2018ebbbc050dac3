"""A purchase is taken back, by quantity: points, stock and codes in one commit.

Refunds add up exactly: after each, the pieces that remain are worth their price. What was cancelled
by hand before is not taken a second time. No active program, member or reward is needed.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from stampbook.domain.commands import Cancel, Note
from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Code as Ledger
from stampbook.domain.refusals import Refusal
from stampbook.ledger.engine import Ledger as Engine
from stampbook.ledger.joint import (
    Acting,
    Beside,
    Guard,
    Joint,
    JointRefused,
    Planned,
    join_anew,
)
from stampbook.loyalty.faults import Code as Why
from stampbook.loyalty.faults import Refused
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.rewards import codes, issuing, purchases
from stampbook.loyalty.rewards.columns import insertion
from stampbook.loyalty.rewards.model import Code, Purchase, PurchaseRefund
from stampbook.programs.faults import Gone, Invalid


class Return(NamedTuple):
    """What is to be taken back: `quantity` pieces (None: all that remain).

    `allows`: also of a reward that is not refundable. `writes_off`: the goods do not come back.
    `keeps_codes`: used codes do not matter. `reason` is that of the cancels.
    """

    tenant: int
    purchase: int
    quantity: int | None = None
    allows: bool = False
    writes_off: bool = False
    keeps_codes: bool = False
    origin: str | None = None
    reason: str | None = None


class Refunded(NamedTuple):
    """The purchase after the refund, the codes it voided, and the used ones that stay. `returned`
    and `taken` are the cancels of the redemption and of the accrual; None: nothing was left."""

    purchase: Purchase
    refund: PurchaseRefund
    voided: tuple[Code, ...]
    kept: tuple[Code, ...]
    returned: Transaction | None = None
    taken: Transaction | None = None


async def refund(ledger: Engine, wanted: Return, *, dry_run: bool = False) -> Refunded:
    """Take back. A dry run writes nothing. Raises what `build` raises, and JointRefused."""

    async def built() -> Joint:
        return await build(ledger, wanted, dry_run=dry_run)

    found = (await join_anew(ledger.join, built)).result
    assert isinstance(found, Refunded)
    return found


async def build(ledger: Engine, wanted: Return, *, dry_run: bool = False) -> Joint:
    """The joint request that takes back. Its result is Refunded.

    Raises Gone, Invalid, Refused (NOT_REFUNDABLE, CODE_USED), and JointRefused for a quantity that
    does not remain.
    """
    store = ledger.store
    subject = purchases.subject_of(wanted.purchase)
    versions = await store.find_guards([subject])
    purchase = await purchases.get(store, wanted.purchase, tenant=wanted.tenant)
    if purchase is None:
        raise Gone
    remaining = purchase.quantity - purchase.refunded
    quantity = remaining if wanted.quantity is None else wanted.quantity
    if wanted.quantity is not None and wanted.quantity < 1:
        raise Invalid("quantity", "must be above 0")
    if not remaining:
        raise _refusal(purchase, Ledger.ALREADY_CANCELLED, "the purchase was refunded")
    if quantity > remaining:
        raise _refusal(purchase, Ledger.EXCEEDS_ORIGINAL, f"{remaining} pieces remain")
    if not purchase.is_refundable and not wanted.allows:
        raise Refused(Why.NOT_REFUNDABLE, "the reward is not refundable")
    issued = await codes.of_purchase(store, wanted.purchase)
    unused = [each for each in issued if each.state == "issued"]
    if issued and len(unused) < quantity and not wanted.keeps_codes:
        raise Refused(Why.CODE_USED, "a code of the purchase was used")
    # The newest codes go first: an older one may have been passed on already.
    voided = tuple(unused[-quantity:])
    held = {purchase.account_id, purchase.target_account_id or purchase.account_id}
    number = new_number(ledger.clock())
    return Joint(
        tenant=wanted.tenant,
        accounts=tuple(sorted(held)),
        plan=partial(_plan, purchase, wanted, quantity, issued, voided, number),
        guards=(Guard(subject, versions.get(subject, 0)),),
        dry_run=dry_run,
    )


def _refusal(purchase: Purchase, code: Ledger, detail: str) -> JointRefused:
    return JointRefused(purchase.account_id, Refusal(code, detail))


def _plan(
    purchase: Purchase,
    wanted: Return,
    quantity: int,
    issued: Sequence[Code],
    voided: tuple[Code, ...],
    number: int,
    acting: Acting,
) -> Planned:
    left = purchase.quantity - purchase.refunded - quantity
    kept = tuple(each for each in issued if each.state == "used")
    gone = {each.code_id for each in voided}
    codes = [(each.code, "voided" if each.code_id in gone else each.state) for each in issued]
    note = Note(subject=purchases.subject_of(purchase.purchase_id), reason=wanted.reason)
    taken = None
    if purchase.target_account_id is not None:
        assert purchase.target_seq is not None
        assert purchase.target_points is not None
        target = purchase.target_points // purchase.quantity * left
        taken = _lower(acting, purchase.target_account_id, purchase.target_seq, target, note)
    target = purchase.points // purchase.quantity * left
    returned = _lower(acting, purchase.account_id, purchase.seq, target, note)
    after = purchase._replace(
        state="partly_refunded" if left else "refunded",
        refunded=purchase.refunded + quantity,
        written_off=purchase.written_off + (quantity if wanted.writes_off else 0),
        updated_at=acting.now,
    )
    row = PurchaseRefund(
        refund_id=number,
        purchase_id=purchase.purchase_id,
        quantity=quantity,
        refunded=after.refunded,
        points=returned.amount if returned else 0,
        target_points=taken.amount if taken else 0,
        seq=returned.seq if returned else None,
        target_seq=taken.seq if taken else None,
        is_written_off=wanted.writes_off,
        origin=wanted.origin,
        created_at=acting.now,
    )
    written = (after.purchase_id, purchase.refunded, after.refunded, after.written_off)
    beside = (
        Beside(_WRITE_OFF if wanted.writes_off else _PUT_BACK, ((purchase.offer_id, quantity),)),
        Beside(_CHANGE, ((*written, after.state, after.updated_at),)),
        Beside(_INSERT, (tuple(row),)),
        *issuing.void(voided, now=acting.now),
        *purchases.told("refunded", after, codes),
    )
    return Planned(Refunded(after, row, voided, kept, returned, taken), beside)


def _lower(acting: Acting, account: int, seq: int, target: int, note: Note) -> Transaction | None:
    """Cancel what is in force of a movement above the target, if anything is."""
    excess = acting.book(account).movement(seq).remaining - target
    if excess <= 0:
        return None
    return acting.do(account, Cancel(seq, excess, note=note))[0]


_PUT_BACK: Final = """
    UPDATE offers SET stock = stock + $2, redeemed = redeemed - $2 WHERE offer_id = $1
    """

_WRITE_OFF: Final = """
    UPDATE offers SET redeemed = redeemed - $2, written_off = written_off + $2 WHERE offer_id = $1
    """

_CHANGE: Final = """
    UPDATE purchases SET refunded = $3, written_off = $4, state = $5, updated_at = $6
    WHERE purchase_id = $1 AND refunded = $2
    """

_INSERT: Final = insertion("purchase_refunds", PurchaseRefund)
