"""A member buys a reward with points: all checks in their order, then one commit.

The order: program, member, reward and offer, dates and hours, cost, purchase limits, spending
limits, balance, stock, code.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from random import sample
from typing import Any, Final, NamedTuple

from stampbook.domain.model import MAX_AMOUNT
from stampbook.domain.refusals import Code as Ledger
from stampbook.domain.refusals import Refusal
from stampbook.ledger.engine import Ledger as Engine
from stampbook.ledger.joint import (
    Guard,
    Joint,
    JointRefused,
    Known,
    join_anew,
)
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.judging.periods import bounds, cools, within_hours
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.rewards import codes, offers, purchases, rewards, spending
from stampbook.loyalty.rewards.model import (
    Bought,
    Cost,
    Offer,
    Purchase,
    Reward,
    RewardType,
)
from stampbook.loyalty.rewards.pricing import price_of
from stampbook.loyalty.rewards.selling import Issue, Sale, plan
from stampbook.loyalty.turns import Turns
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.accounts import Account
from stampbook.programs.faults import Gone, Invalid
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.programs.searching.merged import one_person
from stampbook.storage.store import Store

MAX_QUANTITY: Final = 1_000
"""Pieces of one purchase: each may need a code."""

SPARE_CODES: Final = 50
"""Free codes that are read beyond those needed: of two buyers at once each takes others."""

PER_TRANSACTION: Final = "per_transaction"
ALL_SPENDING: Final = "spending"
"""The limits of a currency's spending, in refusals; that of a reward's purchases has no name."""

_TURNS: Final = Turns()


class Wish(NamedTuple):
    """What is to be bought. A repeated `external_id` is the same purchase; `origin` is JSON of the
    dialect. `reason` is that of the redemption (None: the reward's name). `member_metadata` is what
    conditions of costs read instead of the member's."""

    tenant: int
    program: int
    member: int
    reward: int
    quantity: int = 1
    external_id: str | None = None
    metadata: str = "{}"
    origin: str | None = None
    reason: str | None = None
    member_metadata: Mapping[str, Any] | None = None


async def buy(ledger: Engine, wish: Wish, *, dry_run: bool = False) -> Sale:
    """Buy. A dry run writes nothing. Raises what `build` raises, and JointRefused."""

    async def built() -> Joint | Known:
        return await build(ledger, wish, dry_run=dry_run)

    async with turn(wish):
        sale = (await join_anew(ledger.join, built)).result
    assert isinstance(sale, Sale)
    return sale


async def build(ledger: Engine, wish: Wish, *, dry_run: bool = False) -> Joint | Known:
    """The joint request that buys; Known if it was carried out before. Its result is a Sale.

    Raises Gone (no such program, member, reward or offer), Invalid, Refused, and JointRefused for
    refusals of the ledger that are known before.
    """
    return await _Buying(ledger, wish, dry_run=dry_run).joint()


def turn(wish: Wish) -> AbstractAsyncContextManager[None]:
    """A member's purchases in one process go one after the other."""
    return _TURNS.of((_guard_of(wish.member),))


def _guard_of(member: int) -> str:
    return f"purchases:{member}"


class _Buying:
    """One attempt: everything that the purchase rests on, read anew."""

    def __init__(self, ledger: Engine, wish: Wish, *, dry_run: bool) -> None:
        self.ledger = ledger
        self.store: Store = ledger.store
        self.wish = wish
        self.dry_run = dry_run
        self.now = ledger.clock()

    async def joint(self) -> Joint | Known:
        """The request to the ledger; Known if it was carried out before."""
        wish = self.wish
        if not 1 <= wish.quantity <= MAX_QUANTITY:
            raise Invalid("quantity", f"must be 1 to {MAX_QUANTITY}")
        repeated = await self._repeated()
        if repeated is not None:
            return repeated
        program, member = await self._who()
        reward, offer = await self._what()
        self._check_time(program, reward)
        position, cost = await self._cost(program, member, reward)
        guards = await self._check_limits(program, reward)
        account = await self._account(member, cost.currency)
        number = 0 if account is None else account.account_id
        guards += await self._check_spending(program, number, cost)
        bought = await self._bought(program, reward)
        target = None if bought is None else await self._account(member, bought.currency)
        if account is None:
            await self._check_empty(cost)
        issue = await self._issue(reward)

        def joint(account: Account | None, target: Account | None) -> Joint:
            number = 0 if account is None else account.account_id
            begun = _begun(wish, reward, offer, position, cost, number, new_number(self.now))
            held = {each.account_id for each in (account, target) if each is not None}
            reason = wish.reason or reward.name
            return Joint(
                tenant=wish.tenant,
                accounts=tuple(sorted(held)),
                plan=partial(plan, begun, reward, offer, bought, target, issue, reason),
                guards=(*guards, Guard(purchases.subject_of(begun.purchase_id), 0)),
                dry_run=self.dry_run,
            )

        made = joint(account, target)
        if self.dry_run or (account is not None and (bought is None or target is not None)):
            return made
        # What is refused opens no account.
        await self.ledger.join(made._replace(dry_run=True))
        return joint(
            account or await self._opened(member, cost.currency),
            target or (bought and await self._opened(member, bought.currency)),
        )

    async def _repeated(self) -> Known | None:
        wish = self.wish
        if wish.external_id is None:
            return None
        found = await purchases.by_external_id(self.store, wish.program, wish.external_id)
        if found is None:
            return None
        same = (wish.member, wish.reward, wish.quantity)
        if (found.member_id, found.reward_id, found.quantity) != same:
            detail = "another purchase of the program has this external_id"
            raise Refused(Code.EXTERNAL_ID_TAKEN, detail)
        issued = await codes.of_purchase(self.store, found.purchase_id)
        return Known(Sale(found, tuple(each.code for each in issued), stored=tuple(issued)))

    async def _who(self) -> tuple[Program, Member]:
        wish, now = self.wish, self.now
        program = await programs.get(self.store, wish.program, tenant=wish.tenant)
        member = await members.get(self.store, wish.member, tenant=wish.tenant)
        if program is None or member is None or member.program_id != program.program_id:
            raise Gone
        is_open = (
            program.status == "active"
            and (program.starts_at is None or program.starts_at <= now)
            and (program.ends_at is None or now < program.ends_at)
        )
        if not is_open:
            refusal = Refusal(Ledger.PROGRAM_INACTIVE, "the program is not active")
            raise JointRefused(0, refusal)
        if member.status != "active":
            raise JointRefused(0, Refusal(Ledger.MEMBER_INACTIVE, "the member is not active"))
        return program, member

    async def _what(self) -> tuple[Reward, Offer]:
        wish = self.wish
        reward = await rewards.get(self.store, wish.reward, tenant=wish.tenant)
        offer = await offers.get(
            self.store, tenant=wish.tenant, program=wish.program, reward=wish.reward
        )
        if reward is None or offer is None:
            raise Gone
        return reward, offer

    def _check_time(self, program: Program, reward: Reward) -> None:
        if reward.status != "active":
            raise Refused(Code.REWARD_INACTIVE, f"the reward is {reward.status}")
        now = self.now
        if reward.starts_at is not None and now < reward.starts_at:
            raise Refused(Code.REWARD_INACTIVE, "the reward is not on sale yet")
        if reward.ends_at is not None and now >= reward.ends_at:
            raise Refused(Code.REWARD_INACTIVE, "the reward is no longer on sale")
        hours = reward.terms.hours
        if hours and not within_hours(hours, now, program.timezone):
            raise Refused(Code.REWARD_INACTIVE, "the reward is not on sale at this hour")

    async def _cost(self, program: Program, member: Member, reward: Reward) -> tuple[int, Cost]:
        found = await price_of(
            self.ledger,
            program,
            member,
            reward,
            now=self.now,
            metadata=self.wish.member_metadata,
        )
        if found is None:
            raise Refused(Code.NO_MATCHING_COST, "no cost of the reward is for this member now")
        if found[1].points * self.wish.quantity > MAX_AMOUNT:
            raise Invalid("quantity", "would cost more than 9 * 10^15 smallest units")
        return found

    async def _check_limits(self, program: Program, reward: Reward) -> tuple[Guard, ...]:
        """Raises Refused (LIMIT_REACHED). The guard keeps what was counted true."""
        wish, now, zone = self.wish, self.now, program.timezone
        cooldown, frequency = reward.terms.cooldown, reward.terms.frequency
        if cooldown is None and frequency is None:
            return ()
        subject = _guard_of(wish.member)
        versions = await self.store.find_guards([subject])
        person = await one_person(self.store, wish.member, tenant=wish.tenant)
        if cooldown is not None:
            last = await purchases.last_at(self.store, person, wish.reward)
            if last is not None and cools(cooldown, last, now, zone):
                raise Refused(Code.LIMIT_REACHED, "the member has bought the reward just now")
        if frequency is not None:
            begin = bounds(frequency.period, now, zone).begin
            pieces = await purchases.bought_since(self.store, person, wish.reward, begin=begin)
            if pieces + wish.quantity > frequency.max:
                detail = f"a member can buy at most {frequency.max} in a {frequency.period}"
                raise Refused(Code.LIMIT_REACHED, detail)
        return (Guard(subject, versions.get(subject, 0)),)

    async def _check_spending(
        self, program: Program, account: int, cost: Cost
    ) -> tuple[Guard, ...]:
        """Raises Refused (LIMIT_REACHED): a purchase is not cut to what may be spent. `account` 0
        is one that would be opened."""
        left = await spending.rest(
            self.store,
            account,
            cost.currency,
            now=self.now,
            timezone=program.timezone,
        )
        over = [cap.kind for cap in left.caps if cost.points * self.wish.quantity > cap.left]
        if over:
            detail = "the currency's spending limits do not allow it"
            limit = PER_TRANSACTION if spending.PER_TRANSACTION in over else ALL_SPENDING
            raise Refused(Code.LIMIT_REACHED, detail, limit=limit)
        return left.guards

    async def _check_empty(self, cost: Cost) -> None:
        """What an account that must be opened can pay. Raises JointRefused."""
        currency = await currencies.get(self.store, cost.currency, tenant=self.wish.tenant)
        overdraft = 0 if currency is None else currency.terms.overdraft
        if cost.points * self.wish.quantity > overdraft:
            detail = "the active balance does not suffice"
            raise JointRefused(0, Refusal(Ledger.INSUFFICIENT_POINTS, detail, 0))

    async def _account(self, member: Member, number: int) -> Account | None:
        """The member's account of the currency, if there is one."""
        return await accounts.primary(self.store, member=member.member_id, currency=number)

    async def _opened(self, member: Member, number: int) -> Account:
        """A new account of the currency."""
        currency = await currencies.get(self.store, number, tenant=member.tenant_id)
        if currency is None:
            raise Gone
        return await accounts.primary_or_open(self.store, member, currency, now=self.now)

    async def _bought(self, program: Program, reward: Reward) -> Bought | None:
        for each in reward.terms.bought:
            currency = await currencies.get(self.store, each.currency, tenant=program.tenant_id)
            if currency is not None and currency.program_id == program.program_id:
                if each.points * self.wish.quantity > MAX_AMOUNT:
                    raise Invalid("quantity", "would give more than 9 * 10^15 smallest units")
                return each
        if reward.type is RewardType.POINTS:
            raise Refused(Code.REWARD_INACTIVE, "its points belong to another program")
        return None

    async def _issue(self, reward: Reward) -> Issue:
        quantity = self.wish.quantity
        if reward.type is not RewardType.CODE:
            return Issue(0)
        if not reward.terms.is_pooled:
            return Issue(quantity)
        free = await codes.free(self.store, reward.reward_id, limit=quantity + SPARE_CODES)
        return Issue(quantity, tuple(sample(free, min(quantity, len(free)))))


def _begun(
    wish: Wish,
    reward: Reward,
    offer: Offer,
    position: int,
    cost: Cost,
    account: int,
    number: int,
) -> Purchase:
    """The purchase before its movements are known. `account` 0 is one that would be opened."""
    return Purchase(
        purchase_id=number,
        tenant_id=wish.tenant,
        program_id=wish.program,
        member_id=wish.member,
        reward_id=reward.reward_id,
        offer_id=offer.offer_id,
        state="approved",
        quantity=wish.quantity,
        refunded=0,
        written_off=0,
        position=position,
        currency_id=cost.currency,
        account_id=account,
        seq=0,
        points=cost.points * wish.quantity,
        target_currency_id=None,
        target_account_id=None,
        target_seq=None,
        target_points=None,
        is_refundable=reward.is_refundable,
        external_id=wish.external_id,
        metadata=wish.metadata,
        origin=wish.origin,
        created_at=0,
        updated_at=0,
    )
