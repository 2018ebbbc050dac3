"""Rows of what operators watch."""

from typing import Final

from stampbook.console.rows import page
from stampbook.console.watch import audit, health
from stampbook.programs.roles import Role

WATCH: Final = (
    page("/audit", audit.audit, Role.MANAGER),
    page("/health", health.health),
)
