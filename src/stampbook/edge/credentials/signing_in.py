"""Signing in, the same for every door: `/v1/sessions`, Altegio's `auth`, the console. And giving
the password again, which counts as signing in does.

What was tried before is in the database (programs/attempts.py), so that all doors and processes
count together. A password is not looked at when the attempt is refused. No such login, a wrong
password and a disabled person are answered alike, after the same time.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, TypeVar

from stampbook.domain.model import MICROSECONDS
from stampbook.ledger import origin
from stampbook.programs import auditing, users
from stampbook.programs.people import attempts, proving, second_factor
from stampbook.programs.people.attempts import Attempt, Refusal, TooSoon
from stampbook.programs.tenants import DEFAULT_TENANT
from stampbook.programs.users import User
from stampbook.storage.store import Store, Transacting
from stampbook.watching.counting import count
from stampbook.watching.metrics import LOGINS

MAX_AT_ONCE: Final = 64
"""Passwords that wait to be compared in a process; each takes some tens of milliseconds."""

FORGET_EVERY_S: Final = 3_600

_Proof = TypeVar("_Proof")


class NotSignedIn(Exception):
    """The sign-in has failed. `needs_totp`: all was right but the second factor's code."""

    def __init__(self, *, needs_totp: bool = False) -> None:
        super().__init__(needs_totp)
        self.needs_totp = needs_totp


class Claim(NamedTuple):
    """Who somebody says they are, and where they are. `tenant` None: of any tenant."""

    login: str
    password: str
    totp: str | None
    address: str
    tenant: int | None = None


async def _note(
    writing: Transacting, tenant: int | None, action: str, user: int | None, now: int
) -> None:
    """A row of the audit log; what belongs to no tenant is the first one's."""
    await auditing.record(
        writing,
        tenant=tenant or DEFAULT_TENANT,
        action=action,
        now=now,
        entity=None if user is None else auditing.entity_of(auditing.USER, user),
    )


class SigningIn:
    """See the module."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._at_once = 0
        self._forgot_at = clock()

    async def sign_in(
        self, claim: Claim, prove: Callable[[Transacting, User], Awaitable[_Proof]]
    ) -> tuple[User, _Proof]:
        """The person, and what `prove` writes for them in the transaction of the success.

        Raises NotSignedIn, or TooSoon.
        """
        return await self._counted(claim, lambda attempt: self._signed_in(attempt, claim, prove))

    async def confirm(self, claim: Claim, write: Callable[[Transacting], Awaitable[bool]]) -> None:
        """Somebody who has signed in gives their password again; no second factor is asked for.
        `write` writes in the transaction of the success, False if their session has ended.

        Raises NotSignedIn, or TooSoon.
        """
        await self._counted(claim, lambda attempt: self._confirmed(attempt, claim, write))

    async def _counted(self, claim: Claim, work: Callable[[Attempt], Awaitable[_Proof]]) -> _Proof:
        """An attempt that counts, unless it is too soon for one. Raises NotSignedIn, TooSoon."""
        self._at_once += 1
        try:
            if self._at_once > MAX_AT_ONCE:
                raise TooSoon(Refusal.LIMITED, 1)
            async with self._store.transaction() as writing:
                attempt = await attempts.begin(
                    writing, login=claim.login, address=claim.address, now=self._clock()
                )
            proven = await work(attempt)
        except TooSoon as early:
            self._note("locked" if early.reason is Refusal.LOCKED else "limited")
            raise
        except NotSignedIn as refusal:
            self._note("totp_required" if refusal.needs_totp else "failed")
            raise
        finally:
            self._at_once -= 1
        self._note("succeeded")
        await self._forget()
        return proven

    def _note(self, outcome: str) -> None:
        """The one place where it is known what came of an attempt: an outcome of LOGINS."""
        count(LOGINS, outcome)

    async def _signed_in(
        self,
        attempt: Attempt,
        claim: Claim,
        prove: Callable[[Transacting, User], Awaitable[_Proof]],
    ) -> tuple[User, _Proof]:
        known = await proving.authenticate(
            self._store, login=claim.login, password=claim.password, tenant=claim.tenant
        )
        if known is None:
            await self._fail(attempt, claim)
            raise NotSignedIn
        step = None
        if known.totp_secret is not None:
            step = await self._step(attempt, known.totp_secret, claim)
        try:
            async with self._store.transaction() as writing:
                await attempts.succeed(writing, attempt)
                user = await proving.signed_in(writing, known, step=step, now=self._clock())
                if user is None:  # changed or disabled meanwhile, or the code was used before
                    raise NotSignedIn(needs_totp=step is not None)
                origin.current().prove(user.user_id)
                await _note(writing, user.tenant_id, "login.succeeded", user.user_id, self._clock())
                return user, await prove(writing, user)
        except NotSignedIn:
            await self._fail(attempt, claim)
            raise

    async def _confirmed(
        self, attempt: Attempt, claim: Claim, write: Callable[[Transacting], Awaitable[bool]]
    ) -> None:
        known = await proving.authenticate(
            self._store, login=claim.login, password=claim.password, tenant=claim.tenant
        )
        try:
            if known is None:
                raise NotSignedIn
            async with self._store.transaction() as writing:
                await attempts.succeed(writing, attempt)
                if not await write(writing):
                    raise NotSignedIn
        except NotSignedIn:
            await self._fail(attempt, claim)
            raise

    async def _step(self, attempt: Attempt, secret: str, claim: Claim) -> int:
        """The step of the second factor's code. A code that is missing is no failure, for clients
        that ask for it next; a wrong one is. Raises NotSignedIn."""
        code = claim.totp
        step = None if code is None else second_factor.step_of(secret, code, now=self._clock())
        if step is not None:
            return step
        if code is None:
            async with self._store.transaction() as writing:
                await attempts.take_back(writing, attempt)
        else:
            await self._fail(attempt, claim)
        raise NotSignedIn(needs_totp=True)

    async def _fail(self, attempt: Attempt, claim: Claim) -> None:
        """The attempt has failed; the login may be locked for it. What was typed as the login of
        nobody is not written down: it may be a password."""
        now, locks = self._clock(), attempts.lock_s(attempt.failures)
        user = await users.by_login(self._store, claim.login)
        tenant = claim.tenant if user is None else user.tenant_id
        number = None if user is None else user.user_id
        async with self._store.transaction() as writing:
            if locks:
                await attempts.fail(writing, attempt, now=now)
            await _note(writing, tenant, "login.failed", number, now)
            if locks:
                await _note(writing, tenant, "login.locked", number, now)

    async def _forget(self) -> None:
        now = self._clock()
        if now - self._forgot_at < FORGET_EVERY_S * MICROSECONDS:
            return
        self._forgot_at = now
        # Each in a transaction of its own: attempts lock an address, then a login.
        async with self._store.transaction() as writing:
            await attempts.forget_addresses(writing, now=now)
        async with self._store.transaction() as writing:
            await attempts.forget_logins(writing, now=now)
