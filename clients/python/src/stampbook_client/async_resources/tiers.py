"""Operations: tiers.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.tiers import TierGroup
from stampbook_client.pages import AsyncPages
from stampbook_client.params.tiers import ChangeTierGroupParams, CreateTierGroupParams
from stampbook_client.sending import AsyncApi
from stampbook_client.values import PageParams, WriteOptions
from stampbook_client.wire import part


class AsyncTierGroupsResource:
    """Tiers that qualification points lead to."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, program_id: str, **params: Unpack[CreateTierGroupParams]) -> TierGroup:
        """Create a group of tiers.

        Needs the scope admin.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/tier_groups", params, TierGroup
        )

    def list(self, program_id: str, **params: Unpack[PageParams]) -> AsyncPages[TierGroup]:
        """List groups of tiers.

        Needs the scope read.
        """
        return self._api.pages(f"/v1/programs/{part(program_id)}/tier_groups", params, TierGroup)

    async def get(self, tier_group_id: str) -> TierGroup:
        """Read a group of tiers.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/tier_groups/{part(tier_group_id)}", {}, TierGroup)

    async def update(
        self, tier_group_id: str, **params: Unpack[ChangeTierGroupParams]
    ) -> TierGroup:
        """Change a group of tiers.

        Needs the scope admin.
        """
        return await self._api.write(
            "PATCH", f"/v1/tier_groups/{part(tier_group_id)}", params, TierGroup
        )

    async def delete(self, tier_group_id: str, **params: Unpack[WriteOptions]) -> TierGroup:
        """Delete a group of tiers.

        Needs the scope admin.
        """
        return await self._api.write(
            "DELETE", f"/v1/tier_groups/{part(tier_group_id)}", params, TierGroup, has_body=False
        )

    async def activate(self, tier_group_id: str, **params: Unpack[WriteOptions]) -> TierGroup:
        """Let members have tiers of a group.

        Needs the scope admin.
        """
        return await self._api.write(
            "POST",
            f"/v1/tier_groups/{part(tier_group_id)}/activate",
            params,
            TierGroup,
            has_body=False,
        )

    async def deactivate(self, tier_group_id: str, **params: Unpack[WriteOptions]) -> TierGroup:
        """Let members have no tiers of a group.

        Needs the scope admin.
        """
        return await self._api.write(
            "POST",
            f"/v1/tier_groups/{part(tier_group_id)}/deactivate",
            params,
            TierGroup,
            has_body=False,
        )

    async def draft(self, tier_group_id: str, **params: Unpack[WriteOptions]) -> TierGroup:
        """Make a group a draft, to change what qualifies.

        Needs the scope admin.
        """
        return await self._api.write(
            "POST",
            f"/v1/tier_groups/{part(tier_group_id)}/draft",
            params,
            TierGroup,
            has_body=False,
        )
