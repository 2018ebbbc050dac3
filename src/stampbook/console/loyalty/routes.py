"""Rows of the pages about rules and groups of tiers."""

from typing import Final

from stampbook.console.loyalty import editor, rules, steps, tiers
from stampbook.console.rows import act, form, page
from stampbook.programs.roles import Role

MANAGER: Final = Role.MANAGER

LOYALTY: Final = (
    page("/rules", rules.rules),
    *form("/rules/new", editor.new, MANAGER),
    page("/rules/condition", rules.condition, MANAGER),
    *form("/rules/{rul}", editor.rule, Role.VIEWER),
    act("/rules/{rul}/activate", steps.activate, MANAGER),
    act("/rules/{rul}/deactivate", steps.deactivate, MANAGER),
    act("/rules/{rul}/draft", steps.draft, MANAGER),
    *form("/rules/{rul}/delete", steps.delete, MANAGER),
    page("/tiers", tiers.tiers),
    *form("/tiers/new", tiers.new, MANAGER),
    page("/tiers/{tgr}", tiers.tier_group),
    act("/tiers/{tgr}", tiers.tier_group, MANAGER),
    act("/tiers/{tgr}/activate", tiers.activate, MANAGER),
    act("/tiers/{tgr}/deactivate", tiers.deactivate, MANAGER),
    act("/tiers/{tgr}/draft", tiers.draft, MANAGER),
    *form("/tiers/{tgr}/delete", tiers.delete, MANAGER),
)
