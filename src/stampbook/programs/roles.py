"""Roles of people, and the rights that operations need.

API keys have scopes; people have a role. An operation says which scope it needs, and the role
follows from it: `read` is a viewer's, the ledger's scopes are support's, `admin` is a manager's.
Rows that need an administrator, or that differ, name their role themselves (Operation.role).
"""

from enum import StrEnum
from typing import Final

READ: Final = "read"
WRITE: Final = "ledger:write"
CANCEL: Final = "ledger:cancel"
ADMIN: Final = "admin"


class Role(StrEnum):
    """What a person may do; each role may do what those before it may."""

    VIEWER = "viewer"
    SUPPORT = "support"
    MANAGER = "manager"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Whether it may do what needs the other role."""
        return RANKS[self] >= RANKS[needed]

    @property
    def scopes(self) -> frozenset[str]:
        """What handlers may ask for within an operation that the role covers."""
        return SCOPES[self]


RANKS: Final = {role: rank for rank, role in enumerate(Role)}

SCOPES: Final = {
    Role.VIEWER: frozenset({READ}),
    Role.SUPPORT: frozenset({READ, WRITE, CANCEL}),
    Role.MANAGER: frozenset({READ, WRITE, CANCEL}),
    Role.ADMIN: frozenset({READ, WRITE, CANCEL, ADMIN}),
}

ROLE_OF_SCOPE: Final = {
    READ: Role.VIEWER,
    WRITE: Role.SUPPORT,
    CANCEL: Role.SUPPORT,
    ADMIN: Role.MANAGER,
}
"""Which role an operation needs that needs this scope of a key."""
