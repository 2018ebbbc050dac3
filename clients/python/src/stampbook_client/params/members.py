"""What operations take: members.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Required

from stampbook_client.models.words import PromotionStatus
from stampbook_client.values import PageParams, WriteOptions


class CreateMemberParams(WriteOptions, total=False):
    """Of `members.create`."""

    external_id: str | None
    email: str | None
    phone: str | None
    name: str | None
    metadata: Mapping[str, Any]
    """Without it: `{}`."""
    status: PromotionStatus
    """Without it: `"active"`."""


class ListMembersParams(PageParams, total=False):
    """Of `members.list`."""

    external_id: str
    """the member's external id."""
    email: str
    """an e-mail address, compared without case."""
    phone: str
    """a phone number, compared by its digits."""
    q: str
    """a text in an external id, e-mail, phone or name."""
    order: str
    """asc, or desc: the newest first; not with a lookup."""
    status: str
    """active or inactive; not with a lookup."""


class ChangeMemberParams(WriteOptions, total=False):
    """Of `members.update`."""

    external_id: str | None
    email: str | None
    phone: str | None
    name: str | None
    metadata: Mapping[str, Any]
    status: PromotionStatus


class MergeMemberParams(WriteOptions, total=False):
    """Of `members.merge`."""

    into: Required[str]
    reason: str | None
    dry_run: bool
    """Without it: `false`."""


class EraseMemberParams(WriteOptions, total=False):
    """Of `members.erase`."""

    reason: Required[str]
    forfeit: bool
    """Without it: `false`."""


class SearchParams(PageParams, total=False):
    """Of `search.find`."""

    q: Required[str]
    """an id of any dialect, a word and a number, a name, digits of a phone, an e-mail address, a
    card's number, or an external id."""
    program_id: str
    """only those of this program."""
