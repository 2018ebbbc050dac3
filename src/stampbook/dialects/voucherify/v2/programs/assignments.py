"""What programs have: card definitions."""

from typing import Final

from stampbook.dialects.voucherify.core.rows import Program
from stampbook.dialects.voucherify.core.shapes.setup import ASSIGNMENT
from stampbook.dialects.voucherify.v2.kernel.assignments import Assignments
from stampbook.dialects.voucherify.v2.programs.assigning import (
    KIND,
    SELECT,
    assign,
    print_assignment,
    unassign,
)
from stampbook.dialects.voucherify.v2.programs.resource import RESOURCE

DEFINITIONS: Final[Assignments[Program]] = Assignments(
    of=RESOURCE,
    plural="card definitions",
    word="card-definitions",
    name="card_definition",
    shape=ASSIGNMENT,
    kind=KIND,
    select=SELECT,
    print=print_assignment,
    assign=assign,
    unassign=unassign,
)
