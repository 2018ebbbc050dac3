"""Every page of the console, in the order of docs/reference/console.md."""

from typing import Final

from stampbook.console.accounts.routes import ACCOUNTS
from stampbook.console.files.routes import FILES
from stampbook.console.front.routes import FRONT
from stampbook.console.loyalty.routes import LOYALTY
from stampbook.console.members.routes import MEMBERS
from stampbook.console.people.routes import PEOPLE
from stampbook.console.programs.routes import PROGRAMS
from stampbook.console.reports.routes import REPORTS
from stampbook.console.rewards.routes import REWARDS
from stampbook.console.watch.routes import WATCH
from stampbook.console.webhooks.routes import WEBHOOKS
from stampbook.edge.operations import Operation

OPERATIONS: Final[tuple[Operation, ...]] = (
    *FRONT,
    *ACCOUNTS,
    *MEMBERS,
    *PROGRAMS,
    *LOYALTY,
    *REWARDS,
    *REPORTS,
    *FILES,
    *PEOPLE,
    *WEBHOOKS,
    *WATCH,
)
