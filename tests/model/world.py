"""Several naive accounts, and transfers between two of them."""

from __future__ import annotations

from stampbook.domain.commands import Cancel, Command, Note
from stampbook.domain.model import Kind
from stampbook.domain.refusals import Code
from tests.ledgers.seen import Answer, Plan, Row
from tests.model.naive import Account
from tests.model.points import AlreadyDone, Entry, Lot, Refused
from tests.model.undoing import aim, carry_out, is_restoring

Made = list[tuple[str, Entry]]


class World:
    """The accounts of a plan, by name."""

    def __init__(self, plan: Plan) -> None:
        self.accounts = {
            name: Account(plan.currencies[each.currency]) for name, each in plan.accounts.items()
        }

    def submit(self, name: str, command: Command, now: int) -> Answer:
        account = self.accounts[name]
        try:
            if isinstance(command, Cancel):
                account.pass_time(max(now, account.clock))
                peer = self.peer_of(name, command.target)
                if peer:
                    return self.cancel_transfer(name, command, peer, now)
            row = account.submit(command, now)
        except Refused as refused:
            return Answer(refused.code)
        except AlreadyDone as done:
            return answer([(name, account.rows[done.row])], already=True)
        assert row is not None
        return answer([(name, row)])

    def transfer(self, source: str, receiver: str, amount: int, note: Note, now: int) -> Answer:
        giver, taker = self.accounts[source], self.accounts[receiver]
        now = self.pass_both(giver, taker, now)
        try:
            giver.check_amount(amount)
            giver.check_note(note, now)
            if source == receiver:
                raise Refused(Code.INVALID_REQUEST)
            if giver.policy.scale != taker.policy.scale:
                raise Refused(Code.INVALID_REQUEST)
            check_both_open(giver, taker, now)
            giver.check_funds(amount, 0)
        except Refused as refused:
            return Answer(refused.code)

        left = giver.open(Kind.TRANSFER_OUT, amount, now)
        came = taker.open(Kind.TRANSFER_IN, amount, now)
        left.peer, came.peer = (receiver, came.n), (source, left.n)
        giver.pay(left, left.n, amount)
        for move in left.moves:
            assert move.target is not None
            lot = giver.lots[move.target[0]]
            taker.issue(came, move.amount, "available", Lot(0, came.n, now, giver.expiry(lot)))
        return answer([(source, giver.close(left)), (receiver, taker.close(came))])

    def cancel_transfer(self, name: str, command: Cancel, at: tuple[str, int], now: int) -> Answer:
        """Both legs or neither: first what arrived goes back, then as much of what left returns.

        `at`: the other leg.
        """
        peer, number = at
        asked, other = self.accounts[name], self.accounts[peer]
        now = self.pass_both(asked, other, now)
        kept = asked.keep(command.target), other.keep(number)
        try:
            mine = aim(asked, command, now)
            left = mine.base - mine.cancelled
            amount = left if command.amount is None else command.amount
            whole = command.amount is None or (mine.link > 0 and amount == left)
            assert mine.peer is not None
            theirs = self.other_end(asked, other, mine, command, whole=whole, now=now)
            if not whole and mine.amount != theirs.amount:
                raise Refused(Code.NOT_CANCELLABLE)
            rows = self.cancel_legs(
                [(name, asked, mine), (peer, other, theirs)], None if whole else amount, now
            )
        except (Refused, AlreadyDone) as reason:
            asked.go_back(kept[0])
            other.go_back(kept[1])
            if isinstance(reason, Refused):
                return Answer(reason.code)
            return answer([(name, asked.rows[reason.row])], already=True)
        return answer(rows)

    def other_end(
        self, asked: Account, other: Account, mine: Entry, command: Cancel, *, whole: bool, now: int
    ) -> Entry:
        """The row at the other end. Nothing is left to cancel if only the shortfall is left."""
        assert mine.peer is not None
        try:
            return aim(other, Cancel(mine.peer[1], None if whole else command.amount), now)
        except AlreadyDone:
            if command.amount is not None:
                raise Refused(Code.ALREADY_CANCELLED) from None
            cancels = [
                n
                for n, row in asked.rows.items()
                if row.link and mine.n == (row.target if mine.link else row.root * (row.link % 2))
            ]
            raise AlreadyDone(max(cancels)) from None

    def cancel_legs(
        self, legs: list[tuple[str, Account, Entry]], part: int | None, now: int
    ) -> Made:
        """What arrived goes back first, and as much returns; a cancel of a cancel reverses that."""
        came, left = sorted(
            legs, key=lambda leg: leg[1].rows[leg[2].root].kind is not Kind.TRANSFER_IN
        )
        if is_restoring(legs[0][2]):
            made = [(leg[0], carry_out(leg[1], leg[2], part, now)) for leg in (left, came)]
            dropped = -sum(n for what, _, n in made[1][1].marks if what == "claimed" and n < 0)
            if dropped > came[2].shortfall:
                raise Refused(Code.NOT_CANCELLABLE)
        else:
            taken = carry_out(came[1], came[2], part, now)
            back = taken.amount - taken.shortfall
            if not back:
                raise Refused(Code.POINTS_ALREADY_SPENT)
            if back > left[2].base - left[2].cancelled:
                raise Refused(Code.NOT_CANCELLABLE)
            made = [(came[0], taken), (left[0], carry_out(left[1], left[2], back, now))]
        made[0][1].peer = (made[1][0], made[1][1].n)
        made[1][1].peer = (made[0][0], made[0][1].n)
        return sorted(made, key=lambda each: each[0] != legs[0][0])

    def peer_of(self, name: str, target: int) -> tuple[str, int] | None:
        row = self.accounts[name].rows.get(target)
        return row.peer if row else None

    def pass_both(self, first: Account, second: Account, now: int) -> int:
        now = max(now, first.clock, second.clock)
        first.pass_time(now)
        second.pass_time(now)
        return now


def check_both_open(giver: Account, taker: Account, now: int) -> None:
    """The refusals of both; the one that comes first in the order of the codes."""
    giver.check_open(now)
    taker.check_open(now)


def answer(made: Made, *, already: bool = False) -> Answer:
    return Answer(None, tuple(seen(name, row) for name, row in made), already)


def seen(name: str, row: Entry) -> Row:
    return Row(
        name, row.n, row.kind, row.amount, row.before, row.after, row.at, row.shortfall, row.target
    )
