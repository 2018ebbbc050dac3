"""Operations: members.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.ledger import Account
from stampbook_client.models.members import (
    Erased,
    Member,
    MemberExport,
    Merge,
    Merged,
    SearchResults,
    Standing,
    TimelineEntry,
)
from stampbook_client.pages import AsyncPages
from stampbook_client.params.members import (
    ChangeMemberParams,
    CreateMemberParams,
    EraseMemberParams,
    ListMembersParams,
    MergeMemberParams,
    SearchParams,
)
from stampbook_client.sending import AsyncApi
from stampbook_client.values import PageParams, WriteOptions
from stampbook_client.wire import part


class AsyncMembersResource:
    """People in a program."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, program_id: str, **params: Unpack[CreateMemberParams]) -> Member:
        """Register a member.

        Where rules are for new members, their points are there when the answer is sent. Needs
        the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/members", params, Member
        )

    def list(self, program_id: str, **params: Unpack[ListMembersParams]) -> AsyncPages[Member]:
        """Find or list members.

        All, or those of a status, or those whom the lookups name; `q` looks into ids, names,
        addresses and phones. They come in the order of their numbers; with `order=desc`, which
        is not for lookups, the newest first. Needs the scope read.
        """
        return self._api.pages(f"/v1/programs/{part(program_id)}/members", params, Member)

    async def get(self, member_id: str) -> Member:
        """Read a member.

        Also of one who was merged, with who has taken over, and of one who was erased. Needs
        the scope read.
        """
        return await self._api.read(f"/v1/members/{part(member_id)}", {}, Member)

    async def update(self, member_id: str, **params: Unpack[ChangeMemberParams]) -> Member:
        """Change a member.

        Needs the scope ledger:write.
        """
        return await self._api.write("PATCH", f"/v1/members/{part(member_id)}", params, Member)

    async def delete(self, member_id: str, **params: Unpack[WriteOptions]) -> Member:
        """Take a member out of the program.

        The member leaves: their accounts close, and everything recorded stays. Needs the scope
        admin.
        """
        return await self._api.write(
            "DELETE", f"/v1/members/{part(member_id)}", params, Member, has_body=False
        )

    async def merge(self, member_id: str, **params: Unpack[MergeMemberParams]) -> Merged:
        """Merge a member into another.

        All that is open passes over, and whatever finds the old member leads to the other one.
        Needs the scope admin.
        """
        return await self._api.write("POST", f"/v1/members/{part(member_id)}/merge", params, Merged)

    def merges(self, member_id: str, **params: Unpack[PageParams]) -> AsyncPages[Merge]:
        """List a member's merges.

        Those by which the member came or went, oldest first; also undone ones. Needs the scope
        read.
        """
        return self._api.pages(f"/v1/members/{part(member_id)}/merges", params, Merge)

    async def export(self, member_id: str) -> MemberExport:
        """Read all that is kept about a person.

        All that is kept about the member, and about those who were merged into them. Needs the
        scope admin.
        """
        return await self._api.read(f"/v1/members/{part(member_id)}/export", {}, MemberExport)

    async def erase(self, member_id: str, **params: Unpack[EraseMemberParams]) -> Erased:
        """Erase what is kept about a person.

        Points are forfeited, accounts close, and nothing is left that says who it was. A repeat
        changes nothing; one after an interruption goes on. Needs the scope admin.
        """
        return await self._api.write("POST", f"/v1/members/{part(member_id)}/erase", params, Erased)

    def accounts(self, member_id: str, **params: Unpack[PageParams]) -> AsyncPages[Account]:
        """List a member's accounts.

        A member's accounts; also of one who was deleted. Needs the scope read.
        """
        return self._api.pages(f"/v1/members/{part(member_id)}/accounts", params, Account)

    def timeline(self, member_id: str, **params: Unpack[PageParams]) -> AsyncPages[TimelineEntry]:
        """What has happened to a member, newest first.

        Also of a member who was deleted. Needs the scope read.
        """
        return self._api.pages(f"/v1/members/{part(member_id)}/timeline", params, TimelineEntry)

    def tiers(self, member_id: str, **params: Unpack[PageParams]) -> AsyncPages[Standing]:
        """A member's tiers, with their history.

        The member's standing in each active group of the program. Needs the scope read.
        """
        return self._api.pages(f"/v1/members/{part(member_id)}/tiers", params, Standing)


class AsyncMergesResource:
    """Two members who became one, and the undo."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def get(self, merge_id: str) -> Merge:
        """Read a merge.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/merges/{part(merge_id)}", {}, Merge)

    async def undo(self, merge_id: str, **params: Unpack[WriteOptions]) -> Merged:
        """Undo a merge.

        While the other member still has what came. A repeat changes nothing. Needs the scope
        admin.
        """
        return await self._api.write(
            "POST", f"/v1/merges/{part(merge_id)}/undo", params, Merged, has_body=False
        )


class AsyncSearchResource:
    """Members, orders, visits and transactions, by any spelling."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def find(self, **params: Unpack[SearchParams]) -> SearchResults:
        """Find members, cards, orders, visits and movements by what is known of them.

        Needs the scope read.
        """
        return await self._api.read("/v1/search", params, SearchResults)
