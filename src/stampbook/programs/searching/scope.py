"""What a search may find."""

from typing import NamedTuple


class Within(NamedTuple):
    """What is the tenant's and, if programs are named, of these alone."""

    tenant: int
    programs: frozenset[int] | None = None

    def of_programs(self, column: str) -> str:
        """SQL that is true where the column has one of these programs; their numbers are ours."""
        if self.programs is None:
            return f"{column} IS NOT NULL"
        listed = ", ".join(str(int(each)) for each in sorted(self.programs))
        return f"{column} IN ({listed or 'NULL'})"
