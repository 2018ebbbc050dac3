"""People and sessions on the wire."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import Amount, Id, Instant, Text, write_optional
from stampbook.programs.people.overseeing import AmountLimit
from stampbook.programs.people.sessions import Lifetime, Session
from stampbook.programs.users import User
from stampbook.visits.locations import Limit

MAX_LIMITS = 1_000

Word = Literal["viewer", "support", "manager", "admin"]
Status = Literal["active", "disabled"]
Language = Literal["en", "ru"]
Login = Annotated[str, Meta(min_length=1, max_length=320)]
Password = Annotated[str, Meta(description="10 to 1024 characters, not the login; never answered")]
Ids = Annotated[Sequence[Id], Meta(max_length=MAX_LIMITS)]


class AmountLimitBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What the person may move of a currency in one act, and on one day of the program."""

    currency_id: Id
    per_transaction: Amount | None = None
    per_day: Amount | None = None


Limits = Annotated[Sequence[AmountLimitBody], Meta(max_length=MAX_LIMITS)]


class UserBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Without programs and locations, the person sees all of them."""

    login: Login
    password: Password
    name: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    role: Word = "support"
    program_ids: Ids = ()
    location_ids: Ids = ()
    limits: Limits = ()
    language: Language = "en"


class UserChange(Struct, frozen=True, forbid_unknown_fields=True):
    login: Login | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    name: Text | UnsetType | None = UNSET
    email: Text | UnsetType | None = UNSET
    phone: Text | UnsetType | None = UNSET
    role: Word | UnsetType = UNSET
    program_ids: Ids | UnsetType = UNSET
    location_ids: Ids | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class PasswordBody(Struct, frozen=True, forbid_unknown_fields=True):
    password: Password


class ConfirmationBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The present password of the session's person."""

    password: Annotated[str, Meta(max_length=1_024)]


class SignInBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`totp`: the code of the second factor, of people who have one."""

    login: Annotated[str, Meta(max_length=320)]
    password: Annotated[str, Meta(max_length=1_024)]
    totp: Annotated[str, Meta(max_length=16)] | None = None


class AmountLimitShape(Struct, frozen=True):
    currency_id: str
    per_transaction: Written | None
    per_day: Written | None


class UserShape(Struct, frozen=True):
    """`program_ids` are those of `location_ids`, too; without any, the person sees all."""

    id: str
    login: str
    name: str | None
    email: str | None
    phone: str | None
    role: Word
    program_ids: Sequence[str]
    location_ids: Sequence[str]
    limits: Sequence[AmountLimitShape]
    language: Language
    status: Status
    locked_until: Instant | None
    last_login_at: Instant | None
    totp: bool
    created_at: Instant
    updated_at: Instant


class SignedInShape(Struct, frozen=True):
    """`token` is answered once; it ends at `expires_at` unless it is used before. `id` is the
    session's."""

    token: str
    id: str
    expires_at: Instant
    user: UserShape


class SessionShape(Struct, frozen=True):
    id: str
    user_id: str
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    address: str | None
    user_agent: str | None


class OwnSessionShape(Struct, frozen=True):
    """The session by which the caller is known, and who that is."""

    id: str
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    address: str | None
    user_agent: str | None
    user: UserShape


class ConfirmedShape(Struct, frozen=True):
    """Until when the session counts as confirmed."""

    confirmed_until: Instant


class TotpShape(Struct, frozen=True):
    """Answered once. `uri` is what an authenticator app reads, usually as a QR code."""

    secret: str
    uri: str


def user_shape(
    user: User,
    limits: frozenset[Limit],
    amount_limits: Sequence[AmountLimit],
    scales: Mapping[int, int],
    locked_until: int | None,
) -> UserShape:
    """`scales`: the decimals of the currencies of the limits."""
    return UserShape(
        id=ids.write(ids.USER, user.user_id),
        login=user.login,
        name=user.name,
        email=user.email,
        phone=user.phone,
        role=user.role.value,
        program_ids=[
            ids.write(ids.PROGRAM, each) for each in sorted({each.program for each in limits})
        ],
        location_ids=[
            ids.write(ids.LOCATION, each.location) for each in sorted(limits) if each.location
        ],
        limits=[
            AmountLimitShape(
                ids.write(ids.CURRENCY, each.currency),
                _amount(each.per_transaction, scales[each.currency]),
                _amount(each.per_day, scales[each.currency]),
            )
            for each in amount_limits
        ],
        language=user.language,  # type: ignore[arg-type]
        status=user.status,  # type: ignore[arg-type]
        locked_until=write_optional(locked_until),
        last_login_at=write_optional(user.last_login_at),
        totp=user.totp,
        created_at=instants.write(user.created_at),
        updated_at=instants.write(user.updated_at),
    )


def _amount(amount: int | None, scale: int) -> str | None:
    return None if amount is None else amounts.write(amount, scale)


def session_fields(session: Session, lifetime: Lifetime) -> dict[str, Any]:
    """What both shapes of a session have."""
    return {
        "id": ids.write(ids.SESSION, session.session_id),
        "created_at": instants.write(session.created_at),
        "last_used_at": instants.write(session.last_used_at),
        "expires_at": instants.write(session.expires_at(lifetime)),
        "address": session.address,
        "user_agent": session.user_agent,
    }


def session_shape(session: Session, lifetime: Lifetime) -> SessionShape:
    return SessionShape(
        user_id=ids.write(ids.USER, session.user_id), **session_fields(session, lifetime)
    )
