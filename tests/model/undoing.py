"""Cancels of the naive ledger: semantics.md §5, decision 0001 points 9 to 15."""

from __future__ import annotations

from collections import Counter

from stampbook.domain.commands import Cancel
from stampbook.domain.model import FOREVER, Kind
from stampbook.domain.refusals import Code
from tests.model.naive import Account
from tests.model.points import GIVING, SECOND, TAKING, AlreadyDone, Entry, Lot, Move, Refused, Spot


def cancel(account: Account, command: Cancel, now: int) -> Entry:
    """Undo a row, in whole or in part."""
    aimed = aim(account, command, now)
    return carry_out(account, aimed, command.amount, now)


def aim(account: Account, command: Cancel, now: int) -> Entry:
    """The row to cancel, after all checks."""
    aimed = account.original(command.target)
    account.check_amount(command.amount)
    account.check_note(command.note, now)
    if aimed.kind not in (*GIVING, *TAKING, Kind.CANCEL):
        raise Refused(Code.NOT_CANCELLABLE)
    root = account.rows[aimed.root]
    whole = aimed.cancelled >= aimed.base or aimed.standing == "released"
    if whole:
        if command.amount is not None:
            raise Refused(Code.ALREADY_CANCELLED)
        raise AlreadyDone(aimed.released_by or aimed.cancelled_by)
    left = aimed.base - aimed.cancelled
    amount = left if command.amount is None else command.amount
    if is_restoring(aimed) and (root.standing == "released" or root.first_deadline <= now):
        raise Refused(Code.ALREADY_RELEASED)
    if aimed.link and not is_restoring(aimed) and account.in_force(root.n) < amount:
        raise Refused(Code.NOT_CANCELLABLE)
    if command.only_pending and aimed.kind in GIVING:
        pending = sum(account.sum("pending", lot.n) for lot in account.lots_of(aimed.n))
        if pending < left:
            raise Refused(Code.NOT_CANCELLABLE)
    window = account.policy.cancel_window_s
    if window is not None and now > aimed.at + window * SECOND:
        raise Refused(Code.CANCEL_WINDOW_PASSED)
    if amount > left:
        raise Refused(Code.EXCEEDS_ORIGINAL)
    named = account.lots.get(root.reinstates)
    exact = amount == aimed.amount and is_untouched(account, aimed) and stands(account, aimed, now)
    if is_restoring(aimed) and named and not exact and amount > expired_to_spare(account, named):
        raise Refused(Code.EXCEEDS_ORIGINAL)
    return aimed


def is_restoring(aimed: Entry) -> bool:
    """Whether a cancel of the row puts its chain's original back in force."""
    return aimed.link % 2 == 1


def is_untouched(account: Account, aimed: Entry) -> bool:
    """Whether nothing has happened since the row. Then law 7 takes precedence."""
    return aimed.n == len(account.rows)


def carry_out(account: Account, aimed: Entry, part: int | None, now: int) -> Entry:
    """Write the cancel of a row that may be cancelled."""
    root = account.rows[aimed.root]
    left = aimed.base - aimed.cancelled
    amount = left if part is None else part
    restoring, untouched = is_restoring(aimed), is_untouched(account, aimed)
    exact = aimed.link > 0 and amount == aimed.amount and stands(account, aimed, now)
    row = account.open(Kind.CANCEL, amount, now, target=aimed.n, root=root.n, link=aimed.link + 1)
    if restoring and root.kind in TAKING and not (exact and untouched):
        check_return(account, aimed, amount, exact=exact)
    if exact:
        reverse(account, row, aimed)
        if root.kind in GIVING and not restoring:
            row.shortfall = sum(amount for what, _, amount in row.marks if what == "claimed")
    elif restoring and root.kind in TAKING:
        spend_again(account, row, aimed, amount)
    elif restoring:
        give_again(account, row, aimed, amount, now)
    elif root.kind in TAKING:
        account.take_back(row, root.n, amount, now)
    else:
        revoke(account, row, root, amount)
    account_for(account, row, aimed, root, amount, restoring=restoring)
    return account.close(row)


def account_for(
    account: Account, row: Entry, aimed: Entry, root: Entry, amount: int, *, restoring: bool
) -> None:
    """Update how much of the affected rows is in force now."""
    aimed.cancelled += amount
    if aimed.cancelled >= aimed.base:
        aimed.cancelled_by = row.n
    if aimed is not root:
        root.cancelled += -amount if restoring else amount
        if root.cancelled >= root.base:
            root.cancelled_by = row.n
    if root.reinstates:
        account.mark(
            row, "reinstated", account.lots[root.reinstates], amount if restoring else -amount
        )
    whole = root.cancelled >= root.base
    root.deadline = FOREVER if whole else root.first_deadline


# -- taking an accrual back ---------------------------------------------------------------


def revoke(account: Account, row: Entry, root: Entry, amount: int) -> None:
    """Take pending, then available points, then what expired points absorb; the rest by policy."""
    lots = list(reversed(account.spending_order(account.lots_of(root.n))))
    expired = sum(account.sum("expired", lot.n) for lot in lots) - account.absorbed(root.n)
    for state in ("pending", "available"):
        for lot in lots:
            part = min(amount, account.sum(state, lot.n))
            account.move(row, part, (lot.n, state, 0), (lot.n, "revoked", 0))
            amount -= part
    amount -= min(amount, expired)
    if not amount:
        return
    match account.policy.spent_accrual:
        case "refuse":
            raise Refused(Code.POINTS_ALREADY_SPENT)
        case "clamp":
            row.shortfall = amount
            for lot in lots:
                used = account.sum("spent", lot.n) + account.sum("held", lot.n) - lot.claimed
                part = min(amount, used)
                account.mark(row, "claimed", lot, part)
                amount -= part
        case "debt":
            amount = take_from_redemptions(account, row, lots, amount)
    assert amount == 0


def take_from_redemptions(account: Account, row: Entry, lots: list[Lot], amount: int) -> int:
    """The newest redemption loses its points first; the oldest is paid by other lots first."""
    losses: dict[int, int] = {}
    redemptions = sorted({spot[2] for spot in account.bag}, reverse=True)
    spare = {
        lot.n: account.sum("spent", lot.n) + account.sum("held", lot.n) - lot.claimed
        for lot in lots
    }
    for redemption in redemptions:
        for lot in lots if redemption else ():
            spot = (lot.n, account.paid_state(redemption), redemption)
            part = min(amount, account.bag.get(spot, 0), spare[lot.n])
            if part:
                account.move(row, part, spot, (lot.n, "revoked", 0))
                losses[redemption] = losses.get(redemption, 0) + part
                spare[lot.n] -= part
                amount -= part
    for redemption in sorted(losses):
        account.pay(row, redemption, losses[redemption])
    return amount


# -- putting back in force ------------------------------------------------------------------


def stands(account: Account, aimed: Entry, now: int) -> bool:
    """Whether everything the row moved can go back the same way, into a valid account."""
    bag, lots = Counter(account.bag), account.lots
    for move in reversed(aimed.moves):
        source, target = back(move)
        if is_committed_since(account, source) or is_committed_since(account, target):
            return False
        if source is not None:
            if bag[source] < move.amount:
                return False
            bag[source] -= move.amount
        if target is not None:
            bag[target] += move.amount
    touched = {spot[0] for move in aimed.moves for spot in (move.source, move.target) if spot}
    touched |= {number for _, number, _ in aimed.marks}
    claimed = {lot.n: lot.claimed for lot in lots.values()}
    for what, number, amount in aimed.marks:
        if what == "claimed":
            claimed[number] -= amount

    def gained(lot: Lot, state: str) -> int:
        return bag[(lot.n, state, 0)] - account.bag.get((lot.n, state, 0), 0)

    for lot in lots.values():
        if gained(lot, "available") > 0 and account.expiry(lot) <= now:
            return False
        if gained(lot, "pending") > 0 and not lot.locked and lot.activates <= now:
            return False
    if is_untouched(account, aimed):
        return True
    for lot in lots.values():
        if -gained(lot, "expired") > 0 and -gained(lot, "expired") > expired_to_spare(account, lot):
            return False
        came_back = any(gained(lot, state) > 0 for state in ("pending", "available", "expired"))
        usable = bag[(lot.n, "pending", 0)] + bag[(lot.n, "available", 0)]
        if claimed[lot.n] and (came_back or (usable and lot.n in touched)):
            return False
        used = sum(bag[spot] for spot in bag if spot[0] == lot.n and spot[1] in ("held", "spent"))
        if not 0 <= claimed[lot.n] <= used:
            return False
    back_by = -aimed.amount if is_restoring(aimed) else aimed.amount
    for row in account.rows.values():
        if row.kind in GIVING and row.standing != "released":
            cancelled = row.cancelled + (back_by if row.n == aimed.root else 0)
            of = [lot.n for lot in account.lots_of(row.n)]
            taken = sum(bag[(n, "revoked", 0)] + claimed[n] for n in of)
            if not 0 <= cancelled - taken <= sum(bag[(n, "expired", 0)] for n in of):
                return False
    return True


def back(move: Move) -> tuple[Spot | None, Spot | None]:
    """The reverse of a move. Points that were issued are not removed but revoked."""
    if move.source is None and move.target is not None and move.target[0]:
        return move.target, (move.target[0], "revoked", 0)
    return move.target, move.source


def is_committed_since(account: Account, spot: Spot | None) -> bool:
    """Whether points were held for a hold that has since been committed."""
    return spot is not None and spot[1] == "held" and account.paid_state(spot[2]) == "spent"


def reverse(account: Account, row: Entry, aimed: Entry) -> None:
    """Every move of the row, in reverse."""
    for move in reversed(aimed.moves):
        source, target = back(move)
        account.move(row, move.amount, source, target)
    for what, lot, amount in aimed.marks:
        if what == "claimed":
            account.mark(row, what, account.lots[lot], -amount)


def refilled(account: Account, aimed: Entry) -> dict[tuple[int, str], int]:
    """Where the points are that the cancel of a redemption returned: lot and state.

    Points that came back expired and live on in a grace lot are in that lot.
    """
    found: dict[tuple[int, str], int] = {}
    graced = 0
    for move in aimed.moves:
        if move.source is None and move.target and move.target[1] == "available":
            found[(move.target[0], "available")] = move.amount
            graced += move.amount
        elif move.source and move.target and is_graced_again(account, move.source, move.target):
            key = (move.target[0], "available")
            found[key] = found.get(key, 0) + move.amount
            graced += move.amount
        elif move.source and move.target and move.source[2] == aimed.root and not move.target[2]:
            key = (move.target[0], move.target[1])
            found[key] = found.get(key, 0) + move.amount
    if graced:
        for key in [key for key in found if key[1] == "expired"]:
            if not account.lots[key[0]].grace:
                del found[key]
    return found


def is_graced_again(account: Account, source: Spot, target: Spot) -> bool:
    """Whether a grace lot that the cancel of a cancel had revoked is restored."""
    return account.lots[target[0]].grace and source[1] == "revoked" and target[1] == "available"


def expired_to_spare(account: Account, lot: Lot, taken: int = 0) -> int:
    """Expired points of a lot that are not reinstated, nor absorbed by cancels of its accrual."""
    spare = account.sum("expired", lot.n) - lot.reinstated
    accrual = account.rows[lot.row]
    if accrual.kind in GIVING:
        lots = account.lots_of(accrual.n)
        of_all = sum(account.sum("expired", each.n) - each.reinstated for each in lots)
        spare = min(spare, of_all - account.absorbed(accrual.n) - taken)
    return max(0, spare)


def check_return(account: Account, aimed: Entry, amount: int, *, exact: bool) -> None:
    """A redemption comes back only if the active balance covers what it takes from it."""
    needed = amount - from_expired(account, aimed, amount)
    if exact:  # the change that the cancel made to the active balance is reversed
        needed = max(0, aimed.after - aimed.before)
    if needed:
        account.check_funds(needed, account.policy.overdraft)


def payers_again(account: Account, aimed: Entry, amount: int) -> list[tuple[int, str, int]]:
    """Lot, state and amount of what the cancel refilled and can pay again, soonest first."""
    given = refilled(account, aimed)
    found: list[tuple[int, str, int]] = []
    revived: dict[int, int] = {}
    for lot in account.spending_order(list(account.lots.values())):
        spare = expired_to_spare(account, lot, revived.get(lot.row, 0))
        part = min(amount, given.get((lot.n, "expired"), 0), spare)
        revived[lot.row] = revived.get(lot.row, 0) + part
        found.append((lot.n, "expired", part))
        amount -= part
        part = min(amount, given.get((lot.n, "available"), 0), account.sum("available", lot.n))
        found.append((lot.n, "available", part))
        amount -= part
    return found


def from_expired(account: Account, aimed: Entry, amount: int) -> int:
    return sum(
        part for _, state, part in payers_again(account, aimed, amount) if state == "expired"
    )


def spend_again(account: Account, row: Entry, aimed: Entry, amount: int) -> None:
    """The lots that the cancel refilled pay again as much as they can, then others."""
    redemption = aimed.root
    for lot, state, part in payers_again(account, aimed, amount):
        account.move(row, part, (lot, state, 0), (lot, account.paid_state(redemption), redemption))
        amount -= part
    account.pay(row, redemption, amount)


def give_again(account: Account, row: Entry, aimed: Entry, amount: int, now: int) -> None:
    """The points of an accrual come back according to their dates, after claims are dropped."""
    root = account.rows[aimed.root]
    lots = account.spending_order(account.lots_of(root.n))
    for lot in lots:
        part = min(amount, lot.claimed)
        account.mark(row, "claimed", lot, -part)
        amount -= part
    for lot in lots:
        part = min(amount, account.sum("revoked", lot.n))
        account.move(row, part, (lot.n, "revoked", 0), (lot.n, "pending", 0))
        amount -= part
        if not lot.locked and lot.activates <= now:
            account.move(row, part, (lot.n, "pending", 0), (lot.n, "available", 0))
            if account.expiry(lot) <= now:
                account.move(row, part, (lot.n, "available", 0), (lot.n, "expired", 0))
    # The rest of the amount was only absorbed by expired points, and stays there.
