"""Rows of what operators watch."""

from typing import Final

from stampbook.console.rows import act, page
from stampbook.console.watch import approvals, audit, health
from stampbook.programs.roles import Role

WATCH: Final = (
    page("/approvals", approvals.approvals),
    page("/approvals/{apr}", approvals.approval),
    act("/approvals/{apr}/approve", approvals.approve, Role.MANAGER),
    act("/approvals/{apr}/reject", approvals.reject, Role.MANAGER),
    act("/approvals/{apr}/withdraw", approvals.withdraw, Role.SUPPORT),
    page("/audit", audit.audit, Role.MANAGER),
    page("/health", health.health),
)
