"""`/users`: who may use the installation, and to what they are limited."""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import UnsetType
from msgspec.json import Decoder, decode, encode
from msgspec.structs import replace

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.people.describing import found_user, shown_user, shown_users
from stampbook.dialects.native.problems import Failure, invalid_parameter
from stampbook.dialects.native.programs.locations import find_location
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.people import (
    AmountLimitBody,
    PasswordBody,
    TotpShape,
    UserBody,
    UserChange,
    UserShape,
)
from stampbook.dialects.native.wire.values import given, read_amount
from stampbook.dialects.native.writing import write_once
from stampbook.edge.once import KeyReused
from stampbook.programs import users
from stampbook.programs.people import attempts, passwords, proving, second_factor
from stampbook.programs.people.overseeing import (
    AmountLimit,
    amount_limits_of,
    set_amount_limits,
)
from stampbook.programs.roles import Role
from stampbook.programs.users import User
from stampbook.storage.store import Transacting
from stampbook.visits import locations
from stampbook.visits.locations import Limit

_user_body = Decoder(UserBody)
_user_change = Decoder(UserChange)
_password_body = Decoder(PasswordBody)

BINDINGS = ("program_ids", "location_ids")


async def create_user(call: Call) -> Reply:
    """A person who can sign in."""
    finding.unbound(call)
    body = read(_user_body, call.body)
    password_hash = await passwords.hash_password(body.password, login=body.login)

    async def write(writing: Transacting) -> UserShape:
        user = await users.create(
            writing,
            tenant=call.caller.tenant,
            login=body.login,
            password_hash=password_hash,
            now=call.context.clock(),
            role=Role(body.role),
            name=body.name,
            email=body.email,
            phone=body.phone,
            language=body.language,
        )
        await _bind(call, writing, user, body.program_ids, body.location_ids)
        await _limit(call, writing, user, body.limits)
        return await shown_user(writing, user, now=call.context.clock())

    reply = await write_once(_without_password(call, body), write)
    if reply.replayed:
        await _check_same_password(call, reply, body.password)
    return reply


def _without_password(call: Call, body: UserBody) -> Call:
    """The request as its idempotency key may know it: of a password, a fast hash would be kept."""
    return call._replace(body=encode(replace(body, password="")))


async def _check_same_password(call: Call, reply: Reply, password: str) -> None:
    """Raises KeyReused where the request of the same key had another password."""
    number = ids.read(ids.USER, decode(reply.value)["id"])
    store = call.context.store
    user = await users.get(store, number or 0, tenant=call.caller.tenant)
    if user is None or not await proving.has_password(store, user, password):
        raise KeyReused


async def list_users(call: Call) -> Page[UserShape]:
    """By their ids; `q` is a part of login, name or e-mail address."""
    finding.unbound(call)
    limit, store = finding.limit(call), call.context.store
    role, status = call.query.get("role", ""), call.query.get("status", "")
    if role and role not in tuple(Role):
        raise invalid_parameter("role", f"must be one of {', '.join(Role)}")
    if status not in ("", users.ACTIVE, users.DISABLED):
        raise invalid_parameter("status", f"must be {users.ACTIVE} or {users.DISABLED}")
    found = await users.page(
        store,
        tenant=call.caller.tenant,
        after=finding.cursor(call, ids.USER) or 0,
        text=call.query.get("q", ""),
        role=role,
        status=status,
        limit=limit + 1,
    )
    return page_of(await shown_users(store, found, now=call.context.clock()), limit)


async def get_user(call: Call) -> UserShape:
    store = call.context.store
    return await shown_user(store, await found_user(call, store), now=call.context.clock())


async def change_user(call: Call) -> Reply:
    """A new password ends every session and token of the person, as `/password` does."""
    finding.unbound(call)
    body = read(_user_change, call.body)
    change = given(body)
    limits, bindings = change.pop("limits", None), [change.pop(name, None) for name in BINDINGS]
    user = await found_user(call, call.context.store)
    login = user.login if isinstance(body.login, UnsetType) else body.login
    if isinstance(body.password, UnsetType):
        password_hash = None
        if users.login_key(login) != user.login:
            await proving.check_login(call.context.store, user, login)
    else:
        password_hash = await passwords.hash_password(change.pop("password"), login=login)
        call = call._replace(key=None)

    async def write(writing: Transacting, user: User) -> User:
        now = call.context.clock()
        if change:
            user = await users.change(writing, user, change, now=now)
        if any(each is not None for each in bindings):
            await _rebind(call, writing, user, *bindings)
        if limits is not None:
            await _limit(call, writing, user, limits)
        if password_hash is not None:
            user = await users.set_password(writing, user, password_hash, now=now)
        return user

    return await _write(call, write)


async def set_password(call: Call) -> Reply:
    """Ends every session and token of the person, in every process, within a second."""
    finding.unbound(call)
    body = read(_password_body, call.body)
    user = await found_user(call, call.context.store)
    password_hash = await passwords.hash_password(body.password, login=user.login)

    async def write(writing: Transacting, user: User) -> User:
        return await users.set_password(writing, user, password_hash, now=call.context.clock())

    # A second time it changes nothing more, and a key would keep a fast hash of the password.
    return await _write(call._replace(key=None), write)


async def disable_user(call: Call) -> Reply:
    """Nobody is deleted. Ends every session and token, in every process, within a second."""

    async def write(writing: Transacting, user: User) -> User:
        return await users.disable(writing, user, now=call.context.clock())

    return await _write(call, write)


async def enable_user(call: Call) -> Reply:
    """Lets a disabled person sign in again."""

    async def write(writing: Transacting, user: User) -> User:
        return await users.enable(writing, user, now=call.context.clock())

    return await _write(call, write)


async def unlock_user(call: Call) -> Reply:
    """Forgets the failed sign-ins of the person's login."""

    async def write(writing: Transacting, user: User) -> User:
        await attempts.unlock_user(writing, user, now=call.context.clock())
        return user

    return await _write(call, write)


async def create_totp(call: Call) -> TotpShape:
    """A new second factor, which every sign-in needs from now on. The secret is shown once; asking
    again makes another one."""
    secret, context = second_factor.new_secret(), call.context
    user = await found_user(call, context.store)
    if not call.dry_run:
        async with context.store.transaction() as writing:
            await users.set_totp(writing, user, secret, now=context.clock())
        context.people.forget_all()
    return TotpShape(secret, second_factor.uri_of(secret, user.login))


async def delete_totp(call: Call) -> Reply:
    """Signing in needs no second factor any more."""

    async def write(writing: Transacting, user: User) -> User:
        return await users.set_totp(writing, user, None, now=call.context.clock())

    return await _write(call, write)


async def _write(call: Call, change: Callable[[Transacting, User], Awaitable[User]]) -> Reply:
    """Change the user of the path, and answer with them as they are then."""

    async def write(writing: Transacting) -> UserShape:
        user = await change(writing, await found_user(call, writing))
        return await shown_user(writing, user, now=call.context.clock())

    reply = await write_once(call, write)
    call.context.people.forget_all()
    return reply


# -- bounds --------------------------------------------------------------------------


async def _bind(
    call: Call,
    writing: Transacting,
    user: User,
    program_ids: Sequence[str],
    location_ids: Sequence[str],
) -> None:
    """Let the person see these programs, and of those with locations only these; without any, all.
    Raises Failure (404)."""
    limits, within = set(), set()
    for text in location_ids:
        number = finding.body_id(ids.LOCATION, text, "/location_ids")
        location = await find_location(call, writing, number)
        limits.add(Limit(location.program, location.number))
        within.add(location.program)
    for text in program_ids:
        number = finding.body_id(ids.PROGRAM, text, "/program_ids")
        program = await finding.program(call, writing, number)
        if program.program_id not in within:
            limits.add(Limit(program.program_id))
    now = call.context.clock()
    await locations.limit_user(writing, user.user_id, frozenset(limits), now=now)


async def _rebind(
    call: Call,
    writing: Transacting,
    user: User,
    program_ids: Sequence[str] | None,
    location_ids: Sequence[str] | None,
) -> None:
    """The same of somebody who has been here before, where None leaves what is there. Raises
    LastAdmin, too."""
    now = sorted(await locations.limits_of(writing, user.user_id))
    if program_ids is None:
        program_ids = [ids.write(ids.PROGRAM, each.program) for each in now]
    if location_ids is None:
        location_ids = [ids.write(ids.LOCATION, each.location) for each in now if each.location]
    before = await users.hold_admins(writing, user.tenant_id)
    await _bind(call, writing, user, program_ids, location_ids)
    await users.keep_an_admin(writing, user.tenant_id, before=before)


async def _limit(
    call: Call, writing: Transacting, user: User, limits: Sequence[AmountLimitBody]
) -> None:
    """Replace what the person may move. Raises Failure (403, 404, 422), Invalid."""
    wanted = []
    for at, each in enumerate(limits):
        under = f"/limits/{at}"
        number = finding.body_id(ids.CURRENCY, each.currency_id, f"{under}/currency_id")
        currency = await finding.currency(call, writing, number)
        asked = [
            None if value is None else read_amount(value, currency.scale, f"{under}/{name}")
            for name, value in (
                ("per_transaction", each.per_transaction),
                ("per_day", each.per_day),
            )
        ]
        wanted.append(AmountLimit(currency.currency_id, *asked))
    if call.caller.user == user.user_id:
        _check_no_raise(await amount_limits_of(writing, user.user_id), wanted)
    await set_amount_limits(
        writing, user.user_id, wanted, tenant=user.tenant_id, now=call.context.clock()
    )


def _check_no_raise(present: Sequence[AmountLimit], wanted: Sequence[AmountLimit]) -> None:
    """Nobody may lift themselves, an administrator with limits neither. Raises Failure (403)."""
    allowed = {each.currency: each for each in wanted}
    for each in present:
        new = allowed.get(each.currency, AmountLimit(each.currency))
        for now, then in ((each.per_transaction, new.per_transaction), (each.per_day, new.per_day)):
            if now is not None and (then is None or then > now):
                raise Failure(403, "forbidden", "nobody may raise their own limits")
