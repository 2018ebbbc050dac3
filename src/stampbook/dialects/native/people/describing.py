"""People as they are answered, with what other tables have of them."""

from collections.abc import Sequence

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.problems import not_found
from stampbook.dialects.native.wire.people import UserShape, user_shape
from stampbook.programs import currencies, users
from stampbook.programs.people import attempts
from stampbook.programs.people.overseeing import amount_limits_of
from stampbook.programs.users import User
from stampbook.storage.store import Transacting
from stampbook.visits import locations


async def found_user(call: Call, db: Transacting) -> User:
    """The user of the path, for callers of the whole tenant. Raises Failure (403, 404)."""
    finding.unbound(call)
    found = await users.get(db, call.id(ids.USER), tenant=call.caller.tenant)
    if found is None:
        raise not_found("there is no such user")
    return found


async def shown_users(db: Transacting, found: Sequence[User], *, now: int) -> list[UserShape]:
    """The users as they are now."""
    locks = await attempts.locks_of(db, [each.login for each in found], now=now)
    scales: dict[int, int] = {}
    shown = []
    for user in found:
        amounts = await amount_limits_of(db, user.user_id)
        for each in amounts:
            if each.currency not in scales:
                currency = await currencies.get(db, each.currency, tenant=user.tenant_id)
                scales[each.currency] = 0 if currency is None else currency.scale
        limits = await locations.limits_of(db, user.user_id)
        shown.append(user_shape(user, limits, amounts, scales, locks.get(user.login)))
    return shown


async def shown_user(db: Transacting, user: User, *, now: int) -> UserShape:
    """One user as they are now."""
    return (await shown_users(db, [user], now=now))[0]
