"""What operations take: people.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Required, TypedDict

from stampbook_client.models.words import Language, Role, Scope
from stampbook_client.values import Amount, Instant, PageParams, WriteOptions


class AmountLimitInput(TypedDict, total=False):
    """What the person may move of a currency in one act, and on one day of the program."""

    currency_id: Required[str]
    per_transaction: Amount | None
    per_day: Amount | None


class UserLimitInput(TypedDict, total=False):
    """Without a location: the whole program."""

    program_id: Required[str]
    location_id: str | None


class CreateApiKeyParams(WriteOptions, total=False):
    """Of `api_keys.create`."""

    name: Required[str]
    scopes: Required[Sequence[Scope]]
    program_id: str | None
    expires_at: Instant | None
    rate_limit: int | None
    """Requests a minute; 0 is no limit, null what the setting rate_limit_key says."""
    addresses: Sequence[str]
    """Networks from which the key may be used (CIDR); empty: from everywhere. Without it: `[]`."""


class RotateApiKeyParams(WriteOptions, total=False):
    """Of `api_keys.rotate`."""

    overlap_s: int
    """Without it: `86400`."""


class CreateUserParams(WriteOptions, total=False):
    """Of `users.create`."""

    login: Required[str]
    password: Required[str]
    """10 to 1024 characters, not the login; never answered."""
    name: str | None
    email: str | None
    phone: str | None
    role: Role
    """Without it: `"support"`."""
    program_ids: Sequence[str]
    """Without it: `[]`."""
    location_ids: Sequence[str]
    """Without it: `[]`."""
    limits: Sequence[AmountLimitInput]
    """Without it: `[]`."""
    language: Language
    """Without it: `"en"`."""


class ListUsersParams(PageParams, total=False):
    """Of `users.list`."""

    q: str
    """a part of login, name or e-mail address."""
    role: str
    """only those of this role."""
    status: str
    """active or disabled: only those."""


class ChangeUserParams(WriteOptions, total=False):
    """Of `users.update`."""

    login: str
    password: str
    """10 to 1024 characters, not the login; never answered."""
    name: str | None
    email: str | None
    phone: str | None
    role: Role
    program_ids: Sequence[str]
    location_ids: Sequence[str]
    limits: Sequence[AmountLimitInput]
    language: Language


class SetPasswordParams(WriteOptions, total=False):
    """Of `users.set_password`."""

    password: Required[str]
    """10 to 1024 characters, not the login; never answered."""


class PutLimitsParams(WriteOptions, total=False):
    """Of `users.set_limits`."""

    limits: Required[Sequence[UserLimitInput]]


class CreateSessionParams(WriteOptions, total=False):
    """Of `sessions.create`."""

    login: Required[str]
    password: Required[str]
    totp: str | None


class ConfirmSessionParams(WriteOptions, total=False):
    """Of `session.confirm`."""

    password: Required[str]


class ChangeOwnPasswordParams(WriteOptions, total=False):
    """Of `session.change_password`."""

    password: Required[str]
    """10 to 1024 characters, not the login; never answered."""


class ListApprovalsParams(PageParams, total=False):
    """Of `approvals.list`."""

    status: str
    """pending, done, failed, rejected, withdrawn or expired."""
    about: str
    """ids, separated by commas: only those that wait and act upon one of them."""


class ApproveRequestParams(WriteOptions, total=False):
    """Of `approvals.approve`."""

    reason: str | None


class RejectRequestParams(WriteOptions, total=False):
    """Of `approvals.reject`."""

    reason: str | None


class WithdrawRequestParams(WriteOptions, total=False):
    """Of `approvals.withdraw`."""

    reason: str | None
