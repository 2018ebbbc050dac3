"""Operations: tiers.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.tiers import TierGroup
from stampbook_client.pages import Pages
from stampbook_client.params.tiers import ChangeTierGroupParams, CreateTierGroupParams
from stampbook_client.sending import Api
from stampbook_client.values import PageParams, WriteOptions
from stampbook_client.wire import part


class TierGroupsResource:
    """Tiers that qualification points lead to."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, program_id: str, **params: Unpack[CreateTierGroupParams]) -> TierGroup:
        """Create a group of tiers.

        Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/tier_groups", params, TierGroup
        )

    def list(self, program_id: str, **params: Unpack[PageParams]) -> Pages[TierGroup]:
        """List groups of tiers.

        Needs the scope read.
        """
        return self._api.pages(f"/v1/programs/{part(program_id)}/tier_groups", params, TierGroup)

    def get(self, tier_group_id: str) -> TierGroup:
        """Read a group of tiers.

        Needs the scope read.
        """
        return self._api.read(f"/v1/tier_groups/{part(tier_group_id)}", {}, TierGroup)

    def update(self, tier_group_id: str, **params: Unpack[ChangeTierGroupParams]) -> TierGroup:
        """Change a group of tiers.

        Needs the scope admin.
        """
        return self._api.write("PATCH", f"/v1/tier_groups/{part(tier_group_id)}", params, TierGroup)

    def delete(self, tier_group_id: str, **params: Unpack[WriteOptions]) -> TierGroup:
        """Delete a group of tiers.

        Needs the scope admin.
        """
        return self._api.write(
            "DELETE", f"/v1/tier_groups/{part(tier_group_id)}", params, TierGroup, has_body=False
        )

    def activate(self, tier_group_id: str, **params: Unpack[WriteOptions]) -> TierGroup:
        """Let members have tiers of a group.

        Needs the scope admin.
        """
        return self._api.write(
            "POST",
            f"/v1/tier_groups/{part(tier_group_id)}/activate",
            params,
            TierGroup,
            has_body=False,
        )

    def deactivate(self, tier_group_id: str, **params: Unpack[WriteOptions]) -> TierGroup:
        """Let members have no tiers of a group.

        Needs the scope admin.
        """
        return self._api.write(
            "POST",
            f"/v1/tier_groups/{part(tier_group_id)}/deactivate",
            params,
            TierGroup,
            has_body=False,
        )

    def draft(self, tier_group_id: str, **params: Unpack[WriteOptions]) -> TierGroup:
        """Make a group a draft, to change what qualifies.

        Needs the scope admin.
        """
        return self._api.write(
            "POST",
            f"/v1/tier_groups/{part(tier_group_id)}/draft",
            params,
            TierGroup,
            has_body=False,
        )
