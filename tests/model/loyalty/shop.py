"""The whole naive model."""

from __future__ import annotations

from tests.model.loyalty.rewards import Rewards
from tests.model.loyalty.values import Given, Refusal, Version


class Shop(Rewards):
    """A program with everything that rules.md describes."""

    def change_rule(self, name: str, version: Version) -> None:
        """An active rule keeps its trigger and its currencies."""
        rule = self.state.rules[name]
        newest = rule.versions[-1][1]
        if rule.active and currencies_of(newest) != currencies_of(version):
            raise Refusal("locked_while_active")
        if newest != version:
            super().change_rule(name, version)

    def switch_rule(self, name: str, on: bool) -> None:
        self.state.rules[name].active = on

    def delete_rule(self, name: str) -> None:
        self.state.rules[name].deleted = True

    def switch_program(self, on: bool) -> None:
        self.active = on

    def switch_member(self, member: str, on: bool) -> None:
        self.state.members[member].active = on


def currencies_of(version: Version) -> set[str]:
    return {
        effect.currency
        for earning in version.earnings
        for effect in earning.effects
        if not isinstance(effect, Given)
    }
