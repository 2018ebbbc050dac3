"""Operations: loyalty.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.loyalty import (
    Award,
    CancelledEvent,
    CustomEvent,
    Evaluation,
    RestoredEvent,
    Rule,
    RuleVersion,
    SegmentEntry,
)
from stampbook_client.pages import AsyncPages
from stampbook_client.params.loyalty import (
    ChangeRuleParams,
    CreateCustomEventParams,
    CreateRuleParams,
    EnterSegmentParams,
    EvaluateRulesParams,
    ListRuleAwardsParams,
    ListRulesParams,
)
from stampbook_client.sending import AsyncApi
from stampbook_client.values import PageParams, WriteOptions
from stampbook_client.wire import part


class AsyncRulesResource:
    """What earns points: versions, awards, and what a rule would give."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, program_id: str, **params: Unpack[CreateRuleParams]) -> Rule:
        """Create a rule.

        Needs the scope admin.
        """
        return await self._api.write("POST", f"/v1/programs/{part(program_id)}/rules", params, Rule)

    def list(self, program_id: str, **params: Unpack[ListRulesParams]) -> AsyncPages[Rule]:
        """List rules.

        Needs the scope read.
        """
        return self._api.pages(f"/v1/programs/{part(program_id)}/rules", params, Rule)

    async def get(self, rule_id: str) -> Rule:
        """Read a rule.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/rules/{part(rule_id)}", {}, Rule)

    async def update(self, rule_id: str, **params: Unpack[ChangeRuleParams]) -> Rule:
        """Change a rule, by a new version.

        Needs the scope admin.
        """
        return await self._api.write("PATCH", f"/v1/rules/{part(rule_id)}", params, Rule)

    async def delete(self, rule_id: str, **params: Unpack[WriteOptions]) -> Rule:
        """Delete a rule.

        The rule counts no more; what it gave, and its versions, stay. Needs the scope admin.
        """
        return await self._api.write(
            "DELETE", f"/v1/rules/{part(rule_id)}", params, Rule, has_body=False
        )

    async def activate(self, rule_id: str, **params: Unpack[WriteOptions]) -> Rule:
        """Let a rule count.

        Needs the scope admin.
        """
        return await self._api.write(
            "POST", f"/v1/rules/{part(rule_id)}/activate", params, Rule, has_body=False
        )

    async def deactivate(self, rule_id: str, **params: Unpack[WriteOptions]) -> Rule:
        """Let a rule count no more.

        Needs the scope admin.
        """
        return await self._api.write(
            "POST", f"/v1/rules/{part(rule_id)}/deactivate", params, Rule, has_body=False
        )

    async def draft(self, rule_id: str, **params: Unpack[WriteOptions]) -> Rule:
        """Make a rule a draft again.

        Needs the scope admin.
        """
        return await self._api.write(
            "POST", f"/v1/rules/{part(rule_id)}/draft", params, Rule, has_body=False
        )

    async def evaluate(self, program_id: str, **params: Unpack[EvaluateRulesParams]) -> Evaluation:
        """Try rules out, and see why they count or not.

        What the rules would give, and for each of them why it counts or not. Writes nothing.
        Needs the scope read.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/rules/evaluate", params, Evaluation
        )

    def versions(self, rule_id: str, **params: Unpack[PageParams]) -> AsyncPages[RuleVersion]:
        """List a rule's versions, newest first.

        Needs the scope read.
        """
        return self._api.pages(f"/v1/rules/{part(rule_id)}/versions", params, RuleVersion)

    def awards(self, rule_id: str, **params: Unpack[ListRuleAwardsParams]) -> AsyncPages[Award]:
        """List what a rule gave, newest first.

        The rule's awards, newest first: all, a member's, those in force, or the others. Needs
        the scope read.
        """
        return self._api.pages(f"/v1/rules/{part(rule_id)}/awards", params, Award)


class AsyncCustomEventsResource:
    """Facts that rules judge."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(
        self, program_id: str, **params: Unpack[CreateCustomEventParams]
    ) -> CustomEvent:
        """Record an event of a member.

        Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/custom_events", params, CustomEvent
        )

    async def get(self, custom_event_id: str) -> CustomEvent:
        """Read an event.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/custom_events/{part(custom_event_id)}", {}, CustomEvent)

    async def cancel(self, custom_event_id: str, **params: Unpack[WriteOptions]) -> CancelledEvent:
        """Take back what an event gave.

        Take back what the event gave; a repeat answers the event as it is. Needs the scope
        ledger:cancel.
        """
        return await self._api.write(
            "POST",
            f"/v1/custom_events/{part(custom_event_id)}/cancel",
            params,
            CancelledEvent,
            has_body=False,
        )

    async def restore(self, custom_event_id: str, **params: Unpack[WriteOptions]) -> RestoredEvent:
        """Undo the cancel of an event.

        Undo the cancel; a repeat answers the event as it is. Needs the scope ledger:cancel.
        """
        return await self._api.write(
            "POST",
            f"/v1/custom_events/{part(custom_event_id)}/restore",
            params,
            RestoredEvent,
            has_body=False,
        )


class AsyncSegmentsResource:
    """Segments."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def enter(self, program_id: str, **params: Unpack[EnterSegmentParams]) -> SegmentEntry:
        """Let a member enter a segment.

        A member enters a segment; who is inside already stays there, and nothing is recorded.
        Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/segment_entries", params, SegmentEntry
        )

    async def leave(
        self, program_id: str, name: str, member_id: str, **params: Unpack[WriteOptions]
    ) -> SegmentEntry:
        """Let a member leave a segment.

        The member leaves the segment; what its entry gave stays. Needs the scope ledger:write.
        """
        return await self._api.write(
            "DELETE",
            f"/v1/programs/{part(program_id)}/segments/{part(name)}/members/{part(member_id)}",
            params,
            SegmentEntry,
            has_body=False,
        )
