"""What the API answers: people.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from stampbook_client.models.words import ApprovalStatus, Language, Role, Scope, UserStatus


class ApiKey(Struct, frozen=True, kw_only=True):
    """`secret` is there once: in the answer to the request that made it. `prefix` is how it
    begins; null for keys that were made before it was kept."""

    id: str
    name: str
    scopes: list[Scope]
    program_id: str | None
    created_at: datetime
    revoked_at: datetime | None
    expires_at: datetime | None = None
    rate_limit: int | None = None
    addresses: list[str] | None = None
    last_used_at: datetime | None = None
    prefix: str | None = None
    old_secret_until: datetime | None = None
    secret: str | None = None


class AmountLimit(Struct, frozen=True, kw_only=True):
    currency_id: str
    per_transaction: Decimal | None
    per_day: Decimal | None


class User(Struct, frozen=True, kw_only=True):
    """`program_ids` are those of `location_ids`, too; without any, the person sees all."""

    id: str
    login: str
    name: str | None
    email: str | None
    phone: str | None
    role: Role
    program_ids: list[str]
    location_ids: list[str]
    limits: list[AmountLimit]
    language: Language
    status: UserStatus
    locked_until: datetime | None
    last_login_at: datetime | None
    totp: bool
    created_at: datetime
    updated_at: datetime


class Totp(Struct, frozen=True, kw_only=True):
    """Answered once. `uri` is what an authenticator app reads, usually as a QR code."""

    secret: str
    uri: str


class Session(Struct, frozen=True, kw_only=True):
    id: str
    user_id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None


class UserLimit(Struct, frozen=True, kw_only=True):
    """Without a location: the whole program."""

    program_id: str
    location_id: str | None = None


class UserLimits(Struct, frozen=True, kw_only=True):
    login: str
    limits: list[UserLimit]


class SignedIn(Struct, frozen=True, kw_only=True):
    """`token` is answered once; it ends at `expires_at` unless it is used before. `id` is the
    session's."""

    token: str
    id: str
    expires_at: datetime
    user: User


class OwnSession(Struct, frozen=True, kw_only=True):
    """The session by which the caller is known, and who that is."""

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None
    user: User


class Confirmed(Struct, frozen=True, kw_only=True):
    """Until when the session counts as confirmed."""

    confirmed_until: datetime


class ApprovalRequest(Struct, frozen=True, kw_only=True):
    """The request as it came; `path` has its query."""

    method: str
    path: str
    body: dict[str, Any] | None


class Approval(Struct, frozen=True, kw_only=True):
    """An act of a person that needs a second one.

    `preview` is what a single pending one would be answered now. `problem` is why it failed
    when it was carried out.
    """

    id: str
    program_id: str
    status: ApprovalStatus
    requested_by: str
    decided_by: str | None
    request: ApprovalRequest
    reason: str | None
    requested_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    preview: dict[str, Any] | None
    transaction_id: str | None
    problem: dict[str, Any] | None
